//! Keeps the conditions of the list of cases under a name: for oneself, or by a supervisor for everybody.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};
use serde_json::json;

use super::checks::require_text;
use crate::domain::actor::{Actor, Identity};
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::models::audit_events::{self, Act};
use crate::models::saved_views::{self, ActiveModel, MOST, SavedView};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct SaveView {
    pub name: String,
    /// The query part of the list's address, without the place in the list.
    pub conditions: String,
    pub shared: bool,
}

pub async fn save_view(desk: &Services, input: SaveView, actor: &Actor, now: DateTimeUtc) -> Result<SavedView> {
    let owner_id = owner(actor)?;
    check_name(&input.name)?;
    check_shared(input.shared, actor)?;
    if input.conditions.is_empty() {
        return Err(Problem::on("name", "view_without_conditions").into());
    }
    let txn = transaction::begin(&desk.db).await?;
    check_room(&txn, owner_id, input.shared).await?;
    let row = ActiveModel {
        owner_id: Set(owner_id),
        name: Set(input.name.trim().to_owned()),
        conditions: Set(input.conditions),
        shared: Set(input.shared),
        created_at: Set(now),
        ..<ActiveModel as Default>::default()
    };
    let view = row.insert(&txn).await.map_err(name_taken)?;
    record(&txn, "view_saved", &view, actor, now).await?;
    txn.commit().await?;
    Ok(view)
}

/// Views belong to people.
fn owner(actor: &Actor) -> Result<i64> {
    match actor.identity {
        Identity::Staff { id, .. } => Ok(id),
        Identity::Token { .. } | Identity::Customer { .. } | Identity::Batch | Identity::System => {
            Err(Error::forbidden("role_not_allowed"))
        }
    }
}

pub(super) fn check_name(name: &str) -> Result<()> {
    let mut problems = Vec::new();
    require_text("name", name, &mut problems);
    if name.chars().count() > LONGEST_NAME {
        problems = vec![Problem::on("name", "text_too_long").with("limit", LONGEST_NAME)];
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// A tab's label, in characters.
const LONGEST_NAME: usize = 30;

pub(super) fn check_shared(shared: bool, actor: &Actor) -> Result<()> {
    if shared && !is_supervisor(actor) { Err(Error::forbidden("role_not_allowed")) } else { Ok(()) }
}

pub(super) fn is_supervisor(actor: &Actor) -> bool {
    actor.role().is_some_and(|role| role.may(Permission::Supervise))
}

pub(super) async fn check_room(txn: &impl ConnectionTrait, owner_id: i64, shared: bool) -> Result<()> {
    if saved_views::count(txn, owner_id, shared).await? >= MOST {
        return Err(Problem::on("name", "views_full").with("limit", MOST).into());
    }
    Ok(())
}

pub(super) fn name_taken(error: sea_orm::DbErr) -> Error {
    match Error::from(error) {
        Error::Conflict(_) => Problem::on("name", "view_name_taken").into(),
        other => other,
    }
}

/// The name may say something about a person and stays out of the log.
pub(super) async fn record(
    txn: &impl ConnectionTrait,
    action: &'static str,
    view: &SavedView,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<()> {
    let detail = json!({ "shared": view.shared });
    let act = Act { action, subject: format!("saved_view:{}", view.id), case_id: None, detail };
    audit_events::append(txn, act, actor, now).await
}

/// Whether `actor` may rename or remove the view: its owner, and supervisors what everybody sees.
pub fn may_change(view: &SavedView, actor: &Actor) -> bool {
    actor.key() == format!("staff:{}", view.owner_id) || view.shared && is_supervisor(actor)
}
