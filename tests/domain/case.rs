//! The revocation case: `domain.md` section 4, row by row, and the guards in front of a revocation.

use std::fmt::Write as _;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use revocation_desk::domain::authorization::{Authorization, AuthorizationKind};
use revocation_desk::domain::calendar::Calendar;
use revocation_desk::domain::case::{
    CaseEvent, CaseState, ChangeWindow, ConfirmationAge, CustomerChange, ExecutionFacts, ExecutionRefused, HoldReason,
    check_execution,
};
use revocation_desk::domain::certificate::{CertificateIdentity, Fingerprint, SerialNumber};
use revocation_desk::messages::Texts;

use crate::days::{day, japan};

use CaseEvent as E;
use CaseState as S;

/// The table of `domain.md` section 4, written down a second time: event, from, to.
const TABLE: &[(E, &[S], Option<S>)] = &[
    (E::ReplacementRegistered, &[S::AwaitingReissue], Some(S::AwaitingCall)),
    (E::ReplacementRegistered, &[S::Confirmed, S::Revoked, S::Completed, S::OnHold], None),
    (E::CallConfirmed, &[S::AwaitingCall], Some(S::Confirmed)),
    (E::CallUnanswered, &[S::AwaitingCall], None),
    (E::CallBackPromised, &[S::AwaitingCall], None),
    (E::CallBlocked, &[S::AwaitingCall], Some(S::OnHold)),
    (E::HoldPlaced, &[S::AwaitingCall, S::Confirmed], Some(S::OnHold)),
    (E::HoldResolved, &[S::OnHold], Some(S::AwaitingCall)),
    (E::DateChanged, &[S::AwaitingCall, S::Confirmed, S::OnHold], Some(S::AwaitingCall)),
    (E::DateChanged, &[S::AwaitingReissue], None),
    (E::SubstanceChanged, &[S::AwaitingCall, S::Confirmed], Some(S::AwaitingCall)),
    (E::ConfirmationLapsed, &[S::Confirmed], Some(S::AwaitingCall)),
    (E::ConfirmationVoided, &[S::Confirmed, S::Revoking], Some(S::AwaitingCall)),
    (E::KeyCompromiseReported, &[S::AwaitingReissue, S::AwaitingCall, S::Confirmed, S::OnHold], Some(S::Confirmed)),
    (E::OverrideApproved, &[S::AwaitingCall, S::OnHold], Some(S::Confirmed)),
    (E::FoundRevoked, &[S::AwaitingReissue, S::AwaitingCall, S::Confirmed, S::OnHold], Some(S::Revoked)),
    (E::ExecutionStarted, &[S::Confirmed], Some(S::Revoking)),
    (E::RevocationAccepted, &[S::Revoking], Some(S::Revoked)),
    (E::CaUnavailable, &[S::Revoking], None),
    (E::CaRefused, &[S::Revoking], Some(S::OnHold)),
    (E::ProofSeen, &[S::Revoked], Some(S::Completed)),
    (E::Withdrawn, &[S::AwaitingReissue, S::AwaitingCall, S::Confirmed, S::OnHold], Some(S::Withdrawn)),
    (E::SourceExpired, &[S::AwaitingReissue, S::AwaitingCall, S::Confirmed, S::OnHold], Some(S::Expired)),
];

/// Where the table leads; `None` in its last column means the state stays.
fn expected(from: S, event: E) -> Option<S> {
    TABLE.iter().find(|(e, states, _)| *e == event && states.contains(&from)).map(|(_, _, to)| to.unwrap_or(from))
}

#[test]
fn every_pair_of_state_and_event_leads_where_the_table_says_or_nowhere() {
    for from in S::ALL {
        for event in E::ALL {
            assert_eq!(from.after(event).ok(), expected(from, event), "{from:?} {event:?}");
        }
    }
}

