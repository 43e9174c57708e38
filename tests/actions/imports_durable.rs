//! An import that is cut off, doubled, hindered or stopped: every row is carried out once, and nothing else is.

use std::collections::BTreeMap;
use std::io::Cursor;

use chrono::Duration;
use revocation_desk::actions::add_import_rows::{AddImportRows, add_import_rows};
use revocation_desk::actions::cancel_import::{CancelImport, cancel_import};
use revocation_desk::actions::halt_desk::{HaltDesk, halt_desk};
use revocation_desk::actions::import_file::{ImportFile, import_file, keep_rows};
use revocation_desk::actions::open_import::{OpenImport, open_import};
use revocation_desk::actions::purge::purge;
use revocation_desk::actions::run_imports::{run_import, run_imports};
use revocation_desk::actions::start_import::start_import;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::halt::HaltCause;
use revocation_desk::domain::import::{Content, ImportKind, ImportState, RowState};
use revocation_desk::errors::Result;
use revocation_desk::models::import_rows::{self, ImportRow, NewRow, Page};
use revocation_desk::models::imports::{self, Import};
use sea_orm::DatabaseBackend;

use crate::builders::{World, agent, problem, supervisor};
use crate::import_rows::Press;

async fn begun(world: &World, rows: u64) -> Import {
    let file = Press::new().file(rows);
    keep_rows(&world.desk, ImportKind::Certificates, &mut Cursor::new(file), None, &supervisor(), world.now)
        .await
        .unwrap()
}

async fn reloaded(world: &World, import: &Import) -> Import {
    imports::by_id(&world.desk.db, import.id).await.unwrap()
}

async fn rows(world: &World, import: &Import) -> Vec<ImportRow> {
    import_rows::page(&world.desk.db, import.id, None, Page::First, 10_000).await.unwrap().0
}

fn counts(import: &Import) -> (i64, i64, i64, i64) {
    (import.target, import.registered, import.known, import.refused)
}

#[tokio::test]
async fn two_workers_carry_every_row_out_once() {
    let world = World::new().await;
    let import = begun(&world, 200).await;
    let mut other = world.desk.clone();
    other.db = world.second_connection().await;

    let (here, there) =
        tokio::join!(run_import(&world.desk, import.id, &|_| ()), run_import(&other, import.id, &|_| ()));

    let (here, there) = (here.unwrap(), there.unwrap());
    assert_eq!(here.registered + there.registered, 200, "{here:?} {there:?}");
    let import = reloaded(&world, &import).await;
    assert_eq!((import.state, counts(&import)), (ImportState::Finished, (200, 200, 0, 0)));
    assert_eq!(world.count("certificates").await, 200);
    assert_eq!(world.count("subscribers").await, 4);
    assert_eq!(world.count("audit_events WHERE action = 'certificate_registered'").await, 200);
    assert_eq!(world.count("audit_events WHERE action = 'import_finished'").await, 1);
}

#[tokio::test]
async fn rows_are_registered_in_the_name_of_who_started_and_then_say_nothing_more() {
    let world = World::new().await;
    let import = begun(&world, 3).await;
    assert!(rows(&world, &import).await.iter().all(|row| row.content.is_some()));

    assert_eq!(run_imports(&world.desk).await.unwrap().done, 3);

    let key = supervisor().key();
    assert_eq!(
        world.count(&format!("audit_events WHERE action = 'certificate_registered' AND actor = '{key}'")).await,
        3
    );
    for row in rows(&world, &import).await {
        assert_eq!((row.state, row.content, row.problems), (RowState::Registered, None, None));
        assert!(row.became.unwrap().starts_with("certificate:"));
    }
}

#[tokio::test]
async fn a_run_that_was_asked_to_end_is_gone_on_with() {
    let world = World::new().await;
    let import = begun(&world, 60).await;
    let stop = world.desk.stop.clone();
    let ended_early = run_import(&world.desk, import.id, &|_| stop.cancel()).await.unwrap();
    let half = reloaded(&world, &import).await;
    assert_eq!((half.state, half.registered), (ImportState::Running, ended_early.registered));
    assert!((1..60).contains(&half.registered), "{half:?}");

    let mut next = world.desk.clone();
    next.stop = tokio_util::sync::CancellationToken::new();
    run_imports(&next).await.unwrap();

    let import = reloaded(&world, &import).await;
    assert_eq!((import.state, counts(&import)), (ImportState::Finished, (60, 60, 0, 0)));
    assert_eq!(world.count("certificates").await, 60);
}

