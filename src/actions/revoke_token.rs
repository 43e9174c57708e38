//! Ends a program's token: its next request is refused.

use chrono::{DateTime, Utc};
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::json;

use super::checks::check_reason;
use crate::{
    domain::actor::Actor,
    errors::{Error, Result},
    models::{
        api_tokens,
        audit_events::{self, Act},
        transaction,
    },
};

pub async fn revoke_token(
    db: &DatabaseConnection,
    token_id: i64,
    reason: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<api_tokens::Model> {
    let reason = check_reason(reason)?;
    let txn = transaction::begin(db).await?;
    let token = api_tokens::Entity::find_by_id(token_id).one(&txn).await?;
    let token = token.ok_or_else(|| Error::not_found("token_not_found"))?;
    if !api_tokens::revoke(&txn, token.id, now).await? {
        return Err(Error::conflict("token_revoked_already"));
    }
    let detail = json!({ "name": token.name, "reason": reason });
    let act = Act { action: "token_revoked", subject: format!("token:{}", token.id), case_id: None, detail };
    audit_events::append(&txn, act, actor, now).await?;
    txn.commit().await?;
    Ok(token)
}