#[test]
fn a_refused_event_names_itself_and_the_state() {
    let refused = S::Completed.after(E::Withdrawn).unwrap_err();

    assert_eq!(refused.problem().params, [("state", "completed".to_owned()), ("event", "withdrawn".to_owned())]);
}

#[test]
fn nothing_ever_leaves_a_closed_case_and_nothing_undoes_a_revocation() {
    for event in E::ALL {
        for closed in [S::Withdrawn, S::Expired] {
            assert!(closed.after(event).is_err(), "{closed:?} {event:?}");
        }
        // After a compromise the customer may still get the replacement.
        let after_completed = S::Completed.after(event).ok();
        assert!(matches!(after_completed, None | Some(S::Completed)), "{event:?} → {after_completed:?}");
        let after_revoked = S::Revoked.after(event).ok();
        assert!(matches!(after_revoked, None | Some(S::Revoked | S::Completed)), "{event:?} → {after_revoked:?}");
    }
}

#[test]
fn states_are_the_same_in_code_constraint_labels_and_documentation() {
    let migration = include_str!("../../migration/src/m20261122_000001_desk.rs");
    let constraint =
        migration.split_once("state TEXT NOT NULL CHECK (state IN (").unwrap().1.split_once("))").unwrap().0;
    let stored: Vec<&str> = constraint.split(',').map(|word| word.trim().trim_matches('\'')).collect();
    let coded: Vec<&str> = S::ALL.iter().map(|state| state.as_str()).collect();

    assert_eq!(stored, coded);
    for state in S::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
        assert!(Texts::JA.get(&format!("state.{}", state.as_str())).is_some(), "no label for {state:?}");
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/states.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, documentation()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), documentation(), "run the test with UPDATE_DOCS=1");
}

/// `docs/states.md`, written from the code.
fn documentation() -> String {
    let mut page = String::from(
        "# States of a case\n\nWritten by the test `states_are_the_same_in_code_constraint_labels_and_documentation`; do not edit.\n\n",
    );
    page.push_str("| State | Label | Open |\n|---|---|---|\n");
    for state in S::ALL {
        let label = Texts::JA.s(&format!("state.{}", state.as_str()));
        let open = if state.is_open() { "yes" } else { "no" };
        writeln!(page, "| `{}` | {label} | {open} |", state.as_str()).unwrap();
    }
    page.push_str("\n| Event | From | To |\n|---|---|---|\n");
    for event in E::ALL {
        for from in S::ALL {
            if let Ok(to) = from.after(event) {
                writeln!(page, "| `{}` | `{}` | `{}` |", event.as_str(), from.as_str(), to.as_str()).unwrap();
            }
        }
    }
    page
}

// --- Execution guards -------------------------------------------------------------------------------------------

fn identity(last_octet: u8) -> CertificateIdentity {
    CertificateIdentity {
        issuer: "CN=Example Issuing CA".to_owned(),
        serial: SerialNumber::from_octets(&[0x4a, 0x91, last_octet]).unwrap(),
        fingerprint: Fingerprint::of(&[last_octet]),
    }
}

/// A case on which nothing stands against the revocation on 2026-11-24 (Tuesday).
struct Ready {
    state: S,
    version: i64,
    due_on: NaiveDate,
    authorization: Option<Authorization>,
    target: CertificateIdentity,
    has_replacement: bool,
    source_is_newest: bool,
    today: NaiveDate,
}

impl Default for Ready {
    fn default() -> Self {
        Self {
            state: S::Confirmed,
            version: 3,
            due_on: day("2026-11-24"),
            authorization: Some(given(AuthorizationKind::PhoneConfirmation)),
            target: identity(1),
            has_replacement: true,
            source_is_newest: false,
            today: day("2026-11-24"),
        }
    }
}

fn given(kind: AuthorizationKind) -> Authorization {
    Authorization { kind, case_version: 3, granted_at: japan("2026-11-24 10:24:00") }
}

