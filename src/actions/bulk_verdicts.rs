//! What an act would come to for each of its cases: nothing is written. The same look is taken for the preview, for the
//! request of a revocation and before each case is touched.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;

use super::guards::Facts;
use crate::domain::application::check_requested_on;
use crate::domain::bulk::{BulkKind, BulkOrder};
use crate::domain::case::CaseEvent;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::bulk_acts::BulkItem;
use crate::models::certificates::{self, Certificate};
use crate::models::columns::MessageStatus;
use crate::models::messages::{self, Message};
use crate::models::revocation_cases::{self, Case};
use crate::services::Services;

/// One case of the list and whether the act is possible for it.
pub struct Verdict {
    pub item: BulkItem,
    pub case: Case,
    pub possible: Result<(), Problem>,
}

/// What the act is about: its kind, and the order once it is complete.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub kind: BulkKind,
    /// `None`: the day or the colleague is not chosen yet, so it is judged without.
    pub order: Option<BulkOrder>,
    pub today: NaiveDate,
}

/// In the order of the list.
pub(super) async fn verdicts(
    txn: &impl ConnectionTrait,
    desk: &Services,
    items: Vec<BulkItem>,
    asked: Asked,
) -> Result<Vec<Verdict>> {
    let cases = revocation_cases::by_ids(txn, items.iter().map(|item| item.case_id)).await?;
    let material = Material::of(txn, &cases, asked.kind).await?;
    let mut by_id: HashMap<i64, Case> = cases.into_iter().map(|case| (case.id, case)).collect();
    let mut verdicts = Vec::with_capacity(items.len());
    for item in items {
        let Some(case) = by_id.remove(&item.case_id) else { continue };
        let possible = if case.version == item.case_version {
            material.judge(desk, &case, asked)?
        } else {
            Err(Problem::new("bulk_case_changed"))
        };
        verdicts.push(Verdict { item, case, possible });
    }
    Ok(verdicts)
}

/// What the judgement looks at, with one query for each kind of fact.
enum Material {
    Guards(Facts),
    Sources(HashMap<i64, Certificate>),
    Notices(HashMap<i64, Message>),
    Nothing,
}

impl Material {
    async fn of(txn: &impl ConnectionTrait, cases: &[Case], kind: BulkKind) -> Result<Self> {
        Ok(match kind {
            BulkKind::Revoke => Self::Guards(Facts::of(txn, cases).await?),
            BulkKind::Reschedule => {
                let ids: Vec<i64> = cases.iter().map(|case| case.source_certificate_id).collect();
                let sources = certificates::by_ids(txn, &ids).await?;
                Self::Sources(sources.into_iter().map(|source| (source.id, source)).collect())
            }
            BulkKind::Resend => {
                let ids: Vec<i64> = cases.iter().map(|case| case.id).collect();
                let notices = messages::last_notices(txn, &ids).await?;
                Self::Notices(notices.into_iter().filter_map(|mail| Some((mail.case_id?, mail))).collect())
            }
            BulkKind::Assign => Self::Nothing,
        })
    }

    /// The outer error: a certificate in the database cannot be read.
    fn judge(&self, desk: &Services, case: &Case, asked: Asked) -> Result<Result<(), Problem>> {
        Ok(match self {
            Self::Guards(facts) => facts.check(desk, case, asked.today)?.map_err(|refused| refused.problem()),
            Self::Sources(sources) => match sources.get(&case.source_certificate_id) {
                Some(source) => may_move(desk, case, source, asked),
                None => Err(Problem::new("certificate_not_found")),
            },
            Self::Notices(notices) => may_go_again(notices.get(&case.id)),
            Self::Nothing => may_be_assigned(case),
        })
    }
}

fn may_move(desk: &Services, case: &Case, source: &Certificate, asked: Asked) -> Result<(), Problem> {
    case.state.after(CaseEvent::DateChanged).map_err(|refused| refused.problem())?;
    if case.compromise_reported_at.is_some() {
        return Err(Problem::new("compromise_takes_no_date"));
    }
    match asked.order {
        Some(BulkOrder::Reschedule(day)) => {
            check_requested_on(day, asked.today, source.last_day(), &desk.calendar()).map(|_| ())
        }
        Some(BulkOrder::Resend | BulkOrder::Assign(_) | BulkOrder::Revoke) | None => Ok(()),
    }
}

fn may_go_again(notice: Option<&Message>) -> Result<(), Problem> {
    match notice {
        None => Err(Problem::new("bulk_no_notice")),
        Some(notice) if notice.status == MessageStatus::Queued => Err(Problem::new("message_still_queued")),
        Some(_) => Ok(()),
    }
}

/// A closed case needs nobody.
pub(super) fn may_be_assigned(case: &Case) -> Result<(), Problem> {
    if case.state.is_open() { Ok(()) } else { Err(Problem::new("assign_closed").with("state", case.state.as_str())) }
}
