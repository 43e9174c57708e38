//! The role of `scripts/database-role.sql`: the desk's work goes on with it, and the log cannot be rewritten. PostgreSQL.

use std::sync::Arc;

use revocation_desk::actions::verify_audit::verify_audit;
use revocation_desk::ca::embedded::EmbeddedCa;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use sea_orm::ConnectionTrait;

use crate::builders::World;
use crate::database;
use crate::fake_ca::FakeCa;
use crate::support::app::TestApp;

const SCRIPT: &str = include_str!("../../scripts/database-role.sql");

/// The address of a migrated database for its owner, and for the program.
pub async fn addresses(folder: &std::path::Path) -> (String, String) {
    let owner = database::migrated(folder).await;
    let db = database::connect(&owner).await;
    // The role is the server's: of tests that make it at once, one does.
    db.execute_unprepared(SCRIPT).await.unwrap();
    db.close().await.unwrap();
    let program = owner.replacen("postgres://desk@", "postgres://revdesk_app@", 1);
    assert_ne!(owner, program);
    (owner, program)
}

#[tokio::test]
async fn the_programs_role_does_all_work_and_cannot_rewrite_what_was_recorded() {
    if !database::is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (owner, program) = addresses(folder.path()).await;
    let now = "2026-11-24T01:00:00Z".parse().unwrap();
    let world = World::on(program, folder.path(), now).await;
    for state in CaseState::ALL {
        world.a_case().in_state(state).open().await;
    }
    let events = world.count("audit_events").await;
    assert!(events > 30, "{events}");

    for forbidden in [
        "UPDATE audit_events SET actor = 'staff:9'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "DROP TABLE audit_events",
        "ALTER TABLE audit_events DISABLE TRIGGER ALL",
        "CREATE RULE swallow AS ON INSERT TO audit_events DO INSTEAD NOTHING",
        "CREATE TABLE elsewhere (id BIGINT)",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head (id, sequence, hash) VALUES (2, 0, '')",
        "UPDATE evidence SET serial = 'x'",
        "DELETE FROM evidence_documents",
        "UPDATE consents SET given_by = 'x'",
        "UPDATE text_versions SET body = 'x'",
        "DELETE FROM desk_settings",
        "DELETE FROM seaql_migrations",
        "SET ROLE desk",
    ] {
        let refused = world.desk.db.execute_unprepared(forbidden).await.unwrap_err().to_string();
        let told = ["permission denied", "must be owner"].iter().any(|words| refused.contains(words));
        assert!(told, "{forbidden}: {refused}");
    }
    let verdict = verify_audit(&world.desk, &|_| ()).await.unwrap();
    assert_eq!((verdict.sound, verdict.fault), (events, None));
    // It is the role that forbids it.
    let db = database::connect(&owner).await;
    assert_eq!(db.execute_unprepared("DELETE FROM audit_events").await.unwrap().rows_affected(), events.unsigned_abs());
}

#[tokio::test]
async fn the_program_starts_and_serves_with_that_role() {
    if !database::is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_, program) = addresses(folder.path()).await;
    let app = TestApp::start_with(|config| {
        config.database.uri = program;
        config.database.auto_migrate = false;
    })
    .await;
    let embedded: EmbeddedCa = app.services().embedded_ca.unwrap();
    let world = World::of_program(app.services(), Arc::new(FakeCa::new(embedded)));
    let case = world.a_case().open().await;
    let mut agent = app.login_as(Role::Agent).await;
    agent.get(&format!("/desk/cases/{}", case.reception_number)).await.assert_status(200);
    app.visitor().get("/_readiness").await.assert_status(200);
}
