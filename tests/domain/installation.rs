//! What looks at customers' sites come to, and what must be said before a click.

use revocation_desk::domain::authorization::AuthorizationKind;
use revocation_desk::domain::certificate::Fingerprint;
use revocation_desk::domain::installation::{
    InstallationRules, LOOKED_AT, Seen, Standing, StandingKind, check_told, names_to_look_at,
};

use Seen::{New, Old, Other, Unreachable};

#[test]
fn one_site_with_the_old_certificate_outweighs_all_others() {
    for (looks, expected) in [
        (vec![], None),
        (vec![New], Some((StandingKind::Installed, 1, 1))),
        (vec![New, New, New], Some((StandingKind::Installed, 3, 3))),
        (vec![New, Old, New], Some((StandingKind::Old, 1, 3))),
        (vec![Old, Old], Some((StandingKind::Old, 2, 2))),
        (vec![Old, Unreachable, Other], Some((StandingKind::Old, 1, 3))),
        (vec![New, Unreachable], Some((StandingKind::Partly, 1, 2))),
        (vec![New, Other, New], Some((StandingKind::Partly, 2, 3))),
        (vec![Other, Unreachable], Some((StandingKind::Other, 1, 2))),
        (vec![Unreachable, Unreachable], Some((StandingKind::Unreachable, 2, 2))),
    ] {
        let standing = Standing::of(&looks).map(|standing| (standing.kind, standing.names, standing.of));
        assert_eq!(standing, expected, "{looks:?}");
    }
}

#[test]
fn what_is_shown_is_told_apart_by_its_digest() {
    let [source, replacement, stranger] = [b"old", b"new", b"???"].map(|der| Fingerprint::of(der));
    for (served, known, seen) in [
        (&source, Some(&replacement), Old),
        (&replacement, Some(&replacement), New),
        (&stranger, Some(&replacement), Other),
        (&replacement, None, Other),
    ] {
        assert_eq!(Seen::of(served, &source, known), seen);
    }
}

#[test]
fn names_are_looked_at_once_and_wildcards_not_at_all() {
    for (names, looked_at) in [
        (vec!["www.example.jp"], vec!["www.example.jp"]),
        (vec!["*.example.jp"], vec![]),
        (vec!["*.example.jp", "example.jp", "www.example.jp"], vec!["example.jp", "www.example.jp"]),
        (vec!["WWW.Example.JP", "www.example.jp."], vec!["www.example.jp"]),
        (vec!["", "."], vec![]),
        (vec!["xn--r8jz45g.jp"], vec!["xn--r8jz45g.jp"]),
    ] {
        assert_eq!(names_to_look_at(names.clone()), looked_at, "{names:?}");
    }
}

#[test]
fn only_who_was_on_the_telephone_can_have_been_told() {
    let standing = |kind| Some(Standing { kind, names: 1, of: 2 });
    for kind in AuthorizationKind::ALL {
        let by_phone = kind == AuthorizationKind::PhoneConfirmation;
        assert_eq!(check_told(standing(StandingKind::Old), kind, false).is_err(), by_phone, "{kind:?}");
        assert!(check_told(standing(StandingKind::Old), kind, true).is_ok(), "{kind:?}");
        for other in StandingKind::ALL.into_iter().filter(|other| *other != StandingKind::Old) {
            assert!(check_told(standing(other), kind, false).is_ok(), "{kind:?} {other:?}");
        }
        assert!(check_told(None, kind, false).is_ok(), "{kind:?}");
    }
    let refused = check_told(standing(StandingKind::Old), AuthorizationKind::PhoneConfirmation, false).unwrap_err();
    assert_eq!((refused.code, refused.field), ("old_in_use_not_told", Some("old_in_use_told")));
}

#[test]
fn nobody_looks_at_a_case_whose_certificate_is_gone() {
    assert!(LOOKED_AT.iter().all(|state| state.is_open()));
    assert!(!LOOKED_AT.iter().any(|state| matches!(state.as_str(), "revoking" | "revoked" | "awaiting_reissue")));
}

#[test]
fn the_setting_is_off_at_first_and_has_its_limits() {
    let shipped = InstallationRules::default();
    assert!(!shipped.on);
    assert_eq!((shipped.ports(), shipped.check()), (vec![443], vec![]));
    for (ports, hours, fields) in [
        (vec![443], 1, vec![]),
        (vec![443], 168, vec![]),
        (vec![1, 65_535, 8443], 24, vec![]),
        (vec![443], 0, vec!["hours_between_looks"]),
        (vec![443], 169, vec!["hours_between_looks"]),
        (vec![], 24, vec!["ports"]),
        (vec![0], 24, vec!["ports"]),
        (vec![65_536], 24, vec!["ports"]),
        (vec![443, 444, 445, 446], 24, vec!["ports"]),
        (vec![], 0, vec!["ports", "hours_between_looks"]),
    ] {
        let rules = InstallationRules { on: true, ports, hours_between_looks: hours };
        let wrong: Vec<_> = rules.check().iter().filter_map(|problem| problem.field).collect();
        assert_eq!(wrong, fields, "{rules:?}");
    }
}

#[test]
fn a_change_names_each_field_with_both_values() {
    let before = InstallationRules::default();
    let after = InstallationRules { on: true, ports: vec![443, 8443], ..before.clone() };
    let changes = before.changes_to(&after);
    let told: Vec<_> =
        changes.iter().map(|one| (one.field.as_str(), one.before.as_str(), one.after.as_str())).collect();
    assert_eq!(told, [("on", "off", "on"), ("ports", "443", "443, 8443")]);
    assert!(before.changes_to(&before.clone()).is_empty());
}
