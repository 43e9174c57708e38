//! The history of a case: calls, mails, what changed, what the CA answered; newest first.

use std::collections::HashMap;

use super::people::role_label;
use crate::controllers::desk::frame::{Frame, case_href};
use crate::controllers::desk::installation;
use crate::domain::call::CallOutcome;
use crate::messages::{Texts, dates};
use crate::models::attempts::Attempt;
use crate::models::audit_events::AuditEvent;
use crate::models::calls::Call;
use crate::models::case_file::CaseFile;
use crate::models::columns::{EvidenceKind, MessageStatus};
use crate::models::messages::Message;
use crate::views::desk::case::HistoryEntry;
use crate::views::parts::{Link, Tab};

/// Keys of actors and their names.
pub type Names = HashMap<String, String>;

pub fn of(frame: &Frame, file: &CaseFile, names: &Names, shown: &str) -> (Vec<Tab>, Vec<HistoryEntry>) {
    let t = frame.t;
    let calls: Vec<_> = file.calls.iter().enumerate().map(|(n, call)| of_call(t, file, n + 1, call)).collect();
    let mails: Vec<_> = file.messages.iter().map(|message| of_mail(t, message)).collect();
    let mut all = calls.clone();
    all.extend(mails.clone());
    all.extend(file.events.iter().filter_map(|event| of_event(t, file, names, event)));
    all.extend(file.attempts.iter().filter_map(|attempt| of_attempt(t, attempt)));
    all.extend(file.evidence.iter().map(|(proof, document)| {
        let title = match document.kind {
            EvidenceKind::Crl => "history.event.proof_seen",
            EvidenceKind::Ocsp => "history.event.proof_seen_ocsp",
        };
        let shown = entry(t, proof.judged_at, "circle-check", "system", t.s(title).to_owned());
        HistoryEntry { link: Some(view_proof(t, document.id)), ..shown }
    }));
    all.extend(file.disagreements.iter().map(|found| {
        let title = t.s("history.event.proof_disagreed").to_owned();
        HistoryEntry {
            text: t.s(&format!("evidence_disagreement.{}", found.disagreement.as_str())).to_owned(),
            link: Some(view_proof(t, found.document_id)),
            ..entry(t, found.found_at, "triangle-alert", "system", title)
        }
    }));
    let tab = |name: &str, key: &str, count: usize| Tab {
        href: format!("{}?history={name}#h-hist", case_href(file.case.reception_number)),
        label: t.s(key).to_owned(),
        count: Some(count.to_string()),
        hot: false,
        current: shown == name,
    };
    let tabs = vec![
        tab("calls", "history.calls", calls.len()),
        tab("mails", "history.mails", mails.len()),
        tab("", "history.all", all.len()),
    ];
    let mut entries = match shown {
        "calls" => calls,
        "mails" => mails,
        _ => all,
    };
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    (tabs, entries)
}

pub fn view_proof(t: Texts, document: i64) -> Link {
    Link::new(format!("/desk/evidence/{document}"), t.s("history.view_proof"))
}

fn entry(t: Texts, at: chrono::DateTime<chrono::Utc>, icon: &'static str, kind: &str, title: String) -> HistoryEntry {
    HistoryEntry {
        at,
        icon,
        kind: t.s(&format!("history.kind.{kind}")).to_owned(),
        title,
        text: String::new(),
        by: String::new(),
        note: String::new(),
        link: None,
    }
}

fn of_call(t: Texts, file: &CaseFile, number: usize, call: &Call) -> HistoryEntry {
    let outcome = t.s(&format!("outcome.{}", call.outcome.as_str()));
    let icon = match call.outcome {
        CallOutcome::NoAnswer | CallOutcome::WrongNumber => "phone-missed",
        CallOutcome::Confirmed
        | CallOutcome::CallBack
        | CallOutcome::Reschedule
        | CallOutcome::Withdraw
        | CallOutcome::ContactChanged
        | CallOutcome::IdentityFailed
        | CallOutcome::KeyCompromise => "phone",
    };
    let contact = file.contacts.iter().find(|contact| contact.id == call.contact_id);
    let title = t.f("history.call", &[("n", &number), ("outcome", &outcome)]);
    HistoryEntry {
        text: contact.map(|contact| format!("{} {}", role_label(t, contact.role), contact.name)).unwrap_or_default(),
        by: call.caller_name.clone(),
        note: call.note.clone().unwrap_or_default(),
        ..entry(t, call.called_at, icon, "call", title)
    }
}

