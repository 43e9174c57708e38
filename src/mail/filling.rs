//! From facts to a mail: the text in force with everything in its places, the signature, the HTML part.

use super::{html, width};
use crate::domain::mail::{ComposedMail, MailKind, Recipient, is_unfit_for_a_line};
use crate::domain::text::template::Facts;
use crate::domain::text::{Draft, TextBook, TextFault, TextKey};
use crate::messages::shipped;
use crate::settings::Desk;

/// Where a mail's words come from: the desk's settings and the texts in force.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub desk: &'a Desk,
    pub texts: &'a TextBook,
}

/// What a mail is about and why it is written, as it goes to its text.
pub(super) struct Contents {
    pub kind: MailKind,
    pub to: Vec<Recipient>,
    pub facts: Facts,
}

pub(super) fn compose(contents: Contents, words: Words<'_>) -> Result<ComposedMail, TextFault> {
    let Contents { kind, to, facts } = contents;
    let own = desk_facts(words.desk);
    let filled = shipped::fill(TextKey::Mail(kind), &facts.and(own.clone()), words.texts)?;
    let signature = shipped::fill(TextKey::Signature, &own, words.texts)?.body;
    let subject = one_line(&filled.subject);
    let text = format!("{}\n\n{signature}", filled.body);
    Ok(ComposedMail { kind, recipients: to, html: html::page(&subject, &text), text: width::fit(&text), subject })
}

/// Who writes, or calls: the same in every text.
pub fn desk_facts(desk: &Desk) -> Facts {
    Facts::default()
        .text("ca_name", &desk.short_name)
        .text("desk_name", format!("{}{}", desk.short_name, desk.service_name))
        .text("desk_company", &desk.company)
        .text("desk_service", &desk.service_name)
        .text("desk_tel", &desk.telephone)
        .text("desk_hours", &desk.hours)
        .text("desk_email", &desk.email)
        .text("desk_from", &desk.caller_number)
}

/// Version 0 of a text.
pub fn shipped_draft(key: TextKey) -> Result<Draft, TextFault> {
    shipped::shipped(key).map(|shipped| shipped.draft.clone())
}

/// Whom a mail greets.
pub(super) fn reader_facts(company: &str, to: &[Recipient]) -> Facts {
    let names = to.iter().map(|recipient| recipient.name().to_owned()).collect();
    Facts::default().text("company", one_line(company)).lines("to_name", names)
}

/// Facts come from certificates and other people's systems: what must not stand in a line becomes a space.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|character| if is_unfit_for_a_line(character) { ' ' } else { character }).collect()
}