impl Ready {
    fn check(&self) -> Result<(), ExecutionRefused> {
        let facts = ExecutionFacts {
            state: self.state,
            version: self.version,
            due_on: self.due_on,
            authorization: self.authorization.as_ref(),
            registered: &identity(1),
            target: &self.target,
            has_replacement: self.has_replacement,
            source_is_newest: self.source_is_newest,
        };
        check_execution(&facts, self.today, &Calendar::shipped(), ConfirmationAge(5))
    }
}

#[test]
fn a_confirmed_due_case_with_a_replacement_may_be_executed() {
    assert_eq!(Ready::default().check(), Ok(()));
}

#[test]
fn no_authorization_no_revocation_whatever_the_state() {
    for state in S::ALL {
        let case = Ready { state, authorization: None, ..Ready::default() };
        assert_eq!(case.check(), Err(ExecutionRefused::NoAuthorization), "{state:?}");
    }
}

#[test]
fn only_a_confirmed_case_is_executed() {
    for state in S::ALL.into_iter().filter(|state| *state != S::Confirmed) {
        let case = Ready { state, ..Ready::default() };
        assert_eq!(case.check(), Err(ExecutionRefused::NotConfirmed(state)));
    }
}

#[test]
fn an_authorization_counts_for_its_own_version_only() {
    for version in [2, 4] {
        let case = Ready { version, ..Ready::default() };
        assert_eq!(case.check(), Err(ExecutionRefused::AuthorizationVoid { given: 3, current: version }));
    }
}

#[test]
fn the_day_before_is_too_early_except_for_a_compromised_key() {
    use AuthorizationKind as K;
    for (kind, today, allowed) in [
        (K::PhoneConfirmation, "2026-11-23", false),
        (K::PhoneConfirmation, "2026-11-24", true),
        (K::PhoneConfirmation, "2026-11-25", true),
        (K::SupervisorOverride, "2026-11-23", false),
        (K::SupervisorOverride, "2026-11-24", true),
        (K::Incident, "2026-11-23", false),
        (K::Incident, "2026-11-24", true),
        (K::KeyCompromise, "2026-11-23", true),
    ] {
        let authorization = Authorization { granted_at: japan("2026-11-20 09:00:00"), ..given(kind) };
        let case = Ready { authorization: Some(authorization), today: day(today), ..Ready::default() };
        let refused = Err(ExecutionRefused::NotDue { due_on: day("2026-11-24") });
        assert_eq!(case.check(), if allowed { Ok(()) } else { refused }, "{kind:?} {today}");
    }
}

#[test]
fn a_phone_confirmation_lapses_after_five_business_days() {
    // Confirmed on Tuesday 11-24: five business days later is Tuesday 12-01.
    for (today, lapsed) in [("2026-12-01", false), ("2026-12-02", true)] {
        let expected =
            if lapsed { Err(ExecutionRefused::ConfirmationLapsed { confirmed_on: day("2026-11-24") }) } else { Ok(()) };
        assert_eq!(Ready { today: day(today), ..Ready::default() }.check(), expected, "{today}");
    }
    // A confirmation just before midnight belongs to its own day in Japan.
    let authorization =
        Authorization { granted_at: japan("2026-11-24 23:59:59"), ..given(AuthorizationKind::PhoneConfirmation) };
    let case = Ready { authorization: Some(authorization), today: day("2026-12-02"), ..Ready::default() };
    assert!(matches!(case.check(), Err(ExecutionRefused::ConfirmationLapsed { .. })));
}

#[test]
fn an_override_does_not_lapse() {
    let case = Ready {
        authorization: Some(given(AuthorizationKind::SupervisorOverride)),
        today: day("2027-03-31"),
        ..Ready::default()
    };
    assert_eq!(case.check(), Ok(()));
}

#[test]
fn without_a_replacement_only_compromise_and_incident_revoke() {
    use AuthorizationKind as K;
    for (kind, allowed) in
        [(K::PhoneConfirmation, false), (K::SupervisorOverride, false), (K::KeyCompromise, true), (K::Incident, true)]
    {
        let case = Ready {
            authorization: Some(given(kind)),
            has_replacement: false,
            source_is_newest: true,
            ..Ready::default()
        };
        assert_eq!(case.check(), if allowed { Ok(()) } else { Err(ExecutionRefused::NoReplacement) }, "{kind:?}");
    }
}

