//! Organisations, their contacts and successors of contacts.

use axum::{Json, response::Response};

use super::{
    body::Body,
    lists::{after_id, check_line, created, cut, limit},
    may_register,
};
use crate::{
    actions::{
        approve_contact_change::approve_contact_change,
        invite_customer::{InviteCustomer, invite_customer},
        register_contact::register_contact,
        register_subscriber::register_subscriber,
        request_contact_change::request_contact_change,
    },
    controllers::extractors::{ApiCaller, Path, Query},
    domain::{actor::Actor, role::Permission},
    errors::Result,
    models::{contact_changes, contacts, subscribers},
    services::Services,
    views::api::{
        Page, PageQuery,
        subscribers::{
            Contact, ContactChange, Customer, NewContact, NewCustomer, NewSubscriber, Subscriber, SubscriberDetail,
        },
    },
};

/// Register an organisation
#[utoipa::path(post, path = "/subscribers", request_body = NewSubscriber,
    responses((status = 201, body = Subscriber)))]
pub async fn register(desk: Services, caller: ApiCaller, Body(new): Body<NewSubscriber>) -> Result<Response> {
    may_register(&caller)?;
    check_line("name_kana", new.name_kana.as_deref())?;
    check_line("external_id", new.external_id.as_deref())?;
    let NewSubscriber { name, name_kana, external_id } = new;
    let new = subscribers::NewSubscriber { name, name_kana, external_id };
    let subscriber = register_subscriber(&desk, new, &caller.actor(), desk.clock.now()).await?;
    Ok(created(&format!("/api/v1/subscribers/{}", subscriber.id), Subscriber::from(subscriber)))
}

/// List organisations
#[utoipa::path(get, path = "/subscribers", params(PageQuery), responses((status = 200, body = Page<Subscriber>)))]
pub async fn list(desk: Services, caller: ApiCaller, Query(query): Query<PageQuery>) -> Result<Json<Page<Subscriber>>> {
    caller.require(Permission::ReadCases)?;
    let (after, limit) = (after_id(query.after.as_deref())?, limit(query.limit.as_deref())?);
    let mut rows = subscribers::list(&desk.db, after, limit + 1).await?;
    let next = cut(&mut rows, limit, |row| row.id.to_string());
    Ok(Json(Page { items: rows.into_iter().map(Subscriber::from).collect(), next }))
}

/// Show an organisation and its current contacts
#[utoipa::path(get, path = "/subscribers/{id}", params(("id" = i64, Path)),
    responses((status = 200, body = SubscriberDetail)))]
pub async fn show(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<SubscriberDetail>> {
    caller.require(Permission::ReadCases)?;
    let subscriber = subscribers::by_id(&desk.db, id).await?.into();
    let contacts = contacts::current(&desk.db, id).await?;
    Ok(Json(SubscriberDetail { subscriber, contacts: contacts.into_iter().map(Contact::from).collect() }))
}

/// Register the first verified contact of a role
#[utoipa::path(post, path = "/subscribers/{id}/contacts", params(("id" = i64, Path)), request_body = NewContact,
    responses((status = 201, body = Contact)))]
pub async fn add_contact(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Body(new): Body<NewContact>,
) -> Result<Response> {
    may_register(&caller)?;
    let actor = caller.actor();
    let contact = register_contact(&desk, contact_of(id, new, &actor)?, &actor, desk.clock.now()).await?;
    Ok(created(&format!("/api/v1/subscribers/{id}"), Contact::from(contact)))
}

/// Name the successor of a contact
///
/// The successor counts once a second person has approved.
#[utoipa::path(post, path = "/subscribers/{id}/contact_changes", params(("id" = i64, Path)),
    request_body = NewContact, responses((status = 201, body = ContactChange)))]
pub async fn change_contact(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Body(new): Body<NewContact>,
) -> Result<Response> {
    may_register(&caller)?;
    let actor = caller.actor();
    let change = request_contact_change(&desk, contact_of(id, new, &actor)?, &actor, desk.clock.now()).await?;
    Ok(created(&format!("/api/v1/contact_changes/{}", change.id), ContactChange::from(change)))
}

/// Show the successor of a contact
#[utoipa::path(get, path = "/contact_changes/{id}", params(("id" = i64, Path)),
    responses((status = 200, body = ContactChange)))]
pub async fn show_change(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<ContactChange>> {
    caller.require(Permission::ReadCases)?;
    Ok(Json(contact_changes::by_id(&desk.db, id).await?.into()))
}

/// Approve the successor of a contact
///
/// Not by the one who named them.
#[utoipa::path(post, path = "/contact_changes/{id}/approval", params(("id" = i64, Path)),
    responses((status = 200, body = ContactChange)))]
pub async fn approve_change(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<ContactChange>> {
    caller.require(Permission::ApproveContactChange)?;
    Ok(Json(approve_contact_change(&desk, id, &caller.actor(), desk.clock.now()).await?.into()))
}

/// Give a customer an account of the portal
///
/// The link with which they choose their password goes to the address by mail.
#[utoipa::path(post, path = "/subscribers/{id}/customers", params(("id" = i64, Path)), request_body = NewCustomer,
    responses((status = 201, body = Customer)))]
pub async fn invite(
    desk: Services,
    caller: ApiCaller,
    Path(subscriber_id): Path<i64>,
    Body(new): Body<NewCustomer>,
) -> Result<Response> {
    caller.require(Permission::InviteCustomers)?;
    let NewCustomer { login, name, email } = new;
    let input = InviteCustomer { subscriber_id, login, name, email };
    let customer = invite_customer(&desk, input, &caller.actor(), desk.clock.now()).await?;
    desk.nudge();
    Ok(created(&format!("/api/v1/subscribers/{subscriber_id}"), Customer::from(customer)))
}

/// What was read from outside, verified by whoever sent it.
fn contact_of(subscriber_id: i64, new: NewContact, actor: &Actor) -> Result<contacts::NewContact> {
    Ok(contacts::NewContact {
        subscriber_id,
        role: new.role.parse()?,
        name: new.name,
        name_kana: new.name_kana,
        department: new.department,
        email: new.email,
        phone: new.phone,
        phone_source: new.phone_source,
        verified_by: actor.key(),
        verified_on: new.verified_on,
    })
}
