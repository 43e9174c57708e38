//! The portal's role of `scripts/database-role.sql`: the second wall between organisations. PostgreSQL.

use axum::http::Method;
use revocation_desk::models::database_role;
use revocation_desk::models::wall::OwnRows;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::guests::{Upshot, address, upshot};
use super::routes;
use super::town::OpenTown;
use crate::database;
use crate::support::app::{TestApp, set};

/// What the role may read whole: it names nobody.
const OPEN: [&str; 3] = ["audit_head", "blocked_keys", "halts"];

/// A town in which the program works with its own role.
async fn walled_town(folder: &std::path::Path) -> (OpenTown, String) {
    let (owner, program) = super::database_role::addresses(folder).await;
    let app = TestApp::start_with(|config| {
        config.database.uri = program;
        config.database.auto_migrate = false;
        set(config, "limits.portal_per_minute", 1_000_000);
    })
    .await;
    (OpenTown::of(app).await, owner)
}

async fn count(db: &impl ConnectionTrait, rows: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {rows}");
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn tables(db: &impl ConnectionTrait, condition: &str) -> Vec<String> {
    let sql = format!(
        "SELECT c.relname::TEXT FROM pg_class c
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND {condition} ORDER BY 1"
    );
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[tokio::test]
async fn a_query_that_forgets_the_organisation_sees_nothing_of_others_behind_the_wall() {
    if !database::is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (town, owner) = walled_town(folder.path()).await;
    let desk = town.app.services();
    assert!(database_role::read(&desk.db).await.unwrap().unwrap().has_wall);
    let walled = desk.walled.clone().unwrap();
    let everything = database::connect(&owner).await;
    let by = |subscriber| OwnRows::new(desk.db.clone(), Some(walled.clone()), subscriber);
    let readable = tables(&everything, "has_table_privilege('revdesk_portal', c.oid, 'SELECT')").await;
    let guarded = tables(&everything, "c.relrowsecurity").await;
    let closed: Vec<&String> = readable.iter().filter(|table| !OPEN.contains(&table.as_str())).collect();
    assert_eq!(closed, guarded.iter().collect::<Vec<_>>());
    assert!(guarded.len() >= 20, "{guarded:?}");

    let (ours, theirs, nobody) = (by(town.ours.subscriber), by(town.theirs.subscriber), by(0));
    let mut seen = 0;
    for table in &guarded {
        let (mine, yours) = (count(&ours, table).await, count(&theirs, table).await);
        assert_eq!(count(&nobody, table).await, 0, "{table} to nobody");
        assert!(mine + yours <= count(&everything, table).await, "{table}: a row is seen by both");
        seen += i32::from(mine > 0 && yours > 0);
    }
    assert!(seen >= 9, "{seen} tables had rows of both");
    for table in ["certificates", "revocation_cases", "contacts", "contact_changes", "contact_proposals", "customers"] {
        let foreign = format!("{table} WHERE subscriber_id <> {}", town.ours.subscriber);
        assert!(count(&everything, &foreign).await > 0, "{foreign}");
        assert_eq!(count(&ours, &foreign).await, 0, "{foreign}");
    }
    // A forgotten number, a transaction of another role, a write: none of them opens the wall.
    let bare = "SET LOCAL app.subscriber_id = ''; SELECT 1";
    assert!(ours.execute_unprepared("UPDATE certificates SET common_name = 'x'").await.is_err());
    ours.rest().await.unwrap();
    ours.execute_unprepared(bare).await.unwrap();
    assert_eq!(count(&ours, "certificates").await, 0);
    for table in ["users", "api_tokens", "sessions", "login_failures"] {
        ours.rest().await.unwrap();
        let told = ours.execute_unprepared(&format!("SELECT * FROM {table}")).await.unwrap_err().to_string();
        assert!(told.contains("permission denied"), "{table}: {told}");
    }
}

#[tokio::test]
async fn every_page_of_the_portal_opens_for_its_owner_behind_the_wall() {
    if !database::is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (town, _) = walled_town(folder.path()).await;
    assert!(town.app.services().walled.is_some());
    let mut browser = town.app.browser_of(town.theirs.login).await;
    let mut opened = 0;
    let read = |route: &routes::Route| route.is_portal() && route.method == Method::GET;
    for route in routes::all().into_iter().filter(read) {
        let answer = browser.get(&address(&town, &route, &town.theirs)).await;
        assert!(!answer.status.is_server_error(), "{} {}", route.path, answer.status);
        opened += i32::from(upshot(&answer) == Upshot::Past);
    }
    assert!(opened >= 15, "{opened}");
}