#[test]
fn another_certificate_than_the_registered_one_is_never_revoked() {
    let other_serial = identity(2);
    let other_issuer = CertificateIdentity { issuer: "CN=Another CA".to_owned(), ..identity(1) };
    let other_bytes = CertificateIdentity { fingerprint: Fingerprint::of(b"other"), ..identity(1) };
    for target in [other_serial, other_issuer, other_bytes] {
        let case = Ready { target, ..Ready::default() };
        assert_eq!(case.check(), Err(ExecutionRefused::TargetDiffers));
    }
}

#[test]
fn the_newest_certificate_of_a_chain_is_never_revoked_in_place_of_the_old_one() {
    for kind in AuthorizationKind::ALL {
        let case = Ready { authorization: Some(given(kind)), source_is_newest: true, ..Ready::default() };
        assert_eq!(case.check(), Err(ExecutionRefused::TargetIsNewest), "{kind:?}");
    }
}

// --- The machine against a reference model ----------------------------------------------------------------------

/// A case as the program runs it: state by the table, permission by version.
struct Machine {
    state: S,
    version: i64,
    due_on: NaiveDate,
    authorization: Option<Authorization>,
    has_replacement: bool,
}

impl Machine {
    fn filed() -> Self {
        Self {
            state: S::AwaitingReissue,
            version: 1,
            due_on: day("2026-11-24"),
            authorization: None,
            has_replacement: false,
        }
    }

    fn happen(&mut self, event: E, now: DateTime<Utc>, today: NaiveDate) -> bool {
        if event == E::ExecutionStarted && self.execution(today).is_err() {
            return false;
        }
        let Ok(state) = self.state.after(event) else { return false };
        let compromise_kept = event == E::ReplacementRegistered
            && self.authorization.as_ref().is_some_and(|given| {
                given.kind == AuthorizationKind::KeyCompromise && given.case_version == self.version
            });
        self.state = state;
        self.version += 1;
        match event {
            E::ReplacementRegistered => self.has_replacement = true,
            E::DateChanged => self.due_on = today + Duration::days(3),
            E::CallConfirmed => self.grant(AuthorizationKind::PhoneConfirmation, now),
            E::OverrideApproved => self.grant(AuthorizationKind::SupervisorOverride, now),
            E::KeyCompromiseReported => self.grant(AuthorizationKind::KeyCompromise, now),
            _ => {}
        }
        if compromise_kept && let Some(given) = &mut self.authorization {
            given.case_version = self.version;
        }
        true
    }

    fn grant(&mut self, kind: AuthorizationKind, granted_at: DateTime<Utc>) {
        self.authorization = Some(Authorization { kind, case_version: self.version, granted_at });
    }

    fn execution(&self, today: NaiveDate) -> Result<(), ExecutionRefused> {
        let facts = ExecutionFacts {
            state: self.state,
            version: self.version,
            due_on: self.due_on,
            authorization: self.authorization.as_ref(),
            registered: &identity(1),
            target: &identity(1),
            has_replacement: self.has_replacement,
            source_is_newest: !self.has_replacement,
        };
        check_execution(&facts, today, &Calendar::shipped(), ConfirmationAge(5))
    }
}

