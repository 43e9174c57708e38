//! The day's work (S1 本日の電話確認): its parts, counted up to a limit and read in call order up to a limit, so that the page
//! costs the same on a day with twenty calls and on one with twenty thousand.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{Condition, ConnectionTrait, QuerySelect, QueryTrait};

use super::case_queue::{self, CallOrder, CaseRow};
use super::counting::{self, Count, KeptCounts};
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

/// Cases of the day, each counted up to a limit.
pub struct DayCounts {
    waiting: Count,
    /// Reported compromises that wait for the click; they are among the confirmed too.
    reported: Count,
    promised: Count,
    carried_over: Count,
    mine: Count,
    confirmed: Count,
    on_hold: Count,
    executing: Count,
    revoked: Count,
}

impl DayCounts {
    pub fn of(&self, part: DayPart) -> Count {
        match part {
            DayPart::Calls => self.waiting + self.reported,
            DayPart::Promised => self.promised,
            DayPart::CarriedOver => self.carried_over,
            DayPart::Mine => self.mine,
            DayPart::Confirmed => self.confirmed,
            DayPart::Revoked => self.revoked,
            DayPart::OnHold => self.on_hold,
        }
    }

    /// Everything due by today that is open, and what was revoked today.
    pub fn all(&self) -> Count {
        self.waiting + self.confirmed + self.on_hold + self.executing + self.revoked
    }
}

impl Day {
    pub async fn counts(&self, db: &impl ConnectionTrait, kept: &KeptCounts) -> Result<DayCounts, DbErr> {
        let mut counts = kept.each(db, ("day", self.today), self.counted()).await?.into_iter();
        let mut next = || counts.next().unwrap_or_default();
        Ok(DayCounts {
            waiting: next(),
            reported: next(),
            carried_over: next(),
            confirmed: next(),
            on_hold: next(),
            executing: next(),
            promised: next(),
            revoked: next(),
            // A claim that runs out is no event.
            mine: counting::one(db, self.undated(DayPart::Mine)).await?,
        })
    }

    fn counted(&self) -> Vec<SelectStatement> {
        let reported = in_state(CaseState::Confirmed).add(Column::CompromiseReportedAt.is_not_null());
        let by_date = [
            self.due(CaseState::AwaitingCall),
            reported,
            self.condition(DayPart::CarriedOver),
            self.condition(DayPart::Confirmed),
            self.condition(DayPart::OnHold),
            in_state(CaseState::Revoking),
        ];
        // Indexes of their own find these.
        let others = [DayPart::Promised, DayPart::Revoked].map(|part| self.undated(part));
        by_date.map(case_queue::by_date).into_iter().chain(others).collect()
    }

    fn undated(&self, part: DayPart) -> SelectStatement {
        Entity::find().filter(self.condition(part)).into_query()
    }

    /// The first `limit` cases of a part, in call order.
    pub async fn cases(&self, db: &impl ConnectionTrait, part: DayPart, limit: u64) -> Result<Vec<CaseRow>, DbErr> {
        let order = CallOrder { today: self.today, now: self.now, last_day: self.today };
        let cases = match part {
            DayPart::Calls => order.first(&Condition::all(), limit),
            DayPart::Promised
            | DayPart::CarriedOver
            | DayPart::Mine
            | DayPart::Confirmed
            | DayPart::Revoked
            | DayPart::OnHold => order.sorted(Entity::find().filter(self.condition(part))),
        };
        case_queue::with_columns(db, cases.limit(limit).all(db).await?).await
    }

    fn condition(&self, part: DayPart) -> Condition {
        let waiting = self.due(CaseState::AwaitingCall);
        match part {
            DayPart::Calls => Condition::any().add(waiting).add(case_queue::reported_compromise()),
            DayPart::Promised => {
                waiting.add(Column::NextCallAt.is_not_null()).add(Column::CompromiseReportedAt.is_null())
            }
            DayPart::CarriedOver => waiting.add(Column::DueOn.lt(self.today)),
            DayPart::Mine => Condition::all()
                .add(case_queue::is_one_of([CaseState::AwaitingCall, CaseState::Confirmed, CaseState::OnHold]))
                .add(Column::DueOn.lte(self.today))
                .add(Column::LeaseHolder.eq(self.who.as_str()))
                .add(Column::LeaseUntil.gt(self.now)),
            DayPart::Confirmed => self.due(CaseState::Confirmed),
            DayPart::Revoked => Condition::all()
                .add(case_queue::is_one_of([CaseState::Revoked, CaseState::Completed]))
                .add(Column::RevokedAt.gte(start_of_day(self.today))),
            DayPart::OnHold => self.due(CaseState::OnHold),
        }
    }

    fn due(&self, state: CaseState) -> Condition {
        in_state(state).add(Column::DueOn.lte(self.today))
    }
}

fn in_state(state: CaseState) -> Condition {
    Condition::all().add(case_queue::is_one_of([state]))
}
