//! 設置の確認: which cases are looked at and when, what is kept, and what a click on 失効する then needs.

use std::sync::Arc;

use chrono::Duration;
use revocation_desk::actions::change_installation_rules::{ChangeInstallationRules, change_installation_rules};
use revocation_desk::actions::check_installation::check_installation;
use revocation_desk::actions::check_installations::check_installations;
use revocation_desk::actions::revoke_case::{Click, RevokeCase, revoke_case};
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::installation::{Hindrance, InstallationRules, Seen, StandingKind};
use revocation_desk::domain::role::Role;
use revocation_desk::errors::Result;
use revocation_desk::models::audit_events::{self, AuditEvent};
use revocation_desk::models::batch_runs::Counts;
use revocation_desk::models::case_queue::{self, CaseFilter, CaseView};
use revocation_desk::models::columns::RunCause;
use revocation_desk::models::installation::{self, Look};
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::scheduler::{Job, Scheduler};
use revocation_desk::tasks::Counted;
use sea_orm::ConnectionTrait;

use crate::builders::{World, agent, codes, day, problem, staff};
use crate::revoke_due::run_on;
use crate::tls_sites::Sites;

fn admin() -> Actor {
    staff(1, "管理 恵", Role::Admin)
}

async fn set(world: &World, seen: i64, rules: InstallationRules) -> Result<()> {
    let input = ChangeInstallationRules { seen, rules, reason: "契約の変更".to_owned() };
    change_installation_rules(&world.desk, input, &admin(), world.now).await
}

fn on() -> InstallationRules {
    InstallationRules { on: true, ..InstallationRules::default() }
}

/// A desk that looks at the sites of this machine.
async fn looking() -> (World, Sites) {
    let mut world = World::new().await;
    let sites = Sites::open().await;
    world.desk.hosts = Arc::new(sites.clone());
    set(&world, 0, on()).await.unwrap();
    (world, sites)
}

async fn a_case(world: &World, names: [&str; 2], state: CaseState) -> Case {
    let certificate = world.a_certificate().names(names).register().await;
    world.a_case().on(&certificate).in_state(state).open().await
}

const NAMES: [&str; 2] = ["shop.example.jp", "pay.example.jp"];

async fn look(world: &World, hours: i64) -> Counts {
    check_installations(&world.desk, &Actor::batch(), world.now + Duration::hours(hours)).await.unwrap()
}

async fn looks(world: &World, case: &Case) -> Vec<Look> {
    installation::of_case(&world.desk.db, case.id).await.unwrap()
}

async fn events(world: &World, case: &Case, action: &str) -> Vec<AuditEvent> {
    let all = audit_events::of_case(&world.desk.db, case.id).await.unwrap();
    all.into_iter().filter(|event| event.action == action).collect()
}

/// The reception numbers in 旧証明書のまま.
async fn old_in_use(world: &World) -> Vec<String> {
    let filter = CaseFilter { view: CaseView::OldInUse, ..CaseFilter::default() };
    let (rows, _) =
        case_queue::page(&world.desk.db, &filter, case_queue::Page::First, 50, world.today()).await.unwrap();
    let count = case_queue::count(&world.desk.db, &filter, world.today()).await.unwrap();
    assert_eq!(count.number, rows.len() as u64);
    rows.iter().map(|row| row.case.reception_number.to_string()).collect()
}

async fn show_old(world: &World, sites: &Sites, case: &Case) {
    let source = world.source(case).await;
    for name in source.names() {
        sites.show(&name, &source.der);
    }
}

async fn show_new(world: &World, sites: &Sites, case: &Case) {
    let replacement = world.replacement(case).await;
    for name in replacement.names() {
        sites.show(&name, &replacement.der);
    }
}

#[tokio::test]
async fn nobody_looks_until_an_administrator_turns_it_on() {
    let mut world = World::new().await;
    let sites = Sites::open().await;
    world.desk.hosts = Arc::new(sites.clone());
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;

    let counts = look(&world, 0).await;
    let refused = check_installation(&world.desk, case.reception_number, &agent(), world.now).await;

    assert_eq!(counts, Counts::default());
    assert_eq!(problem(refused).code, "installation_off");
    assert_eq!(sites.asked(), Vec::<String>::new());
    assert_eq!(world.count("installation_looks").await, 0);
}

