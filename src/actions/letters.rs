//! Puts the mail of an event into the outbox, in the event's transaction.
//!
//! Owns whom a mail goes to (`domain.md` section 9) and where its facts come from. At most one mail per case, kind and
//! event key: queuing again is nothing.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use sea_orm::prelude::DateTimeUtc;

use crate::domain::application::{CrlReason, ReissueReason};
use crate::domain::calendar::jst_date;
use crate::domain::case::ChangeWindow;
use crate::domain::contact::{ContactRole, PhoneNumber, whom_to_phone};
use crate::domain::mail::{MailKind, Recipient};
use crate::domain::validity::replacement_validity;
use crate::errors::{Error, Result};
use crate::mail::Words;
use crate::mail::letter::{Callee, CaseLetter, CertificateFacts, Occasion, ReissueAgain};
use crate::mail::proposal::{self, ProposalLetter, ProposalOccasion};
use crate::models::certificates::{self, Described};
use crate::models::contact_proposals::ContactProposal;
use crate::models::contacts::{self, Contact};
use crate::models::reissue_applications;
use crate::models::revocation_cases::{self, Case};
use crate::models::subscribers::{self, Subscriber};
use crate::models::{customers, messages};
use crate::services::Services;

/// Mails that are composed and written together: some hundred KiB of text.
const WRITTEN_AT_ONCE: usize = 100;

/// Writes the mail of `occasion` about `case`. `event_key` tells this event of the case from another of the same kind.
/// `false`: it was written before, or there is nobody to write to.
///
/// A mail that cannot be addressed (a subscriber without contacts) is left out: a revocation never waits for a mail.
pub async fn queue(
    txn: &impl ConnectionTrait,
    desk: &Services,
    case: &Case,
    occasion: Occasion,
    event_key: &str,
    now: DateTimeUtc,
) -> Result<bool> {
    Ok(queue_many(txn, desk, &[(case, occasion)], event_key, now).await? > 0)
}

/// The same for many cases, with one query for each kind of fact. Returns how many mails were written.
pub async fn queue_many(
    txn: &impl ConnectionTrait,
    desk: &Services,
    events: &[(&Case, Occasion)],
    event_key: &str,
    now: DateTimeUtc,
) -> Result<u64> {
    let facts = Facts::of(txn, events.iter().map(|(case, _)| *case)).await?;
    let texts = desk.texts.in_force(txn, jst_date(now)).await?;
    let named = desk.desk_on(jst_date(now));
    let words = Words { desk: &named, texts: &texts };
    let mut written = 0;
    for some in events.chunks(WRITTEN_AT_ONCE) {
        let mut mails = Vec::with_capacity(some.len());
        for (case, occasion) in some {
            let Some(letter) = facts.letter(desk, case, occasion.kind())? else {
                tracing::warn!(case.reception_number = %case.reception_number, mail.kind = occasion.kind().as_str(), "nobody to mail to");
                continue;
            };
            mails.push(messages::NewMessage {
                case_id: Some(case.id),
                about: case.reception_number.to_string(),
                event_key: event_key.to_owned(),
                mail: crate::mail::compose::compose(occasion, &letter, words)?,
            });
        }
        written += messages::enqueue_many(txn, mails, &desk.settings.public_url, now).await?;
    }
    Ok(written)
}

/// What mails about cases say besides what happened.
struct Facts {
    subscribers: HashMap<i64, Subscriber>,
    /// Of applications.
    reasons: HashMap<i64, ReissueReason>,
    certificates: HashMap<i64, Described>,
    people: HashMap<i64, Vec<Contact>>,
}

