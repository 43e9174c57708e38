//! What the program's own pool promises on SQLite.

use futures::future::join_all;
use revocation_desk::models::transaction;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use crate::database;
use crate::support::app::TestApp;

#[tokio::test]
async fn every_connection_of_the_pool_writes_durably_and_checks_foreign_keys() {
    if database::is_postgres() {
        return;
    }
    let app = TestApp::start().await;
    // Held at the same time, so that each is another connection.
    let connections = join_all((0..4).map(|_| app.ctx.db.begin())).await;
    for connection in connections {
        let connection = connection.unwrap();
        for (pragma, expected) in [("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)] {
            let statement = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {pragma}"));
            let row = connection.query_one_raw(statement).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), expected, "{pragma}");
        }
        let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA journal_mode");
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "wal");
    }
}

#[tokio::test]
async fn writers_that_read_first_wait_for_each_other_instead_of_failing() {
    if database::is_postgres() {
        return;
    }
    let app = TestApp::start().await;
    app.ctx.db.execute_unprepared("CREATE TABLE counter (n INTEGER NOT NULL)").await.unwrap();
    app.ctx.db.execute_unprepared("INSERT INTO counter VALUES (0)").await.unwrap();

    let writers = (0..8).map(|_| {
        let db = app.ctx.db.clone();
        tokio::spawn(async move {
            let txn = transaction::begin(&db).await?;
            let statement = Statement::from_string(DbBackend::Sqlite, "SELECT n FROM counter");
            let n: i32 = txn.query_one_raw(statement).await?.unwrap().try_get_by_index(0)?;
            txn.execute_unprepared(&format!("UPDATE counter SET n = {}", n + 1)).await?;
            txn.commit().await
        })
    });
    for done in join_all(writers).await {
        done.unwrap().unwrap();
    }

    let statement = Statement::from_string(DbBackend::Sqlite, "SELECT n FROM counter");
    let row = app.ctx.db.query_one_raw(statement).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 8);
}
