//! 設置の確認 on the pages of cases: what the sites showed, and 今すぐ確認. While it is turned off nothing of it is shown.

use std::collections::HashMap;

use axum::response::Redirect;

use super::claims::NoFields;
use super::frame::{Frame, case_href, reception_number};
use crate::actions::check_installation::check_installation;
use crate::controllers::extractors::{Form, Path};
use crate::domain::installation::{LOOKED_AT, Standing};
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::audit_events::AuditEvent;
use crate::models::case_file::CaseFile;
use crate::models::case_queue::CaseRow;
use crate::models::installation::{self, Summary};
use crate::services::Services;
use crate::views::chrome::{Flash, FlashKind};
use crate::views::installation::{Again, Cell, Sites, old_names, words};

/// What the sites of the cases of a list showed.
pub struct Installations {
    on: bool,
    by_case: HashMap<i64, Summary>,
}

impl Installations {
    pub async fn of(desk: &Services, case_ids: &[i64]) -> Result<Self> {
        let on = desk.live().installation().on;
        let by_case = if on { installation::summaries(&desk.db, case_ids.to_vec()).await? } else { HashMap::new() };
        Ok(Self { on, by_case })
    }

    pub fn of_case(&self, case_id: i64) -> Option<&Summary> {
        self.by_case.get(&case_id)
    }

    pub fn is_old_in_use(&self, case_id: i64) -> bool {
        self.of_case(case_id).is_some_and(|summary| summary.standing.is_old_in_use())
    }

    pub fn cell(&self, t: Texts, row: &CaseRow) -> Cell {
        let has_replacement = row.case.replacement_certificate_id.is_some();
        if self.on && has_replacement && LOOKED_AT.contains(&row.case.state) {
            Cell::looked_at(t, self.of_case(row.case.id), &row.source.dns_names)
        } else {
            Cell::issued(t, has_replacement)
        }
    }
}

/// The row 設置の確認 beside the certificates of a case.
pub fn sites(frame: &Frame, file: &CaseFile) -> Option<Sites> {
    if !(is_looked_at(frame, file) && file.replacement.is_some()) {
        return None;
    }
    let again = frame.may(Permission::WorkCases).then(|| Again {
        href: format!("{}/installation", case_href(file.case.reception_number)),
        csrf: frame.staff.csrf.clone(),
    });
    let summary = installation::summary(&file.looks);
    Some(Sites::new(frame.t, &file.looks, summary.as_ref(), &file.source.dns_names, again))
}

fn is_looked_at(frame: &Frame, file: &CaseFile) -> bool {
    LOOKED_AT.contains(&file.case.state) && frame.desk.live().installation().on
}

/// What the last look says, for as long as it counts.
pub fn standing(frame: &Frame, file: &CaseFile) -> Option<Summary> {
    installation::summary(&file.looks).filter(|_| is_looked_at(frame, file))
}

/// What has to be said before the certificate is revoked.
pub fn warning(frame: &Frame, file: &CaseFile) -> Option<String> {
    let summary = standing(frame, file).filter(|summary| summary.standing.is_old_in_use())?;
    let (names, at) = (old_names(frame.t, &file.looks), dates::history(summary.looked_at));
    Some(frame.t.f("installation.warning", &[("names", &names), ("at", &at)]))
}

/// What an event of the case says that the sites showed.
pub fn seen_words(t: Texts, event: &AuditEvent) -> Option<String> {
    let facts = event.facts();
    let number = |name: &str| facts[name].as_u64().and_then(|number| usize::try_from(number).ok());
    let kind = facts["seen"].as_str()?.parse().ok()?;
    Some(words(t, Standing { kind, names: number("names")?, of: number("of")? }))
}

/// `POST /desk/cases/{no}/installation`
pub async fn create(frame: Frame, Path(no): Path<String>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    let (t, number) = (frame.t, reception_number(&no)?);
    match check_installation(&frame.desk, number, &frame.actor(), frame.now).await {
        Ok(Some(summary)) => {
            frame.done(t.f("installation.again_done", &[("words", &words(t, summary.standing))])).await?;
        }
        Ok(None) => frame.done(t.s("installation.again_nothing")).await?,
        Err(Error::Conflict(problem)) => {
            let flash = Flash { kind: FlashKind::Error, text: t.problem(&problem), next_call: false };
            frame.flashes.put(flash).await?;
        }
        Err(error) => return Err(error),
    }
    Ok(Redirect::to(&format!("{}#h-cmp", case_href(number))))
}
