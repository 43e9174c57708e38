//! What programs send to the API, as far as it is read without the database: applications, certificates, rows of imports,
//! calls, receivers of webhooks.
#![no_main]

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use desk::casework::NewCall;
use desk::domain::application::{self, ReissueReason};
use desk::domain::calendar::Calendar;
use desk::domain::call::{self, CallOutcome, CallReport, CallSituation, IdentityChecks, SpokeWith};
use desk::domain::contact::ContactRole;
use desk::domain::import::{ApplicationRow, CertificateRow, ContactRow, Content, ImportKind};
use desk::domain::reception_number::ReceptionNumber;
use desk::domain::webhook::EventKind;
use desk::domain::{certificate, csr};
use desk::json::{Unread, read};
use desk::registrations::{NewCertificate, NewImport, NewImportRows, NewReissue, NewReplacement, NewWebhook};
use serde::de::DeserializeOwned;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::shipped);
/// Noon in Japan.
const NOW: DateTime<Utc> = DateTime::from_timestamp(1_795_489_200, 0).unwrap();

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    body(input, application);
    body(input, replacement);
    body(input, registration);
    body(input, |new: NewImport| drop(new.kind.parse::<ImportKind>()));
    body(input, rows);
    body(input, phone_call);
    body(input, receiver);
});

/// A refusal says little of what it refuses.
fn body<T: DeserializeOwned>(input: &[u8], use_it: impl Fn(T)) {
    match read(input) {
        Ok(value) => use_it(value),
        Err(Unread::Text(problem) | Unread::Member(problem)) => {
            assert!(problem.params.iter().all(|(_, value)| value.chars().count() <= 1000));
        }
    }
}

fn application(new: NewReissue) {
    if let Ok(reason) = new.reason.parse::<ReissueReason>() {
        let _ = application::revocation_reason(reason, new.key_possibly_exposed);
    }
    if let Ok(facts) = csr::parse(new.csr.as_bytes()) {
        assert_eq!(csr::parse(facts.pem().as_bytes()).unwrap(), facts);
    }
    if let Some(day) = new.requested_on {
        let _ = application::check_requested_on(day, today(), today(), &CALENDAR);
    }
}

fn replacement(new: NewReplacement) {
    let _ = certificate::parse(new.pem.as_bytes());
}

fn registration(new: NewCertificate) {
    let _ = certificate::parse(new.pem.as_bytes());
    if let Some(number) = new.reception_number.and_then(|number| number.parse::<ReceptionNumber>().ok()) {
        assert_eq!(number.to_string().parse(), Ok(number));
    }
}

fn rows(new: NewImportRows) {
    for row in new.rows {
        for kind in ImportKind::ALL {
            let Ok(content) = Content::new(kind, row.values.clone()) else { continue };
            assert_eq!(Content::read(&content.text()).as_ref(), Some(&content));
            let _ = (CertificateRow::read(&content), ContactRow::read(&content), ApplicationRow::read(&content));
        }
    }
}

fn phone_call(new: NewCall) {
    let Ok(outcome) = new.outcome.parse::<CallOutcome>() else { return };
    let checks = IdentityChecks {
        name_and_company: new.identity_checks.len() > 1,
        reception_number_or_common_name: !new.identity_checks.is_empty(),
    };
    let report = CallReport {
        outcome,
        spoke_with: new.spoke_with.map(|_| SpokeWith::Contact(ContactRole::ApplicationResponsible)),
        identity_checks: checks,
        call_back_at: new.call_back_at,
        requested_on: new.requested_on,
    };
    let situation = CallSituation {
        whom: ContactRole::ApplicationResponsible,
        due_on: today(),
        source_last_day: today() + chrono::Days::new(30),
        call_window: 0,
        calendar: &CALENDAR,
        compromised: false,
        now: NOW,
    };
    if let Err(problems) = call::read_report(&report, &situation) {
        assert!(!problems.is_empty());
    }
}

fn receiver(new: NewWebhook) {
    for event in new.events {
        if let Ok(kind) = event.parse::<EventKind>() {
            assert_eq!(kind.to_string(), event);
        }
    }
}

fn today() -> NaiveDate {
    NOW.date_naive()
}