/// The reference knows no states and no versions: it reads the story from its end and asks what it allows.
fn story_permits_revocation(story: &[(E, NaiveDate)], today: NaiveDate) -> bool {
    let replaced = story.iter().any(|(event, _)| *event == E::ReplacementRegistered);
    let mut due_on = day("2026-11-24");
    for (event, on) in story {
        if *event == E::DateChanged {
            due_on = *on + Duration::days(3);
        }
    }
    let mut newest_first = story.iter().rev();
    // A replacement that arrives does not touch the report of a compromise.
    let last = newest_first.clone().find(|(event, _)| *event != E::ReplacementRegistered);
    match (newest_first.next(), last) {
        (Some((E::CallConfirmed, on)), _) => {
            replaced && today >= due_on && today <= Calendar::shipped().add_business_days(*on, 5)
        }
        (Some((E::OverrideApproved, _)), _) => replaced && today >= due_on,
        (_, Some((E::KeyCompromiseReported, _))) => true,
        _ => false,
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_case_is_executed_exactly_when_its_story_permits(
        steps in proptest::collection::vec((0..E::ALL.len(), 0_i64..4), 1..24)
    ) {
        let mut machine = Machine::filed();
        let mut story = Vec::new();
        let mut today = day("2026-11-20");
        for (event, days) in steps {
            today += Duration::days(days);
            let event = E::ALL[event];
            let now = japan(&format!("{today} 10:00:00"));
            let permitted = story_permits_revocation(&story, today);
            let happened = machine.happen(event, now, today);
            if event == E::ExecutionStarted {
                proptest::prop_assert_eq!(happened, permitted, "{:?} on {} after {:?}", machine.state, today, story);
            }
            if happened {
                story.push((event, today));
            }
        }
    }
}

#[test]
fn customers_change_their_case_before_six_in_the_evening_of_the_business_day_before() {
    let calendar = Calendar::shipped();
    for (due, deadline, why) in [
        ("2026-12-08", "2026-12-07 18:00:00", "a Tuesday: Monday evening"),
        ("2026-12-07", "2026-12-04 18:00:00", "a Monday: Friday evening"),
        ("2026-11-24", "2026-11-20 18:00:00", "after a weekend and a holiday"),
        ("2027-01-04", "2026-12-28 18:00:00", "after the year end"),
        ("2026-05-07", "2026-05-01 18:00:00", "after Golden Week"),
        ("2026-09-24", "2026-09-18 18:00:00", "after the days around the citizens' holiday of 2026-09-22"),
        ("2024-02-13", "2024-02-09 18:00:00", "after a substitute holiday"),
    ] {
        let window = ChangeWindow::new(day(due), false, &calendar);
        let deadline = japan(deadline);

        assert_eq!(window.deadline, deadline, "{due}: {why}");
        assert!(window.is_open(deadline - Duration::seconds(1)), "{due}: a second before");
        assert!(!window.is_open(deadline), "{due}: at the deadline itself");
        assert!(!window.is_open(deadline + Duration::days(1)), "{due}: later");
    }
}

#[test]
fn a_customer_whom_the_desk_asked_back_is_not_held_to_the_deadline() {
    let window = ChangeWindow::new(day("2026-11-24"), true, &Calendar::shipped());

    assert!(window.is_open(japan("2026-11-25 10:00:00")));
}

#[test]
fn each_late_change_is_refused_in_its_own_words() {
    let window = ChangeWindow::new(day("2026-12-08"), false, &Calendar::shipped());
    for (change, code, field) in [
        (CustomerChange::RequestedDate, "date_change_too_late", Some("requested_on")),
        (CustomerChange::Withdrawal, "withdrawal_too_late", None),
        (CustomerChange::CallBand, "call_band_too_late", Some("call_band")),
    ] {
        assert_eq!(change.check(window, japan("2026-12-07 17:59:59")), Ok(()));
        let refused = change.check(window, japan("2026-12-07 18:00:00")).unwrap_err();
        assert_eq!((refused.code, refused.field), (code, field));
    }
}

#[test]
fn a_hold_for_want_of_the_right_person_waits_for_the_customer() {
    let waiting: Vec<HoldReason> = HoldReason::ALL.into_iter().filter(|reason| reason.waits_for_customer()).collect();

    assert_eq!(waiting, [HoldReason::ContactChanged, HoldReason::WrongNumber, HoldReason::IdentityFailed]);
}
