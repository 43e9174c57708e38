//! Turns what is known about a case into the parts of its pages.

use chrono::NaiveDate;

use super::certificates::{pair, picture};
use super::history;
use super::people::{callee, other_contacts};
use super::side::side;
use crate::controllers::desk::contacts;
use crate::controllers::desk::frame::{Frame, case_href};
use crate::controllers::desk::installation;
use crate::controllers::desk::today::status_of;
use crate::domain::application::{CrlReason, FilingChannel, ReissueReason, compromise_deadline};
use crate::domain::case::{CaseEvent, CaseState};
use crate::domain::certificate::ValidationType;
use crate::domain::contact::ContactRole;
use crate::domain::role::Permission;
use crate::domain::text::TextKey;
use crate::domain::text::script::{situations, steps};
use crate::domain::text::template::Facts;
use crate::errors::Result;
use crate::mail::filling::desk_facts;
use crate::messages::{Texts, dates, shipped};
use crate::models::case_file::CaseFile;
use crate::models::contacts::Contact;
use crate::models::messages::{self, Message};
use crate::models::revocation_cases::Case;
use crate::models::same_key::{self, SameKey};
use crate::views::chrome::Place;
use crate::views::desk::case::{ActionLink, CallInput, CaseHead, CasePage, LeaseBanner, SameKeyRow, Script, Warning};
use crate::views::form::FieldErrors;
use crate::views::parts::{Link, Pill, PillColor, Serial};
use crate::views::status;

/// What was typed into the call form and refused, to be shown again.
#[derive(Default)]
pub struct Refused {
    pub input: CallInput,
    pub errors: FieldErrors,
    pub lease_lost: Option<String>,
}

pub async fn page(frame: &Frame, file: &CaseFile, shown: &str, refused: Option<Refused>) -> Result<CasePage> {
    let t = frame.t;
    let verifiers = file.contacts.iter().map(|contact| contact.verified_by.as_str());
    let names = frame.staff_names(file.events.iter().map(|event| event.actor.as_str()).chain(verifiers)).await?;
    let (tabs, entries) = history::of(frame, file, &names, shown);
    Ok(CasePage {
        chrome: frame.chrome(Place::Cases).await?,
        head: head(frame, file),
        lease: lease(frame, file),
        actions: actions(frame, file),
        warnings: old_in_use(frame, file).into_iter().chain(warnings(t, file)).collect(),
        handovers: contacts::waiting(frame, file.subscriber.id).await?,
        filed_for: filed_for(t, file),
        same_key: same_key_rows(frame, file).await?,
        callee: file.callee().map(|contact| callee(frame, file, contact, &names)),
        other_contacts: other_contacts(t, file),
        script: script(frame, file).await?,
        certificates: pair(frame, file),
        picture: Some(picture(frame, file)),
        history_tabs: tabs,
        history: entries,
        side: side(frame, file, refused),
    })
}

pub fn head(frame: &Frame, file: &CaseFile) -> CaseHead {
    let (t, case) = (frame.t, &file.case);
    let mut pills = Vec::new();
    if let Some(reported_at) = case.compromise_reported_at {
        pills.push(status::key_compromise_pill(t));
        if case.revoked_at.is_none() {
            pills.push(status::urgent_pill(t, compromise_deadline(reported_at), frame.now));
        }
    }
    if file.application.channel == FilingChannel::Agent {
        pills.push(Pill { color: PillColor::Blue, icon: None, text: t.s("pill.filed_for").to_owned() });
    }
    let is_today = case.requested_on == frame.today();
    let key = if is_today { "pill.requested_today" } else { "pill.requested" };
    pills.push(Pill {
        color: if is_today { PillColor::Orange } else { PillColor::Gray },
        icon: None,
        text: t.f(key, &[("day", &dates::table(t, case.requested_on))]),
    });
    if case.state == CaseState::AwaitingCall && case.due_on < frame.today() {
        pills.push(status::carried_over_pill(t));
    }
    CaseHead {
        reception_number: case.reception_number.to_string(),
        ev: file.source.validation == ValidationType::Ev,
        company: file.subscriber.name.clone(),
        status: status_of(frame, case, &file.calls),
        pills,
        back: Link::new("/desk/today", t.s("nav.today")),
    }
}

