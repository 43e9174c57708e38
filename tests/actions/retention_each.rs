//! What is erased of each kind of row, from when on, and what keeps it.

use chrono::{DateTime, Duration, Utc};
use revocation_desk::actions::place_legal_hold::place_legal_hold;
use revocation_desk::domain::calendar::end_of_day;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::models::customers::{self, NewCustomer};
use revocation_desk::models::subscribers::Subscriber;
use sea_orm::ConnectionTrait;

use crate::builders::{World, day, supervisor};
use crate::retention::{a_closed_case, erase, two_years_after};

/// A text that is about a person, wherever it stands.
const WORD: &str = "例文 花";

async fn write(world: &World, sql: &str) {
    world.desk.db.execute_unprepared(sql).await.unwrap();
}

/// As databases take it.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339()
}

#[tokio::test]
async fn whatever_was_said_or_typed_about_a_case_goes_with_it() {
    let world = World::new().await;
    let (case, end) = a_closed_case(&world).await;
    write(
        &world,
        &format!(
            "INSERT INTO override_requests (case_id, case_version, ground, requested_by, requested_by_name, requested_at)
                VALUES ({}, 1, '', 'staff:1', '例文 守', '{}')",
            case.id,
            instant(world.now)
        ),
    )
    .await;
    let columns = [
        ("revocation_cases", "hold_note"),
        ("revocation_cases", "closing_note"),
        ("calls", "note"),
        ("override_requests", "ground"),
        ("authorizations", "ground"),
        ("authorizations", "granted_by_name"),
        ("reissue_applications", "caller_name"),
        ("reissue_applications", "filing_ground"),
        ("reissue_applications", "filed_by_name"),
        ("consents", "address"),
        ("messages", "recipients"),
        ("messages", "body_text"),
        ("messages", "body_html"),
        ("messages", "last_error"),
    ];
    write(&world, "UPDATE authorizations SET granted_by = 'customer:1'").await;
    write(&world, "UPDATE reissue_applications SET filed_by = 'customer:1'").await;
    for (table, column) in columns {
        write(&world, &format!("UPDATE {table} SET {column} = '{WORD}'")).await;
        assert!(world.count(&format!("{table} WHERE {column} = '{WORD}'")).await > 0, "{table}.{column}");
    }
    assert_eq!(erase(&world, two_years_after(end) + Duration::seconds(1)).await.cases, 1);
    for (table, column) in columns {
        assert_eq!(world.count(&format!("{table} WHERE {column} = '{WORD}'")).await, 0, "{table}.{column}");
    }
    assert_eq!(world.count("override_requests WHERE requested_by_name = '例文 守'").await, 1, "colleagues stay known");
}

#[tokio::test]
async fn colleagues_who_filed_or_granted_stay_known() {
    let world = World::new().await;
    let (_, end) = a_closed_case(&world).await;
    write(&world, "UPDATE authorizations SET granted_by = 'staff:1', granted_by_name = '例文 守'").await;
    write(&world, "UPDATE reissue_applications SET filed_by = 'staff:1', filed_by_name = '例文 守'").await;
    erase(&world, two_years_after(end) + Duration::seconds(1)).await;
    assert_eq!(world.count("authorizations WHERE granted_by_name = '例文 守'").await, 1);
    assert_eq!(world.count("reissue_applications WHERE filed_by_name = '例文 守'").await, 1);
}

#[tokio::test]
async fn a_case_stays_as_long_as_one_of_its_certificates_is_not_two_years_over() {
    let world = World::new().await;
    let (case, end) = a_closed_case(&world).await;
    let over = two_years_after(end) + Duration::seconds(1);
    let later = instant(end + Duration::days(1));
    for (table, column, id) in [
        ("certificates", "not_after", Some(case.source_certificate_id)),
        ("certificates", "not_after", case.replacement_certificate_id),
        ("revocation_cases", "closed_at", Some(case.id)),
    ] {
        let id = id.unwrap();
        world.tamper(&format!("UPDATE {table} SET {column} = '{later}' WHERE id = {id}")).await;
        assert_eq!(erase(&world, over).await.cases, 0, "{table} {id}");
        let before = instant(end - Duration::days(1));
        world.tamper(&format!("UPDATE {table} SET {column} = '{before}' WHERE id = {id}")).await;
    }
    assert_eq!(erase(&world, over).await.cases, 1);
}

#[tokio::test]
async fn contacts_go_two_years_after_the_last_certificate_of_their_organisation() {
    let world = World::new().await;
    world.a_certificate().valid_until(day("2027-03-31")).register().await;
    let over = two_years_after(end_of_day(day("2027-03-31")));
    let contacts = world.count("contacts").await;
    assert!(contacts > 0);
    assert_eq!(erase(&world, over - Duration::seconds(1)).await.contacts, 0);
    let erased = erase(&world, over + Duration::days(1)).await.contacts;
    assert_eq!(i64::try_from(erased).unwrap(), contacts);
    assert_eq!(world.count("contacts WHERE name <> '' OR email <> '' OR phone <> ''").await, 0);
}

#[tokio::test]
async fn contacts_who_were_registered_before_any_certificate_are_kept_for_two_years() {
    let world = World::new().await;
    world.a_subscriber().register().await;
    // As the builder says.
    let over = two_years_after(world.now - Duration::days(200));
    assert_eq!(erase(&world, over - Duration::seconds(1)).await.contacts, 0);
    assert!(erase(&world, over + Duration::days(1)).await.contacts > 0);
}

