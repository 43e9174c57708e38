//! Files from outside: certificates with their organisations and contacts, and the holidays.

use encoding_rs::SHIFT_JIS;
use std::io::Cursor;

use revocation_desk::actions::import_file::{ImportFile, Imported, import_file};
use revocation_desk::actions::import_holidays::{ImportHolidays, import_holidays};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::DayKind;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::import::ImportKind;
use revocation_desk::errors::Result;
use revocation_desk::messages::Texts;
use revocation_desk::models::batch_runs::Counts;
use revocation_desk::models::{contacts, holidays, subscribers};

use crate::builders::{World, day, problem, problems};

const OV: &str = include_str!("../fixtures/certificates/ov-wertzco.pem");
const EV: &str = include_str!("../fixtures/certificates/ev-lazard.pem");
const WITHOUT_ORGANIZATION: &str = include_str!("../fixtures/certificates/dv-crates-io.pem");
const OF_A_CA: &str = include_str!("../fixtures/certificates/ecdsa-p384-root.pem");

const HEADING: &str = "subscriber,procedure_contact_name,procedure_contact_email,procedure_contact_phone,\
    procedure_contact_phone_source,procedure_contact_verified_on,reception_number,pem\n";

async fn import(world: &World, file: &[u8]) -> Result<Imported> {
    import_for(world, file, None, false).await
}

async fn import_for(world: &World, file: &[u8], subscriber: Option<&str>, dry_run: bool) -> Result<Imported> {
    let (kind, file) = (ImportKind::Certificates, &mut Cursor::new(file));
    let input = ImportFile { kind, file, subscriber, dry_run, progress: &|_| () };
    import_file(&world.desk, input, &Actor::system(), world.now).await
}

/// `done`, known, failed.
fn fates(imported: &Imported) -> (i64, i64, i64) {
    let Counts { target, done, failed, skipped } = imported.counts;
    assert_eq!(target, done + failed + skipped);
    (done, skipped, failed)
}

/// Line and code of what was refused.
fn refused(imported: &Imported) -> Vec<(i64, &str)> {
    for row in &imported.problems {
        assert!(Texts::JA.get(&format!("problem.{}", row.refusal.code)).is_some(), "{}", row.refusal.code);
    }
    imported.problems.iter().map(|row| (row.line, row.refusal.code.as_str())).collect()
}

fn row(subscriber: &str, reception_number: &str, pem: &str) -> String {
    format!("{subscriber},例文 花,hana@example.jp,03-0000-4182,登記簿,2026-11-02,{reception_number},\"{pem}\"\n")
}

#[tokio::test]
async fn a_row_registers_organisation_contact_and_certificate() {
    let world = World::new().await;
    let file = format!("{HEADING}{}", row("例示商事株式会社", "RQ-260806-0182", OV));

    let imported = import(&world, file.as_bytes()).await.unwrap();

    assert_eq!((fates(&imported), refused(&imported)), ((1, 0, 0), vec![]));
    let subscriber = subscribers::with_name(&world.desk.db, "例示商事株式会社", 2).await.unwrap().remove(0);
    let people = contacts::current(&world.desk.db, subscriber.id).await.unwrap();
    let contact = contacts::in_role(&people, ContactRole::ProcedureContact).unwrap();
    assert_eq!((contact.name.as_str(), contact.phone.as_str()), ("例文 花", "03-0000-4182"));
    assert_eq!(world.count("certificates WHERE reception_number = 'RQ-260806-0182'").await, 1);
}

#[tokio::test]
async fn the_same_file_again_registers_nothing_twice() {
    let world = World::new().await;
    let file = format!("{HEADING}{}{}", row("例示商事", "", OV), row("例示工業", "", EV));
    assert_eq!(fates(&import(&world, file.as_bytes()).await.unwrap()), (2, 0, 0));
    let tables = ["subscribers", "contacts", "certificates", "audit_events WHERE action NOT LIKE 'import%'"];
    let mut before = Vec::new();
    for table in tables {
        before.push(world.count(table).await);
    }

    assert_eq!(fates(&import(&world, file.as_bytes()).await.unwrap()), (0, 2, 0));

    for (table, before) in tables.into_iter().zip(before) {
        assert_eq!(world.count(table).await, before, "{table}");
    }
}

#[tokio::test]
async fn a_bad_row_is_told_with_its_line_and_the_good_ones_are_kept() {
    let world = World::new().await;
    let file = [
        HEADING.to_owned(),
        row("例示商事", "", &OV.trim().replace('\n', "\\n")),
        "例示工業,例文 花,hana@example.jp,03-0000-4182,登記簿,2026-13-02,,x\n".to_owned(),
        "一列だけ\n".to_owned(),
        ",,,,,,,\n".to_owned(),
        "例示物産,例文 花,,03-0000-4182,登記簿,2026-11-02,,x\n".to_owned(),
        row("例示運輸", "一番", "x"),
        row("例示電工", "", EV),
    ]
    .concat();

    let imported = import(&world, file.replace('\n', "\r\n").as_bytes()).await.unwrap();

    assert_eq!(fates(&imported), (2, 0, 4));
    let expected = [
        (3, "import_date"),
        (3, "certificate_malformed"),
        (4, "import_cells"),
        (6, "import_cell_missing"),
        (6, "certificate_malformed"),
        (7, "reception_number_malformed"),
        (7, "certificate_malformed"),
    ];
    assert_eq!(refused(&imported), expected);
    assert_eq!(world.count("subscribers").await, 2, "nothing of a refused row is kept");
}

