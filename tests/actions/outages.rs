//! A PostgreSQL that goes away for a moment in the middle of the work: what was begun is finished, nothing is given up.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use loco_rs::environment::Environment;
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::publish_crls::publish_crls;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::errors::Error;
use revocation_desk::models::columns::{RunCause, RunStatus};
use revocation_desk::models::{connection, outage};
use revocation_desk::proof::{FetchedCrl, ProofError, ProofSource, Sought};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement};
use tempfile::TempDir;

use crate::builders::World;
use crate::database::{self, is_postgres};
use crate::fake_ca::Behaviour;
use crate::revoke_due::run_on;
use crate::tasks::a_publishing_world;

/// The server of a world, asked through another database of it.
#[derive(Clone)]
struct Server {
    elsewhere: DatabaseConnection,
    database: String,
}

impl Server {
    async fn of(db: &DatabaseConnection) -> Self {
        let asked = Statement::from_string(DatabaseBackend::Postgres, "SELECT current_database()::text");
        let database = db.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index(0).unwrap();
        let address = std::env::var("TEST_POSTGRES").unwrap();
        Self { elsewhere: database::connect(&format!("{address}/postgres")).await, database }
    }

    async fn ends_connections(&self) {
        let database = &self.database;
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        self.elsewhere.execute_unprepared(&end).await.unwrap();
    }

    async fn goes_away_for_a_moment(self) {
        self.takes_connections(false).await;
        self.ends_connections().await;
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            self.takes_connections(true).await;
        });
    }

    async fn takes_connections(&self, yes: bool) {
        let allow = format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {yes}", self.database);
        self.elsewhere.execute_unprepared(&allow).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_ends_connections_or_takes_no_writes_yet_is_away_and_one_that_says_no_is_not() {
    if !is_postgres() {
        return;
    }
    let world = World::new().await;
    for (sql, is_away) in [
        ("SELECT pg_terminate_backend(pg_backend_pid())", true),
        ("BEGIN READ ONLY; DELETE FROM sessions", true),
        ("SELECT 1 / 0", false),
        ("SELECT * FROM nowhere", false),
    ] {
        let error = world.second_connection().await.execute_unprepared(sql).await.unwrap_err();
        assert_eq!(outage::is_outage(&Error::Database(error)), is_away, "{sql}");
    }
}

#[tokio::test]
async fn the_receipts_of_a_run_outlast_an_outage() {
    if !is_postgres() {
        return;
    }
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    world.ca.will(&world.source(&case).await.serial, Behaviour::RevokedAlready(world.now));
    let server = Server::of(&world.desk.db).await;
    world.ca.when_revoking(move |_| server.clone().goes_away_for_a_moment());

    let run = run_on(&world.desk, world.today(), RunCause::Task).await;

    assert_eq!((run.status, run.done, run.failed), (RunStatus::Finished, 1, 0));
    assert_eq!(world.reload(&case).await.state, CaseState::Revoked);
    assert_eq!(world.ca.revocations().len(), 1);
}

/// Hands the CRL over when the database has gone away.
struct WithOutage {
    source: Arc<dyn ProofSource>,
    server: Server,
}

#[async_trait]
impl ProofSource for WithOutage {
    async fn crls(&self, issuer: &str, sought: &[Sought]) -> Vec<Result<FetchedCrl, ProofError>> {
        self.server.clone().goes_away_for_a_moment().await;
        self.source.crls(issuer, sought).await
    }
}

#[tokio::test]
async fn the_proofs_outlast_an_outage() {
    if !is_postgres() {
        return;
    }
    let mut world = a_publishing_world().await;
    let case = world.a_case().in_state(CaseState::Revoked).open().await;
    publish_crls(&world.desk, world.now).await.unwrap();
    let (source, server) = (world.desk.proof.clone(), Server::of(&world.desk.db).await);
    world.desk.proof = Arc::new(WithOutage { source, server });

    let counts = prove(&world.desk, &Actor::batch(), world.now).await.unwrap();

    assert_eq!((counts.done, counts.failed), (1, 0));
    assert_eq!(world.reload(&case).await.state, CaseState::Completed);
}

#[tokio::test]
async fn a_connection_that_rested_is_tried_before_it_is_used() {
    if !is_postgres() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let mut config = Environment::Test.load().unwrap().database;
    config.uri = database::migrated(folder.path()).await;
    let db = connection::connect(&config, &Environment::Test).await.unwrap();
    Server::of(&db).await.ends_connections().await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;

    db.execute_unprepared("SELECT 1").await.unwrap();
}
