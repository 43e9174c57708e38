//! お客様のアカウント `/desk/customers`: who can log in to the portal, and who was invited.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::domain::account::AccountState;
use crate::messages::{Texts, dates};
use crate::models::customers::Customer;
use crate::views::chrome::Chrome;
use crate::views::form::FieldErrors;
use crate::views::parts::{Empty, Link, StatusLabel, Tone};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/customers.html")]
pub struct CustomersPage {
    pub chrome: Chrome,
    pub q: String,
    pub may_invite: bool,
    pub rows: Vec<CustomerRow>,
    /// More were found than are shown.
    pub cut: Option<String>,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct CustomerRow {
    pub href: String,
    pub organisation: String,
    pub login: String,
    pub name: String,
    pub email: String,
    pub status: StatusLabel,
    pub last_login: String,
}

impl CustomerRow {
    pub fn of(t: Texts, customer: Customer, organisation: String) -> Self {
        let status = status(t, &customer);
        let last_login = customer.last_login_at.map(|at| dates::short_instant(t, at));
        Self {
            href: format!("/desk/customers/{}", customer.id),
            organisation,
            login: customer.login,
            name: customer.name,
            email: customer.email,
            status,
            last_login: last_login.unwrap_or_else(|| t.s("customers.never").to_owned()),
        }
    }
}

pub fn status(t: Texts, customer: &Customer) -> StatusLabel {
    let state = customer.state();
    let (icon, tone) = match state {
        AccountState::Invited => ("mail", Tone::Wait),
        AccountState::Active => ("circle-check", Tone::Ok),
        AccountState::Disabled => ("ban", Tone::Hold),
    };
    StatusLabel { icon, tone, text: t.s(&format!("customer_state.{}", state.as_str())).to_owned() }
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/customer.html")]
pub struct CustomerPage {
    pub chrome: Chrome,
    pub href: String,
    pub name: String,
    pub status: StatusLabel,
    pub facts: Vec<(String, String)>,
    /// What may be done now, by this member of staff.
    pub deeds: Vec<Deed>,
}

/// One button with what it does.
#[derive(Debug, Clone)]
pub struct Deed {
    /// Below the account's address.
    pub action: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub effect: &'static str,
}

/// First choose the organisation, then enter the account.
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/customer_choose.html")]
pub struct ChooseSubscriberPage {
    pub chrome: Chrome,
    pub q: String,
    /// Name, external id, and the link to the form.
    pub rows: Vec<(String, String, Link)>,
    pub empty: Option<Empty>,
}

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/customer_new.html")]
pub struct NewCustomerPage {
    pub chrome: Chrome,
    pub organisation: String,
    pub form: NewCustomerForm,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCustomerForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    pub subscriber: i64,
    pub login: String,
    pub name: String,
    pub email: String,
}
