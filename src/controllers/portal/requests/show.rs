//! 申請状況: where the request stands, what comes next, what the customer does now and may still change.

use super::super::frame::PortalFrame;
use super::status::{self, Circumstances, PlannedCall};
use super::{Request, history};
use crate::controllers::extractors::Path;
use crate::domain::application::{RequestedDate, compromise_deadline};
use crate::domain::calendar::jst_date;
use crate::domain::case::{CaseEvent, CaseState, CustomerChange, HoldReason};
use crate::errors::Result;
use crate::messages::dates;
use crate::models::contact_proposals;
use crate::models::reissue_applications::Application;
use crate::views::parts::{Link, Serial, StatusLabel, Tone};
use crate::views::portal::requests::{Change, Fact, IssuedCertificate, Replacement, RequestPage, Todo};

/// `GET /portal/requests/{no}`
pub async fn show(frame: PortalFrame, Path(no): Path<String>) -> Result<RequestPage> {
    let request = Request::load(frame, &no).await?;
    let proposed = match request.file.callee() {
        Some(callee) => contact_proposals::open(&request.frame.db, callee.subscriber_id, callee.role).await?,
        None => None,
    };
    let t = request.t();
    Ok(RequestPage {
        status: status::of(t, &request.file.case, request.circumstances()),
        urgent: request.revoke_by().map(|deadline| t.f("request.urgent", &[("deadline", &deadline)])),
        next: next(&request, proposed.is_some()),
        todo: todo(&request, proposed.is_some()),
        facts: facts(&request),
        replacement: replacement(&request),
        changes: changes(&request),
        deadline: deadline(&request),
        history: history::of(&request).await?,
        head: request.head(),
        chrome: request.frame.chrome().await?,
    })
}

impl Request {
    fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            calls: &self.file.calls,
            awaits_csr: self.awaits_csr,
            needs_reexamination: self.waits_for_reexamination(),
            today: self.frame.today(),
        }
    }

    fn waits_for_reexamination(&self) -> bool {
        let Application { needs_reexamination, .. } = self.file.application;
        needs_reexamination && self.file.replacement.is_none()
    }

    /// The end of the 24 hours, while the certificate is not revoked.
    fn revoke_by(&self) -> Option<String> {
        let case = &self.file.case;
        let reported = case.compromise_reported_at.filter(|_| case.revoked_at.is_none() && case.state.is_open())?;
        Some(dates::long_instant(self.t(), compromise_deadline(reported)))
    }
}

/// What happens next, without the customer's doing.
fn next(request: &Request, proposed: bool) -> Vec<String> {
    let (t, case) = (request.t(), &request.file.case);
    let say = |key: &str| t.s(&format!("request.next.{key}")).to_owned();
    match case.state {
        CaseState::AwaitingReissue => {
            let first = match (request.waits_for_reexamination(), request.awaits_csr) {
                (true, _) => "reexamination",
                (false, true) => "csr",
                (false, false) => "awaiting_reissue",
            };
            vec![say(first), of_callee(request, "then_call", &dates::long(t, case.due_on))]
        }
        CaseState::AwaitingCall => vec![planned(request)],
        CaseState::Confirmed => vec![match request.revoke_by() {
            Some(deadline) => t.f("request.next.compromised", &[("deadline", &deadline)]),
            None => say("confirmed"),
        }],
        CaseState::OnHold if proposed => vec![say("proposal")],
        CaseState::OnHold => vec![say(match case.hold_reason {
            Some(HoldReason::ContactChanged) => "hold_contact",
            Some(HoldReason::WrongNumber) => "hold_number",
            Some(HoldReason::IdentityFailed) => "hold_identity",
            Some(HoldReason::CaRefused | HoldReason::Manual) | None => "hold_desk",
        })],
        CaseState::Revoking => vec![say("revoking")],
        CaseState::Revoked => vec![say("revoked")],
        CaseState::Completed => vec![say("completed")],
        CaseState::Withdrawn => {
            let mut sentences = vec![t.f("request.next.withdrawn", &[("day", &request.last_day())])];
            sentences.extend(request.file.replacement.as_ref().map(|_| say("withdrawn_replacement")));
            sentences
        }
        CaseState::Expired => vec![t.f("request.next.expired", &[("day", &request.last_day())])],
    }
}

fn planned(request: &Request) -> String {
    match status::planned_call(&request.file.case, request.circumstances()) {
        PlannedCall::Promised(at) => of_callee(request, "call_back_at", &dates::short_instant(request.t(), at)),
        PlannedCall::Again => of_callee(request, "call_back", ""),
        PlannedCall::OnDay(day) => of_callee(request, "then_call", &dates::long(request.t(), day)),
        PlannedCall::Today => of_callee(request, "today", ""),
        PlannedCall::Overdue => of_callee(request, "carried_over", ""),
    }
}

