//! Contacts and applications of an order system: judged as a single request is.

use std::io::Cursor;

use revocation_desk::actions::import_file::{ImportFile, Imported, import_file};
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::import::ImportKind;
use revocation_desk::errors::Result;
use revocation_desk::models::certificates::Certificate;
use revocation_desk::models::{contacts, revocation_cases, subscribers};

use crate::builders::{World, agent, problem};

async fn import(world: &World, kind: ImportKind, file: &str) -> Result<Imported> {
    let file = &mut Cursor::new(file.as_bytes());
    let input = ImportFile { kind, file, subscriber: None, dry_run: false, progress: &|_| () };
    import_file(&world.desk, input, &Actor::system(), world.now).await
}

/// Registered, known, refused with line, column and code.
type Told = (i64, i64, Vec<(i64, String, String)>);

async fn told(world: &World, kind: ImportKind, file: &str) -> Told {
    let imported = import(world, kind, file).await.unwrap();
    let refused = imported.problems.iter().map(|row| {
        let refusal = row.refusal.clone();
        (row.line, refusal.field.unwrap_or_default(), refusal.code)
    });
    (imported.counts.done, imported.counts.skipped, refused.collect())
}

fn refused(line: i64, column: &str, code: &str) -> (i64, String, String) {
    (line, column.to_owned(), code.to_owned())
}

const CONTACTS: &str = "subscriber,role,name,name_kana,department,email,phone,phone_source,verified_on\n";

#[tokio::test]
async fn contacts_are_registered_for_organisations_that_are_there_and_never_changed() {
    let world = World::new().await;
    for name in ["例示商事", "例示二重", "例示二重"] {
        world.a_subscriber().named(name).without_contacts().register().await;
    }
    let file = [
        CONTACTS,
        "例示商事,procedure_contact,例文 花,れいぶん はな,法務部,hana@example.jp,03-0000-4182,登記簿,2026-11-02\n",
        "例示商事,procedure_contact,例文 花,,,hana@example.jp,03-0000-9999,登記簿,2026-11-02\n",
        "例示商亊,procedure_contact,例文 花,,,hana@example.jp,03-0000-4182,登記簿,2026-11-02\n",
        "例示二重,procedure_contact,例文 花,,,hana@example.jp,03-0000-4182,登記簿,2026-11-02\n",
        "例示商事,boss,例文 花,,,,電話なし,登記簿,2026-11-02\n",
        "例示商事,application_responsible,例田 一郎,,,ichiro@example.jp,電話なし,登記簿,2026-11-25\n",
    ]
    .concat();

    let (registered, known, problems) = told(&world, ImportKind::Contacts, &file).await;

    assert_eq!((registered, known), (1, 0));
    let expected = [
        refused(3, "name", "import_contact_differs"),
        refused(4, "subscriber", "import_subscriber_unknown"),
        refused(5, "subscriber", "import_subscriber_ambiguous"),
        refused(6, "role", "contact_role_unknown"),
        refused(6, "email", "import_cell_missing"),
        refused(7, "phone", "phone_malformed"),
        refused(7, "verified_on", "verified_in_future"),
    ];
    assert_eq!(problems, expected);
    assert_eq!(world.count("subscribers").await, 3);
    let subscriber = subscribers::with_name(&world.desk.db, "例示商事", 1).await.unwrap().remove(0);
    let people = contacts::current(&world.desk.db, subscriber.id).await.unwrap();
    let contact = contacts::in_role(&people, ContactRole::ProcedureContact).unwrap();
    assert_eq!((contact.phone.as_str(), contact.department.as_deref()), ("03-0000-4182", Some("法務部")));

    let (registered, known, _) = told(&world, ImportKind::Contacts, &file).await;
    assert_eq!((registered, known), (0, 1));
}

const APPLICATIONS: &str = "order_number,reception_number,serial_number,issuer,sha256,reason,key_possibly_exposed,requested_on,csr,consent_version\n";

fn by_fingerprint(order: &str, certificate: &Certificate, rest: &str) -> String {
    format!("{order},,,,{},{rest}\n", certificate.sha256)
}

