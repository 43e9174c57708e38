//! お客様のアカウント: the list, one account, inviting, closing.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::claims::NoFields;
use super::frame::Frame;
use crate::actions::disable_customer::disable_customer;
use crate::actions::enable_customer::enable_customer;
use crate::actions::invite_customer::{InviteCustomer, invite_customer};
use crate::actions::invite_customer_again::invite_customer_again;
use crate::actions::release_code;
use crate::controllers::extractors::{Form, Path, Query};
use crate::domain::account::AccountState;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::{customers, subscribers};
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::customers::{
    ChooseSubscriberPage, CustomerPage, CustomerRow, CustomersPage, Deed, NewCustomerForm, NewCustomerPage, status,
};
use crate::views::form::FieldErrors;
use crate::views::parts::{Empty, Link};

/// Rows of a list; whoever seeks one that is not there narrows down.
const LIMIT: usize = 50;

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /desk/customers`
pub async fn index(frame: Frame, Query(Search { q }): Query<Search>) -> Result<CustomersPage> {
    let (t, db) = (frame.t, &frame.desk.db);
    let mut found = customers::search(db, &q, LIMIT as u64 + 1).await?;
    let cut = (found.len() > LIMIT).then(|| t.f("customers.cut", &[("n", &LIMIT)]));
    found.truncate(LIMIT);
    let names = subscribers::names(db, found.iter().map(|customer| customer.subscriber_id)).await?;
    let names: HashMap<i64, String> = names.into_iter().collect();
    let organisation = |id: i64| names.get(&id).cloned().unwrap_or_default();
    let rows: Vec<CustomerRow> = found
        .into_iter()
        .map(|customer| {
            let organisation = organisation(customer.subscriber_id);
            CustomerRow::of(t, customer, organisation)
        })
        .collect();
    Ok(CustomersPage {
        chrome: frame.chrome(Place::Customers).await?,
        may_invite: frame.may(Permission::InviteCustomers),
        empty: rows.is_empty().then(|| Empty {
            text: t.s("customers.empty").to_owned(),
            link: Some(Link::new("/desk/customers", t.s("list.clear"))),
        }),
        q,
        rows,
        cut,
    })
}

/// `GET /desk/customers/{id}`
pub async fn show(frame: Frame, Path(id): Path<i64>) -> Result<CustomerPage> {
    let (t, db) = (frame.t, &frame.desk.db);
    let customer = customers::by_id(db, id).await?;
    let organisation = subscribers::by_id(db, customer.subscriber_id).await?.name;
    let code = if customer.totp_secret.is_some() { "customers.code_on" } else { "customers.code_off" };
    let last_login = customer.last_login_at.map(|at| dates::long_instant(t, at));
    Ok(CustomerPage {
        chrome: frame.chrome(Place::Customers).await?,
        href: format!("/desk/customers/{id}"),
        status: status(t, &customer),
        deeds: deeds(&frame, &customer),
        facts: vec![
            (t.s("customers.organisation").to_owned(), organisation),
            (t.s("customers.login").to_owned(), customer.login),
            (t.s("customers.email").to_owned(), customer.email),
            (t.s("customers.created").to_owned(), dates::long_instant(t, customer.created_at)),
            (t.s("customers.last_login").to_owned(), last_login.unwrap_or_else(|| t.s("customers.never").to_owned())),
            (t.s("customers.code").to_owned(), t.s(code).to_owned()),
        ],
        name: customer.name,
    })
}

fn deeds(frame: &Frame, customer: &customers::Customer) -> Vec<Deed> {
    let t = frame.t;
    let (state, closes) = (customer.state(), frame.may(Permission::CloseAccounts));
    let again = Deed {
        action: "invitation",
        icon: "mail",
        label: t.s("customers.again"),
        effect: t.s("customers.again_effect"),
    };
    let release = Deed {
        action: "code/release",
        icon: "lock",
        label: t.s("customers.code_release"),
        effect: t.s("customers.code_release_effect"),
    };
    let disable = Deed {
        action: "disable",
        icon: "ban",
        label: t.s("customers.disable"),
        effect: t.s("customers.disable_effect"),
    };
    let enable = Deed {
        action: "enable",
        icon: "rotate-cw",
        label: t.s("customers.enable"),
        effect: t.s("customers.enable_effect"),
    };
    let offered = [
        (state == AccountState::Invited && frame.may(Permission::InviteCustomers), again),
        (customer.totp_secret.is_some() && closes, release),
        (state != AccountState::Disabled && closes, disable),
        (state == AccountState::Disabled && closes, enable),
    ];
    offered.into_iter().filter(|(offered, _)| *offered).map(|(_, deed)| deed).collect()
}

#[derive(Deserialize)]
pub struct ForSubscriber {
    #[serde(default)]
    q: String,
    subscriber: Option<i64>,
}

/// `GET /desk/customers/new`: the organisations found, then the form for one.
pub async fn new(frame: Frame, Query(asked): Query<ForSubscriber>) -> Result<Response> {
    frame.staff.require(Permission::InviteCustomers)?;
    if let Some(subscriber) = asked.subscriber {
        let form = NewCustomerForm { subscriber, ..NewCustomerForm::default() };
        return Ok(new_page(&frame, form, FieldErrors::default()).await?.into_response());
    }
    let t = frame.t;
    let found = subscribers::search(&frame.desk.db, &asked.q, LIMIT as u64).await?;
    let rows: Vec<_> = found
        .into_iter()
        .map(|one| {
            let link = Link::new(format!("/desk/customers/new?subscriber={}", one.id), t.s("customers.choose"));
            (one.name, one.external_id.unwrap_or_default(), link)
        })
        .collect();
    let empty = rows.is_empty().then(|| Empty { text: t.s("customers.choose_empty").to_owned(), link: None });
    let chrome = frame.chrome(Place::Customers).await?;
    Ok(ChooseSubscriberPage { chrome, q: asked.q, rows, empty }.into_response())
}

async fn new_page(frame: &Frame, form: NewCustomerForm, errors: FieldErrors) -> Result<NewCustomerPage> {
    let organisation = subscribers::by_id(&frame.desk.db, form.subscriber).await?.name;
    let form = NewCustomerForm { csrf: frame.staff.csrf.clone(), ..form };
    Ok(NewCustomerPage { chrome: frame.chrome(Place::Customers).await?, organisation, form, errors })
}

/// `POST /desk/customers`
pub async fn create(frame: Frame, Form(form): Form<NewCustomerForm>) -> Result<Response> {
    frame.staff.require(Permission::InviteCustomers)?;
    let NewCustomerForm { subscriber, login, name, email, .. } = form.clone();
    let input = InviteCustomer { subscriber_id: subscriber, login, name, email };
    match invite_customer(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(customer) => {
            frame.desk.nudge();
            frame.done(frame.t.f("customers.invited", &[("name", &customer.name)])).await?;
            Ok(Redirect::to(&format!("/desk/customers/{}", customer.id)).into_response())
        }
        Err(error) => {
            let errors = FieldErrors::of(frame.t, &error.into_problems()?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, new_page(&frame, form, errors).await?).into_response())
        }
    }
}

/// `POST /desk/customers/{id}/invitation`
pub async fn invite_again(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::InviteCustomers)?;
    let done = invite_customer_again(&frame.desk, id, &frame.actor(), frame.now).await;
    frame.desk.nudge();
    back(&frame, id, done, "customers.invited_again").await
}

/// `POST /desk/customers/{id}/disable`
pub async fn disable(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::CloseAccounts)?;
    let done = disable_customer(&frame.desk.db, id, &frame.actor(), frame.now).await;
    back(&frame, id, done, "customers.disabled").await
}

/// `POST /desk/customers/{id}/enable`
pub async fn enable(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::CloseAccounts)?;
    let done = enable_customer(&frame.desk.db, id, &frame.actor(), frame.now).await;
    back(&frame, id, done, "customers.enabled").await
}

/// `POST /desk/customers/{id}/code/release`
pub async fn release_code(frame: Frame, Path(id): Path<i64>, Form(_): Form<NoFields>) -> Result<Redirect> {
    frame.staff.require(Permission::CloseAccounts)?;
    let done = release_code::release_code(&frame.desk.db, id, &frame.actor(), frame.now).await;
    back(&frame, id, done, "customers.code_released").await
}

/// To the account, with what was done or why it cannot be done any more.
async fn back(frame: &Frame, id: i64, done: Result<customers::Customer>, told: &str) -> Result<Redirect> {
    let flash = match done {
        Ok(_) => Flash::done(frame.t.s(told)),
        Err(Error::Conflict(problem)) => {
            Flash { kind: FlashKind::Error, text: frame.t.problem(&problem), next_call: false }
        }
        Err(error) => return Err(error),
    };
    frame.flashes.put(flash).await?;
    Ok(Redirect::to(&format!("/desk/customers/{id}")))
}
