//! What is held about one person, found by the e-mail address: for answers to those who ask what is kept on them.
//!
//! Reads every table that [`super::retention`] takes people out of; each row names what it belongs to.

use sea_orm::sea_query::{ExprTrait, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JsonValue, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::{Map, json};

use super::_entities::{
    bounces, calls, contact_changes, contact_proposals, contacts, customers, messages, reissue_applications,
};
use super::messages::like_pattern;

/// Rows of one table that are answered at most: far more than one person has.
const MOST: u64 = 10_000;

/// `{ "contacts": […], "customers": […], … }`, without secrets of accounts.
pub async fn of_person(db: &impl ConnectionTrait, email: &str) -> Result<JsonValue, DbErr> {
    let email = email.trim().to_lowercase();
    let is_theirs = |column: sea_orm::sea_query::Expr| Func::lower(column).eq(email.as_str());
    let contacts = rows(db, contacts::Entity::find().filter(is_theirs(contacts::Column::Email.into_expr()))).await?;
    let changes = contact_changes::Entity::find().filter(is_theirs(contact_changes::Column::Email.into_expr()));
    let proposals = contact_proposals::Entity::find().filter(is_theirs(contact_proposals::Column::Email.into_expr()));
    let accounts = customers::Entity::find().filter(is_theirs(customers::Column::Email.into_expr()));
    let accounts = without(rows(db, accounts).await?, &["password_hash", "totp_secret", "totp_last_step"]);
    let keys: Vec<String> =
        accounts.iter().filter_map(|row| row["id"].as_i64()).map(|id| format!("customer:{id}")).collect();
    let ids: Vec<i64> = contacts.iter().filter_map(|row| row["id"].as_i64()).collect();
    let calls = calls::Entity::find().filter(calls::Column::ContactId.is_in(ids));
    let filed = reissue_applications::Entity::find().filter(reissue_applications::Column::FiledBy.is_in(keys));
    let mails = messages::Entity::find()
        .filter(
            Func::lower(messages::Column::Recipients.into_expr())
                .like(LikeExpr::new(like_pattern(&email)).escape('\\')),
        )
        .order_by_asc(messages::Column::Id);
    let bounced = bounces::Entity::find().filter(is_theirs(bounces::Column::Recipient.into_expr()));
    let mut held = Map::new();
    held.insert("contacts".to_owned(), json!(contacts));
    held.insert("contact_changes".to_owned(), json!(rows(db, changes).await?));
    held.insert("contact_proposals".to_owned(), json!(rows(db, proposals).await?));
    held.insert("customers".to_owned(), json!(accounts));
    held.insert("calls".to_owned(), json!(rows(db, calls).await?));
    held.insert("applications".to_owned(), json!(without(rows(db, filed).await?, &["csr_der"])));
    held.insert("mails".to_owned(), json!(without(rows(db, mails).await?, &["body_html"])));
    held.insert("bounces".to_owned(), json!(rows(db, bounced).await?));
    Ok(JsonValue::Object(held))
}

async fn rows<E: EntityTrait>(db: &impl ConnectionTrait, select: sea_orm::Select<E>) -> Result<Vec<JsonValue>, DbErr> {
    select.apply_if(Some(MOST), QuerySelect::limit).into_json().all(db).await
}

fn without(mut rows: Vec<JsonValue>, columns: &[&str]) -> Vec<JsonValue> {
    for row in rows.iter_mut().filter_map(JsonValue::as_object_mut) {
        row.retain(|name, _| !columns.contains(&name.as_str()));
    }
    rows
}
