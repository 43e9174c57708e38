//! The second wall of the portal: on PostgreSQL a customer's pages are read as a role to which the rows of other
//! organisations are not there (`scripts/database-role.sql`). The first wall are the queries, which ask for the
//! customer's subscriber themselves.

use async_trait::async_trait;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    Statement, TransactionTrait,
};
use tokio::sync::Mutex;

use super::database_role::PORTAL_ROLE;

/// What one request of a customer reads by. The first statement begins a read-only transaction, in which the others are
/// made too. It has connections of its own: a request that holds one and asks an action for another waits for nobody who
/// waits for it.
pub struct OwnRows {
    db: DatabaseConnection,
    /// Connections for walled reading; `None` on SQLite and where the role is not set up.
    walled: Option<DatabaseConnection>,
    subscriber_id: i64,
    open: Mutex<Option<DatabaseTransaction>>,
}

impl OwnRows {
    pub fn new(db: DatabaseConnection, walled: Option<DatabaseConnection>, subscriber_id: i64) -> Self {
        Self { db, walled, subscriber_id, open: Mutex::default() }
    }

    /// Gives the connection back: before waiting for what a browser still has to send.
    pub async fn rest(&self) -> Result<(), DbErr> {
        match self.open.lock().await.take() {
            Some(open) => open.rollback().await,
            None => Ok(()),
        }
    }

    async fn begin(&self, walled: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
        let txn = walled.begin_with_config(None, Some(AccessMode::ReadOnly)).await?;
        // Both end with the transaction.
        let sql = "SELECT set_config('role', $1, true), set_config('app.subscriber_id', $2, true)";
        let values = [PORTAL_ROLE.into(), self.subscriber_id.to_string().into()];
        txn.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        Ok(txn)
    }
}

/// `$self.$method($argument)` on the pool, or within the transaction.
macro_rules! read {
    ($self:ident, $method:ident, $argument:expr) => {{
        let Some(walled) = &$self.walled else { return $self.db.$method($argument).await };
        let mut open = $self.open.lock().await;
        let txn = match open.take() {
            Some(txn) => txn,
            None => $self.begin(walled).await?,
        };
        open.insert(txn).$method($argument).await
    }};
}

#[async_trait]
impl ConnectionTrait for OwnRows {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        read!(self, execute_raw, statement)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        read!(self, execute_unprepared, sql)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        read!(self, query_one_raw, statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        read!(self, query_all_raw, statement)
    }
}
