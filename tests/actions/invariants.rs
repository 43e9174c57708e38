//! Every broken promise is seen: each one is planted behind the program's back.

use revocation_desk::actions::check_invariants::{Finding, Severity, check_invariants};
use revocation_desk::domain::case::CaseState;
use revocation_desk::messages::Texts;

use crate::builders::{World, day};

async fn findings(world: &World) -> Vec<Finding> {
    check_invariants(&world.desk, world.today(), world.now).await.unwrap()
}

#[tokio::test]
async fn cases_in_every_state_break_no_promise() {
    let world = World::new().await;
    for state in CaseState::ALL {
        world.a_case().in_state(state).open().await;
    }
    assert_eq!(findings(&world).await, []);
}

#[tokio::test]
async fn a_planted_violation_is_found_and_has_words() {
    use CaseState as S;
    let earlier = "'2026-11-20T00:00:00+00:00'";
    let overdue = "UPDATE revocation_cases SET due_on = '2026-11-23'; \
        UPDATE authorizations SET granted_at = '2026-11-23T08:00:00+00:00'";
    for (rule, state, sql) in [
        ("confirmed_without_authorization", S::Confirmed, "DELETE FROM authorizations"),
        ("confirmed_without_authorization", S::Confirmed, "UPDATE authorizations SET case_version = case_version - 1"),
        ("revoked_without_answer", S::Revoked, "UPDATE attempts SET outcome = 'unavailable'"),
        ("revoked_without_answer", S::Completed, "DELETE FROM attempts"),
        ("revoking_without_attempt", S::Revoking, "DELETE FROM attempts"),
        (
            "newest_certificate_revoked",
            S::Completed,
            "UPDATE certificates SET not_before = '2020-01-01T00:00:00+00:00' WHERE origin_id IS NOT NULL",
        ),
        ("newest_certificate_revoked", S::Completed, "UPDATE certificates SET origin_id = NULL"),
        ("replacement_revoked", S::Completed, "UPDATE attempts SET serial = '0a'"),
        ("overdue", S::Confirmed, overdue),
        ("overdue", S::Revoking, overdue),
        (
            "compromise_past_24_hours",
            S::AwaitingCall,
            &format!("UPDATE revocation_cases SET compromise_reported_at = {earlier}"),
        ),
        ("unproven_past_24_hours", S::Revoked, &format!("UPDATE revocation_cases SET revoked_at = {earlier}")),
        ("completed_without_evidence", S::Completed, "DELETE FROM evidence"),
        ("not_in_the_books_of_the_ca", S::Completed, "DELETE FROM ca_revocations"),
        ("revoked_at_the_ca_only", S::Completed, "UPDATE certificates SET revoked_at = NULL"),
        ("audit_chain_broken", S::Confirmed, "UPDATE audit_events SET actor = 'staff:9' WHERE sequence = 1"),
        ("mail_undeliverable", S::AwaitingCall, "UPDATE messages SET status = 'failed'"),
    ] {
        let world = World::new().await;
        world.a_case().in_state(state).open().await;
        assert_eq!(findings(&world).await, [], "{rule}: before");

        world.tamper(sql).await;

        let found = findings(&world).await;
        let seen = found.iter().find(|finding| finding.rule == rule).unwrap_or_else(|| panic!("{rule}: {found:?}"));
        let expected = if rule == "mail_undeliverable" { Severity::Warning } else { Severity::Violation };
        assert_eq!(seen.severity, expected, "{rule}");
        assert!(Texts::JA.get(&format!("invariant.{rule}")).is_some(), "{rule}");
    }
}

#[tokio::test]
async fn two_open_cases_on_one_certificate_are_found() {
    let world = World::new().await;
    for _ in 0..2 {
        world.a_case().open().await;
    }
    world.tamper("DROP INDEX revocation_cases_one_open").await;
    world
        .tamper("UPDATE revocation_cases SET source_certificate_id = (SELECT MIN(source_certificate_id) FROM revocation_cases)")
        .await;

    assert!(findings(&world).await.iter().any(|finding| finding.rule == "two_open_cases"));
}

#[tokio::test]
async fn missing_holiday_data_is_a_warning_60_days_ahead() {
    let world = World::new().await;
    for (today, subject) in [("2027-10-31", None), ("2027-11-30", Some("2028"))] {
        let found = check_invariants(&world.desk, day(today), world.now).await.unwrap();
        let warned = found.iter().find(|finding| finding.rule == "holidays_missing");
        assert_eq!(warned.map(|finding| finding.subject.as_str()), subject, "{today}");
        assert!(warned.is_none_or(|finding| finding.severity == Severity::Warning));
    }
}