#[tokio::test]
async fn an_application_is_filed_as_by_the_api_and_the_same_one_again_is_known_for_good() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let row = by_fingerprint("", &certificate, "server_replacement,,2026-12-08,reuse,1.0");
    let file = format!("{APPLICATIONS}{row}");

    assert_eq!(told(&world, ImportKind::Applications, &file).await, (1, 0, vec![]));

    let case = revocation_cases::open_on_certificate(&world.desk.db, certificate.id).await.unwrap().unwrap();
    assert_eq!((case.state, case.due_on.to_string().as_str()), (CaseState::AwaitingReissue, "2026-12-08"));
    assert_eq!(world.mail_kinds(&case).await, ["application_received"]);
    assert_eq!(world.count("reissue_applications WHERE channel = 'api'").await, 1);
    assert_eq!(world.count("consents").await, 1);
    assert_eq!(world.count(&format!("import_rows WHERE became = 'case:{}'", case.reception_number)).await, 1);

    assert_eq!(told(&world, ImportKind::Applications, &file).await, (0, 1, vec![]));
    let number = case.reception_number;
    let input = Withdraw { reception_number: number, version: case.version, ground: "電話".to_owned() };
    withdraw(&world.desk, input, &agent(), world.now).await.unwrap();
    assert_eq!(told(&world, ImportKind::Applications, &file).await, (0, 1, vec![]), "nobody applied again");
    let again = by_fingerprint("A-2", &certificate, "server_replacement,,2026-12-08,reuse,1.0");
    assert_eq!(told(&world, ImportKind::Applications, &format!("{APPLICATIONS}{again}")).await, (1, 0, vec![]));
    assert_eq!(world.count("revocation_cases").await, 2);
}

#[tokio::test]
async fn an_application_names_its_certificate_in_three_ways() {
    let world = World::new().await;
    let [one, two, three] = [
        world.a_certificate().register().await,
        world.a_certificate().register().await,
        world.a_certificate().register().await,
    ];
    let number = one.reception_number.unwrap();
    let rest = "other,,2026-12-08,reuse,1.0";
    let file = [
        APPLICATIONS.to_owned(),
        format!(",{number},,,,{rest}\n"),
        format!(",,{},\"{}\",,{rest}\n", two.serial.colon_separated(), two.issuer),
        by_fingerprint("", &three, rest),
    ]
    .concat();

    assert_eq!(told(&world, ImportKind::Applications, &file).await, (3, 0, vec![]));

    for certificate in [one, two, three] {
        let open = revocation_cases::open_on_certificate(&world.desk.db, certificate.id).await.unwrap();
        assert!(open.is_some(), "{}", certificate.id);
    }
}

#[tokio::test]
async fn what_a_single_request_would_refuse_is_refused_with_line_and_column() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let young = world.a_certificate().issued_days_ago(3).register().await;
    let file = [
        APPLICATIONS.to_owned(),
        by_fingerprint("", &certificate, "other,,2026-11-23,reuse,1.0"),
        by_fingerprint("", &certificate, "key_lost_or_damaged,,2026-12-08,reuse,0.9"),
        by_fingerprint("", &young, "other,,2026-12-08,reuse,1.0"),
        ",RQ-260806-9999,,,,other,,2026-12-08,reuse,1.0\n".to_owned(),
        by_fingerprint("", &certificate, "key_compromise,,,later,1.0"),
        by_fingerprint("", &certificate, "other,,2026-12-08,reuse,1.0"),
    ]
    .concat();

    let (registered, known, problems) = told(&world, ImportKind::Applications, &file).await;

    assert_eq!((registered, known), (1, 0), "{problems:?}");
    let lines: Vec<i64> = problems.iter().map(|(line, ..)| *line).collect();
    for (line, column, code) in [
        (2, "requested_on", "requested_on_past"),
        (3, "consent_version", "agreement_version_differs"),
        (3, "key_possibly_exposed", "key_exposure_unanswered"),
        (5, "", "certificate_not_found"),
    ] {
        assert!(problems.contains(&refused(line, column, code)), "{line} {column} {code}: {problems:?}");
    }
    assert!(lines.contains(&4) && lines.contains(&7) && !lines.contains(&6), "{problems:?}");
    let case = revocation_cases::open_on_certificate(&world.desk.db, certificate.id).await.unwrap().unwrap();
    assert_eq!(case.state, CaseState::Confirmed, "a compromise needs no call");
    assert_eq!(world.count("audit_events WHERE action = 'filed'").await, 1);
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_whole() {
    let world = World::new().await;
    for (kind, file, code) in [
        (ImportKind::Contacts, "subscriber,pem\nx,y\n", "import_column_unknown"),
        (ImportKind::Contacts, "hello\n", "import_heading_missing"),
        (ImportKind::Contacts, "-----BEGIN CERTIFICATE-----\n", "import_heading_missing"),
        (ImportKind::Applications, "reason,csr\nx,y\n", "import_column_missing"),
        (ImportKind::Applications, APPLICATIONS, "import_empty"),
        (ImportKind::Certificates, APPLICATIONS, "import_file_unknown"),
    ] {
        assert_eq!(problem(import(&world, kind, file).await).code, code, "{kind:?} {file}");
    }
    assert_eq!(world.count("imports").await, 0);
}
