//! Many cases like one: the rows of a case that the actions made, copied with new keys.
//!
//! Each copy has certificates of its own, with its own serial numbers in the books of the CA (only the signature is the
//! first one's, and nothing on the way of a revocation looks at it). What the actions wrote besides, mails and audit
//! events, stays with the first. Columns are read from the database, so that new ones are copied too.

use revocation_desk::models::revocation_cases::Case;
use ring::digest::{SHA256, digest};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, QueryResult, Statement};
use uuid::Uuid;

/// Copies in one statement.
const AT_ONCE: u32 = 500;

/// Adds `number` copies of `case`.
pub async fn add(db: &DatabaseConnection, case: &Case, number: u32) {
    let template = Template::read(db, case).await;
    let numbers: Vec<u32> = (1..=number).collect();
    for part in numbers.chunks(AT_ONCE as usize) {
        for statement in template.statements(part) {
            db.execute_unprepared(&statement).await.unwrap();
        }
    }
    if db.get_database_backend() == DatabaseBackend::Postgres {
        for table in NUMBERED {
            let next = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))");
            db.execute_unprepared(&next).await.unwrap();
        }
    }
}

/// Tables whose copies get their ids here, because others refer to them.
const NUMBERED: [&str; 4] = ["certificates", "reissue_applications", "revocation_cases", "calls"];
/// Distance between the ids of copies and anything else.
const APART: i64 = 1_000;

struct Template {
    postgres: bool,
    case_id: i64,
    application_id: i64,
    call_id: i64,
    source: Certificate,
    replacement: Certificate,
    columns: Vec<(&'static str, Vec<String>)>,
}

struct Certificate {
    id: i64,
    der: Vec<u8>,
    serial: Vec<u8>,
}

impl Template {
    async fn read(db: &DatabaseConnection, case: &Case) -> Self {
        let postgres = db.get_database_backend() == DatabaseBackend::Postgres;
        let mut columns = Vec::new();
        for table in [
            "certificates",
            "ca_certificates",
            "reissue_applications",
            "consents",
            "revocation_cases",
            "calls",
            "authorizations",
        ] {
            columns.push((table, columns_of(db, table).await));
        }
        Self {
            postgres,
            case_id: case.id,
            application_id: case.application_id,
            call_id: one(db, &format!("SELECT id FROM calls WHERE case_id = {}", case.id)).await,
            source: Certificate::read(db, case.source_certificate_id).await,
            replacement: Certificate::read(db, case.replacement_certificate_id.unwrap()).await,
            columns,
        }
    }

    /// Everything about the copies with these numbers. Sources have even ids, replacements odd ones.
    fn statements(&self, numbers: &[u32]) -> Vec<String> {
        let even = |n: &u32| APART + i64::from(*n) * 2;
        let id = |n: &u32| APART + i64::from(*n);
        let reception = |n: &u32| format!("'RQ-261101-{n:04}'");
        let rows = |row: &dyn Fn(&u32) -> Vec<String>| numbers.iter().map(row).collect::<Vec<_>>();
        let source = |n: &u32| self.source.copy(0, *n, self.postgres);
        let replacement = |n: &u32| self.replacement.copy(1, *n, self.postgres);
        let request = || format!("'{}'", Uuid::new_v4());
        vec![
            self.copy(
                "certificates",
                self.source.id,
                &["id", "serial", "sha256", "der", "reception_number"],
                &rows(&|n| {
                    let Copy { serial, sha256, der } = source(n);
                    vec![even(n).to_string(), serial, sha256, der, "NULL".to_owned()]
                }),
            ),
            self.copy(
                "certificates",
                self.replacement.id,
                &["id", "serial", "sha256", "der", "reception_number", "origin_id"],
                &rows(&|n| {
                    let Copy { serial, sha256, der } = replacement(n);
                    vec![(even(n) + 1).to_string(), serial, sha256, der, reception(n), even(n).to_string()]
                }),
            ),
            self.enter(
                &self.source,
                &rows(&|n| {
                    let Copy { serial, sha256, der } = source(n);
                    vec![serial, sha256, der, request()]
                }),
            ),
            self.enter(
                &self.replacement,
                &rows(&|n| {
                    let Copy { serial, sha256, der } = replacement(n);
                    vec![serial, sha256, der, request()]
                }),
            ),
            self.copy(
                "reissue_applications",
                self.application_id,
                &["id", "reception_number", "certificate_id"],
                &rows(&|n| vec![id(n).to_string(), reception(n), even(n).to_string()]),
            ),
            self.copy_of_owner(
                "consents",
                "application_id",
                self.application_id,
                &[],
                &rows(&|n| vec![id(n).to_string()]),
            ),
            self.copy(
                "revocation_cases",
                self.case_id,
                &["id", "reception_number", "application_id", "source_certificate_id", "replacement_certificate_id"],
                &rows(&|n| {
                    let (source, replacement) = (even(n).to_string(), (even(n) + 1).to_string());
                    vec![id(n).to_string(), reception(n), id(n).to_string(), source, replacement]
                }),
            ),
            self.copy(
                "calls",
                self.call_id,
                &["id", "case_id"],
                &rows(&|n| vec![id(n).to_string(), id(n).to_string()]),
            ),
            self.copy_of_owner(
                "authorizations",
                "case_id",
                self.case_id,
                &["call_id"],
                &rows(&|n| vec![id(n).to_string(), id(n).to_string()]),
            ),
        ]
    }

