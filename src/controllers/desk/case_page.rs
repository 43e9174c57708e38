//! Turns what is known about a case into the parts of its pages.

use chrono::{DateTime, NaiveDate, Utc};

use super::contacts;
use super::frame::{Frame, case_href};
use super::today::status_of;
use crate::domain::application::{CrlReason, FilingChannel, ReissueReason, compromise_deadline};
use crate::domain::authorization::AuthorizationKind;
use crate::domain::call::{CallOutcome, first_call_day};
use crate::domain::case::{CaseEvent, CaseState};
use crate::domain::certificate::ValidationType;
use crate::domain::contact::{ContactRole, PhoneNumber};
use crate::domain::role::Permission;
use crate::domain::validity::replacement_validity;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::authorizations::AuthorizationRow;
use crate::models::case_file::CaseFile;
use crate::models::certificates::Certificate;
use crate::models::contacts::Contact;
use crate::models::revocation_cases::Case;
use crate::models::same_key::{self, SameKey};
use crate::views::chrome::Place;
use crate::views::desk::case::{
    ActionLink, CallForm, CallInput, Callee, CaseHead, CasePage, CertificateFacts, CertificatePair, LeaseBanner,
    OtherContact, SameKeyRow, Script, Side, SidePanel,
};
use crate::views::desk::validity_picture::{Period, ValidityPicture};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Link, Pill, PillColor, Serial, SiteNames, StatusLabel, Tone};
use crate::views::status;

use super::case::history;

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
        warnings: warnings(t, file),
        handovers: contacts::waiting(frame, file.subscriber.id).await?,
        filed_for: filed_for(t, file),
        same_key: same_key_rows(frame, file).await?,
        callee: file.callee().map(|contact| callee(frame, file, contact, &names)),
        other_contacts: other_contacts(t, file),
        script: script(frame, file),
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
        text: t.f(key, &[("day", &dates::table(case.requested_on))]),
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
            &t.f("contacts.done_by", &[("name", &row.filed_by_name), ("at", &dates::long_instant(row.filed_at))]),
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

fn warnings(t: Texts, file: &CaseFile) -> Vec<String> {
    let failed = file.messages.iter().filter(|message| message.status.as_str() == "failed");
    failed
        .map(|message| {
            let to = message.addressees().unwrap_or_default();
            let to: Vec<_> = to.iter().map(|one| one.recipient.email().to_owned()).collect();
            let reason = message.last_error.clone().unwrap_or_default();
            t.f("case.mail_bounced", &[("to", &to.join(", ")), ("reason", &reason)])
        })
        .collect()
}

fn callee(frame: &Frame, file: &CaseFile, contact: &Contact, names: &history::Names) -> Callee {
    let t = frame.t;
    let phone = PhoneNumber::parse(&contact.phone).ok();
    let held = file.case.is_held_by(&frame.actor(), frame.now);
    let ev = file.source.validation == ValidationType::Ev;
    Callee {
        role: role_label(t, contact.role),
        name: contact.name.clone(),
        details: [&contact.name_kana, &contact.department].into_iter().flatten().cloned().collect(),
        phone: shown_phone(frame, phone.as_ref()),
        extension: phone.as_ref().and_then(PhoneNumber::extension).map(str::to_owned),
        dial: phone.as_ref().filter(|_| held).map(|phone| phone.e164().to_owned()),
        why: t.s(if ev { "case.why_ev" } else { "case.why_ov" }).to_owned(),
        phone_source: t.f(
            "case.phone_verified",
            &[
                ("source", &contact.phone_source),
                ("day", &dates::numeric(contact.verified_on)),
                ("verifier", names.get(&contact.verified_by).unwrap_or(&contact.verified_by)),
            ],
        ),
        hours: match (promised(file), file.case.call_band) {
            (Some(at), _) => t.f("case.hours_promised", &[("when", &dates::short_instant(at))]),
            (None, Some(band)) => t.s(&format!("call_band.{}", band.as_str())).to_owned(),
            (None, None) => t.s("case.hours_none").to_owned(),
        },
    }
}

/// The hour that the customer named in the last call; the hour of a mere retry is promised to nobody.
fn promised(file: &CaseFile) -> Option<DateTime<Utc>> {
    let last = file.calls.last().filter(|call| call.outcome == CallOutcome::CallBack);
    last.and(file.case.next_call_at)
}

