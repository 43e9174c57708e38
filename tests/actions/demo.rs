//! The demonstration data: a desk in full work on whatever day they are loaded.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use revocation_desk::actions::check_invariants::check_invariants;
use revocation_desk::actions::claim_next::claim_next;
use revocation_desk::actions::file_application::eligibility_facts;
use revocation_desk::actions::load_demo::{Loaded, load_demo};
use revocation_desk::actions::raise_alarms::find_alarms;
use revocation_desk::actions::revoke_due::{RevokeDue, revoke_due};
use revocation_desk::actions::verify_audit::verify_audit;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::application::{Ineligibility, eligibility};
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::validity::replacement_validity;
use revocation_desk::models::columns::RunCause;
use revocation_desk::models::passwords::Passwords;
use revocation_desk::models::{batch_runs, certificates, contact_proposals, customers, revocation_cases};
use revocation_desk::proof::{PublishedCrlFile, PublishedCrls};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio_util::sync::CancellationToken;

use crate::builders::{World, agent, codes, day};

/// A world whose proofs come from the CRLs as published.
async fn world_at(date: &str, hour: u32, minute: u32) -> World {
    let mut world = World::at(jst(day(date), hour, minute)).await;
    let ca = world.ca.embedded();
    let issuer = ca.issuing();
    let file = PublishedCrlFile { issuer: issuer.certificate.clone(), path: ca.crl_file(issuer) };
    world.desk.proof = Arc::new(PublishedCrls::new(vec![file]));
    world
}

async fn load(world: &World) -> revocation_desk::errors::Result<Loaded> {
    load_demo(&world.desk, &Passwords::default(), &|_| {}, world.now).await
}

async fn broken(world: &World) -> Vec<&'static str> {
    let findings = check_invariants(&world.desk, world.today(), world.now).await.unwrap();
    findings.into_iter().map(|finding| finding.rule).collect()
}

/// What the desk looks like, whatever the day.
async fn check_loaded(world: &World, loaded: &Loaded) {
    let counts: BTreeMap<_, _> = loaded.cases.iter().copied().collect();
    assert_eq!(counts.values().sum::<u64>(), 300);
    assert!(CaseState::ALL.iter().all(|state| counts[state] > 0), "{counts:?}");
    assert_eq!(counts[&CaseState::Completed], 142);
    assert_eq!((counts[&CaseState::Revoking], counts[&CaseState::Revoked]), (3, 2));
    check_showcase(world, loaded).await;
    assert_eq!(verify_audit(&world.desk, &|_| {}).await.unwrap().fault, None);

    let mut callable = 0;
    while claim_next(&world.desk, &agent(), world.now).await.unwrap().is_some() {
        callable += 1;
    }
    assert!(callable >= 18, "{callable} to be phoned now");
}

/// What the customers whose log-in is told find: every kind of certificate, and requests with what customers add.
async fn check_showcase(world: &World, loaded: &Loaded) {
    let logins: Vec<_> = loaded.portal_accounts.iter().map(|account| account.login.as_str()).collect();
    assert_eq!(logins, ["hana", "ichiro", "sora"]);
    let db = &world.desk.db;
    let hana = customers::Entity::find_by_login(db, "hana").await.unwrap().unwrap();
    assert!(hana.password_hash.is_some());

    let own = certificates::Entity::find().filter(certificates::Column::SubscriberId.eq(hana.subscriber_id));
    let mut kinds = BTreeSet::new();
    for certificate in own.all(db).await.unwrap() {
        let facts = eligibility_facts(db, &certificate, Some(hana.subscriber_id)).await.unwrap();
        let judged = eligibility(&facts, world.now);
        kinds.extend(judged.refusals.iter().map(Ineligibility::code));
        if judged.may_be_filed() {
            kinds.insert(certificate.validation.as_str());
            kinds.extend(judged.reexamination.map(|_| "re-examination"));
            kinds.extend(certificate.origin_id.and(certificate.csr_der.as_ref()).map(|_| "again, CSR known"));
            let term =
                replacement_validity(&world.desk.policy(), world.today(), certificate.entitlement_end_on).unwrap();
            kinds.insert(if term.shortened { "shortened" } else { "whole term" });
        }
    }
    let refused = ["case_in_progress", "certificate_expired", "certificate_revoked", "issued_within_30_days"];
    let offered = ["ev", "ou_symbols_only", "ov", "re-examination", "again, CSR known", "shortened", "whole term"];
    assert_eq!(kinds, refused.into_iter().chain(offered).collect());

    let cases = revocation_cases::Entity::find().filter(revocation_cases::Column::SubscriberId.eq(hana.subscriber_id));
    let cases = cases.all(db).await.unwrap();
    let states: HashSet<_> = cases.iter().map(|case| case.state).collect();
    assert_eq!(states, HashSet::from(CaseState::ALL));
    assert_eq!(cases.iter().filter(|case| case.call_band.is_some()).count(), 1);
    let role = ContactRole::ProcedureContact;
    assert!(contact_proposals::open(db, hana.subscriber_id, role).await.unwrap().is_some());
}

async fn revoke_what_is_due(world: &World) -> (i64, i64) {
    let stop = CancellationToken::new();
    let today = world.today();
    let input =
        RevokeDue { today, cause: RunCause::Task, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| {} };
    let run = revoke_due(&world.desk, input, &Actor::batch(), world.now).await.unwrap().unwrap();
    (run.done, run.failed + run.skipped)
}

#[tokio::test]
async fn on_the_morning_of_a_business_day_everything_is_in_order_and_work_waits() {
    let world = world_at("2026-11-24", 10, 30).await;

    let loaded = load(&world).await.unwrap();

    assert_eq!(broken(&world).await, Vec::<&str>::new());
    assert!(batch_runs::has_run_since(&world.desk.db, "revoke_due", day("2026-11-23")).await.unwrap());
    check_loaded(&world, &loaded).await;
    assert_eq!(revoke_what_is_due(&world).await, (15, 0));
    assert_eq!(revoke_what_is_due(&world).await, (0, 0));

    let before = world.count("audit_events").await;
    assert_eq!(codes(load(&world).await), ["demo_not_empty"]);
    assert_eq!(world.count("audit_events").await, before);
}

#[tokio::test]
async fn on_a_holiday_the_last_business_days_cases_are_carried_over() {
    let world = world_at("2026-11-22", 23, 50).await;

    let loaded = load(&world).await.unwrap();

    assert!(batch_runs::has_run_since(&world.desk.db, "revoke_due", day("2026-11-22")).await.unwrap());
    assert_eq!(broken(&world).await, Vec::<&str>::new());
    assert_eq!(find_alarms(&world.desk, world.now).await.unwrap(), []);
    check_loaded(&world, &loaded).await;
    assert_eq!(revoke_what_is_due(&world).await, (15, 0));
}

#[tokio::test]
async fn at_midnight_the_day_that_begins_has_its_cases_and_none_is_confirmed_for_it() {
    let world = world_at("2026-11-25", 0, 0).await;

    let loaded = load(&world).await.unwrap();

    check_loaded(&world, &loaded).await;
}