fn lease(frame: &Frame, file: &CaseFile) -> LeaseBanner {
    let case = &file.case;
    let until = case.lease_until.map(dates::time).unwrap_or_default();
    if case.is_held_by(&frame.actor(), frame.now) {
        return LeaseBanner::Mine { until, guard: frame.guard(case) };
    }
    match case.holder(frame.now) {
        Some(_) => LeaseBanner::Other {
            name: case.lease_holder_name.clone().unwrap_or_default(),
            until,
            release: frame.may(Permission::Supervise).then(|| frame.guard(case)),
        },
        None => LeaseBanner::None,
    }
}

/// What this person may do in this state, besides the call.
fn actions(frame: &Frame, file: &CaseFile) -> Vec<ActionLink> {
    let case = &file.case;
    let compromised = case.compromise_reported_at.is_some();
    let link = |event: CaseEvent, icon: &'static str, path: &str, key: &str, offered: bool| {
        (offered && case.state.after(event).is_ok()).then(|| ActionLink {
            icon,
            href: format!("{}/{path}", case_href(case.reception_number)),
            label: frame.t.s(key).to_owned(),
        })
    };
    let (works, supervises) = (frame.may(Permission::WorkCases), frame.may(Permission::Supervise));
    let calm = works && !compromised;
    [
        link(CaseEvent::DateChanged, "calendar-days", "requested_on/edit", "case.action.requested_on", calm),
        link(CaseEvent::Withdrawn, "ban", "withdrawal/new", "case.action.withdrawal", calm),
        link(CaseEvent::HoldPlaced, "pause", "hold/new", "case.action.hold", calm),
        link(CaseEvent::HoldResolved, "refresh-cw", "hold/release", "case.action.hold_release", works),
        link(CaseEvent::OverrideApproved, "user-pen", "override/new", "case.action.override", supervises),
        link(
            CaseEvent::KeyCompromiseReported,
            "shield-alert",
            "key_compromise/new",
            "case.action.key_compromise",
            calm,
        ),
    ]
    .into_iter()
    .flatten()
    .chain(register_contact(frame, case, works))
    .collect()
}

/// While there may still be a call to make.
fn register_contact(frame: &Frame, case: &Case, works: bool) -> Option<ActionLink> {
    let link = || ActionLink {
        icon: "user-pen",
        href: format!("/desk/contacts/new?case={}", case.reception_number),
        label: frame.t.s("contacts.register").to_owned(),
    };
    (works && CaseState::UNDECIDED.contains(&case.state)).then(link)
}

/// Who asked on the phone, and why the desk filed.
fn filed_for(t: Texts, file: &CaseFile) -> Vec<(String, String)> {
    let row = &file.application;
    if row.channel != FilingChannel::Agent {
        return Vec::new();
    }
    let fact = |key: &str, text: &str| (t.s(key).to_owned(), text.to_owned());
    vec![
        fact("filed_for.caller", row.caller_name.as_deref().unwrap_or_default()),
        fact("filed_for.ground", row.filing_ground.as_deref().unwrap_or_default()),
        fact(
            "filed_for.by",
            &t.f("contacts.done_by", &[("name", &row.filed_by_name), ("at", &dates::long_instant(t, row.filed_at))]),
        ),
    ]
}

async fn same_key_rows(frame: &Frame, file: &CaseFile) -> Result<Vec<SameKeyRow>> {
    let t = frame.t;
    let others = same_key::others(&frame.desk.db, &file.case, &file.source, frame.now).await?;
    let row = |other: &SameKey| SameKeyRow {
        common_name: other.certificate.common_name.clone(),
        company: other.subscriber.name.clone(),
        serial: Serial::new(&other.certificate.serial.to_string()),
        last_day: dates::numeric(other.certificate.last_day()),
        case: other
            .open_case
            .as_ref()
            .map(|case| Link::new(case_href(case.reception_number), case.reception_number.to_string())),
        file: frame.may(Permission::WorkCases).then(|| {
            let reason = ReissueReason::KeyCompromise.as_str();
            let href = format!("/desk/reissues/new?certificate={}&reason={reason}", other.certificate.id);
            Link::new(href, t.s("same_key.file"))
        }),
    };
    Ok(others.iter().map(row).collect())
}