#[tokio::test]
async fn a_contact_who_was_replaced_is_kept_for_two_years_and_as_long_as_the_case_that_was_phoned_about() {
    let world = World::new().await;
    let (_, end) = a_closed_case(&world).await;
    write(&world, &format!("UPDATE contacts SET superseded_at = '{}'", instant(world.now))).await;
    let (over, phoned) =
        (two_years_after(world.now), "contacts WHERE name <> '' AND id IN (SELECT contact_id FROM calls)");

    assert_eq!(erase(&world, over - Duration::seconds(1)).await.contacts, 0);
    erase(&world, over + Duration::days(1)).await;
    assert_eq!(world.count(phoned).await, 1);
    assert_eq!(world.count("contacts WHERE name <> ''").await, 1, "the others have gone");
    erase(&world, two_years_after(end) + Duration::days(1)).await;
    assert_eq!(world.count(phoned).await, 0);
}

/// A contact change that was declined, a proposal that was declined, an account that was closed, a mail of no case: all now.
async fn settled(world: &World, subscriber: &Subscriber) {
    let (id, at, role) = (subscriber.id, instant(world.now), ContactRole::ALL[0].as_str());
    write(
        world,
        &format!(
            "INSERT INTO contact_changes (subscriber_id, role, name, email, phone, phone_source, verified_on,
                requested_by, requested_at, declined_by, declined_at, declined_ground)
                VALUES ({id}, '{role}', '{WORD}', 'hana@customer.example', '03', '登記', '2026-11-24',
                    'staff:1', '{at}', 'staff:2', '{at}', '別の方')"
        ),
    )
    .await;
    write(
        world,
        &format!(
            "INSERT INTO contact_proposals (subscriber_id, role, name, email, phone, proposed_by, proposed_by_name,
                proposed_at, declined_by, declined_at, declined_ground)
                VALUES ({id}, '{role}', '{WORD}', 'hana@customer.example', '03', 'customer:1', '{WORD}', '{at}',
                    'staff:2', '{at}', '別の方')"
        ),
    )
    .await;
    let new = NewCustomer {
        subscriber_id: id,
        login: "hana".to_owned(),
        name: WORD.to_owned(),
        email: "hana@customer.example".to_owned(),
        password_hash: Some("$argon2id$nothing".to_owned()),
    };
    let customer = customers::insert(&world.desk.db, new, world.now).await.unwrap();
    write(world, &format!("UPDATE customers SET disabled_at = '{at}' WHERE id = {}", customer.id)).await;
    for status in ["sent", "queued"] {
        write(
            world,
            &format!(
                "INSERT INTO messages (kind, event_key, recipients, subject, body_text, body_html, message_id, status,
                    attempts, next_attempt_at, fence, created_at)
                    VALUES ('customer_invited', '{status}', '[]', '', '{WORD}', '', '{status}', '{status}', 0,
                        '{at}', 0, '{at}')"
            ),
        )
        .await;
    }
}

const SETTLED: [&str; 4] = [
    "contact_changes WHERE name <> '' OR email <> '' OR phone <> '' OR declined_ground <> ''",
    "contact_proposals WHERE name <> '' OR email <> '' OR phone <> '' OR proposed_by_name <> '' OR declined_ground <> ''",
    "customers WHERE name <> '' OR email <> '' OR login = 'hana' OR password_hash IS NOT NULL",
    "messages WHERE case_id IS NULL AND body_text <> '' AND status = 'sent'",
];

#[tokio::test]
async fn what_was_settled_is_kept_for_two_years_and_what_still_waits_stays() {
    let world = World::new().await;
    settled(&world, &world.a_subscriber().register().await).await;
    let over = two_years_after(world.now);
    erase(&world, over - Duration::seconds(1)).await;
    for rest in SETTLED {
        assert_eq!(world.count(rest).await, 1, "{rest}");
    }
    // A proposal that nobody answered, and a change that nobody approved.
    write(&world, "UPDATE contact_proposals SET declined_at = NULL, declined_by = NULL, declined_ground = NULL").await;
    write(&world, "UPDATE contact_changes SET declined_at = NULL, declined_by = NULL, declined_ground = NULL").await;
    let erased = erase(&world, over + Duration::seconds(1)).await;
    assert_eq!((erased.proposals, erased.customers, erased.mails), (0, 1, 1));
    assert_eq!(world.count("messages WHERE status = 'queued' AND body_text <> ''").await, 1);
    let at = instant(world.now);
    for table in ["contact_proposals", "contact_changes"] {
        let sql = format!("UPDATE {table} SET declined_at = '{at}', declined_by = 'staff:2', declined_ground = '別'");
        write(&world, &sql).await;
    }
    assert_eq!(erase(&world, over + Duration::seconds(1)).await.proposals, 2);
    for rest in SETTLED {
        assert_eq!(world.count(rest).await, 0, "{rest}");
    }
}

#[tokio::test]
async fn a_legal_hold_keeps_each_kind_of_row_of_its_organisation() {
    let world = World::new().await;
    let subscriber = world.a_subscriber().register().await;
    settled(&world, &subscriber).await;
    place_legal_hold(&world.desk, subscriber.id, "係争中", &supervisor(), world.now).await.unwrap();
    let contacts = world.count("contacts WHERE name <> ''").await;
    erase(&world, two_years_after(world.now) + Duration::days(1)).await;
    for rest in &SETTLED[..3] {
        assert_eq!(world.count(rest).await, 1, "{rest}");
    }
    assert_eq!(world.count("contacts WHERE name <> ''").await, contacts);
}
