//! How many cases fall due on each day: each day counted along an index up to the limit of [`counting`].

use sea_orm::prelude::Date;
use sea_orm::{ConnectionTrait, DbErr};

use super::case_queue::{self, CaseFilter, CaseView};
use super::counting::{self, Count};

/// The cases of a day that are open; of a past day, those that should have been revoked and were not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLoad {
    pub day: Date,
    pub all: Count,
    pub ev: Count,
}

impl DayLoad {
    /// Whatever is not EV.
    pub fn ov(&self) -> Count {
        Count { number: self.all.number.saturating_sub(self.ev.number), more: self.all.more }
    }
}

/// The load of these days, in their order.
pub async fn of(
    db: &impl ConnectionTrait,
    days: impl IntoIterator<Item = Date>,
    today: Date,
) -> Result<Vec<DayLoad>, DbErr> {
    let days: Vec<Date> = days.into_iter().collect();
    let queries = days.iter().flat_map(|day| filters(*day, today)).map(|filter| case_queue::counted(&filter, today));
    let counts = counting::each(db, queries.collect()).await?;
    let load = |(day, counts): (&Date, &[Count])| DayLoad {
        day: *day,
        all: counts.first().copied().unwrap_or_default(),
        ev: counts.last().copied().unwrap_or_default(),
    };
    Ok(days.iter().zip(counts.chunks(2)).map(load).collect())
}

/// All of the day, and of those the EV ones.
fn filters(day: Date, today: Date) -> [CaseFilter; 2] {
    let view = if day < today { CaseView::Overdue } else { CaseView::Open };
    let all = CaseFilter { view, due_from: Some(day), due_to: Some(day), ..CaseFilter::default() };
    let ev = CaseFilter { validation: Some(crate::domain::certificate::ValidationType::Ev), ..all.clone() };
    [all, ev]
}
