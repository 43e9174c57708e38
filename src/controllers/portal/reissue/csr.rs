//! CSR入力: the key of the replacement. A private key is refused and leaves no trace.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use sea_orm::ActiveValue::Set;

use super::{Place, Sheet, Shown};
use crate::actions::judge_draft::Judgement;
use crate::controllers::extractors::Query;
use crate::controllers::portal::upload::Upload;
use crate::domain::application::CrlReason;
use crate::domain::csr;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::columns::DraftCsr;
use crate::views::form::FieldErrors;
use crate::views::portal::reissue::{CsrPage, ReuseBox};

/// `GET …/reissue/csr`
pub async fn show(sheet: Sheet, Query(shown): Query<Shown>) -> Result<CsrPage> {
    let judged = sheet.judge().await?;
    let problems = if shown.check { judged.csr_problems.clone() } else { Vec::new() };
    page(&sheet, &judged, &problems).await
}

/// `POST …/reissue/csr`
pub async fn save(mut sheet: Sheet, upload: Upload) -> Result<Response> {
    let choice = match (upload.has("reuse"), upload.has("later")) {
        (true, _) => DraftCsr::Reuse,
        (false, true) => DraftCsr::Later,
        (false, false) => DraftCsr::Given,
    };
    let given = if upload.has("csr_file") { upload.bytes("csr_file") } else { upload.bytes("csr") };
    // Looked at before anything is kept, and even where the box makes the text unimportant.
    let refused = ["csr", "csr_file"].iter().find_map(|field| unkeepable(upload.bytes(field)));
    let text = if refused.is_some() { String::new() } else { as_text(given) };
    sheet
        .keep(|row| {
            row.csr_choice = Set(choice);
            row.csr = Set(text);
        })
        .await?;
    if refused.is_none() && upload.text("go") == "back" {
        return Ok(sheet.go(Place::Reason));
    }
    let judged = sheet.judge().await?;
    let unreadable = csr_of_file(given, choice, &judged);
    let problems = refused.or(unreadable).map_or_else(|| judged.csr_problems.clone(), |problem| vec![problem]);
    if problems.is_empty() {
        return Ok(sheet.go(Place::Confirm));
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&sheet, &judged, &problems).await?).into_response())
}

/// Why nothing of an input may be kept.
fn unkeepable(given: &[u8]) -> Option<Problem> {
    let refused = csr::parse(given).err()?;
    ["csr_private_key", "csr_too_large"].contains(&refused.code).then_some(refused)
}

/// What is kept: text as typed, a binary request as PEM, nothing of another file.
fn as_text(given: &[u8]) -> String {
    match std::str::from_utf8(given) {
        Ok(text) => text.replace("\r\n", "\n").replace('\0', ""),
        Err(_) => csr::parse(given).map(|facts| facts.pem()).unwrap_or_default(),
    }
}

/// The refusal of a file of which nothing could be kept: its own, not that the field is empty.
fn csr_of_file(given: &[u8], choice: DraftCsr, judged: &Judgement) -> Option<Problem> {
    let missing = judged.csr_problems.iter().any(|problem| problem.code == "csr_missing");
    (choice == DraftCsr::Given && missing).then(|| csr::parse(given).err()).flatten()
}

async fn page(sheet: &Sheet, judged: &Judgement, problems: &[Problem]) -> Result<CsrPage> {
    let (t, draft) = (sheet.frame.t, &sheet.draft);
    let reuse = judged
        .offers_reuse
        .then(|| ReuseBox { checked: draft.csr_choice == DraftCsr::Reuse, key: sheet.source.key_label.clone() });
    let no_reuse = match (&reuse, &sheet.source.csr_der) {
        (Some(_), _) => None,
        (None, None) => Some(t.s("reissue.no_reuse_unknown").to_owned()),
        (None, Some(_)) => Some(t.s("reissue.no_reuse_key").to_owned()),
    };
    let compromised = judged.crl_reason == CrlReason::KeyCompromise;
    Ok(CsrPage {
        action: Place::Csr.href(sheet.number),
        target: sheet.target(),
        errors: FieldErrors::of(t, problems),
        reuse,
        no_reuse,
        later: compromised.then_some(draft.csr_choice == DraftCsr::Later),
        csr: draft.csr.clone(),
        read: sheet.csr_read(judged)?,
        chrome: sheet.frame.chrome().await?,
    })
}
