//! What may be filled into which text (`copy-ja.md` section 2). What a place holds in words is the text
//! `texts.place.<name>`.

use super::TextKey;
use crate::domain::mail::MailKind;

/// One name in double braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub name: &'static str,
    pub shape: Shape,
    /// Subjects hold no personal data, no serial number and no address (`domain.md` section 9).
    pub in_subject: bool,
    /// `subject` or `body`, where the text is no good without it.
    pub needed_in: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Text,
    /// The line is repeated for each value.
    Lines,
    /// Only behind `#` and `^`.
    Condition,
}

const fn open(name: &'static str) -> Place {
    Place { name, shape: Shape::Text, in_subject: true, needed_in: None }
}

/// Not for subjects.
const fn inner(name: &'static str) -> Place {
    Place { in_subject: false, ..open(name) }
}

const fn lines(name: &'static str) -> Place {
    Place { shape: Shape::Lines, ..inner(name) }
}

const fn condition(name: &'static str) -> Place {
    Place { shape: Shape::Condition, ..open(name) }
}

const fn needed(name: &'static str, field: &'static str) -> Place {
    Place { needed_in: Some(field), ..open(name) }
}

const DESK: &[Place] = &[
    open("ca_name"),
    open("desk_name"),
    inner("desk_company"),
    inner("desk_service"),
    inner("desk_tel"),
    inner("desk_hours"),
    inner("desk_email"),
    inner("desk_from"),
];

const READER: &[Place] = &[inner("company"), lines("to_name")];

/// A mail about a case is found by its number.
const CASE: &[Place] = &[
    needed("receipt_no", "subject"),
    inner("common_name"),
    inner("san_note"),
    open("cert_type"),
    open("reason"),
    condition("key_compromise"),
    inner("old_serial"),
    open("old_to"),
    condition("has_replacement"),
    inner("new_serial"),
    open("new_to"),
    open("revoke_on"),
    open("due_on"),
    open("closes"),
    condition("due_is_later"),
    open("role"),
    inner("role_name"),
    inner("tel_tail"),
    inner("portal_url"),
    inner("reissue_again"),
];

const PROPOSAL: &[Place] =
    &[open("receipt_no"), open("role"), inner("successor"), inner("tel_tail"), inner("page_url")];

const FORM: &[Place] = &[
    needed("receipt_no", "subject"),
    inner("common_name"),
    inner("san_note"),
    open("cert_type"),
    open("old_to"),
    open("form"),
    inner("asked_by"),
    open("asked_at"),
    inner("portal_url"),
    inner("desk_url"),
];

const ACCOUNT: &[Place] = &[inner("login"), open("portal_name")];

/// A link that lets its reader in: what the mail is for.
const LINK: &[Place] = &[Place { in_subject: false, ..needed("url", "body") }, open("until")];

const ALARM: &[Place] = &[open("title"), inner("what"), inner("todo"), inner("examples"), inner("page_url")];

/// The caller never names the reception number: the other side has to.
const CALL: &[Place] = &[
    open("agent"),
    open("department"),
    open("role"),
    open("role_name"),
    open("procedure_contact"),
    open("filed_on"),
    open("common_name"),
    open("old_to"),
];

pub fn places(key: TextKey) -> Vec<Place> {
    let mut own = match key {
        TextKey::Mail(kind) => of_mail(kind),
        TextKey::Signature => Vec::new(),
        TextKey::ReissueAgain => vec![open("new_to"), open("again_days"), open("entitled_to")],
        TextKey::OvScript | TextKey::EvScript | TextKey::Situations => CALL.to_vec(),
    };
    own.extend_from_slice(DESK);
    own
}

fn of_mail(kind: MailKind) -> Vec<Place> {
    match kind {
        MailKind::ApplicationReceived
        | MailKind::ReplacementIssued
        | MailKind::ContactChanged
        | MailKind::CaseExpired => [READER, CASE].concat(),
        MailKind::RevocationReminder => [READER, CASE, &[open("n")]].concat(),
        MailKind::ContactUnreached => [READER, CASE, &[lines("call_list"), open("reply_by")]].concat(),
        MailKind::RequestedDateChanged => [READER, CASE, &[open("revoke_on_before"), inner("actor")]].concat(),
        MailKind::Withdrawn => [READER, CASE, &[inner("actor")]].concat(),
        MailKind::RevocationCompleted => {
            [READER, CASE, &[open("revoked_at"), condition("confirmed_by_phone")]].concat()
        }
        MailKind::RevocationFailed => {
            let own = [open("batch_no"), open("error_code"), inner("error_text"), open("next_try"), inner("case_url")];
            [READER, CASE, &own].concat()
        }
        MailKind::ContactChangeNeeded | MailKind::KeyCompromiseNotice => [READER, CASE, &[open("reply_by")]].concat(),
        MailKind::OldCertificateInUse => [READER, CASE, &[lines("old_hosts")]].concat(),
        MailKind::CallBandNoted => [READER, CASE, &[open("band"), condition("any_time"), inner("actor")]].concat(),
        MailKind::ContactProposalReceived | MailKind::ContactProposalArrived => [READER, PROPOSAL].concat(),
        MailKind::ContactProposalDeclined => [READER, PROPOSAL, &[inner("ground")]].concat(),
        MailKind::FormRequestReceived | MailKind::FormRequested => [READER, FORM].concat(),
        MailKind::CustomerInvited | MailKind::PasswordReset => [READER, ACCOUNT, LINK].concat(),
        MailKind::PasswordChanged => [READER, ACCOUNT, &[open("changed_at")]].concat(),
        MailKind::Alarm => ALARM.to_vec(),
    }
}