#[tokio::test]
async fn the_file_of_an_unfinished_import_goes_on_with_it_and_that_of_a_finished_one_finds_all_known() {
    let world = World::new().await;
    let file = Press::new().file(30);
    let kept = |world: &World| {
        let (desk, file, now) = (world.desk.clone(), file.clone(), world.now);
        async move { keep_rows(&desk, ImportKind::Certificates, &mut Cursor::new(file), None, &agent(), now).await.unwrap() }
    };
    let first = kept(&world).await;
    assert_eq!(kept(&world).await.id, first.id);
    let input = ImportFile {
        kind: ImportKind::Certificates,
        file: &mut Cursor::new(file.clone()),
        subscriber: None,
        dry_run: false,
        progress: &|_| (),
    };
    let imported = import_file(&world.desk, input, &Actor::system(), world.now).await.unwrap();
    assert_eq!((imported.counts.target, imported.counts.done), (30, 30));
    assert_eq!(world.count("imports").await, 1);

    let again = kept(&world).await;
    run_imports(&world.desk).await.unwrap();

    assert_ne!(again.id, first.id);
    assert_eq!(counts(&reloaded(&world, &again).await), (30, 0, 30, 0));
    assert_eq!(world.count("certificates").await, 30);
}

fn contact(name: &str) -> Content {
    Content::new(ImportKind::Contacts, [("name".to_owned(), name.to_owned())]).unwrap()
}

async fn add(world: &World, import: &Import, rows: &[(i64, &str)]) -> Result<Import> {
    let rows = rows.iter().map(|(line, name)| NewRow { line: *line, content: Ok(contact(name)) }).collect();
    add_import_rows(&world.desk, AddImportRows { import_id: import.id, rows }).await
}

#[tokio::test]
async fn a_row_may_come_twice_but_not_as_another_one() {
    let world = World::new().await;
    let input = OpenImport { kind: ImportKind::Contacts, file_sha256: None };
    let import = open_import(&world.desk, input, &agent(), world.now).await.unwrap();
    assert_eq!(problem(start_import(&world.desk, import.id, &agent(), world.now).await).code, "import_without_rows");

    assert_eq!(add(&world, &import, &[(1, "a"), (2, "b"), (2, "b")]).await.unwrap().target, 2);
    assert_eq!(add(&world, &import, &[(2, "b"), (3, "c")]).await.unwrap().target, 3);
    let other = problem(add(&world, &import, &[(4, "d"), (3, "x")]).await);
    assert_eq!((other.code, &other.params[..]), ("import_row_differs", &[("row", "3".to_owned())][..]));
    assert_eq!(problem(add(&world, &import, &[(5, "a"), (5, "b")]).await).code, "import_row_differs");
    assert_eq!(reloaded(&world, &import).await.target, 3, "nothing of a refused call is kept");
    for (rows, code) in [(vec![], "import_rows_number"), (vec![(0, "a")], "import_row_number")] {
        assert_eq!(problem(add(&world, &import, &rows).await).code, code);
    }
    let names: Vec<String> = (1..=1001).map(|number| number.to_string()).collect();
    let many: Vec<(i64, &str)> = (1..).zip(names.iter().map(String::as_str)).collect();
    assert_eq!(problem(add(&world, &import, &many).await).code, "import_rows_number");

    start_import(&world.desk, import.id, &agent(), world.now).await.unwrap();
    assert_eq!(problem(add(&world, &import, &[(9, "z")]).await).code, "import_not_open");
    start_import(&world.desk, import.id, &agent(), world.now).await.unwrap();
    assert_eq!(world.count("audit_events WHERE action = 'import_started'").await, 1);
}

#[tokio::test]
async fn a_row_that_the_database_cannot_take_does_not_stop_the_others() {
    let world = World::new().await;
    let import = begun(&world, 40).await;
    refuse_certificate(&world, "www17.example.jp").await;

    run_import(&world.desk, import.id, &|_| ()).await.unwrap();

    let import = reloaded(&world, &import).await;
    assert_eq!((import.state, counts(&import)), (ImportState::Finished, (40, 39, 0, 1)));
    let refused = rows(&world, &import).await.into_iter().find(|row| row.state == RowState::Refused).unwrap();
    assert_eq!((refused.line, refused.refusals()[0].code.as_str()), (19, "import_fault"));
    assert!(refused.content.is_some());
}

/// Not a unique index, not a rule: a fault.
async fn refuse_certificate(world: &World, name: &str) {
    let trigger = match world.desk.db.get_database_backend() {
        DatabaseBackend::Postgres => format!(
            "CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE check_violation; END' LANGUAGE plpgsql;
             CREATE TRIGGER refuse BEFORE INSERT ON certificates FOR EACH ROW
             WHEN (NEW.common_name = '{name}') EXECUTE FUNCTION refuse()"
        ),
        _ => format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON certificates WHEN NEW.common_name = '{name}'
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        ),
    };
    world.tamper(&trigger).await;
}

