//! A customer asks the desk for a form: the ways that are left where the OU rule forbids a reissue (`domain.md` 3.2).

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use serde_json::json;

use super::file_application::eligibility_facts;
use super::letters::desk_itself;
use crate::domain::actor::{Actor, Identity};
use crate::domain::application::{Ineligibility, eligibility};
use crate::domain::calendar::jst_date;
use crate::domain::contact::ContactRole;
use crate::domain::mail::Recipient;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::mail::Words;
use crate::mail::form_request::{self, FormLetter, FormReader};
use crate::models::audit_events::{self, Act};
use crate::models::certificates::Certificate;
use crate::models::columns::DeskForm;
use crate::models::form_requests::{self, FormRequest};
use crate::models::{certificate_list, contacts, customers, messages, subscribers, transaction};
use crate::services::Services;

#[derive(Debug, Clone, Copy)]
pub struct RequestForm {
    /// Of the certificate.
    pub reception_number: ReceptionNumber,
    pub form: DeskForm,
}

/// What became of it: a form is asked for once.
#[derive(Debug, Clone)]
pub struct FormAsked {
    pub request: FormRequest,
    /// `false`: it was asked for before, nothing was sent.
    pub now: bool,
}

/// Writes the request down and tells both sides by mail. Only for a certificate of the customer's own organisation that
/// the OU rule keeps from being reissued.
pub async fn request_form(desk: &Services, input: RequestForm, actor: &Actor, now: DateTimeUtc) -> Result<FormAsked> {
    let Identity::Customer { id, subscriber_id, .. } = actor.identity else {
        return Err(Error::forbidden("customers_only"));
    };
    let txn = transaction::begin(&desk.db).await?;
    let certificate = certificate_list::of_subscriber(&txn, subscriber_id, input.reception_number).await?;
    check_offered(&txn, &certificate, now).await?;
    let (request, is_new) = form_requests::insert_once(&txn, certificate.id, input.form, actor, now).await?;
    if is_new {
        let act = Act {
            action: "form_requested",
            subject: format!("certificate:{}", certificate.id),
            case_id: None,
            detail: json!({ "form": input.form.as_str() }),
        };
        audit_events::append(&txn, act, actor, now).await?;
        queue_mails(&txn, desk, &certificate, &request, id, now).await?;
    }
    txn.commit().await?;
    Ok(FormAsked { request, now: is_new })
}

async fn check_offered(txn: &DatabaseTransaction, certificate: &Certificate, now: DateTimeUtc) -> Result<()> {
    let facts = eligibility_facts(txn, certificate, Some(certificate.subscriber_id)).await?;
    let by_unit = |refusal: &Ineligibility| matches!(refusal, Ineligibility::SymbolsOnlyUnit { .. });
    if eligibility(&facts, now).refusals.iter().any(by_unit) {
        Ok(())
    } else {
        Err(Error::conflict("form_not_offered"))
    }
}

/// One to the customer and the procedure contact, one to the desk.
async fn queue_mails(
    txn: &DatabaseTransaction,
    desk: &Services,
    certificate: &Certificate,
    request: &FormRequest,
    customer_id: i64,
    now: DateTimeUtc,
) -> Result<()> {
    let Some(reception_number) = certificate.reception_number else { return Ok(()) };
    let settings = &desk.settings;
    let letter = |to: Vec<Recipient>, company: String| FormLetter {
        to,
        company,
        reception_number,
        common_name: certificate.common_name.clone(),
        other_domains: certificate.names().iter().filter(|name| **name != certificate.common_name).count(),
        validation: certificate.validation,
        last_day: certificate.last_day(),
        form: request.form.as_str(),
        asked_by: request.requested_by_name.clone(),
        asked_at: request.requested_at,
        portal_url: format!("{}/portal/certificates/{reception_number}", settings.public_url),
        desk_url: format!("{}/desk/mails?q={reception_number}", settings.public_url),
    };
    let company = subscribers::by_id(txn, certificate.subscriber_id).await?.name;
    let to_customer = recipients(txn, certificate.subscriber_id, customer_id).await?;
    let mails = [
        (FormReader::Customer, letter(to_customer, company.clone())),
        (FormReader::Desk, letter(vec![desk_itself(desk)?], company)),
    ];
    let texts = desk.texts.in_force(txn, jst_date(now)).await?;
    let named = desk.desk_on(jst_date(now));
    let words = Words { desk: &named, texts: &texts };
    for (reader, letter) in mails.into_iter().filter(|(_, letter)| !letter.to.is_empty()) {
        let message = messages::NewMessage {
            case_id: None,
            about: reception_number.to_string(),
            event_key: request.form.as_str().to_owned(),
            mail: form_request::compose(reader, &letter, words)?,
        };
        messages::enqueue(txn, message, &settings.public_url, now).await?;
    }
    Ok(())
}

/// Whoever asked, and the procedure contact, who gets the form. An address that cannot be written to is left out.
async fn recipients(txn: &DatabaseTransaction, subscriber_id: i64, customer_id: i64) -> Result<Vec<Recipient>> {
    let mut to: Vec<Recipient> = Vec::new();
    let customer = customers::Entity::find_enabled(txn, customer_id).await?;
    let people = contacts::current(txn, subscriber_id).await?;
    let contact = contacts::in_role(&people, ContactRole::ProcedureContact);
    let addressed = customer.iter().map(|one| Recipient::new(&one.name, &one.email));
    for recipient in addressed.chain(contact.iter().map(|one| Recipient::new(&one.name, &one.email))).flatten() {
        if to.iter().all(|known| known.email() != recipient.email()) {
            to.push(recipient);
        }
    }
    Ok(to)
}