/// A sentence that names who is phoned. `when` is a day or an hour, where the sentence has one.
fn of_callee(request: &Request, key: &str, when: &str) -> String {
    let callee = request.callee();
    let role = callee.as_ref().map(|callee| callee.role).unwrap_or_default();
    let name = callee.map(|callee| callee.name).unwrap_or_default();
    request.t().f(&format!("request.next.{key}"), &[("role", &role), ("name", &name), ("day", &when), ("when", &when)])
}

fn todo(request: &Request, proposed: bool) -> Vec<Todo> {
    let (t, case) = (request.t(), &request.file.case);
    let desk = &request.frame.desk.desk_on(jst_date(request.frame.now));
    let plain = |key: &str| Todo { text: t.s(&format!("request.todo.{key}")).to_owned(), link: None };
    let linked = |key: &str, href: String, label: &str| Todo { link: Some(Link::new(href, t.s(label))), ..plain(key) };
    let csr = || linked("csr", format!("{}/csr", request.href()), "request.todo.csr_link");
    let call_us = || Todo {
        text: t.f("request.todo.call_us", &[("desk_tel", &desk.telephone), ("hours", &desk.hours)]),
        link: None,
    };
    let answer = || Todo { text: t.f("request.todo.answer", &[("caller", &desk.caller_number)]), link: None };
    let issued = request.file.replacement.is_some();
    match case.state {
        CaseState::AwaitingReissue | CaseState::Confirmed | CaseState::Revoked | CaseState::Completed
            if request.awaits_csr =>
        {
            vec![csr()]
        }
        CaseState::AwaitingCall => vec![plain("install"), answer()],
        CaseState::Confirmed if issued => vec![plain("install_now")],
        CaseState::OnHold if proposed => vec![plain("wait")],
        CaseState::OnHold => match case.hold_reason {
            Some(HoldReason::ContactChanged | HoldReason::WrongNumber) => {
                vec![linked("contact", format!("{}/contact", request.href()), "request.todo.contact_link"), call_us()]
            }
            Some(HoldReason::IdentityFailed) => vec![call_us()],
            Some(HoldReason::CaRefused | HoldReason::Manual) | None => vec![plain("wait")],
        },
        CaseState::Revoked | CaseState::Completed if issued => vec![plain("installed")],
        CaseState::Revoked | CaseState::Completed => {
            let text = t.f("request.todo.certificate_missing", &[("desk_tel", &desk.telephone)]);
            vec![Todo { text, link: None }]
        }
        CaseState::Withdrawn => vec![Todo {
            text: t.s("request.next.withdrawn_again").to_owned(),
            link: request
                .file
                .source
                .reception_number
                .map(|number| Link::new(format!("/portal/certificates/{number}"), t.s("request.todo.details"))),
        }],
        CaseState::AwaitingReissue | CaseState::Confirmed | CaseState::Revoking | CaseState::Expired => {
            vec![plain("wait")]
        }
    }
}

fn facts(request: &Request) -> Vec<Fact> {
    let (t, file) = (request.t(), &request.file);
    let (case, desk) = (&file.case, &request.frame.desk.settings.desk);
    let fact = |key: &str, value: String| Fact {
        label: t.s(&format!("request.fact.{key}")).to_owned(),
        value,
        note: String::new(),
    };
    let names = request.head().names;
    let mut facts = vec![
        fact("common_name", format!("{} {}", names.common_name, names.others).trim().to_owned()),
        fact("reason", t.s(&format!("mail.reason.{}", file.application.reason.as_str())).to_owned()),
        fact("source", t.f("request.fact.source_words", &[("day", &dates::table(t, file.source.last_day()))])),
    ];
    if let Some(deadline) = request.revoke_by() {
        facts.push(fact("revoke_by", deadline));
    } else if case.compromise_reported_at.is_none() {
        facts.push(fact("requested_on", dates::table(t, case.requested_on)));
        facts.extend(call_facts(request, &fact));
    }
    facts.extend(case.revoked_at.map(|at| fact("revoked_at", dates::long_instant(t, at))));
    if case.revoked_at.is_none() && case.state.is_open() {
        let words = |one: super::Callee| {
            t.f("request.fact.callee_words", &[("role", &one.role), ("name", &one.name), ("tail", &one.tail)])
        };
        facts.extend(request.callee().map(|callee| fact("callee", words(callee))));
        facts.push(fact("caller", desk.caller_number.clone()));
    }
    facts
}

