//! Data about people goes when its time is over, and what was done stays proven.

use chrono::{DateTime, Duration, Months, Utc};
use revocation_desk::actions::erase_personal_data::{Erased, erase_personal_data};
use revocation_desk::actions::export_person::export_person;
use revocation_desk::actions::place_legal_hold::place_legal_hold;
use revocation_desk::actions::release_legal_hold::release_legal_hold;
use revocation_desk::actions::verify_audit::verify_audit;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::end_of_day;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::certificates;
use revocation_desk::models::revocation_cases::Case;

use sea_orm::ConnectionTrait;

use crate::builders::{World, codes, day, supervisor};

pub async fn erase(world: &World, now: DateTime<Utc>) -> Erased {
    erase_personal_data(&world.desk, &Actor::batch(), now).await.unwrap()
}

/// A completed case whose mails are sent, and when the last of its certificates runs out.
pub async fn a_closed_case(world: &World) -> (Case, DateTime<Utc>) {
    let certificate = world.a_certificate().valid_until(day("2027-03-31")).register().await;
    let case = world.a_case().on(&certificate).in_state(CaseState::Completed).open().await;
    let mut end = end_of_day(day("2027-03-31"));
    if let Some(id) = case.replacement_certificate_id {
        end = end.max(certificates::by_id(&world.desk.db, id).await.unwrap().not_after);
    }
    world.desk.db.execute_unprepared("UPDATE messages SET status = 'sent'").await.unwrap();
    (case, end)
}

/// A look at its site, and a mail of it that came back: both name what is gone with the case.
async fn with_traces(world: &World, case: &Case) {
    for sql in [
        format!(
            "INSERT INTO installation_looks (case_id, name, seen, port, sha256, looked_at)
                VALUES ({}, 'www.example.jp', 'new', 443, '00', '2026-11-24 01:00:00+00:00')",
            case.id
        ),
        format!(
            "INSERT INTO bounces (message_id, recipient, action, status_code, words, arrived_at)
                SELECT id, 'hana@customer.example', 'failed', '5.1.1', '550 <hana@customer.example>',
                    '2026-11-24 01:00:00+00:00' FROM messages WHERE case_id = {}",
            case.id
        ),
    ] {
        world.desk.db.execute_unprepared(&sql).await.unwrap();
    }
}

pub fn two_years_after(end: DateTime<Utc>) -> DateTime<Utc> {
    end.checked_add_months(Months::new(24)).unwrap()
}

#[tokio::test]
async fn two_years_after_its_certificates_have_run_out_a_case_names_nobody() {
    let world = World::new().await;
    let (case, end) = a_closed_case(&world).await;
    with_traces(&world, &case).await;
    let over = two_years_after(end);

    assert_eq!(erase(&world, over - Duration::seconds(1)).await.cases, 0);
    assert!(world.count("messages WHERE body_text <> ''").await > 0);
    assert!(world.count("bounces").await > 0 && world.count("installation_looks").await > 0);
    let erased = erase(&world, over + Duration::seconds(1)).await;

    assert_eq!(erased.cases, 1);
    for rest in [
        "messages WHERE body_text <> '' OR body_html <> '' OR recipients <> '[]'",
        "calls WHERE note IS NOT NULL",
        "consents WHERE address IS NOT NULL",
        "bounces",
        "installation_looks",
        "contacts WHERE name <> '' OR phone <> '' OR email <> ''",
    ] {
        assert_eq!(world.count(rest).await, 0, "{rest}");
    }
    assert_eq!(world.reload(&case).await.state, CaseState::Completed);
    assert_eq!(world.count("calls").await, 1, "that there was a call is kept");
    assert!(world.count("evidence").await > 0);
    assert_eq!(world.count("audit_events WHERE action = 'case_erased'").await, 1);
    assert_eq!(erase(&world, over + Duration::days(1)).await, Erased::default(), "once");
    assert!(verify_audit(&world.desk, &|_| ()).await.unwrap().fault.is_none(), "the chain stays whole");
}

#[tokio::test]
async fn open_cases_and_contacts_who_are_still_phoned_stay_as_they_are() {
    let world = World::new().await;
    world.a_case().open().await;

    assert_eq!(erase(&world, world.now + Duration::days(3650)).await, Erased { mails: 0, ..Erased::default() });
    assert_eq!(world.count("contacts WHERE name = ''").await, 0);
}

#[tokio::test]
async fn while_a_legal_hold_is_in_force_nothing_goes() {
    let world = World::new().await;
    let (case, end) = a_closed_case(&world).await;
    let over = two_years_after(end) + Duration::days(1);
    place_legal_hold(&world.desk, case.subscriber_id, "係争中", &supervisor(), world.now).await.unwrap();
    let again = place_legal_hold(&world.desk, case.subscriber_id, "係争中", &supervisor(), world.now).await;
    assert_eq!(codes(again), ["legal_hold_in_force"]);

    assert_eq!(erase(&world, over).await, Erased::default());
    release_legal_hold(&world.desk, case.subscriber_id, &supervisor(), over).await.unwrap();

    assert_eq!(erase(&world, over).await.cases, 1);
    let again = release_legal_hold(&world.desk, case.subscriber_id, &supervisor(), over).await;
    assert_eq!(codes(again), ["legal_hold_not_in_force"]);
}

#[tokio::test]
async fn what_is_held_about_a_person_is_found_by_the_address() {
    let world = World::new().await;
    let (case, end) = a_closed_case(&world).await;
    let contact =
        revocation_desk::models::contacts::current(&world.desk.db, case.subscriber_id).await.unwrap().remove(0);
    let asked = contact.email.to_uppercase();
    with_traces(&world, &case).await;
    let theirs = format!("UPDATE bounces SET recipient = '{}'", contact.email);
    world.desk.db.execute_unprepared(&theirs).await.unwrap();

    let held = export_person(&world.desk, &asked, &supervisor(), world.now).await.unwrap();

    assert_eq!(held["contacts"][0]["name"], contact.name.as_str());
    assert!(!held["mails"].as_array().unwrap().is_empty());
    assert_eq!(held["bounces"][0]["status_code"], "5.1.1");
    assert_eq!(world.count("audit_events WHERE action = 'person_exported'").await, 1);
    let name = &contact.name;
    assert_eq!(world.count(&format!("audit_events WHERE detail LIKE '%{name}%'")).await, 0);
    erase(&world, two_years_after(end) + Duration::days(1)).await;
    let held = export_person(&world.desk, &asked, &supervisor(), world.now).await.unwrap();
    assert!(held.as_object().unwrap().values().all(|rows| rows.as_array().unwrap().is_empty()), "{held}");
    assert_eq!(codes(export_person(&world.desk, "nobody", &supervisor(), world.now).await), ["email_invalid"]);
}
