//! The day's work (S1 本日の電話確認): its parts, counted up to a limit and read in call order up to a limit, so that the page
//! costs the same on a day with twenty calls and on one with twenty thousand.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, QuerySelect, QueryTrait};

use super::case_queue::{self, CaseRow, in_call_order};
use super::counting::{self, Count};
use super::revocation_cases::{Column, Entity};
use crate::domain::calendar::start_of_day;
use crate::domain::case::CaseState;

/// The tabs of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayPart {
    /// To be phoned, or reported as compromised and still to be revoked.
    Calls,
    /// With an hour for the next call.
    Promised,
    CarriedOver,
    /// Held by the one who asks.
    Mine,
    Confirmed,
    /// Revoked today.
    Revoked,
    OnHold,
}

impl DayPart {
    pub const ALL: [Self; 7] =
        [Self::Calls, Self::Promised, Self::CarriedOver, Self::Mine, Self::Confirmed, Self::Revoked, Self::OnHold];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Promised => "promised",
            Self::CarriedOver => "carried_over",
            Self::Mine => "mine",
            Self::Confirmed => "confirmed",
            Self::Revoked => "revoked",
            Self::OnHold => "on_hold",
        }
    }
}

/// Whose day it is, and when.
pub struct Day {
    pub today: Date,
    pub now: DateTimeUtc,
    /// Key of the actor.
    pub who: String,
}

pub struct DayCounts {
    parts: Vec<Count>,
    /// Everything due by today that is open, and what was revoked today.
    pub all: Count,
}

impl DayCounts {
    pub fn of(&self, part: DayPart) -> Count {
        let place = DayPart::ALL.iter().position(|one| *one == part);
        place.and_then(|place| self.parts.get(place)).copied().unwrap_or_default()
    }
}

impl Day {
    pub async fn counts(&self, db: &impl ConnectionTrait) -> Result<DayCounts, DbErr> {
        let query = |condition| -> SelectStatement { Entity::find().filter(condition).into_query() };
        let parts = DayPart::ALL.map(|part| query(self.condition(part)));
        let rest = [self.due(WORKED_ON), in_states(&[CaseState::Revoking])].map(query);
        let mut counts = counting::each(db, parts.into_iter().chain(rest).collect()).await?;
        let open: Count = counts.split_off(DayPart::ALL.len()).into_iter().fold(Count::default(), std::ops::Add::add);
        let counts = DayCounts { parts: counts, all: open };
        Ok(DayCounts { all: open + counts.of(DayPart::Revoked), ..counts })
    }

    /// The first `limit` cases of a part, in call order.
    pub async fn cases(&self, db: &impl ConnectionTrait, part: DayPart, limit: u64) -> Result<Vec<CaseRow>, DbErr> {
        let all = Entity::find().filter(self.condition(part));
        let cases = in_call_order(all, self.today, self.now).limit(limit).all(db).await?;
        case_queue::with_columns(db, cases).await
    }

    fn condition(&self, part: DayPart) -> Condition {
        let waiting = self.due(&[CaseState::AwaitingCall]);
        match part {
            DayPart::Calls => {
                let compromised = Expr::col(Column::CompromiseReportedAt).is_not_null();
                let to_do = Condition::any().add(in_states(&[CaseState::AwaitingCall])).add(compromised);
                self.due(&[CaseState::AwaitingCall, CaseState::Confirmed]).add(to_do)
            }
            DayPart::Promised => waiting.add(Column::NextCallAt.is_not_null()),
            DayPart::CarriedOver => waiting.add(Column::DueOn.lt(self.today)),
            DayPart::Mine => {
                self.due(WORKED_ON).add(Column::LeaseHolder.eq(self.who.as_str())).add(Column::LeaseUntil.gt(self.now))
            }
            DayPart::Confirmed => self.due(&[CaseState::Confirmed]),
            DayPart::Revoked => in_states(&[CaseState::Revoked, CaseState::Completed])
                .add(Column::RevokedAt.gte(start_of_day(self.today))),
            DayPart::OnHold => self.due(&[CaseState::OnHold]),
        }
    }

    fn due(&self, states: &[CaseState]) -> Condition {
        Condition::all().add(Column::Id.in_subquery(case_queue::due_ids(states, self.today)))
    }
}

const WORKED_ON: &[CaseState] = &[CaseState::AwaitingCall, CaseState::Confirmed, CaseState::OnHold];

fn in_states(states: &[CaseState]) -> Condition {
    Condition::all().add(case_queue::is_one_of(states.iter().copied()))
}
