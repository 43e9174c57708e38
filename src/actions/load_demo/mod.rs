//! Loads the demonstration data: 300 cases around the day on which they are loaded, with a past that happened.
//!
//! Every case gets where it is by the actions that would lead there, with the time of the script, in the order of time:
//! certificates are signed and revoked by the embedded CA, CRLs were published, proofs found, mails queued. Only
//! these are written past the actions: accounts, when the CA promised to be back, and that past mails were delivered.

mod accounts;
mod customers;
mod material;
mod moody_ca;
mod play;
mod script;
mod showcase;
mod staff;

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use crate::domain::case::CaseState;
use crate::domain::role::Role;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::passwords::Passwords;
use crate::models::{certificates, revocation_cases, subscribers};
use crate::services::Services;

/// What was loaded, and how to get in.
#[derive(Debug)]
pub struct Loaded {
    pub cases: Vec<(CaseState, u64)>,
    pub certificates: u64,
    pub subscribers: u64,
    pub accounts: Vec<Account>,
    pub portal_accounts: Vec<PortalAccount>,
    pub password: String,
}

#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    pub email: String,
    pub role: Role,
}

#[derive(Debug, Clone)]
pub struct PortalAccount {
    /// ユーザーID
    pub login: String,
    pub name: String,
    pub organisation: String,
}

/// E-mail addresses of staff and user ids of customers whose password everybody may know.
pub fn known_accounts() -> Result<(Vec<String>, Vec<String>)> {
    let material = material::read()?;
    let staff = material.staff.iter().map(|person| person.email.clone()).collect();
    Ok((staff, material.customers.iter().map(|known| known.login.clone()).collect()))
}

/// Refused, with nothing changed, where there is any customer, certificate or case already.
pub async fn load_demo(
    desk: &Services,
    passwords: &Passwords,
    progress: &(dyn Fn(Counts) + Send + Sync),
    now: DateTimeUtc,
) -> Result<Loaded> {
    let ca = desk.embedded_ca.clone().ok_or_else(|| Error::conflict("demo_needs_embedded_ca"))?;
    if subscribers::Entity::find().count(&desk.db).await? > 0 || certificates::Entity::find().count(&desk.db).await? > 0
    {
        return Err(Error::conflict("demo_not_empty"));
    }
    let material = material::read()?;
    let script = script::write(&desk.calendar(), now);
    let staff = staff::hire(desk, passwords, &material, script.begins_at).await?;
    let password_hash = passwords.hash(material.password.clone()).await.map_err(Error::internal)?;
    // Thousands of small commits: none of them is anybody's only copy. The pool hands out one connection again and
    // again while one thing is done after the other.
    set_synchronous(&desk.db, "NORMAL").await?;
    let play = async {
        let play = play::Play::new(desk, ca, &material, &script, &staff, &password_hash).await?;
        Box::pin(play.run(progress, now)).await
    };
    // What went wrong in the past is in the data; it is nothing that an operator has to look at now.
    let played = play.with_subscriber(NoSubscriber::default()).await;
    set_synchronous(&desk.db, "FULL").await?;
    played?;
    Ok(Loaded {
        cases: count_cases(&desk.db).await?,
        certificates: certificates::Entity::find().count(&desk.db).await?,
        subscribers: subscribers::Entity::find().count(&desk.db).await?,
        accounts: staff.accounts,
        portal_accounts: accounts::told(&material),
        password: material.password,
    })
}

/// With `NORMAL` SQLite stays whole after a crash, but may lose the last commits.
async fn set_synchronous(db: &impl ConnectionTrait, mode: &str) -> Result<()> {
    if db.get_database_backend() == DbBackend::Sqlite {
        db.execute_unprepared(&format!("PRAGMA synchronous = {mode}")).await?;
    }
    Ok(())
}

async fn count_cases(db: &impl ConnectionTrait) -> Result<Vec<(CaseState, u64)>> {
    let mut counts = Vec::new();
    for state in CaseState::ALL {
        let query = revocation_cases::Entity::find().filter(revocation_cases::Column::State.eq(state));
        counts.push((state, query.count(db).await?));
    }
    Ok(counts)
}
