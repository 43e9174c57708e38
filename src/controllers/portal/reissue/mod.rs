//! The application as the manual walks it: 再発行 理由入力, CSR入力, 内容確認, 申請完了. What was typed is kept on the
//! server, so that leaving, going back and loading again lose nothing.

mod confirm;
mod csr;
mod done;
mod reason;
mod words;

use axum::{
    Router,
    extract::FromRequestParts,
    http::{Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use loco_rs::app::AppContext;
use sea_orm::ActiveValue::Set;
use serde::Deserialize;

use super::frame::PortalFrame;
use crate::actions::file_application::eligibility_facts;
use crate::actions::judge_draft::{Judgement, judge_draft};
use crate::controllers::extractors::{Path, Query};
use crate::domain::application::{self, Eligibility, ReissueReason};
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::certificate_list;
use crate::models::certificates::Certificate;
use crate::models::reissue_drafts::{self, Draft};
use crate::views::chrome::{Flash, FlashKind};

pub fn routes() -> Router<AppContext> {
    Router::new()
        .route("/portal/certificates/{no}/reissue", get(start))
        .route("/portal/certificates/{no}/reissue/reason", get(reason::show).post(reason::save))
        .route("/portal/certificates/{no}/reissue/csr", get(csr::show).post(csr::save))
        .route("/portal/certificates/{no}/reissue/confirm", get(confirm::show).post(confirm::file))
        .route("/portal/requests/{no}/done", get(done::show))
}

#[derive(Deserialize)]
struct Wish {
    /// A reason to begin with.
    #[serde(default)]
    reason: String,
}

/// `GET /portal/certificates/{no}/reissue`: begins an application or goes on with the one begun.
async fn start(frame: PortalFrame, Path(no): Path<String>, Query(wish): Query<Wish>) -> Result<Response> {
    let (number, source) = certificate(&frame, &no).await?;
    if !eligibility(&frame, &source).await?.may_be_filed() {
        return Ok(Redirect::to(&certificate_href(number)).into_response());
    }
    let draft = reissue_drafts::begin(&frame.desk.db, frame.customer.id, source.id, frame.now).await?;
    if let Ok(reason) = wish.reason.parse::<ReissueReason>() {
        let change = |row: &mut reissue_drafts::ActiveModel| row.reason = Set(reason.as_str().to_owned());
        reissue_drafts::save(&frame.desk.db, &draft, change, frame.now).await?;
    }
    Ok(Redirect::to(&Place::Reason.href(number)).into_response())
}

/// The steps that have an address.
#[derive(Debug, Clone, Copy)]
enum Place {
    Reason,
    Csr,
    Confirm,
}

impl Place {
    fn href(self, number: ReceptionNumber) -> String {
        let step = match self {
            Self::Reason => "reason",
            Self::Csr => "csr",
            Self::Confirm => "confirm",
        };
        format!("/portal/certificates/{number}/reissue/{step}")
    }

    /// The same, saying at once what is missing.
    fn with_errors(self, number: ReceptionNumber) -> String {
        format!("{}?check=true", self.href(number))
    }
}

fn certificate_href(number: ReceptionNumber) -> String {
    format!("/portal/certificates/{number}")
}

fn done_href(number: ReceptionNumber) -> String {
    format!("/portal/requests/{number}/done")
}

#[derive(Deserialize)]
struct Shown {
    /// Whether to say what is missing.
    #[serde(default)]
    check: bool,
    /// The month to show.
    #[serde(default)]
    months: String,
}

/// Argument of every step: the certificate and what was typed so far. A certificate that cannot be reissued (any more)
/// leads to its own page, a draft that was filed to what became of it.
struct Sheet {
    frame: PortalFrame,
    number: ReceptionNumber,
    source: Certificate,
    draft: Draft,
    eligibility: Eligibility,
}

impl FromRequestParts<AppContext> for Sheet {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Response> {
        let frame = PortalFrame::from_request_parts(parts, ctx).await?;
        let Path(no) = Path::<String>::from_request_parts(parts, ctx).await.map_err(IntoResponse::into_response)?;
        match open(frame, &no, parts.method == Method::POST).await {
            Ok(Ok(sheet)) => Ok(sheet),
            Ok(Err(elsewhere)) => Err(Redirect::to(&elsewhere).into_response()),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// The sheet, or the address that there is instead.
async fn open(frame: PortalFrame, no: &str, posted: bool) -> Result<Result<Sheet, String>> {
    let (number, source) = certificate(&frame, no).await?;
    let found = reissue_drafts::find(&frame.desk.db, frame.customer.id, source.id, frame.now).await?;
    if let Some(filed_as) = found.as_ref().and_then(|draft| draft.reception_number) {
        if posted {
            already_filed(&frame, filed_as).await?;
        }
        return Ok(Err(done_href(filed_as)));
    }
    let eligibility = eligibility(&frame, &source).await?;
    if !eligibility.may_be_filed() {
        return Ok(Err(certificate_href(number)));
    }
    let draft = match found {
        Some(draft) => draft,
        None => reissue_drafts::begin(&frame.desk.db, frame.customer.id, source.id, frame.now).await?,
    };
    // The form is still to come.
    frame.db.rest().await?;
    Ok(Ok(Sheet { frame, number, source, draft, eligibility }))
}

impl Sheet {
    async fn judge(&self) -> Result<Judgement> {
        judge_draft(&self.frame.desk, &self.draft, &self.source, self.frame.now).await
    }

    /// Keeps what was typed.
    async fn keep(&mut self, change: impl FnOnce(&mut reissue_drafts::ActiveModel)) -> Result<()> {
        self.draft = reissue_drafts::save(&self.frame.desk.db, &self.draft, change, self.frame.now).await?;
        Ok(())
    }

    fn go(&self, place: Place) -> Response {
        Redirect::to(&place.href(self.number)).into_response()
    }
}

async fn certificate(frame: &PortalFrame, no: &str) -> Result<(ReceptionNumber, Certificate)> {
    let number = no.parse().map_err(|_| Error::not_found("certificate_not_found"))?;
    let source = certificate_list::of_subscriber(&frame.db, frame.customer.subscriber_id, number).await?;
    Ok((number, source))
}

async fn eligibility(frame: &PortalFrame, source: &Certificate) -> Result<Eligibility> {
    let facts = eligibility_facts(&frame.db, source, Some(frame.customer.subscriber_id)).await?;
    Ok(application::eligibility(&facts, frame.now))
}

/// Leads to what was filed, and says that it had been before.
async fn already_filed(frame: &PortalFrame, filed_as: ReceptionNumber) -> Result<Response> {
    let text = frame.t.problem(&reissue_drafts::already_filed(filed_as));
    frame.flashes.put(Flash { kind: FlashKind::Warning, text, next_call: false }).await?;
    Ok(Redirect::to(&done_href(filed_as)).into_response())
}