/// Roles that neither call nor export see the last four digits only.
fn shown_phone(frame: &Frame, phone: Option<&PhoneNumber>) -> String {
    let Some(phone) = phone else { return String::new() };
    if frame.may(Permission::WorkCases) || frame.may(Permission::Export) {
        phone.written().to_owned()
    } else {
        format!("***-{}", phone.tail())
    }
}

pub fn role_label(t: Texts, role: ContactRole) -> String {
    t.s(&format!("contact_role.{}", role.as_str())).to_owned()
}

fn other_contacts(t: Texts, file: &CaseFile) -> Vec<OtherContact> {
    let callee = file.callee().map(|contact| contact.id);
    let others = file.contacts.iter().filter(|contact| Some(contact.id) != callee);
    others
        .map(|contact| OtherContact {
            role: role_label(t, contact.role),
            name: contact.name.clone(),
            phone: PhoneNumber::parse(&contact.phone).map(|phone| format!("***-{}", phone.tail())).unwrap_or_default(),
            note: t.s("case.not_for_confirmation").to_owned(),
        })
        .collect()
}

/// Where there is a call to make.
fn script(frame: &Frame, file: &CaseFile) -> Option<Script> {
    let contact = file.callee().filter(|_| file.case.state == CaseState::AwaitingCall)?;
    let settings = &frame.desk.settings.desk;
    let procedure_contact = file.contacts.iter().find(|one| one.role == ContactRole::ProcedureContact);
    Some(Script {
        ev: file.source.validation == ValidationType::Ev,
        ca: settings.short_name.clone(),
        agent: frame.staff.name.clone(),
        department: contact.department.clone(),
        callee: contact.name.clone(),
        procedure_contact: procedure_contact.map(|one| one.name.clone()).unwrap_or_default(),
        filed_on: dates::long(dates::day_of(file.application.filed_at)),
        common_name: file.source.common_name.clone(),
        source_expires: dates::long(file.source.last_day()),
        desk_phone: settings.telephone.clone(),
    })
}

pub fn pair(frame: &Frame, file: &CaseFile) -> CertificatePair {
    let reason = frame.t.s(&format!("mail.reason.{}", file.application.reason.as_str()));
    CertificatePair {
        reason: frame.t.f("case.reissue_reason", &[("reason", &reason)]),
        old: facts(frame, &file.source, file.case.revoked_at.is_some()),
        new: file.replacement.as_ref().map(|new| facts(frame, new, new.revoked_at.is_some())),
    }
}

fn facts(frame: &Frame, certificate: &Certificate, revoked: bool) -> CertificateFacts {
    let (t, today) = (frame.t, frame.today());
    let (first, last) = (dates::day_of(certificate.not_before), certificate.last_day());
    let left = (last - today).num_days();
    let remaining_key = if certificate.last_day() < certificate.entitlement_end_on {
        "cert.remaining_shortened"
    } else {
        "cert.remaining"
    };
    CertificateFacts {
        common_name: certificate.common_name.clone(),
        other_names: certificate.names().into_iter().filter(|name| *name != certificate.common_name).collect(),
        organization: certificate.organization.clone().unwrap_or_default(),
        period: format!("{} – {}", dates::numeric(first), dates::numeric(last)),
        remaining: if left < 0 { t.s("cert.ended").to_owned() } else { t.f(remaining_key, &[("n", &left)]) },
        serial: Serial::new(&certificate.serial.to_string()),
        issuer: certificate.issuer.clone(),
        key: certificate.key_label.clone(),
        status: certificate_status(t, revoked, last < today),
        sha256: certificate.sha256.to_string(),
    }
}

fn certificate_status(t: Texts, revoked: bool, ended: bool) -> StatusLabel {
    let (icon, tone, key) = if revoked {
        ("ban", Tone::Bad, "cert.revoked")
    } else if ended {
        ("minus", Tone::Hold, "cert.expired")
    } else {
        ("circle-check", Tone::Ok, "cert.valid")
    };
    StatusLabel { icon, tone, text: t.s(key).to_owned() }
}