#[tokio::test]
async fn each_name_of_a_waiting_case_is_kept_with_what_it_showed() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;
    let (old, new) = (world.source(&case).await, world.replacement(&case).await);
    sites.show("shop.example.jp", &old.der);
    sites.show("pay.example.jp", &new.der);

    let counts = look(&world, 0).await;

    assert_eq!((counts.target, counts.done, counts.failed, counts.skipped), (1, 1, 0, 0));
    let seen = looks(&world, &case).await;
    let told: Vec<_> = seen.iter().map(|look| (look.name.as_str(), look.seen, look.port, look.looked_at)).collect();
    let expected =
        [("pay.example.jp", Seen::New, Some(443), world.now), ("shop.example.jp", Seen::Old, Some(443), world.now)];
    assert_eq!(told, expected);
    assert_eq!(seen[0].sha256.as_ref(), Some(&new.sha256));
    assert_eq!(seen[1].sha256.as_ref(), Some(&old.sha256));
    let summary = installation::summary(&seen).unwrap();
    assert_eq!((summary.standing.kind, summary.standing.names, summary.standing.of), (StandingKind::Old, 1, 2));
    assert_eq!(old_in_use(&world).await, [case.reception_number.to_string()]);
    assert_eq!(world.reload(&case).await, case, "a look is no step of the case");
}

