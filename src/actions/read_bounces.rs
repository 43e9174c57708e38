//! Reads what came to the return mailbox, and records what did not arrive.
//!
//! Any number of nodes may read at the same time: what is told twice is recorded once, and a file leaves `new/` only
//! after its report is recorded.

use sea_orm::prelude::DateTimeUtc;

use super::record_bounce::{Outcome, RecordBounce, record_bounce};
use super::send_messages::ReturnPath;
use crate::domain::actor::Actor;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::mail::maildir::{Maildir, Shelf};
use crate::mail::report::{Incoming, read};
use crate::models::batch_runs::Counts;
use crate::services::Services;

/// Counts: done = reports recorded, skipped = nothing to record or too early, failed = named no mail of ours and were put
/// aside.
pub async fn read_bounces(desk: &Services, actor: &Actor, now: DateTimeUtc) -> Result<Counts> {
    let (Some(bounces), Some(path)) = (&desk.settings.mail.bounces, ReturnPath::from_settings(&desk.settings)?) else {
        return Err(Problem::new("bounces_not_configured").into());
    };
    let maildir = Maildir::new(bounces.maildir.clone());
    let mut counts = Counts::default();
    for name in maildir.waiting().await.map_err(|error| unreadable(&error))? {
        if desk.stop.is_cancelled() {
            break;
        }
        let Some(bytes) = maildir.read(&name).await.map_err(|error| unreadable(&error))? else { continue };
        counts.target += 1;
        let shelf = match read(&bytes, &path.mailbox) {
            Incoming::Report { mark, bounces } => {
                let report = RecordBounce { mark, bounces: &bounces };
                match record_bounce(desk, &path, report, actor, now).await? {
                    Outcome::Recorded => {
                        counts.done += 1;
                        Shelf::Understood
                    }
                    Outcome::Known => {
                        counts.skipped += 1;
                        Shelf::Understood
                    }
                    Outcome::TooEarly => {
                        counts.skipped += 1;
                        continue;
                    }
                    Outcome::Unknown => {
                        counts.failed += 1;
                        Shelf::Failed
                    }
                }
            }
            Incoming::Stray => {
                counts.failed += 1;
                Shelf::Failed
            }
            Incoming::Other => {
                counts.skipped += 1;
                Shelf::Understood
            }
        };
        if shelf == Shelf::Failed {
            tracing::warn!(file = name, "a report on a delivery names no mail of ours");
        }
        maildir.put_away(&name, shelf).await.map_err(|error| unreadable(&error))?;
    }
    Ok(counts)
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::internal(format!("the maildir of returned mails: {error}"))
}