fn warnings(t: Texts, file: &CaseFile) -> Vec<Warning> {
    let bounced = messages::bounced(&file.messages);
    let warning = |message: &Message| {
        let to = message.addressees().unwrap_or_default();
        // Of several addressees those that the server refused.
        let refused = to.iter().filter(|one| one.refused.is_some() || to.iter().all(|one| one.refused.is_none()));
        let to: Vec<_> = refused.map(|one| one.recipient.email().to_owned()).collect();
        let reason = message.last_error.clone().unwrap_or_default();
        Warning {
            text: t.f("case.mail_bounced", &[("to", &to.join(", ")), ("reason", &reason)]),
            link: Link::new(format!("/desk/mails/{}", message.id), t.s("history.view_mail")),
        }
    };
    bounced.map(warning).chain(disagreements(t, file)).collect()
}

/// As long as nothing proves the revocation.
fn disagreements(t: Texts, file: &CaseFile) -> impl Iterator<Item = Warning> {
    let open = file.disagreements.iter().filter(|_| file.case.state == CaseState::Revoked);
    open.map(move |found| {
        let what = t.s(&format!("evidence_disagreement.{}", found.disagreement.as_str()));
        let at = dates::long_instant(t, found.found_at);
        Warning {
            text: t.f("case.proof_disagreed", &[("what", &what), ("at", &at)]),
            link: history::view_proof(t, found.document_id),
        }
    })
}

/// The agent has to know it while the customer is on the telephone.
fn old_in_use(frame: &Frame, file: &CaseFile) -> Option<Warning> {
    let text = installation::warning(frame, file)?;
    Some(Warning { text, link: Link::new("#sites", frame.t.s("installation.to_sites")) })
}

/// Where there is a call to make.
async fn script(frame: &Frame, file: &CaseFile) -> Result<Option<Script>> {
    let Some(contact) = file.callee().filter(|_| file.case.state == CaseState::AwaitingCall) else { return Ok(None) };
    let ev = file.source.validation == ValidationType::Ev;
    let facts = script_facts(frame, file, contact);
    let texts = frame.desk.texts.in_force(&frame.desk.db, frame.today()).await?;
    let body = |key: TextKey| shipped::fill(key, &facts, &texts).map(|filled| filled.body);
    Ok(Some(Script {
        ev,
        steps: steps(&body(if ev { TextKey::EvScript } else { TextKey::OvScript })?),
        situations: situations(&body(TextKey::Situations)?),
    }))
}

/// Customers are spoken to in Japanese, whatever the agent reads.
fn script_facts(frame: &Frame, file: &CaseFile, contact: &Contact) -> Facts {
    let procedure_contact = file.contacts.iter().find(|one| one.role == ContactRole::ProcedureContact);
    desk_facts(&frame.desk.desk_on(frame.today()))
        .text("agent", &frame.staff.name)
        .text("department", contact.department.as_deref().unwrap_or_default())
        .text("role", Texts::JA.s(&format!("mail.role.{}", contact.role.as_str())))
        .text("role_name", &contact.name)
        .text("procedure_contact", procedure_contact.map(|one| one.name.as_str()).unwrap_or_default())
        .text("filed_on", dates::long(Texts::JA, dates::day_of(file.application.filed_at)))
        .text("common_name", &file.source.common_name)
        .text("old_to", dates::long(Texts::JA, file.source.last_day()))
}

/// `superseded (4)`
pub fn crl_reason_label(reason: CrlReason) -> String {
    let name = match reason {
        CrlReason::KeyCompromise => "keyCompromise",
        CrlReason::Superseded => "superseded",
    };
    format!("{name} ({})", reason.code())
}

/// First and last day that a new requested date may have.
pub fn date_limits(frame: &Frame, file: &CaseFile) -> (NaiveDate, NaiveDate) {
    (frame.today(), file.source.last_day())
}