#[tokio::test]
async fn another_certificate_and_no_answer_are_kept_as_such() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::Confirmed).await;
    let stranger = world.a_certificate().register().await;
    sites.show("shop.example.jp", &stranger.der);

    look(&world, 0).await;

    let seen = looks(&world, &case).await;
    assert_eq!((seen[0].seen, seen[0].hindrance, seen[0].port), (Seen::Unreachable, Some(Hindrance::NoAddress), None));
    assert_eq!((seen[1].seen, seen[1].hindrance), (Seen::Other, None));
    assert_eq!(old_in_use(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn only_cases_with_a_new_certificate_and_before_the_revocation_are_looked_at() {
    let (world, sites) = looking().await;
    for state in CaseState::ALL {
        let case = world.a_case().in_state(state).open().await;
        let looked_at = matches!(state, CaseState::AwaitingCall | CaseState::Confirmed | CaseState::OnHold);
        let before = sites.asked().len();
        let counts = look(&world, 0).await;
        assert_eq!(counts.done, i64::from(looked_at), "{state:?}");
        assert_eq!(sites.asked().len() - before, usize::from(looked_at), "{state:?}");
        let asked = check_installation(&world.desk, case.reception_number, &agent(), world.now).await;
        assert_eq!(asked.is_ok(), looked_at, "{state:?}");
    }
}

#[tokio::test]
async fn a_case_is_looked_at_again_when_its_hours_are_over() {
    let (world, sites) = looking().await;
    set(&world, 1, InstallationRules { hours_between_looks: 6, ..on() }).await.unwrap();
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;
    show_old(&world, &sites, &case).await;
    assert_eq!(look(&world, 0).await.done, 1);
    assert_eq!(look(&world, 5).await.target, 0);
    show_new(&world, &sites, &case).await;

    assert_eq!(look(&world, 6).await.done, 1);

    let seen = looks(&world, &case).await;
    assert!(seen.iter().all(|look| look.seen == Seen::New && look.looked_at == world.now + Duration::hours(6)));
    assert_eq!(old_in_use(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_new_result_is_recorded_and_the_same_one_is_not() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;
    show_old(&world, &sites, &case).await;
    look(&world, 0).await;
    look(&world, 24).await;
    show_new(&world, &sites, &case).await;
    look(&world, 48).await;

    let recorded = events(&world, &case, "installation_seen").await;

    let told: Vec<_> = recorded.iter().map(|event| event.facts()["seen"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ["old", "installed"]);
    assert_eq!(recorded[0].facts()["names"], 2);
    assert_eq!(recorded[1].facts()["before"], "old");
    assert!(recorded.iter().all(|event| event.actor == "batch"));
}

#[tokio::test]
async fn every_port_is_asked_and_the_old_certificate_on_one_of_them_counts() {
    for old_on in [443, 8443] {
        let (world, sites) = looking().await;
        set(&world, 1, InstallationRules { ports: vec![443, 8443], ..on() }).await.unwrap();
        let certificate = world.a_certificate().names(["shop.example.jp"]).register().await;
        let case = world.a_case().on(&certificate).open().await;
        let (shown, old, new) = (sites.clone(), certificate.der.clone(), world.replacement(&case).await.der);
        sites.before_each(move |name| {
            let is_old = shown.ports().last() == Some(&old_on);
            shown.show(&name, if is_old { &old } else { &new });
            Box::pin(async {})
        });

        look(&world, 0).await;

        assert_eq!(sites.ports(), [443, 8443]);
        let seen = looks(&world, &case).await;
        assert_eq!((seen[0].seen, seen[0].port), (Seen::Old, Some(i32::from(old_on))));
    }
}

#[tokio::test]
async fn a_certificate_with_wildcards_only_has_no_site_to_look_at() {
    let (world, sites) = looking().await;
    let certificate = world.a_certificate().names(["*.example.jp"]).register().await;
    let case = world.a_case().on(&certificate).open().await;

    assert_eq!(look(&world, 0).await.done, 1);

    assert_eq!((sites.asked(), looks(&world, &case).await), (vec![], vec![]));
    assert_eq!(look(&world, 1).await.target, 0, "and it is not asked for all the time");
    let none = check_installation(&world.desk, case.reception_number, &agent(), world.now).await.unwrap();
    assert_eq!(none, None);
}

#[tokio::test]
async fn no_transaction_is_open_while_somebody_is_connected_to() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;
    show_old(&world, &sites, &case).await;
    let second = world.second_connection().await;
    sites.before_each(move |_| {
        let second = second.clone();
        Box::pin(async move {
            second.execute_unprepared("UPDATE revocation_cases SET hold_note = NULL").await.unwrap();
        })
    });

    assert_eq!(look(&world, 0).await.done, 1);
}

#[tokio::test]
async fn a_case_that_ends_during_the_look_keeps_nothing_of_it() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;
    show_old(&world, &sites, &case).await;
    let (desk, now) = (world.desk.clone(), world.now);
    let withdrawal =
        Withdraw { reception_number: case.reception_number, version: case.version, ground: "取りやめ".to_owned() };
    sites.before_each(move |name| {
        let (desk, withdrawal) = (desk.clone(), withdrawal.clone());
        Box::pin(async move {
            if name == NAMES[0] {
                withdraw(&desk, withdrawal, &agent(), now).await.unwrap();
            }
        })
    });

    let counts = look(&world, 0).await;

    assert_eq!((counts.target, counts.done, counts.skipped), (1, 0, 1));
    assert_eq!(looks(&world, &case).await, vec![]);
    assert_eq!(old_in_use(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn two_nodes_at_once_look_at_each_case_once() {
    let (world, sites) = looking().await;
    for number in 0..60 {
        let certificate = world.a_certificate().names([format!("s{number}.example.jp").as_str()]).register().await;
        world.a_case().on(&certificate).open().await;
    }

    let (one, other) = tokio::join!(look(&world, 0), look(&world, 0));

    assert_eq!(one.done + other.done, 60);
    let mut asked = sites.asked();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), sites.asked().len()), (60, 60));
}

#[tokio::test]
async fn first_due_is_looked_at_first_and_a_run_has_an_end() {
    let (world, sites) = looking().await;
    for (name, due_on) in
        [("c.example.jp", "2026-12-03"), ("a.example.jp", "2026-11-25"), ("b.example.jp", "2026-12-01")]
    {
        let certificate = world.a_certificate().names([name]).register().await;
        world.a_case().on(&certificate).due_on(day(due_on)).open().await;
    }
    let stop = world.desk.stop.clone();
    stop.cancel();
    assert_eq!(look(&world, 0).await.target, 0, "a process that ends begins nothing");

    let claimed = installation::claim_due(&world.desk.db, 2, world.now + Duration::hours(1), world.now).await.unwrap();

    let mut due: Vec<_> = claimed.iter().map(|case| case.due_on.to_string()).collect();
    due.sort_unstable();
    assert_eq!(due, ["2026-11-25", "2026-12-01"]);
    let rest = installation::claim_due(&world.desk.db, 2, world.now + Duration::hours(1), world.now).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(sites.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn the_schedule_and_the_task_look() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;
    show_new(&world, &sites, &case).await;

    assert!(Scheduler::new(world.desk.clone()).ring(Job::CheckInstallations).await);
    assert_eq!(looks(&world, &case).await.len(), 2);

    let later = world.now + Duration::hours(25);
    let counts = Counted::CheckInstallations
        .work(&world.desk, world.today(), RunCause::Task, &Actor::system(), later)
        .await
        .unwrap();
    assert_eq!((counts.target, counts.done), (1, 1));
}

#[tokio::test]
async fn whoever_asks_sees_the_sites_as_they_are_now() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;
    show_old(&world, &sites, &case).await;
    look(&world, 0).await;
    show_new(&world, &sites, &case).await;
    let later = world.now + Duration::minutes(5);

    let summary = check_installation(&world.desk, case.reception_number, &agent(), later).await.unwrap().unwrap();

    assert_eq!((summary.standing.kind, summary.looked_at), (StandingKind::Installed, later));
    assert_eq!(events(&world, &case, "installation_seen").await.last().unwrap().actor, agent().key());
}

async fn click(world: &World, case: &Case, told: bool) -> Result<Case> {
    let serial_suffix = world.source(case).await.serial.suffix().to_owned();
    let click = Some(Click { version: case.version, serial_suffix, old_in_use_told: told });
    revoke_case(&world.desk, RevokeCase { click, ..world.order(case) }, &agent(), world.now).await
}

#[tokio::test]
async fn while_the_old_certificate_is_in_use_a_click_needs_the_word_that_the_customer_knows() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::Confirmed).await;
    show_old(&world, &sites, &case).await;
    look(&world, 0).await;

    assert_eq!(codes(click(&world, &case, false).await), ["old_in_use_not_told"]);
    let wrong = Some(Click { version: case.version, serial_suffix: String::new(), old_in_use_told: false });
    let refused =
        revoke_case(&world.desk, RevokeCase { click: wrong, ..world.order(&case) }, &agent(), world.now).await;
    assert_eq!(codes(refused), ["serial_suffix_missing", "old_in_use_not_told"]);
    assert_eq!(world.ca.revocations(), []);

    assert_eq!(click(&world, &case, true).await.unwrap().state, CaseState::Revoked);
    let started = events(&world, &case, "execution_started").await;
    assert_eq!(started[0].facts()["with"]["old_in_use_told"], true, "{}", started[0].facts());
}

#[tokio::test]
async fn a_click_needs_no_such_word_where_the_new_certificate_is_there_or_nobody_looks() {
    let (world, sites) = looking().await;
    let installed = a_case(&world, NAMES, CaseState::Confirmed).await;
    show_new(&world, &sites, &installed).await;
    look(&world, 0).await;
    assert!(click(&world, &installed, false).await.is_ok());

    let unseen = a_case(&world, ["a.example.jp", "b.example.jp"], CaseState::Confirmed).await;
    assert!(click(&world, &unseen, false).await.is_ok());

    let off = a_case(&world, ["c.example.jp", "d.example.jp"], CaseState::Confirmed).await;
    show_old(&world, &sites, &off).await;
    look(&world, 0).await;
    assert_eq!(codes(click(&world, &off, false).await), ["old_in_use_not_told"]);
    set(&world, 1, InstallationRules::default()).await.unwrap();
    assert!(click(&world, &off, false).await.is_ok());
}

#[tokio::test]
async fn an_override_has_nobody_on_the_line_and_needs_no_such_word() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::AwaitingCall).await;
    let case = world.override_call(&case, world.now).await;
    show_old(&world, &sites, &case).await;
    look(&world, 0).await;

    assert_eq!(click(&world, &case, false).await.unwrap().state, CaseState::Revoked);
}

