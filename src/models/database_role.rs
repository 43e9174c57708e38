//! What the role that the program works with may do on PostgreSQL, as the server tells it. On SQLite there are no roles.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};

/// The role of `scripts/database-role.sql` that the portal reads as.
pub const PORTAL_ROLE: &str = "revdesk_portal";

#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct DatabaseRole {
    /// Whether it could change or delete what is in the audit log.
    pub rewrites_log: bool,
    /// Whether it may become the portal's role, and the policies of that role are in this database.
    pub has_wall: bool,
    /// Tables that it cannot even read: made by a migration after the script ran.
    pub lacking: i64,
}

/// `None` on SQLite.
pub async fn read(db: &impl ConnectionTrait) -> Result<Option<DatabaseRole>, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let sql = "SELECT
            has_table_privilege('audit_events', 'UPDATE, DELETE, TRUNCATE') AS rewrites_log,
            EXISTS (SELECT 1 FROM pg_roles r JOIN pg_policy p ON r.oid = ANY (p.polroles)
                JOIN pg_class c ON c.oid = p.polrelid
                WHERE r.rolname = $1 AND c.oid = 'certificates'::regclass AND c.relrowsecurity
                    AND pg_has_role(r.oid, 'MEMBER')) AS has_wall,
            (SELECT COUNT(*) FROM pg_class c
                WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                    AND NOT has_table_privilege(c.oid, 'SELECT')) AS lacking";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [PORTAL_ROLE.into()]);
    DatabaseRole::find_by_statement(statement).one(db).await
}
