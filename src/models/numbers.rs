//! The numbers that the database gives to rows.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};

/// Leaves the next `count` numbers of every table out. Rows that a restore lost had numbers that the world has seen: in
/// addresses, in Message-IDs, in orders to the CA.
pub async fn skip(txn: &impl ConnectionTrait, count: i64) -> Result<(), DbErr> {
    let backend = txn.get_database_backend();
    let statements: &[&str] = match backend {
        DatabaseBackend::Postgres => &["SELECT setval(pg_get_serial_sequence(quote_ident(table_name), column_name), \
             nextval(pg_get_serial_sequence(quote_ident(table_name), column_name)) + $1) \
             FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'"],
        _ => &[
            "UPDATE sqlite_sequence SET seq = seq + $1",
            "INSERT INTO sqlite_sequence (name, seq) SELECT name, $1 FROM sqlite_master \
             WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' AND name NOT IN (SELECT name FROM sqlite_sequence)",
        ],
    };
    for sql in statements {
        txn.execute_raw(Statement::from_sql_and_values(backend, *sql, [count.into()])).await?;
    }
    Ok(())
}