#[tokio::test]
async fn the_daily_run_does_not_stop_for_a_site() {
    let (world, sites) = looking().await;
    let case = a_case(&world, NAMES, CaseState::Confirmed).await;
    show_old(&world, &sites, &case).await;
    look(&world, 0).await;

    let run = run_on(&world.desk, world.today(), RunCause::Schedule).await;

    assert_eq!((run.done, run.failed), (1, 0));
    assert_eq!(old_in_use(&world).await, Vec::<String>::new(), "what is revoked waits for nothing");
}

#[tokio::test]
async fn a_change_of_the_setting_is_recorded_and_lets_every_case_wait_for_its_turn_anew() {
    let (world, _sites) = looking().await;
    a_case(&world, NAMES, CaseState::AwaitingCall).await;
    assert_eq!(look(&world, 0).await.done, 1);

    set(&world, 1, InstallationRules { ports: vec![8443], ..on() }).await.unwrap();

    assert_eq!(look(&world, 0).await.done, 1);
    let (sequence, _) = audit_events::head(&world.desk.db).await.unwrap();
    let mut last = Vec::new();
    for number in (sequence - 2)..=sequence {
        last.push(audit_events::numbered(&world.desk.db, number).await.unwrap().unwrap());
    }
    let changed = last.iter().find(|event| event.action == "installation_rules_changed").unwrap();
    assert_eq!((changed.actor.as_str(), changed.subject.as_str()), (admin().key().as_str(), "setting:installation"));
    let expected = serde_json::json!([{ "field": "ports", "before": "443", "after": "8443" }]);
    assert_eq!(
        (changed.facts()["changes"].clone(), changed.facts()["reason"].as_str()),
        (expected, Some("契約の変更"))
    );
}

#[tokio::test]
async fn a_change_without_difference_reason_or_sense_is_refused_and_so_is_one_that_was_overtaken() {
    let (world, _sites) = looking().await;
    assert_eq!(problem(set(&world, 1, on()).await).code, "setting_unchanged");
    assert_eq!(problem(set(&world, 0, InstallationRules::default()).await).code, "setting_overtaken");
    let ports = InstallationRules { ports: vec![], ..on() };
    assert_eq!(problem(set(&world, 1, ports).await).code, "ports_missing");
    let input = ChangeInstallationRules { seen: 1, rules: InstallationRules::default(), reason: " ".to_owned() };
    let refused = change_installation_rules(&world.desk, input, &admin(), world.now).await;
    assert_eq!(problem(refused).code, "change_reason_missing");
    assert!(world.desk.live().installation().on);
}