impl Facts {
    async fn of<'a>(txn: &impl ConnectionTrait, cases: impl Iterator<Item = &'a Case> + Clone) -> Result<Self> {
        let mut owners: Vec<i64> = cases.clone().map(|case| case.subscriber_id).collect();
        owners.sort_unstable();
        owners.dedup();
        let applications: Vec<i64> = cases.clone().map(|case| case.application_id).collect();
        let certificates: Vec<i64> = cases
            .flat_map(|case| [Some(case.source_certificate_id), case.replacement_certificate_id])
            .flatten()
            .collect();
        let mut people: HashMap<i64, Vec<Contact>> = HashMap::new();
        for contact in contacts::current_of(txn, &owners).await? {
            people.entry(contact.subscriber_id).or_default().push(contact);
        }
        let certificates = certificates::described(txn, certificates).await?;
        Ok(Self {
            subscribers: subscribers::by_ids(txn, owners).await?.into_iter().map(|row| (row.id, row)).collect(),
            reasons: reissue_applications::reasons(txn, applications).await?,
            certificates: certificates.into_iter().map(|row| (row.id, row)).collect(),
            people,
        })
    }

    fn certificate(&self, id: i64) -> Result<&Described> {
        self.certificates.get(&id).ok_or_else(|| Error::not_found("certificate_not_found"))
    }

    /// `None`: there is nobody to write to.
    fn letter(&self, desk: &Services, case: &Case, kind: MailKind) -> Result<Option<CaseLetter>> {
        let subscriber = self.subscribers.get(&case.subscriber_id);
        let subscriber = subscriber.ok_or_else(|| Error::not_found("subscriber_not_found"))?;
        let reason = self.reasons.get(&case.application_id);
        let source = self.certificate(case.source_certificate_id)?;
        let replacement = case.replacement_certificate_id.map(|id| self.certificate(id)).transpose()?;
        let Some(people) = self.people.get(&case.subscriber_id) else { return Ok(None) };
        let role = whom_to_phone(source.validation).unwrap_or(ContactRole::ProcedureContact);
        let Some(callee) = contacts::in_role(people, role) else { return Ok(None) };
        let to = recipients(desk, people, role, kind)?;
        if to.is_empty() {
            return Ok(None);
        }
        Ok(Some(CaseLetter {
            reception_number: case.reception_number,
            company: subscriber.name.clone(),
            to,
            common_name: source.common_name.clone(),
            other_domains: source.names().filter(|name| *name != source.common_name).count(),
            validation: source.validation,
            reason: *reason.ok_or_else(|| Error::not_found("application_not_found"))?,
            key_compromise: case.revocation_reason == CrlReason::KeyCompromise,
            source: named(source),
            replacement: replacement.map(named),
            requested_on: case.requested_on,
            due_on: case.due_on,
            change_until: ChangeWindow::new(case.due_on, false, &desk.calendar()).deadline,
            callee: callee_of(callee)?,
            portal_url: format!("{}/portal/requests/{}", desk.settings.public_url, case.reception_number),
            reissue_again: replacement.and_then(|certificate| reissue_again(desk, certificate)),
        }))
    }
}

fn named(certificate: &Described) -> CertificateFacts {
    CertificateFacts { serial: certificate.serial.clone(), last_day: certificate.last_day() }
}

fn callee_of(contact: &Contact) -> Result<Callee> {
    let phone = PhoneNumber::parse(&contact.phone)?;
    Ok(Callee { role: contact.role, name: contact.name.clone(), phone_tail: phone.tail().to_owned() })
}

/// To 手続き担当者, and 申請責任者 for EV; the internal alarm to the desk itself.
fn recipients(desk: &Services, people: &[Contact], role: ContactRole, kind: MailKind) -> Result<Vec<Recipient>> {
    if kind == MailKind::RevocationFailed {
        return Ok(vec![desk_itself(desk)?]);
    }
    let wanted = match kind {
        MailKind::ApplicationReceived => vec![ContactRole::ProcedureContact],
        MailKind::KeyCompromiseNotice | MailKind::ContactChanged => ContactRole::ALL.to_vec(),
        MailKind::ReplacementIssued
        | MailKind::RevocationReminder
        | MailKind::ContactUnreached
        | MailKind::RequestedDateChanged
        | MailKind::Withdrawn
        | MailKind::RevocationCompleted
        | MailKind::RevocationFailed
        | MailKind::ContactChangeNeeded
        | MailKind::OldCertificateInUse
        | MailKind::CallBandNoted
        | MailKind::CaseExpired
        // Written from a proposal, not from a case.
        | MailKind::ContactProposalReceived
        | MailKind::ContactProposalArrived
        | MailKind::ContactProposalDeclined => match role {
            ContactRole::ProcedureContact => vec![ContactRole::ProcedureContact],
            ContactRole::ApplicationResponsible => ContactRole::ALL.to_vec(),
        },
        // Not about a case: `request_form` and `account_letters` say whom they go to.
        MailKind::FormRequestReceived
        | MailKind::FormRequested
        | MailKind::CustomerInvited
        | MailKind::PasswordReset
        | MailKind::PasswordChanged
        // Not about a case either: `raise_alarms`.
        | MailKind::Alarm => Vec::new(),
    };
    let mut to: Vec<Recipient> = Vec::new();
    for contact in wanted.iter().filter_map(|role| contacts::in_role(people, *role)) {
        // Checked when it was registered. One that cannot be written to must not stop a revocation.
        let Ok(recipient) = Recipient::new(&contact.name, &contact.email) else { continue };
        if to.iter().all(|known| known.email() != recipient.email()) {
            to.push(recipient);
        }
    }
    Ok(to)
}

