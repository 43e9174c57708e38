//! Counts what was tried to prove who one is, so that nobody tries for long.
//!
//! Shared by the log-ins of staff and customers. Accounts of different doors never meet: the door is part of the key.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::{
    domain::{calendar::JST, problem::Problem},
    errors::{Error, Result},
    models::{login_failures, transaction},
};

/// Attempts in a row, per account and address, before the account waits.
const ATTEMPTS: usize = 5;
/// How long it waits, and how close together the attempts must lie.
const LOCKED: Duration = Duration::minutes(15);
/// Failures of one address within that time, whatever accounts it tried, before the address waits. A whole desk behind one
/// address comes in at nine o'clock; somebody with a list of accounts goes on for longer.
const ATTEMPTS_OF_ADDRESS: usize = 50;
/// Old attempts tell nothing any more.
const KEEP_FAILURES: Duration = Duration::days(1);

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// The staff's log-in.
    Desk,
    /// A customer's password or code.
    Portal,
    /// Asking for a mail with a link.
    PasswordMail,
}

impl Door {
    fn key(self, account: &str) -> String {
        let door = match self {
            Self::Desk => "desk",
            Self::Portal => "portal",
            Self::PasswordMail => "password-mail",
        };
        format!("{door}:{account}")
    }
}

/// An attempt that has been counted.
pub(super) struct Attempt {
    id: i64,
    account: String,
    address: String,
}

/// Counts the attempt as failed before it is judged, so that many at once cannot slip past the limit.
///
/// Refused while the account waits, with the time until when.
pub(super) async fn count_attempt(
    db: &DatabaseConnection,
    door: Door,
    account: &str,
    address: &str,
    now: DateTime<Utc>,
) -> Result<Attempt> {
    let account = door.key(account);
    let txn = transaction::begin(db).await?;
    login_failures::queue_up(&txn, &account, address).await?;
    let latest = login_failures::latest(&txn, Some(&account), address, ATTEMPTS as u64).await?;
    if let Some(until) = locked_until(&latest, ATTEMPTS).filter(|until| now < *until) {
        return Err(match door {
            Door::Desk | Door::Portal => locked("login_locked", until),
            Door::PasswordMail => locked("password_mail_locked", until),
        });
    }
    let of_address = login_failures::latest(&txn, None, address, ATTEMPTS_OF_ADDRESS as u64).await?;
    if let Some(until) = locked_until(&of_address, ATTEMPTS_OF_ADDRESS).filter(|until| now < *until) {
        return Err(locked("address_locked", until));
    }
    let id = login_failures::insert(&txn, &account, address, now).await?;
    login_failures::delete_before(&txn, now - KEEP_FAILURES).await?;
    txn.commit().await?;
    Ok(Attempt { id, account, address: address.to_owned() })
}

fn locked(code: &'static str, until: DateTime<Utc>) -> Error {
    Problem::new(code).with("until", until.with_timezone(&JST).format("%H:%M")).into()
}

impl Attempt {
    /// It was a success: all before it are forgotten.
    pub(super) async fn succeeded(&self, txn: &impl ConnectionTrait) -> Result<()> {
        Ok(login_failures::delete_of(txn, &self.account, &self.address).await?)
    }

    /// It was no failure, but there is more to prove: those before it still count.
    pub(super) async fn passed(&self, db: &impl ConnectionTrait) -> Result<()> {
        Ok(login_failures::delete(db, self.id).await?)
    }
}

/// Lets the account be tried again at once, from wherever: somebody who knows whose it is gave it another password.
pub(super) async fn forget(txn: &impl ConnectionTrait, door: Door, account: &str) -> Result<()> {
    Ok(login_failures::delete_of_account(txn, &door.key(account)).await?)
}

/// When it may be tried again, if so many attempts (newest first) lock it.
fn locked_until(latest: &[DateTime<Utc>], attempts: usize) -> Option<DateTime<Utc>> {
    let (newest, oldest) = (latest.first()?, latest.get(attempts - 1)?);
    (*newest - *oldest < LOCKED).then_some(*newest + LOCKED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(ago: &[i64]) -> Vec<DateTime<Utc>> {
        ago.iter().map(|minute| DateTime::UNIX_EPOCH + Duration::minutes(*minute)).collect()
    }

    #[test]
    fn five_attempts_within_a_quarter_of_an_hour_lock_for_one_from_the_last() {
        for (newest_first, locked_at_minute) in [
            (vec![3, 2, 1, 0], None),
            (vec![4, 3, 2, 1, 0], Some(19)),
            (vec![14, 3, 2, 1, 0], Some(29)),
            (vec![15, 3, 2, 1, 0], None),
            (vec![], None),
        ] {
            let expected = locked_at_minute.map(|minute| DateTime::UNIX_EPOCH + Duration::minutes(minute));
            assert_eq!(locked_until(&minutes(&newest_first), ATTEMPTS), expected, "{newest_first:?}");
        }
    }
}
