//! 申請完了: what was filed and what comes next. Shows the case as it is, so that it can be loaded again at any time.

use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;

use super::certificate_href;
use super::words::{Person, person, sentences};
use crate::controllers::extractors::Path;
use crate::controllers::portal::frame::PortalFrame;
use crate::domain::application::{RequestedDate, compromise_deadline};
use crate::domain::certificate::ValidationType;
use crate::domain::mail::MailKind;
use crate::errors::{Error, Result};
use crate::messages::dates;
use crate::models::reissue_applications::{self, Application};
use crate::models::revocation_cases::{self, Case};
use crate::models::{certificates, messages};
use crate::views::parts::Link;
use crate::views::portal::reissue::{ConfirmDate, DonePage, ReplacementStatus};

/// The CA answers within seconds; after this a replacement that is not there waits for something else.
const ISSUING_MINUTES: i64 = 3;

/// `GET /portal/requests/{no}/done`
pub async fn show(frame: PortalFrame, Path(no): Path<String>) -> Result<Response> {
    let db = &frame.db;
    let number = no.parse().map_err(|_| Error::not_found("case_not_found"))?;
    let case = revocation_cases::by_reception_number(db, number).await?;
    if case.subscriber_id != frame.customer.subscriber_id {
        return Err(Error::not_found("case_not_found"));
    }
    let request_href = format!("/portal/requests/{number}");
    if !case.state.is_open() {
        return Ok(Redirect::to(&request_href).into_response());
    }
    let source = certificates::by_id(db, case.source_certificate_id).await?;
    let application = reissue_applications::by_id(db, case.application_id).await?;
    let callee = person(&frame.db, frame.t, &source).await?;
    let replacement = replacement(&frame, &case, &application);
    let page = DonePage {
        reception_number: number.to_string(),
        common_name: source.common_name.clone(),
        ev: source.validation == ValidationType::Ev,
        date: date(&frame, &case),
        call: callee.filter(|_| case.compromise_reported_at.is_none()).map(|callee| call(&frame, &case, &callee)),
        mailed_to: mailed_to(&frame, &case).await?,
        next: next(&frame, &case, &application),
        replacement,
        request_href,
        chrome: frame.chrome().await?,
    };
    Ok(page.into_response())
}

fn date(frame: &PortalFrame, case: &Case) -> ConfirmDate {
    let t = frame.t;
    if let Some(reported_at) = case.compromise_reported_at {
        let deadline = dates::long_instant(t, compromise_deadline(reported_at));
        let text = t.f("reissue.deadline", &[("deadline", &deadline)]);
        return ConfirmDate { text, notes: vec![t.s("reissue.no_call").to_owned()] };
    }
    let wished = RequestedDate { requested_on: case.requested_on, due_on: case.due_on };
    let notes = sentences(t, &wished.explanations(&frame.desk.calendar()));
    ConfirmDate { text: dates::long(t, case.requested_on), notes }
}

fn call(frame: &PortalFrame, case: &Case, callee: &Person) -> String {
    frame.t.f(
        "reissue.call_from",
        &[
            ("day", &dates::long(frame.t, case.due_on)),
            ("role", &callee.role),
            ("name", &callee.name),
            ("tail", &callee.phone_tail),
            ("number", &frame.desk.settings.desk.caller_number),
        ],
    )
}

/// The addresses of the mails that the filing caused, each once and masked.
async fn mailed_to(frame: &PortalFrame, case: &Case) -> Result<Vec<String>> {
    const FILED: [MailKind; 2] = [MailKind::ApplicationReceived, MailKind::KeyCompromiseNotice];
    let mut addresses = Vec::new();
    for mail in messages::of_case(&frame.db, case.id).await? {
        if FILED.iter().all(|kind| kind.as_str() != mail.kind) {
            continue;
        }
        for addressee in mail.addressees()? {
            let masked = masked(addressee.recipient.email());
            if !addresses.contains(&masked) {
                addresses.push(masked);
            }
        }
    }
    Ok(addresses)
}

/// `hana@example.jp` → `h***@example.jp`: enough to recognise, too little to copy.
fn masked(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

fn replacement(frame: &PortalFrame, case: &Case, application: &Application) -> ReplacementStatus {
    let t = frame.t;
    let status = |text: &str, note: &str, link: Option<Link>, may_change| ReplacementStatus {
        text: t.s(text).to_owned(),
        note: t.s(note).to_owned(),
        link,
        may_change,
    };
    if case.replacement_certificate_id.is_some() {
        let link = Link::new(certificate_href(case.reception_number), t.s("reissue.download"));
        return status("reissue.issued", "reissue.issued_note", Some(link), false);
    }
    if application.needs_reexamination {
        return status("reissue.waiting_reexamination", "reissue.waiting_reexamination_note", None, false);
    }
    if waits_for_csr(application) {
        let link = Link::new(format!("/portal/requests/{}/csr", case.reception_number), t.s("reissue.supply_csr"));
        return status("reissue.waiting_csr", "reissue.waiting_csr_note", Some(link), false);
    }
    let just_filed = frame.now - case.opened_at < TimeDelta::minutes(ISSUING_MINUTES);
    if application.csr_der.is_some() && just_filed {
        return status("reissue.issuing", "reissue.issuing_note", None, true);
    }
    status("reissue.waiting_ca", "reissue.waiting_ca_note", None, true)
}

/// Nothing was given, and it is not the source's either.
fn waits_for_csr(application: &Application) -> bool {
    application.csr_der.is_none() && !application.csr_reused
}

fn next(frame: &PortalFrame, case: &Case, application: &Application) -> Vec<String> {
    let t = frame.t;
    let revoked = t.s("reissue.next_revoked").to_owned();
    if case.compromise_reported_at.is_some() {
        let csr = waits_for_csr(application).then(|| t.s("reissue.next_csr").to_owned());
        return csr.into_iter().chain([t.s("reissue.next_replace_now").to_owned(), revoked]).collect();
    }
    let day = dates::long(t, case.due_on);
    vec![t.f("reissue.next_replace", &[("day", &day)]), t.f("reissue.next_call", &[("day", &day)]), revoked]
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn an_address_is_recognised_and_not_readable() {
        for (email, shown) in [("hana@example.jp", "h***@example.jp"), ("h@example.jp", "h***@example.jp")] {
            assert_eq!(masked(email), shown);
        }
    }
}
