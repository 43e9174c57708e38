//! これまでの経過 as the customer may read it: no notes, no names of staff, no codes of the CA. Newest first.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::Request;
use crate::domain::call::CallOutcome;
use crate::domain::call_band::CallBand;
use crate::domain::case::CaseEvent;
use crate::domain::mail::MailKind;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::audit_events::AuditEvent;
use crate::models::calls::Call;
use crate::models::case_file::CaseFile;
use crate::models::columns::MessageStatus;
use crate::models::customers;
use crate::models::messages::Message;
use crate::views::portal::requests::HistoryEntry;

/// Keys of the organisation's own accounts and their names.
type Names = HashMap<String, String>;

pub(super) async fn of(request: &Request) -> Result<Vec<HistoryEntry>> {
    let (t, file) = (request.t(), &request.file);
    let names = names(request).await?;
    let mut entries: Vec<_> = file.events.iter().filter_map(|event| of_event(t, file, &names, event)).collect();
    entries.extend(file.calls.iter().filter_map(|call| of_call(t, call)));
    entries.extend(file.messages.iter().filter_map(|message| of_mail(t, message)));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    Ok(entries)
}

async fn names(request: &Request) -> Result<Names> {
    let own = customers::of_subscriber(&request.frame.db, request.frame.customer.subscriber_id).await?;
    Ok(own.into_iter().map(|customer| (format!("customer:{}", customer.id), customer.name)).collect())
}

/// Who did it, as customers may know: an account of theirs by name, the desk, or nobody where the machine did.
pub(super) fn actor_label(t: Texts, names: &Names, key: &str) -> String {
    match names.get(key) {
        Some(name) => t.f("request.by_customer", &[("name", name)]),
        None if key == "batch" || key == "system" => String::new(),
        None => t.s("request.by_desk").to_owned(),
    }
}

/// The label of whoever did `event`.
pub(super) async fn label_of(request: &Request, event: &AuditEvent) -> Result<String> {
    Ok(actor_label(request.t(), &names(request).await?, &event.actor))
}

fn entry(at: DateTime<Utc>, icon: &'static str, text: String) -> HistoryEntry {
    HistoryEntry { at, icon, text, by: String::new() }
}

/// What is told by a call is left out here.
fn of_event(t: Texts, file: &CaseFile, names: &Names, event: &AuditEvent) -> Option<HistoryEntry> {
    let step = CaseEvent::ALL.into_iter().find(|step| step.as_str() == event.action);
    let (icon, text) = match step {
        Some(step) => of_step(t, file, event, step)?,
        None => of_act(t, event)?,
    };
    Some(HistoryEntry { by: actor_label(t, names, &event.actor), ..entry(event.at, icon, text) })
}

fn of_step(t: Texts, file: &CaseFile, event: &AuditEvent, step: CaseEvent) -> Option<(&'static str, String)> {
    let icon = match step {
        CaseEvent::ReplacementRegistered
        | CaseEvent::RevocationAccepted
        | CaseEvent::FoundRevoked
        | CaseEvent::ProofSeen => "circle-check",
        CaseEvent::DateChanged => {
            let day = file.new_date(event).map(|day| dates::table(t, day));
            return Some((
                "calendar-days",
                match day {
                    Some(day) => t.f("request.history.date_changed", &[("day", &day)]),
                    None => t.s("request.history.date_changed_plain").to_owned(),
                },
            ));
        }
        CaseEvent::SubstanceChanged | CaseEvent::OverrideApproved => "user-pen",
        CaseEvent::ConfirmationLapsed | CaseEvent::ConfirmationVoided => "phone",
        CaseEvent::HoldPlaced | CaseEvent::HoldResolved | CaseEvent::CaRefused => "pause",
        CaseEvent::KeyCompromiseReported => "shield-alert",
        CaseEvent::Withdrawn => "ban",
        CaseEvent::SourceExpired => "minus",
        CaseEvent::CallConfirmed
        | CaseEvent::CallUnanswered
        | CaseEvent::CallBackPromised
        | CaseEvent::CallBlocked
        | CaseEvent::ExecutionStarted
        | CaseEvent::CaUnavailable => return None,
    };
    Some((icon, t.s(&format!("request.history.{}", step.as_str())).to_owned()))
}

/// Acts that are no step of the case.
fn of_act(t: Texts, event: &AuditEvent) -> Option<(&'static str, String)> {
    let say = |icon, key: &str| Some((icon, t.s(&format!("request.history.{key}")).to_owned()));
    match event.action.as_str() {
        "filed" => say("file-text", "filed"),
        "csr_supplied" => say("file-text", "csr_supplied"),
        "contact_proposed" => say("user-pen", "contact_proposed"),
        "call_band_preferred" => {
            let band = event.facts()["after"].as_str().and_then(|band| band.parse::<CallBand>().ok());
            let band = t.s(&format!("call_band.{}", super::call_band::value(band)));
            Some(("clock", t.f("request.history.call_band_preferred", &[("band", &band)])))
        }
        _ => None,
    }
}

/// What is told by the step that the call led to is left out here.
fn of_call(t: Texts, call: &Call) -> Option<HistoryEntry> {
    let say = |key: &str| t.s(&format!("request.history.{key}")).to_owned();
    let (icon, text) = match call.outcome {
        CallOutcome::Confirmed => ("phone", say("call_confirmed")),
        CallOutcome::NoAnswer => ("phone-missed", say("call_no_answer")),
        CallOutcome::CallBack => {
            let when = call.call_back_at.map(|at| dates::short_instant(t, at));
            let promised = when.map(|when| t.f("request.history.call_back", &[("when", &when)]));
            ("phone", promised.unwrap_or_else(|| say("call_back_plain")))
        }
        CallOutcome::ContactChanged => ("phone", say("call_contact_changed")),
        CallOutcome::IdentityFailed => ("phone", say("call_identity_failed")),
        CallOutcome::WrongNumber => ("phone-missed", say("call_wrong_number")),
        CallOutcome::Reschedule | CallOutcome::Withdraw | CallOutcome::KeyCompromise => return None,
    };
    Some(entry(call.called_at, icon, text))
}

/// Mails that tell what nothing else here does.
const TOLD: [MailKind; 5] = [
    MailKind::RevocationReminder,
    MailKind::ContactUnreached,
    MailKind::ContactChangeNeeded,
    MailKind::OldCertificateInUse,
    MailKind::RevocationCompleted,
];

fn of_mail(t: Texts, message: &Message) -> Option<HistoryEntry> {
    let sent_at = message.sent_at.filter(|_| message.status == MessageStatus::Sent)?;
    let kind = message.kind.parse::<MailKind>().ok().filter(|kind| TOLD.contains(kind))?;
    let text = t.s(&format!("request.history.mail_{}", kind.as_str())).to_owned();
    Some(entry(sent_at, "mail", text))
}
