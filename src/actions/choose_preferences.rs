//! A member of staff chooses what the pages are like for themselves: the language, and keys without a modifier.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use crate::{
    domain::{
        actor::{Actor, Identity},
        language::Language,
    },
    errors::{Error, Result},
    models::{
        audit_events::{self, Act},
        transaction, users,
    },
};

pub struct Preferences {
    pub language: Language,
    pub single_keys: bool,
}

pub async fn choose_preferences(
    db: &DatabaseConnection,
    chosen: Preferences,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<()> {
    let Identity::Staff { id, .. } = actor.identity else { return Err(Error::forbidden("role_not_allowed")) };
    let txn = transaction::begin(db).await?;
    users::set_preferences(&txn, id, chosen.language, chosen.single_keys).await?;
    let act = Act {
        action: "preferences_chosen",
        subject: format!("user:{id}"),
        case_id: None,
        detail: json!({ "language": chosen.language.as_str(), "single_keys": chosen.single_keys }),
    };
    audit_events::append(&txn, act, actor, now).await?;
    Ok(txn.commit().await?)
}