fn picture(frame: &Frame, file: &CaseFile) -> ValidityPicture {
    let (t, today) = (frame.t, frame.today());
    let period = |one: &Certificate| Period { from: dates::day_of(one.not_before), to: one.last_day() };
    let revoke_on = file.case.revoked_at.map_or(file.case.requested_on, dates::day_of);
    let new = file.replacement.as_ref();
    let mut picture = ValidityPicture::new(t, period(&file.source), new.map(period), revoke_on, today);
    if let Some(new) = new
        && let Ok(term) =
            replacement_validity(&frame.desk.policy, dates::day_of(new.not_before), new.entitlement_end_on)
        && let Some(from) = term.full_term_from
    {
        let (days, end) = (t.days(from, term.full_term_until), dates::long(new.entitlement_end_on));
        picture.notes.push(t.f("picture.full_term", &[("days", &days), ("end", &end)]));
    }
    picture
}

fn side(frame: &Frame, file: &CaseFile, refused: Option<Refused>) -> Side {
    let (t, case) = (frame.t, &file.case);
    let href = case_href(case.reception_number);
    let message = |key: &str| Side::Panel(stands(t, key));
    match case.state {
        CaseState::AwaitingCall => waiting(frame, file, refused, &href),
        CaseState::Confirmed => {
            let mut panel = SidePanel::confirmed(t, &href, authorization_facts(frame, file));
            if !frame.may(Permission::WorkCases) {
                panel.steps.clear();
            }
            Side::Panel(panel)
        }
        CaseState::OnHold => Side::Panel(on_hold(frame, file)),
        CaseState::AwaitingReissue => message("side.awaiting_reissue"),
        CaseState::Revoking => message("side.revoking"),
        CaseState::Revoked => ended(frame, file, "side.revoked"),
        CaseState::Completed => ended(frame, file, "side.completed"),
        CaseState::Withdrawn => message("side.withdrawn"),
        CaseState::Expired => message("side.expired"),
    }
}

/// Where the case stands, when there is no call to record.
fn stands(t: Texts, key: &str) -> SidePanel {
    SidePanel { heading: t.s("col.status").to_owned(), ..SidePanel::message(t, t.s(key).to_owned()) }
}

fn waiting(frame: &Frame, file: &CaseFile, refused: Option<Refused>, href: &str) -> Side {
    let (t, case) = (frame.t, &file.case);
    if !frame.may(Permission::WorkCases) {
        return Side::Panel(SidePanel::message(t, t.s("side.read_only").to_owned()));
    }
    if case.is_held_by(&frame.actor(), frame.now) || refused.is_some() {
        return Side::Call(Box::new(call_form(frame, file, refused.unwrap_or_default(), href)));
    }
    if case.holder(frame.now).is_some() {
        let name = case.lease_holder_name.as_deref().unwrap_or_default();
        return Side::Panel(SidePanel::message(t, t.f("side.held_by_other", &[("name", &name)])));
    }
    let first = first_call_day(case.due_on, frame.desk.settings.calls.window_business_days, &frame.desk.calendar());
    let mut panel = SidePanel::claim(t, href, frame.guard(case));
    if first > frame.today() {
        panel.facts.push((String::new(), t.f("side.not_due", &[("day", &dates::table(first))])));
    }
    Side::Panel(panel)
}

fn call_form(frame: &Frame, file: &CaseFile, refused: Refused, href: &str) -> CallForm {
    let (t, input) = (frame.t, refused.input);
    CallForm {
        guard: frame.guard(&file.case),
        case_href: href.to_owned(),
        attempt_no: u32::try_from(file.calls.len() + 1).unwrap_or(u32::MAX),
        started_at: file.case.lease_taken_at.unwrap_or(frame.now),
        outcomes: CallForm::outcome_choices(t, input.outcome.parse().ok()),
        identity_checks: CallForm::identity_choices(t, &input.identity_checks),
        spoke_with: people(t, file, &input.spoke_with),
        call_back_on: input.call_back_on,
        call_back_time: input.call_back_time,
        requested_on: input.requested_on,
        first_day: frame.today().to_string(),
        last_day: file.source.last_day().to_string(),
        note: input.note,
        errors: refused.errors,
        lease_lost: refused.lease_lost,
    }
}