#[tokio::test]
async fn a_row_is_all_or_nothing() {
    for (contact, code) in [
        ("例文 花,hana@example.jp,電話なし,登記簿,2026-11-02", "phone_malformed"),
        ("例文 花,hana@example.jp,03-0000-4182,登記簿,2026-11-25", "verified_in_future"),
        ("例文 花,hana,03-0000-4182,登記簿,2026-11-02", "mail_address_invalid"),
    ] {
        let world = World::new().await;
        let file = format!("{HEADING}例示商事,{contact},,\"{OV}\"\n");

        let imported = import(&world, file.as_bytes()).await.unwrap();

        assert_eq!(fates(&imported), (0, 0, 1), "{code}");
        let refusal = &imported.problems[0].refusal;
        let field = refusal.field.as_deref().unwrap();
        assert!(field.starts_with("procedure_contact_"), "{refusal:?}");
        for table in ["subscribers", "contacts", "certificates"] {
            assert_eq!(world.count(table).await, 0, "{code} {table}");
        }
    }
}

#[tokio::test]
async fn a_file_may_be_utf_8_with_or_without_mark_or_shift_jis() {
    let text = format!("{HEADING}{}", row("例示髙島商事", "", OV));
    let shift_jis = SHIFT_JIS.encode(&text).0.into_owned();
    for file in [text.clone().into_bytes(), format!("\u{FEFF}{text}").into_bytes(), shift_jis] {
        let world = World::new().await;
        assert_eq!(fates(&import(&world, &file).await.unwrap()), (1, 0, 0));
        assert_eq!(subscribers::with_name(&world.desk.db, "例示髙島商事", 2).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_row_in_another_encoding_than_the_rows_before_is_refused() {
    let world = World::new().await;
    let utf_8 = format!("{HEADING}{}", row("例示髙島商事", "", OV));
    let shift_jis = SHIFT_JIS.encode(&row("例示商事", "", EV)).0.into_owned();
    let file = [utf_8.into_bytes(), shift_jis].concat();

    let imported = import(&world, &file).await.unwrap();

    assert_eq!(fates(&imported), (1, 0, 1));
    assert_eq!(refused(&imported)[0].1, "import_encoding");
}

#[tokio::test]
async fn a_file_that_cannot_be_a_list_of_certificates_is_refused_whole() {
    let world = World::new().await;
    for (file, code) in [
        (&b""[..], "import_file_unknown"),
        (b"hello", "import_file_unknown"),
        (b"\x00\xff\xfe\x81", "import_file_unknown"),
        (b"subscriber,pem\n", "import_empty"),
        (b"subscriber,pem,colour\nx,y,z\n", "import_column_unknown"),
        (b"subscriber,pem,pem\nx,y,z\n", "import_column_twice"),
        (b"subscriber,reception_number\nx,y\n", "import_column_missing"),
        (b"pem,reception_number\nx,y\n", "import_column_missing"),
    ] {
        let found = problem(import(&world, file).await);
        assert_eq!(found.code, code, "{}", String::from_utf8_lossy(file));
        assert!(Texts::JA.get(&format!("problem.{code}")).is_some());
    }
}

#[tokio::test]
async fn a_bundle_goes_to_the_organisations_that_the_certificates_name() {
    let world = World::new().await;
    let file = format!("# C=JP, O=comment\n{OV}{WITHOUT_ORGANIZATION}{OF_A_CA}-----BEGIN CERTIFICATE-----\nAAAA\n{EV}");

    let imported = import(&world, file.as_bytes()).await.unwrap();

    assert_eq!(fates(&imported), (2, 0, 3));
    let codes: Vec<_> = refused(&imported).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["import_organization_missing", "import_certificate_of_ca", "certificate_malformed"]);
    assert_eq!(world.count("subscribers WHERE name = 'LAZARD FRERES BANQUE'").await, 1);
}

#[tokio::test]
async fn a_bundle_can_be_given_to_one_organisation() {
    let world = World::new().await;
    let known = world.a_subscriber().named("例示商事").register().await;
    let id = known.id.to_string();
    let certificates = world.count("certificates").await;

    for (named, fate) in [("例示商事", (1, 0, 0)), (id.as_str(), (0, 1, 0))] {
        let imported = import_for(&world, WITHOUT_ORGANIZATION.as_bytes(), Some(named), false).await.unwrap();
        assert_eq!(fates(&imported), fate, "{named}");
    }
    let elsewhere = import_for(&world, WITHOUT_ORGANIZATION.as_bytes(), Some("例示工業"), false).await.unwrap();
    assert_eq!(refused(&elsewhere)[0].1, "import_certificate_elsewhere");
    let nobody = import_for(&world, OV.as_bytes(), Some("99"), false).await.unwrap();
    assert_eq!(refused(&nobody)[0].1, "import_subscriber_unknown");
    assert_eq!(world.count("certificates").await, certificates + 1);
    assert_eq!(world.count("subscribers").await, 1);
}

#[tokio::test]
async fn an_import_never_changes_whom_the_desk_phones() {
    let world = World::new().await;
    let subscriber = world.a_subscriber().named("例示商事").register().await;
    let file = format!("{HEADING}例示商事,例文 花,hana@example.jp,03-0000-9999,登記簿,2026-11-02,,\"{OV}\"\n");

    let imported = import(&world, file.as_bytes()).await.unwrap();

    assert_eq!(refused(&imported), [(2, "import_contact_differs")]);
    let people = contacts::current(&world.desk.db, subscriber.id).await.unwrap();
    assert_eq!(contacts::in_role(&people, ContactRole::ProcedureContact).unwrap().phone, "03-0000-4182");
}

#[tokio::test]
async fn a_reception_number_of_another_certificate_is_refused_and_an_imported_one_is_not_given_again() {
    let world = World::new().await;
    let today = "RQ-261124-0001";
    let file = format!("{HEADING}{}{}", row("例示商事", today, OV), row("例示工業", today, EV));

    let imported = import(&world, file.as_bytes()).await.unwrap();

    assert_eq!(fates(&imported), (1, 0, 1));
    assert_eq!(imported.problems[0].refusal.code, "import_reception_number_taken");
    let next = import(&world, EV.as_bytes()).await.unwrap();
    assert_eq!(fates(&next), (1, 0, 0));
    assert_eq!(world.count("certificates WHERE reception_number = 'RQ-261124-0002'").await, 1);
}

#[tokio::test]
async fn a_dry_run_of_an_import_keeps_nothing() {
    let world = World::new().await;
    let file = format!("{HEADING}{}", row("例示商事", "", OV));

    let imported = import_for(&world, file.as_bytes(), None, true).await.unwrap();

    assert_eq!(fates(&imported), (1, 0, 0));
    for table in ["subscribers", "contacts", "certificates", "audit_events", "reception_counters", "imports"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

const HOLIDAYS: &str = "国民の祝日・休日月日,国民の祝日・休日名称\n2028/1/1,元日\n2028/1/10,成人の日\n";

async fn take_holidays(world: &World, file: &[u8], dry_run: bool) -> Result<usize> {
    let input = ImportHolidays { file, dry_run, reason: None };
    import_holidays(&world.desk, input, &Actor::system(), world.now).await
}

#[tokio::test]
async fn the_cabinet_office_file_counts_from_now_on() {
    let world = World::new().await;
    assert!(!world.desk.calendar().covers_year(2028));
    let file = SHIFT_JIS.encode(HOLIDAYS).0.into_owned();

    let days = take_holidays(&world, &file, false).await.unwrap();

    assert_eq!(days, 2);
    assert_eq!(world.desk.calendar().day_kind(day("2028-01-10")), DayKind::Holiday("成人の日"));
    let stored = holidays::calendar(&world.desk.db).await.unwrap();
    assert_eq!(stored, *world.desk.calendar());
}

#[tokio::test]
async fn a_holiday_that_moved_leaves_its_old_day() {
    let world = World::new().await;
    take_holidays(&world, HOLIDAYS.as_bytes(), false).await.unwrap();
    let moved = HOLIDAYS.replace("2028/1/10", "2028/1/11");

    take_holidays(&world, moved.as_bytes(), false).await.unwrap();

    let stored = holidays::calendar(&world.desk.db).await.unwrap();
    assert_eq!(stored.day_kind(day("2028-01-10")), DayKind::Business);
    assert_eq!(stored.day_kind(day("2028-01-11")), DayKind::Holiday("成人の日"));
}

#[tokio::test]
async fn a_holiday_file_with_a_bad_line_changes_nothing() {
    let world = World::new().await;
    let file = format!("{HOLIDAYS}2028/2/30,なし\n2028/2/11\n");

    let found = problems(take_holidays(&world, file.as_bytes(), false).await);

    let codes: Vec<_> = found.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["holiday_csv_date", "holiday_csv_columns"]);
    assert_eq!(world.count("holidays").await, 0);
}

#[tokio::test]
async fn a_dry_run_of_the_holidays_changes_nothing() {
    let world = World::new().await;

    let days = take_holidays(&world, HOLIDAYS.as_bytes(), true).await.unwrap();

    assert_eq!(days, 2);
    assert_eq!(world.count("holidays").await, 0);
    assert!(!world.desk.calendar().covers_year(2028));
}
