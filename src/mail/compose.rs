//! From facts to the words of a mail.
//!
//! Owns how facts are written (`copy-ja.md` sections 1 and 2). The sentences are in `views/mail/`.

use chrono::{DateTime, Utc};

use super::letter::{CallInVain, CaseLetter, CertificateFacts, Failure, Occasion, Performer};
use super::templates;
use crate::domain::call_band::CallBand;
use crate::domain::mail::{ComposedMail, is_unfit_for_a_line};
use crate::messages::{Texts, dates};
use crate::settings::Desk;

/// Writes the mail. Whatever stands in the facts, the mail can be written: a revocation never waits for a mail.
pub fn compose(occasion: &Occasion, letter: &CaseLetter, desk: &Desk) -> Result<ComposedMail, askama::Error> {
    let placeholders = Placeholders::new(letter, desk);
    let filled = templates::fill(occasion, &placeholders)?;
    Ok(filled.addressed(occasion.kind(), letter.to.clone()))
}

/// The facts as they are written, named as in `copy-ja.md` section 2.
pub(super) struct Placeholders {
    pub company: String,
    pub to_names: Vec<String>,
    pub receipt_no: String,
    /// Common name and, in brackets, how many other domains.
    pub names: String,
    pub cert_type: &'static str,
    pub reason: &'static str,
    pub key_compromise: bool,
    pub old_serial: String,
    pub old_to: String,
    pub has_replacement: bool,
    pub new_serial: String,
    pub new_to: String,
    pub revoke_on: String,
    pub due_on: String,
    /// The requested date is not a business day.
    pub due_is_later: bool,
    pub role: &'static str,
    pub role_name: String,
    pub tel_tail: String,
    pub portal_url: String,
    pub reissue_again: Option<ReissueAgainWords>,
    pub desk: DeskWords,
}

/// Who writes, the same in every mail.
pub(super) struct DeskWords {
    /// In front of the subject.
    pub ca_name: String,
    pub company: String,
    /// As the desk introduces itself.
    pub name: String,
    pub service: String,
    pub tel: String,
    pub hours: String,
    pub email: String,
    /// The number that customers see when the desk calls.
    pub caller: String,
}

impl DeskWords {
    pub(super) fn new(desk: &Desk) -> Self {
        Self {
            ca_name: desk.short_name.clone(),
            company: desk.company.clone(),
            name: format!("{}{}", desk.short_name, desk.service_name),
            service: desk.service_name.clone(),
            tel: desk.telephone.clone(),
            hours: desk.hours.clone(),
            email: desk.email.clone(),
            caller: desk.caller_number.clone(),
        }
    }
}

pub(super) struct ReissueAgainWords {
    pub new_to: String,
    /// When a further reissue reaches the original end.
    pub days: String,
    pub entitled_to: String,
}

impl Placeholders {
    fn new(letter: &CaseLetter, desk: &Desk) -> Self {
        let texts = Texts::JA;
        let replacement = letter.replacement.as_ref();
        Self {
            company: one_line(&letter.company),
            to_names: letter.to.iter().map(|recipient| recipient.name().to_owned()).collect(),
            receipt_no: letter.reception_number.to_string(),
            names: names(&letter.common_name, letter.other_domains),
            cert_type: texts.s(&format!("mail.validation.{}", letter.validation.as_str())),
            reason: texts.s(&format!("mail.reason.{}", letter.reason.as_str())),
            key_compromise: letter.key_compromise,
            old_serial: letter.source.serial.colon_separated(),
            old_to: dates::long(texts, letter.source.last_day),
            has_replacement: replacement.is_some(),
            new_serial: replacement.map(|new| new.serial.colon_separated()).unwrap_or_default(),
            new_to: replacement.map(last_day).unwrap_or_default(),
            revoke_on: dates::long(texts, letter.requested_on),
            due_on: dates::long(texts, letter.due_on),
            due_is_later: letter.due_on > letter.requested_on,
            role: texts.s(&format!("mail.role.{}", letter.callee.role.as_str())),
            role_name: one_line(&letter.callee.name),
            tel_tail: one_line(&letter.callee.phone_tail),
            portal_url: letter.portal_url.clone(),
            reissue_again: letter.reissue_again.map(|again| ReissueAgainWords {
                new_to: dates::long(texts, again.replacement_last_day),
                days: texts.days(again.from, again.until),
                entitled_to: dates::long(texts, again.entitlement_end),
            }),
            desk: DeskWords::new(desk),
        }
    }
}

/// Common name and, in brackets, how many names there are besides it.
pub(super) fn names(common_name: &str, other_domains: usize) -> String {
    let common_name = one_line(common_name);
    match other_domains {
        0 => common_name,
        others => format!("{common_name}{}", Texts::JA.f("mail.other_domains", &[("n", &others)])),
    }
}

fn last_day(certificate: &CertificateFacts) -> String {
    dates::long(Texts::JA, certificate.last_day)
}

/// `11月24日(火) 09:14 ご不在`
pub(super) fn call_in_vain(call: &CallInVain) -> String {
    let long = dates::long(Texts::JA, dates::day_of(call.at));
    // The year is clear from the dates around it: its digits and the word after them are left out.
    let without_year: String = long.trim_start_matches(|c: char| c.is_ascii_digit()).chars().skip(1).collect();
    let outcome = Texts::JA.s(&format!("mail.call.{}", call.outcome.as_str()));
    format!("{without_year} {} {outcome}", dates::time(call.at))
}

pub(super) fn performer(performer: &Performer, placeholders: &Placeholders) -> String {
    let texts = Texts::JA;
    match performer {
        Performer::Contact { role, name } => {
            let role = texts.s(&format!("mail.role.{}", role.as_str()));
            texts.f("mail.performer.contact", &[("role", &role), ("name", &one_line(name))])
        }
        Performer::Customer { name } => texts.f("mail.performer.customer", &[("name", &one_line(name))]),
        Performer::Desk => texts.f("mail.performer.desk", &[("desk", &placeholders.desk.name)]),
    }
}

pub(super) fn call_band(band: Option<CallBand>) -> &'static str {
    Texts::JA.s(&format!("call_band.{}", band.map_or("any", CallBand::as_str)))
}

pub(super) struct FailureWords {
    pub batch_no: String,
    pub error_code: String,
    pub error_text: String,
    pub next_try: String,
    pub case_url: String,
}

pub(super) fn failure(failure: &Failure) -> FailureWords {
    let texts = Texts::JA;
    FailureWords {
        batch_no: failure.batch_run.as_deref().map_or_else(|| texts.s("mail.failure.by_hand").to_owned(), one_line),
        error_code: one_line(&failure.error_code),
        error_text: one_line(&failure.error_text),
        next_try: match failure.next_attempt_at {
            Some(at) => texts.f("mail.failure.next_try", &[("at", &instant(at))]),
            None => texts.s("mail.failure.no_next_try").to_owned(),
        },
        case_url: failure.case_url.clone(),
    }
}

pub(super) fn instant(at: DateTime<Utc>) -> String {
    dates::long_instant(Texts::JA, at)
}

/// Facts come from certificates and other people's systems: what must not stand in a line becomes a space.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|character| if is_unfit_for_a_line(character) { ' ' } else { character }).collect()
}
