//! From the facts of a case to the words of a mail.
//!
//! Owns how facts are written (`copy-ja.md` sections 1 and 2). The sentences are in `views/mail/`, and in the versions of
//! them that administrators saved.

use chrono::{DateTime, Utc};

use super::filling::{self, Contents, Words, desk_facts, one_line, reader_facts};
use super::letter::{CallInVain, CaseLetter, CertificateFacts, Failure, Occasion, Performer, ReissueAgain};
use crate::domain::calendar::jst_time;
use crate::domain::call_band::CallBand;
use crate::domain::mail::ComposedMail;
use crate::domain::text::template::Facts;
use crate::domain::text::{TextFault, TextKey};
use crate::messages::{Texts, dates, shipped};

/// Writes the mail. Whatever stands in the facts, the mail can be written: a revocation never waits for a mail.
pub fn compose(occasion: &Occasion, letter: &CaseLetter, words: Words<'_>) -> Result<ComposedMail, TextFault> {
    let facts = case_facts(letter, words)?.and(own_facts(occasion, words));
    let facts = facts.and(reader_facts(&letter.company, &letter.to));
    filling::compose(Contents { kind: occasion.kind(), to: letter.to.clone(), facts }, words)
}

/// The facts as they are written, named as in `copy-ja.md` section 2.
fn case_facts(letter: &CaseLetter, words: Words<'_>) -> Result<Facts, TextFault> {
    let texts = Texts::JA;
    let replacement = letter.replacement.as_ref();
    let again = letter.reissue_again.map(|again| reissue_again(again, words)).transpose()?;
    Ok(Facts::default()
        .text("receipt_no", letter.reception_number.to_string())
        .and(names(&letter.common_name, letter.other_domains))
        .text("cert_type", texts.s(&format!("mail.validation.{}", letter.validation.as_str())))
        .text("reason", texts.s(&format!("mail.reason.{}", letter.reason.as_str())))
        .given("key_compromise", letter.key_compromise)
        .text("old_serial", letter.source.serial.colon_separated())
        .text("old_to", dates::long(texts, letter.source.last_day))
        .given("has_replacement", replacement.is_some())
        .text("new_serial", replacement.map(|new| new.serial.colon_separated()).unwrap_or_default())
        .text("new_to", replacement.map(last_day).unwrap_or_default())
        .text("revoke_on", dates::long(texts, letter.requested_on))
        .text("due_on", dates::long(texts, letter.due_on))
        .text("closes", jst_time(letter.change_until))
        // The requested date is not a business day.
        .given("due_is_later", letter.due_on > letter.requested_on)
        .text("role", texts.s(&format!("mail.role.{}", letter.callee.role.as_str())))
        .text("role_name", one_line(&letter.callee.name))
        .text("tel_tail", one_line(&letter.callee.phone_tail))
        .text("portal_url", &letter.portal_url)
        .text("reissue_again", again.unwrap_or_default()))
}

/// The paragraph on a further reissue.
fn reissue_again(again: ReissueAgain, words: Words<'_>) -> Result<String, TextFault> {
    let facts = desk_facts(words.desk)
        .text("new_to", dates::long(Texts::JA, again.replacement_last_day))
        .text("again_days", Texts::JA.days(again.from, again.until))
        .text("entitled_to", dates::long(Texts::JA, again.entitlement_end));
    Ok(shipped::fill(TextKey::ReissueAgain, &facts, words.texts)?.body)
}

/// What only this mail tells.
fn own_facts(occasion: &Occasion, words: Words<'_>) -> Facts {
    let facts = Facts::default();
    let by = |one: &Performer| performer(one, words);
    match occasion {
        Occasion::ApplicationReceived
        | Occasion::ReplacementIssued
        | Occasion::ContactChanged
        | Occasion::CaseExpired => facts,
        Occasion::RevocationReminder { business_days } => facts.text("n", business_days.to_string()),
        Occasion::ContactUnreached { calls, reply_by } => {
            facts.lines("call_list", calls.iter().map(call_in_vain).collect()).text("reply_by", instant(*reply_by))
        }
        Occasion::RequestedDateChanged { before, by: who } => {
            facts.text("revoke_on_before", dates::long(Texts::JA, *before)).text("actor", by(who))
        }
        Occasion::Withdrawn { by: who } => facts.text("actor", by(who)),
        Occasion::RevocationCompleted { revoked_at, confirmed_by_phone } => {
            facts.text("revoked_at", instant(*revoked_at)).given("confirmed_by_phone", *confirmed_by_phone)
        }
        Occasion::RevocationFailed(failure) => failure_facts(failure),
        Occasion::ContactChangeNeeded { reply_by } => facts.text("reply_by", instant(*reply_by)),
        Occasion::OldCertificateInUse { hosts } => {
            facts.lines("old_hosts", hosts.iter().map(|host| one_line(host)).collect())
        }
        Occasion::KeyCompromiseNotice { revoked_by } => facts.text("reply_by", instant(*revoked_by)),
        Occasion::CallBandNoted { band, by: who } => {
            facts.text("band", call_band(*band)).given("any_time", band.is_none()).text("actor", by(who))
        }
    }
}

/// Common name and, in brackets, how many names there are besides it.
pub(super) fn names(common_name: &str, other_domains: usize) -> Facts {
    let note = match other_domains {
        0 => String::new(),
        others => Texts::JA.f("mail.other_domains", &[("n", &others)]),
    };
    Facts::default().text("common_name", one_line(common_name)).text("san_note", note)
}

fn last_day(certificate: &CertificateFacts) -> String {
    dates::long(Texts::JA, certificate.last_day)
}

/// `11月24日(火) 09:14 ご不在`
fn call_in_vain(call: &CallInVain) -> String {
    let day = dates::without_year(Texts::JA, dates::day_of(call.at));
    let outcome = Texts::JA.s(&format!("mail.call.{}", call.outcome.as_str()));
    format!("{day} {} {outcome}", dates::time(call.at))
}

fn performer(performer: &Performer, words: Words<'_>) -> String {
    let texts = Texts::JA;
    match performer {
        Performer::Contact { role, name } => {
            let role = texts.s(&format!("mail.role.{}", role.as_str()));
            texts.f("mail.performer.contact", &[("role", &role), ("name", &one_line(name))])
        }
        Performer::Customer { name } => texts.f("mail.performer.customer", &[("name", &one_line(name))]),
        Performer::Desk => {
            let desk = format!("{}{}", words.desk.short_name, words.desk.service_name);
            texts.f("mail.performer.desk", &[("desk", &desk)])
        }
    }
}

fn call_band(band: Option<CallBand>) -> &'static str {
    Texts::JA.s(&format!("call_band.{}", band.map_or("any", CallBand::as_str)))
}

fn failure_facts(failure: &Failure) -> Facts {
    let texts = Texts::JA;
    let run = failure.batch_run.as_deref().map_or_else(|| texts.s("mail.failure.by_hand").to_owned(), one_line);
    let next_try = match failure.next_attempt_at {
        Some(at) => texts.f("mail.failure.next_try", &[("at", &instant(at))]),
        None => texts.s("mail.failure.no_next_try").to_owned(),
    };
    Facts::default()
        .text("batch_no", run)
        .text("error_code", one_line(&failure.error_code))
        .text("error_text", one_line(&failure.error_text))
        .text("next_try", next_try)
        .text("case_url", &failure.case_url)
}

pub(super) fn instant(at: DateTime<Utc>) -> String {
    dates::long_instant(Texts::JA, at)
}