/// The day on which the desk really phones, why it is another one than asked for, and the hours.
fn call_facts(request: &Request, fact: &dyn Fn(&str, String) -> Fact) -> Vec<Fact> {
    let (t, case) = (request.t(), &request.file.case);
    if case.revoked_at.is_some() || !case.state.is_open() {
        return Vec::new();
    }
    let date = RequestedDate { requested_on: case.requested_on, due_on: case.due_on };
    let why: Vec<String> =
        date.explanations(&request.frame.desk.calendar()).iter().map(|reason| t.problem(reason)).collect();
    let band = t.s(&format!("call_band.{}", super::call_band::value(case.call_band)));
    vec![
        Fact { note: why.join(""), ..fact("due_on", dates::table(t, case.due_on)) },
        fact("call_band", band.to_owned()),
    ]
}

fn replacement(request: &Request) -> Replacement {
    let t = request.t();
    let label =
        |icon, tone, key: &str| StatusLabel { icon, tone, text: t.s(&format!("request.replacement.{key}")).to_owned() };
    let Some(new) = &request.file.replacement else {
        let coming = request.file.case.state.after(CaseEvent::ReplacementRegistered).is_ok();
        let status = match (request.waits_for_reexamination(), request.awaits_csr) {
            _ if !coming => label("minus", Tone::Hold, "none"),
            (true, _) => label("clock", Tone::Wait, "reexamination"),
            (false, true) => label("file-text", Tone::Wait, "csr"),
            (false, false) => label("refresh-cw", Tone::Work, "issuing"),
        };
        return Replacement { status, issued: None };
    };
    let file = |name: &str, key: &str| {
        let number = new.reception_number.unwrap_or(request.file.case.reception_number);
        Link::new(format!("/portal/certificates/{number}/{name}"), t.s(&format!("request.replacement.{key}")))
    };
    let first = dates::numeric(dates::day_of(new.not_before));
    Replacement {
        status: label("circle-check", Tone::Ok, "issued"),
        issued: Some(IssuedCertificate {
            period: format!("{first} – {}", dates::numeric(new.last_day())),
            serial: Serial::new(&new.serial.to_string()),
            downloads: vec![file("certificate.pem", "pem"), file("chain.pem", "chain"), file("certificate.p7b", "p7b")],
        }),
    }
}

fn changes(request: &Request) -> Vec<Change> {
    let (t, case) = (request.t(), &request.file.case);
    let change = |offered: bool, icon, path: &str, key: &str, note: String| {
        let label = t.s(&format!("request.change.{key}"));
        offered.then(|| Change { icon, link: Link::new(format!("{}/{path}", request.href()), label), note })
    };
    let note = |key: &str| t.s(&format!("request.change.{key}")).to_owned();
    let band = t.s(&format!("call_band.{}", super::call_band::value(case.call_band)));
    let current = t.f("request.change.requested_on_note", &[("day", &dates::long(t, case.requested_on))]);
    let reportable =
        case.compromise_reported_at.is_none() && case.state.after(CaseEvent::KeyCompromiseReported).is_ok();
    [
        change(request.awaits_csr, "file-text", "csr", "csr", note("csr_note")),
        change(
            request.may_change(CustomerChange::RequestedDate),
            "calendar-days",
            "requested_on",
            "requested_on",
            current,
        ),
        change(
            request.may_change(CustomerChange::CallBand),
            "clock",
            "call_band",
            "call_band",
            t.f("request.change.call_band_note", &[("band", &band)]),
        ),
        change(super::contact::is_offered(case), "user-pen", "contact", "contact", note("contact_note")),
        change(
            request.may_change(CustomerChange::Withdrawal),
            "ban",
            "withdrawal",
            "withdrawal",
            note("withdrawal_note"),
        ),
        change(reportable, "shield-alert", "key_compromise", "compromise", note("compromise_note")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where a deadline counts: until when, or that it is over.
fn deadline(request: &Request) -> Option<String> {
    let (t, case) = (request.t(), &request.file.case);
    if case.compromise_reported_at.is_some() || case.state.after(CaseEvent::Withdrawn).is_err() {
        return None;
    }
    if request.window.asked_back {
        return Some(t.s("request.deadline_waived").to_owned());
    }
    let deadline = dates::long_instant(t, request.window.deadline);
    let desk_tel = &request.frame.desk.settings.desk.telephone;
    let key = if request.window.is_open(request.frame.now) { "request.deadline" } else { "request.deadline_passed" };
    Some(t.f(key, &[("deadline", &deadline), ("desk_tel", desk_tel)]))
}