#[tokio::test]
async fn a_database_that_takes_nothing_stops_the_import_instead_of_refusing_its_rows() {
    let world = World::new().await;
    let import = begun(&world, 10).await;
    world.tamper("ALTER TABLE certificates RENAME TO hidden").await;

    let failed = run_import(&world.desk, import.id, &|_| ()).await;

    assert!(failed.is_err());
    world.tamper("ALTER TABLE hidden RENAME TO certificates").await;
    let half = reloaded(&world, &import).await;
    assert!(half.state == ImportState::Running && half.refused <= 3, "{half:?}");
}

#[tokio::test]
async fn a_halted_desk_imports_nothing_and_refuses_no_row_for_it() {
    let world = World::new().await;
    let import = begun(&world, 5).await;
    let input = HaltDesk { cause: HaltCause::Ordered, reason: "調査のため".to_owned(), lost_sequence: None };
    halt_desk(&world.desk, input, &Actor::system(), world.now).await.unwrap();

    assert_eq!(problem(run_import(&world.desk, import.id, &|_| ()).await).code, "desk_halted");

    assert_eq!(counts(&reloaded(&world, &import).await), (5, 0, 0, 0));
}

#[tokio::test]
async fn what_was_not_carried_out_of_a_cancelled_import_is_forgotten() {
    let world = World::new().await;
    let import = begun(&world, 60).await;
    let stop = world.desk.stop.clone();
    let done = run_import(&world.desk, import.id, &|_| stop.cancel()).await.unwrap().registered;

    let input = CancelImport { id: import.id, started_too: true };
    cancel_import(&world.desk, input, &agent(), world.now).await.unwrap();

    let mut next = world.desk.clone();
    next.stop = tokio_util::sync::CancellationToken::new();
    assert_eq!(run_import(&next, import.id, &|_| ()).await.unwrap().registered, 0);
    let import = reloaded(&world, &import).await;
    assert_eq!((import.state, counts(&import)), (ImportState::Cancelled, (60, done, 0, 0)));
    assert!(rows(&world, &import).await.iter().all(|row| row.content.is_none()));
    assert_eq!(problem(cancel_import(&world.desk, input, &agent(), world.now).await).code, "import_ended");
}

/// What clears away cancels imports that nobody started: one that is started while it looks goes on.
#[tokio::test]
async fn an_import_that_was_started_meanwhile_is_not_cleared_away() {
    let world = World::new().await;
    let import = begun(&world, 5).await;

    let input = CancelImport { id: import.id, started_too: false };
    let refused = problem(cancel_import(&world.desk, input, &Actor::batch(), world.now).await);

    assert_eq!(refused.code, "import_not_open");
    assert_eq!(run_import(&world.desk, import.id, &|_| ()).await.unwrap().registered, 5);
}

#[tokio::test]
async fn what_refused_rows_say_is_kept_for_30_days_and_an_import_that_nobody_starts_for_7() {
    let world = World::new().await;
    let input = OpenImport { kind: ImportKind::Contacts, file_sha256: None };
    let import = open_import(&world.desk, input.clone(), &agent(), world.now).await.unwrap();
    add(&world, &import, &[(1, "a")]).await.unwrap();
    start_import(&world.desk, import.id, &agent(), world.now).await.unwrap();
    run_imports(&world.desk).await.unwrap();
    let ended = reloaded(&world, &import).await.ended_at.unwrap();
    let abandoned = open_import(&world.desk, input, &agent(), world.now).await.unwrap();
    add(&world, &abandoned, &[(1, "a")]).await.unwrap();

    let mut seen = BTreeMap::new();
    for (at, what) in [
        (world.now + Duration::days(7), "7 days"),
        (world.now + Duration::days(7) + Duration::seconds(1), "more than 7 days"),
        (ended + Duration::days(30), "30 days"),
        (ended + Duration::days(30) + Duration::seconds(1), "more than 30 days"),
    ] {
        purge(&world.desk, at).await.unwrap();
        let row = rows(&world, &import).await.remove(0);
        let state = reloaded(&world, &abandoned).await.state;
        seen.insert(what, (state, row.content.is_some(), row.refusals().is_empty()));
    }

    assert_eq!(seen["7 days"], (ImportState::Open, true, false));
    assert_eq!(seen["more than 7 days"], (ImportState::Cancelled, true, false));
    assert_eq!(seen["30 days"], (ImportState::Cancelled, true, false));
    assert_eq!(seen["more than 30 days"], (ImportState::Cancelled, false, true));
    let row = rows(&world, &import).await.remove(0);
    assert_eq!((row.state, row.sha256.len()), (RowState::Refused, 64));
    assert!(rows(&world, &abandoned).await[0].content.is_none());
}