fn of_mail(t: Texts, message: &Message) -> HistoryEntry {
    let title = t.s(&format!("mail.kind.{}", message.kind)).to_owned();
    let status = match message.status {
        MessageStatus::Failed if message.was_refused() => "bounced",
        MessageStatus::Failed => "stopped",
        other @ (MessageStatus::Queued | MessageStatus::Sent | MessageStatus::Cancelled) => other.as_str(),
    };
    HistoryEntry {
        by: t.s(&format!("mails.status.{status}")).to_owned(),
        note: message.last_error.clone().unwrap_or_default(),
        link: Some(Link::new(format!("/desk/mails/{}", message.id), t.s("history.view_mail"))),
        ..entry(t, message.sent_at.unwrap_or(message.created_at), "mail", "mail", title)
    }
}

/// Changes of state that are not told by a call, an attempt or a proof already.
fn of_event(t: Texts, file: &CaseFile, names: &Names, event: &AuditEvent) -> Option<HistoryEntry> {
    let (icon, kind) = match event.action.as_str() {
        "filed" => ("file-text", "filing"),
        "replacement_registered" => ("circle-check", "certificate"),
        "date_changed" | "substance_changed" | "confirmation_lapsed" | "confirmation_voided" => {
            ("calendar-days", "change")
        }
        "hold_placed" | "hold_resolved" | "ca_refused" => ("pause", "change"),
        "key_compromise_reported" => ("shield-alert", "change"),
        "override_requested" | "override_approved" | "case_assigned" => ("user-pen", "change"),
        "withdrawn" | "source_expired" => ("ban", "change"),
        "found_revoked" => ("circle-check", "system"),
        "installation_seen" => ("refresh-cw", "system"),
        _ => return None,
    };
    let title = t.s(&format!("history.event.{}", event.action)).to_owned();
    let text = match event.action.as_str() {
        "filed" => t.f("history.filed_for", &[("day", &dates::table(t, filed_for(file)))]),
        "installation_seen" => installation::seen_words(t, event).unwrap_or_default(),
        _ => String::new(),
    };
    Some(HistoryEntry { text, by: actor_label(t, file, names, &event.actor), ..entry(t, event.at, icon, kind, title) })
}

fn filed_for(file: &CaseFile) -> chrono::NaiveDate {
    file.application.requested_on.unwrap_or(file.case.requested_on)
}

fn of_attempt(t: Texts, attempt: &Attempt) -> Option<HistoryEntry> {
    let outcome = attempt.outcome?;
    let title = t.s(&format!("history.attempt.{}", outcome.as_str())).to_owned();
    Some(HistoryEntry {
        by: actor_name(t, &attempt.actor, &attempt.actor_name),
        note: attempt.answer.clone().unwrap_or_default(),
        ..entry(t, attempt.answered_at?, "refresh-cw", "system", title)
    })
}

/// Names of people come from the accounts and, for customers and programs, from the facts of the case; the audit log
/// itself holds only keys.
pub fn actor_label(t: Texts, file: &CaseFile, names: &Names, key: &str) -> String {
    let of_facts = || {
        [(&file.application.filed_by, &file.application.filed_by_name)]
            .into_iter()
            .chain(file.calls.iter().map(|call| (&call.caller, &call.caller_name)))
            .chain(file.attempts.iter().map(|attempt| (&attempt.actor, &attempt.actor_name)))
            .chain(file.authorization.iter().map(|row| (&row.granted_by, &row.granted_by_name)))
            .find(|(known, _)| *known == key)
            .map(|(_, name)| name)
    };
    let name = names.get(key).or_else(of_facts);
    actor_name(t, key, name.map(String::as_str).unwrap_or_default())
}

fn actor_name(t: Texts, key: &str, name: &str) -> String {
    match key {
        "batch" | "system" => t.s("history.by_machine").to_owned(),
        _ => name.to_owned(),
    }
}