    fn copy(&self, table: &str, id: i64, changed: &[&str], rows: &[Vec<String>]) -> String {
        self.insert(table, &format!("t.id = {id}"), changed, rows)
    }

    /// Rows that belong to another one and that nothing refers to: the database numbers them.
    fn copy_of_owner(&self, table: &str, owner: &str, id: i64, more: &[&str], rows: &[Vec<String>]) -> String {
        self.insert(table, &format!("t.{owner} = {id}"), &[&[owner], more].concat(), rows)
    }

    fn enter(&self, certificate: &Certificate, rows: &[Vec<String>]) -> String {
        let original = format!("t.serial = '{}'", hex::encode(&certificate.serial));
        self.insert("ca_certificates", &original, &["serial", "sha256", "der", "request_id"], rows)
    }

    /// `changed` columns from `rows`, the rest from the row that `original` finds.
    fn insert(&self, table: &str, original: &str, changed: &[&str], rows: &[Vec<String>]) -> String {
        let (_, all) = self.columns.iter().find(|(name, _)| *name == table).unwrap();
        let columns: Vec<&String> = all.iter().filter(|column| *column != "id" || changed.contains(&"id")).collect();
        let values = columns.iter().map(|column| match changed.iter().position(|name| name == *column) {
            Some(position) => format!("v.column{}", position + 1),
            None => format!("t.{column}"),
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let columns = columns.into_iter().cloned().collect::<Vec<_>>().join(", ");
        let rows = rows.iter().map(|row| format!("({})", row.join(", "))).collect::<Vec<_>>().join(", ");
        format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t, (VALUES {rows}) AS v WHERE {original}")
    }
}

/// SQL literals of what is a certificate's own.
struct Copy {
    serial: String,
    sha256: String,
    der: String,
}

impl Certificate {
    async fn read(db: &DatabaseConnection, id: i64) -> Self {
        let row = row(db, &format!("SELECT serial, der FROM certificates WHERE id = {id}")).await;
        let serial: String = row.try_get_by_index(0).unwrap();
        Self { id, der: row.try_get_by_index(1).unwrap(), serial: hex::decode(serial).unwrap() }
    }

    /// The same certificate under another number.
    fn copy(&self, kind: u8, number: u32, postgres: bool) -> Copy {
        let mut serial = [0; 16];
        serial[..2].copy_from_slice(&[0x5a, kind]);
        serial[12..].copy_from_slice(&number.to_be_bytes());
        let at = self.der.windows(16).position(|octets| octets == self.serial).expect("the serial number is in it");
        let mut der = self.der.clone();
        der[at..at + 16].copy_from_slice(&serial);
        let octets = hex::encode(&der);
        Copy {
            serial: format!("'{}'", hex::encode(serial)),
            sha256: format!("'{}'", hex::encode(digest(&SHA256, &der))),
            der: if postgres { format!("'\\x{octets}'::bytea") } else { format!("X'{octets}'") },
        }
    }
}

async fn columns_of(db: &DatabaseConnection, table: &str) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DatabaseBackend::Postgres => format!(
            "SELECT column_name::text FROM information_schema.columns
             WHERE table_name = '{table}' AND is_generated = 'NEVER' ORDER BY ordinal_position"
        ),
        _ => format!("SELECT name FROM pragma_table_info('{table}')"),
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn one(db: &DatabaseConnection, sql: &str) -> i64 {
    row(db, sql).await.try_get_by_index(0).unwrap()
}

async fn row(db: &DatabaseConnection, sql: &str) -> QueryResult {
    db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap()
}
