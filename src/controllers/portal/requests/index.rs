//! 申請の一覧.

use serde::Deserialize;

use super::super::frame::PortalFrame;
use super::status::{self, Circumstances};
use crate::controllers::extractors::Query;
use crate::domain::certificate::ValidationType;
use crate::errors::Result;
use crate::messages::dates;
use crate::models::case_queue::{self, CaseRow};
use crate::models::revocation_cases::{self, Case};
use crate::models::{calls, reissue_applications};
use crate::views::parts::SiteNames;
use crate::views::portal::requests::{RequestRow, RequestsPage};

/// Closed requests shown at once.
const PAGE: usize = 50;

#[derive(Deserialize)]
pub struct Shown {
    /// Requests older than this one.
    before: Option<i64>,
}

/// `GET /portal/requests`: open ones first, then the closed ones, newest first.
pub async fn index(frame: PortalFrame, Query(shown): Query<Shown>) -> Result<RequestsPage> {
    let (db, subscriber) = (&frame.db, frame.customer.subscriber_id);
    let open = match shown.before {
        Some(_) => None,
        None => Some(rows(&frame, revocation_cases::open_of_subscriber(db, subscriber).await?).await?),
    };
    let limit = PAGE as u64 + 1;
    let mut closed = revocation_cases::closed_of_subscriber(db, subscriber, shown.before, limit).await?;
    let more = closed.len() > PAGE;
    closed.truncate(PAGE);
    let older = closed.last().filter(|_| more).map(|last| format!("/portal/requests?before={}", last.id));
    Ok(RequestsPage { open, closed: rows(&frame, closed).await?, older, chrome: frame.chrome().await? })
}

async fn rows(frame: &PortalFrame, cases: Vec<Case>) -> Result<Vec<RequestRow>> {
    let db = &frame.db;
    let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
    let calls = calls::of_cases(db, &ids).await?;
    let mut rows = Vec::with_capacity(cases.len());
    for row in case_queue::with_columns(db, cases).await? {
        let application = reissue_applications::by_id(db, row.case.application_id).await?;
        let around = Circumstances {
            calls: &calls.iter().filter(|call| call.case_id == row.case.id).cloned().collect::<Vec<_>>(),
            awaits_csr: reissue_applications::awaits_csr(db, &row.case, &application).await?,
            needs_reexamination: application.needs_reexamination,
            today: frame.today(),
        };
        rows.push(request_row(frame, &row, around));
    }
    Ok(rows)
}

fn request_row(frame: &PortalFrame, row: &CaseRow, around: Circumstances<'_>) -> RequestRow {
    let (t, case) = (frame.t, &row.case);
    let others = row.source.dns_names.lines().filter(|name| *name != row.source.common_name).count();
    RequestRow {
        reception_number: case.reception_number.to_string(),
        ev: row.source.validation == ValidationType::Ev,
        names: SiteNames::new(t, row.source.common_name.clone(), others),
        status: status::of(t, case, around),
        filed_on: dates::numeric(dates::day_of(case.opened_at)),
        requested_on: match case.compromise_reported_at {
            Some(_) => t.s("request.col.compromise").to_owned(),
            None => dates::table(t, case.requested_on),
        },
    }
}