/// The subscriber's contacts, and the one who stands in no record.
pub fn people(t: Texts, file: &CaseFile, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", t.s("contact_role.choose"), chosen.is_empty())];
    for contact in &file.contacts {
        let value = contact.id.to_string();
        let label = t.f("contact_role.named", &[("name", &contact.name), ("role", &role_label(t, contact.role))]);
        let is_chosen = chosen == value;
        choices.push(Choice::new(value, label, is_chosen));
    }
    choices.push(Choice::new("stranger", t.s("contact_role.stranger"), chosen == "stranger"));
    choices
}

/// The label of the chosen contact; nothing for none.
pub fn person(t: Texts, file: &CaseFile, chosen: &str) -> String {
    let mut choices = people(t, file, chosen).into_iter();
    choices.find(|choice| choice.chosen && !choice.value.is_empty()).map(|choice| choice.label).unwrap_or_default()
}

fn authorization_facts(frame: &Frame, file: &CaseFile) -> Vec<(String, String)> {
    let Some(row) = file.live_authorization() else { return Vec::new() };
    vec![(frame.t.s("side.confirmed_by").to_owned(), authorization(frame, file, row))]
}

/// What permits the revocation, in words.
pub fn authorization(frame: &Frame, file: &CaseFile, row: &AuthorizationRow) -> String {
    let (t, time) = (frame.t, dates::short_instant(row.granted_at));
    match row.kind {
        AuthorizationKind::PhoneConfirmation => {
            let call = file.calls.iter().find(|call| Some(call.id) == row.call_id);
            let contact = call.and_then(|call| file.contacts.iter().find(|contact| contact.id == call.contact_id));
            let role = contact.map(|contact| role_label(t, contact.role)).unwrap_or_default();
            let name = call.and_then(|call| call.spoke_with.clone()).unwrap_or_default();
            let phone = contact.and_then(|contact| PhoneNumber::parse(&contact.phone).ok());
            let phone = shown_phone(frame, phone.as_ref());
            t.f("revoke.confirmed_with", &[("role", &role), ("name", &name), ("phone", &phone), ("time", &time)])
        }
        AuthorizationKind::KeyCompromise => t.f("authorization.key_compromise", &[("time", &time)]),
        AuthorizationKind::SupervisorOverride => {
            t.f("authorization.supervisor_override", &[("name", &row.granted_by_name), ("time", &time)])
        }
        AuthorizationKind::Incident => t.f("authorization.incident", &[("time", &time)]),
    }
}

fn on_hold(frame: &Frame, file: &CaseFile) -> SidePanel {
    let t = frame.t;
    let mut panel = stands(t, "side.on_hold");
    if let Some(reason) = file.case.hold_reason {
        let label = t.s(&format!("hold_reason.{}", reason.as_str()));
        panel.facts.push((t.s("hold_reason.title").to_owned(), label.to_owned()));
    }
    if let Some(note) = file.case.hold_note.clone().filter(|note| !note.is_empty()) {
        panel.facts.push((t.s("call.note").to_owned(), note));
    }
    panel
}

fn ended(frame: &Frame, file: &CaseFile, key: &str) -> Side {
    let t = frame.t;
    let mut panel = stands(t, key);
    if let Some(at) = file.case.revoked_at {
        panel.facts.push((t.s("side.revoked_at").to_owned(), dates::long_instant(at)));
    }
    if let Some(row) = &file.authorization {
        panel.facts.push((t.s("side.confirmed_by").to_owned(), authorization(frame, file, row)));
    }
    Side::Panel(panel)
}

/// `superseded (4)`
pub fn crl_reason_label(reason: CrlReason) -> String {
    let name = match reason {
        CrlReason::KeyCompromise => "keyCompromise",
        CrlReason::Superseded => "superseded",
    };
    format!("{name} ({})", reason.code())
}

pub fn names(t: Texts, certificate: &Certificate) -> SiteNames {
    let others = certificate.names().iter().filter(|name| **name != certificate.common_name).count();
    SiteNames::new(t, certificate.common_name.clone(), others)
}

/// First and last day that a new requested date may have.
pub fn date_limits(frame: &Frame, file: &CaseFile) -> (NaiveDate, NaiveDate) {
    (frame.today(), file.source.last_day())
}