pub(super) fn desk_itself(desk: &Services) -> Result<Recipient> {
    Ok(Recipient::new(&desk.settings.desk.service_name, &desk.settings.mail.alarm_to)?)
}

/// Writes the mail of `occasion` about a customer's proposal: to the desk, or to whoever proposed it.
pub async fn queue_proposal(
    txn: &impl ConnectionTrait,
    desk: &Services,
    proposal: &ContactProposal,
    occasion: ProposalOccasion,
    now: DateTimeUtc,
) -> Result<bool> {
    let case = match proposal.case_id {
        Some(id) => Some(revocation_cases::by_id(txn, id).await?),
        None => None,
    };
    let number = case.as_ref().map(|case| case.reception_number);
    let url = &desk.settings.public_url;
    let (to, page_url) = match occasion {
        ProposalOccasion::Arrived => {
            (Some(desk_itself(desk)?), format!("{url}/desk/contacts/proposals/{}", proposal.id))
        }
        ProposalOccasion::Received | ProposalOccasion::Declined { .. } => {
            let page = number.map_or("certificates".to_owned(), |number| format!("requests/{number}"));
            (proposer(txn, proposal).await?, format!("{url}/portal/{page}"))
        }
    };
    let Some(to) = to else { return Ok(false) };
    let letter = ProposalLetter {
        reception_number: number,
        company: subscribers::by_id(txn, proposal.subscriber_id).await?.name,
        to: vec![to],
        role: proposal.role,
        successor: Recipient::new(&proposal.name, &proposal.email)?,
        phone_tail: PhoneNumber::parse(&proposal.phone)?.tail().to_owned(),
        page_url,
    };
    let texts = desk.texts.in_force(txn, jst_date(now)).await?;
    let named = desk.desk_on(jst_date(now));
    let words = Words { desk: &named, texts: &texts };
    let message = messages::NewMessage {
        case_id: proposal.case_id,
        about: number.map_or_else(|| format!("contact-proposal-{}", proposal.id), |number| number.to_string()),
        event_key: format!("proposal-{}", proposal.id),
        mail: proposal::compose(&occasion, &letter, words)?,
    };
    messages::enqueue(txn, message, url, now).await
}

/// The account that proposed. One that cannot be written to must not stop the desk.
async fn proposer(txn: &impl ConnectionTrait, proposal: &ContactProposal) -> Result<Option<Recipient>> {
    let Some(id) = proposal.proposed_by.strip_prefix("customer:").and_then(|id| id.parse().ok()) else {
        return Ok(None);
    };
    let account = customers::Entity::find_enabled(txn, id).await?;
    Ok(account.and_then(|account| Recipient::new(&account.name, &account.email).ok()))
}

/// The paragraph on a further reissue, when the replacement was shortened by the rule in force.
fn reissue_again(desk: &Services, replacement: &Described) -> Option<ReissueAgain> {
    let issued_on = jst_date(replacement.not_before);
    let validity = replacement_validity(&desk.policy(), issued_on, replacement.entitlement_end_on).ok()?;
    let from = validity.full_term_from.filter(|_| validity.shortened)?;
    Some(ReissueAgain {
        replacement_last_day: replacement.last_day(),
        from,
        until: validity.full_term_until,
        entitlement_end: replacement.entitlement_end_on,
    })
}
