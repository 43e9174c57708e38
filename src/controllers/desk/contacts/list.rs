//! Handovers in a line each: the list, the links on other pages, the contacts of today.

use std::collections::HashMap;

use super::dossier::{is_touched, shown_number, stage_label};
use super::{change_href, proposal_href};
use crate::controllers::desk::case::people::role_label;
use crate::controllers::desk::frame::Frame;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::case_queue::{self, CaseRow};
use crate::models::contacts::Contact;
use crate::models::handovers::{self, Handover};
use crate::models::subscribers;
use crate::views::desk::contacts::ContactRow;
use crate::views::parts::Link;

/// Role and name of each current contact.
pub fn current_contacts(frame: &Frame, contacts: &[Contact]) -> Vec<(String, String)> {
    let fact = |contact: &Contact| {
        let text = format!("{}　{}", contact.name, shown_number(frame, &contact.phone));
        (role_label(frame.t, contact.role), text)
    };
    contacts.iter().map(fact).collect()
}

/// `担当者変更（手続き担当者 例外 次郎 様）受付　11/24(火) 10:20`
pub fn link(t: Texts, handover: &Handover) -> Link {
    let href = href(handover);
    let name = successor(handover);
    let stage = stage_label(t, handover.stage()).text;
    let at = dates::short_instant(t, handover.at());
    let role = role_label(t, handover.role());
    Link::new(href, t.f("contacts.waiting", &[("role", &role), ("name", &name), ("stage", &stage), ("at", &at)]))
}

fn href(handover: &Handover) -> String {
    match (handover.change(), handover.proposal()) {
        (Some(change), _) => change_href(change.id),
        (None, Some(proposal)) => proposal_href(proposal.id),
        (None, None) => "/desk/contacts".to_owned(),
    }
}

fn successor(handover: &Handover) -> &str {
    match (handover.change(), handover.proposal()) {
        (Some(change), _) => &change.name,
        (None, Some(proposal)) => &proposal.name,
        (None, None) => "",
    }
}

/// The rows of the list.
pub async fn rows(frame: &Frame, handovers: &[Handover]) -> Result<Vec<ContactRow>> {
    let db = &frame.desk.db;
    let subscriber_ids: Vec<i64> = handovers.iter().map(Handover::subscriber_id).collect();
    let companies = subscribers::by_ids(db, subscriber_ids.clone()).await?;
    let versions = handovers::versions_of(db, subscriber_ids.clone()).await?;
    let cases = case_queue::undecided_of(db, subscriber_ids).await?;
    let requesters = handovers.iter().filter_map(|one| one.change().map(|change| change.requested_by.as_str()));
    let names = frame.staff_names(requesters).await?;
    let row = |handover: &Handover| {
        let touched: Vec<&CaseRow> = cases.iter().filter(|row| is_touched(row, handover)).collect();
        let first = touched.iter().map(|row| row.case.requested_on).min();
        let company = companies.iter().find(|one| one.id == handover.subscriber_id());
        ContactRow {
            href: href(handover),
            at: dates::short_instant(frame.t, handover.at()),
            by: begun_by(frame.t, handover, &names),
            company: company.map(|one| one.name.clone()).unwrap_or_default(),
            role: role_label(frame.t, handover.role()),
            former: handover.former(&versions).map(|contact| contact.name.clone()).unwrap_or_default(),
            successor: successor(handover).to_owned(),
            ground: ground(frame.t, handover),
            first_date: first
                .map_or_else(|| frame.t.s("contacts.no_date").to_owned(), |day| dates::table(frame.t, day)),
            cases: frame.t.f("list.count", &[("n", &touched.len())]),
            status: stage_label(frame.t, handover.stage()),
        }
    };
    Ok(handovers.iter().map(row).collect())
}

fn begun_by(t: Texts, handover: &Handover, names: &HashMap<String, String>) -> String {
    match handover {
        Handover::Proposed { .. } => t.s("contacts.by_customer").to_owned(),
        Handover::AtDesk(change) => names.get(&change.requested_by).unwrap_or(&change.requested_by).clone(),
    }
}

/// How the new number is known; before its verification, only that a customer named it.
fn ground(t: Texts, handover: &Handover) -> String {
    match handover.change() {
        Some(change) => {
            let day = dates::numeric(change.verified_on);
            t.f("contacts.source", &[("source", &change.phone_source), ("day", &day)])
        }
        None => t.s("contacts.unverified").to_owned(),
    }
}
