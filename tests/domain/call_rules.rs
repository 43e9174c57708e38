//! The limits of the rules for calls, and what a change of them consists of.

use revocation_desk::domain::call_rules::CallRules;
use revocation_desk::domain::setting::Change;

fn refused(change: impl FnOnce(&mut CallRules)) -> Vec<(&'static str, &'static str)> {
    let mut rules = CallRules::default();
    change(&mut rules);
    rules.check().into_iter().map(|problem| (problem.field.unwrap(), problem.code)).collect()
}

#[test]
fn the_rules_that_come_with_the_program_are_within_their_limits() {
    assert_eq!(refused(|_| {}), []);
}

#[test]
fn each_number_has_its_limits() {
    type Set = fn(&mut CallRules, u32);
    let cases: [(&str, Set, u32, u32); 6] = [
        ("attempts", |rules, n| rules.attempts = n, 1, 20),
        ("attempts_within_business_days", |rules, n| rules.attempts_within_business_days = n, 1, 20),
        ("attempts_apart_minutes", |rules, n| rules.attempts_apart_minutes = n, 0, 1440),
        ("lease_hard_stop_minutes", |rules, n| rules.lease_hard_stop_minutes = n, 15, 480),
        ("window_business_days", |rules, n| rules.window_business_days = n, 0, 20),
        ("confirmation_max_age_business_days", |rules, n| rules.confirmation_max_age_business_days = n, 1, 20),
    ];
    for (field, set, from, to) in cases {
        for n in [from, to] {
            assert_eq!(refused(|rules| set(rules, n)), [], "{field} {n}");
        }
        let outside = [from.checked_sub(1), Some(to + 1)];
        for n in outside.into_iter().flatten() {
            assert_eq!(refused(|rules| set(rules, n)), [(field, "setting_out_of_range")], "{field} {n}");
        }
    }
}

#[test]
fn a_lease_ends_within_its_hard_stop() {
    for (lease, hard_stop, expected) in [
        (1, 45, None),
        (0, 45, Some("lease_minutes")),
        (120, 120, None),
        (121, 480, Some("lease_minutes")),
        (30, 29, Some("lease_hard_stop_minutes")),
    ] {
        let found = refused(|rules| (rules.lease_minutes, rules.lease_hard_stop_minutes) = (lease, hard_stop));
        assert_eq!(found.first().map(|found| found.0), expected, "{lease} of {hard_stop}");
    }
}

#[test]
fn reminders_are_few_and_lie_ahead() {
    for (days, expected) in [
        (vec![], None),
        (vec![60, 1], None),
        (vec![5, 0], Some("setting_out_of_range")),
        (vec![61], Some("setting_out_of_range")),
        (vec![5, 4, 3, 2, 1], None),
        (vec![6, 5, 4, 3, 2, 1], Some("reminders_too_many")),
    ] {
        let found = refused(|rules| rules.reminder_business_days.clone_from(&days));
        assert_eq!(found.first().map(|found| found.1), expected, "{days:?}");
    }
}

#[test]
fn a_change_names_what_it_replaces_and_nothing_else() {
    let before = CallRules::default();
    let after = CallRules { lease_minutes: 20, reminder_business_days: vec![3], ..before.clone() };
    let change = |field: &str, before: &str, after: &str| Change {
        field: field.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    };

    assert_eq!(before.changes_to(&before), []);
    assert_eq!(
        before.changes_to(&after),
        [change("lease_minutes", "15", "20"), change("reminder_business_days", "5, 1", "3")]
    );
}

#[test]
fn rules_that_an_older_program_stored_are_read_with_what_came_since() {
    let stored: CallRules = serde_json::from_str(r#"{"attempts": 4, "a_rule_of_tomorrow": 1}"#).unwrap();
    assert_eq!(stored, CallRules { attempts: 4, ..CallRules::default() });
}
