//! The outbox: watched, and mails sent once more.

use axum::{Json, response::Response};

use super::{
    lists::{after_id, created, cut, limit},
    reception_number,
};
use crate::{
    actions::resend_message::{ResendMessage, resend_message},
    controllers::extractors::{ApiCaller, Path, Query},
    domain::{problem::Problem, role::Permission},
    errors::Result,
    messages::Texts,
    models::{columns::MessageStatus, messages, revocation_cases},
    services::Services,
    views::api::{
        Page,
        messages::{Message, MessageQuery},
    },
};

/// List mails, newest first
#[utoipa::path(get, path = "/messages", params(MessageQuery), responses((status = 200, body = Page<Message>)))]
pub async fn list(desk: Services, caller: ApiCaller, Query(query): Query<MessageQuery>) -> Result<Json<Page<Message>>> {
    caller.require(Permission::ReadCases)?;
    let (before, limit) = (after_id(query.after.as_deref())?, limit(query.limit.as_deref())?);
    let status = query.status.as_deref().map(status).transpose()?;
    let case_id = match &query.reception_number {
        Some(number) => Some(revocation_cases::by_reception_number(&desk.db, reception_number(number)?).await?.id),
        None => None,
    };
    let mut rows = messages::newest(&desk.db, case_id, status, before, limit + 1).await?;
    let next = cut(&mut rows, limit, |row| row.id.to_string());
    Ok(Json(Page { items: rows.into_iter().map(|row| described(caller.t, row)).collect::<Result<_>>()?, next }))
}

/// Send a mail once more
#[utoipa::path(post, path = "/messages/{id}/resend", params(("id" = i64, Path)),
    responses((status = 201, body = Message)))]
pub async fn resend(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Response> {
    caller.require(Permission::WorkCases)?;
    let message = resend_message(&desk, ResendMessage::unchanged(id), &caller.actor(), desk.clock.now()).await?;
    Ok(created("/api/v1/messages", described(caller.t, message)?))
}

fn status(text: &str) -> Result<MessageStatus, Problem> {
    text.parse().map_err(|_| Problem::on("status", "message_status_unknown").with("value", text))
}

fn described(t: Texts, row: messages::Message) -> Result<Message> {
    let addressees = row.addressees()?;
    Ok(Message::of(t, row, addressees))
}
