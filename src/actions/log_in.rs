//! A member of staff proves who they are with a password.

use chrono::{DateTime, Duration, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use crate::{
    domain::{
        actor::{Actor, Identity},
        calendar::JST,
        problem::Problem,
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        login_failures,
        passwords::{self, Passwords},
        transaction, users,
    },
};

/// Attempts in a row, per account and address, before the account waits.
const ATTEMPTS: usize = 5;
/// How long it waits, and how close together the attempts must lie.
const LOCKED: Duration = Duration::minutes(15);
/// Old attempts tell nothing any more.
const KEEP_FAILURES: Duration = Duration::days(1);

pub struct Credentials {
    pub account: String,
    pub password: String,
    /// Where the attempt comes from.
    pub address: String,
}

/// The user whose password this is. An unknown account, a disabled one and a wrong password cannot be told apart,
/// neither by the answer nor by its time.
///
/// An attempt counts as failed before it is judged, so that many at once cannot slip past the limit.
pub async fn log_in(
    db: &DatabaseConnection,
    passwords: &Passwords,
    credentials: Credentials,
    now: DateTime<Utc>,
) -> Result<users::Model> {
    let Credentials { account, password, address } = credentials;
    let account = account_key(&account);
    if account.is_empty() || account.len() > passwords::MAX_BYTES || password.len() > passwords::MAX_BYTES {
        return Err(refused());
    }
    count_attempt(db, &account, &address, now).await?;

    let user = users::Entity::find_by_email(db, &account).await?.filter(|user| user.disabled_at.is_none());
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let proven = passwords.verify(password, stored).await.map_err(Error::internal)?;
    let user = user.filter(|_| proven).ok_or_else(refused)?;

    let identity = Identity::Staff { id: user.id, name: user.name.clone(), role: user.role };
    let actor = Actor::new(identity, Some(address.clone()));
    let txn = transaction::begin(db).await?;
    login_failures::delete_of(&txn, &account, &address).await?;
    audit_events::append(&txn, logged_in(&user), &actor, now).await?;
    txn.commit().await?;
    Ok(user)
}

/// The form in which accounts are stored and compared.
pub fn account_key(typed: &str) -> String {
    typed.trim().to_lowercase()
}

fn refused() -> Error {
    Problem::new("login_refused").into()
}

async fn count_attempt(db: &DatabaseConnection, account: &str, address: &str, now: DateTime<Utc>) -> Result<()> {
    let txn = transaction::begin(db).await?;
    let latest = login_failures::latest(&txn, account, address, ATTEMPTS as u64).await?;
    if let Some(until) = locked_until(&latest).filter(|until| now < *until) {
        let until = until.with_timezone(&JST).format("%H:%M");
        return Err(Problem::new("login_locked").with("until", until).into());
    }
    login_failures::insert(&txn, account, address, now).await?;
    login_failures::delete_before(&txn, now - KEEP_FAILURES).await?;
    txn.commit().await?;
    Ok(())
}

fn logged_in(user: &users::Model) -> Act<'static> {
    Act { action: "logged_in", subject: format!("user:{}", user.id), case_id: None, detail: json!({}) }
}

/// When the account may be tried again, if the attempts (newest first) lock it.
fn locked_until(latest: &[DateTime<Utc>]) -> Option<DateTime<Utc>> {
    let (newest, oldest) = (latest.first()?, latest.get(ATTEMPTS - 1)?);
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
            assert_eq!(locked_until(&minutes(&newest_first)), expected, "{newest_first:?}");
        }
    }
}
