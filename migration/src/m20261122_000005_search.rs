//! Search and lists over millions of cases: what lists look for stands on the case's row and in indexes.
//!
//! The database keeps the copies and the pairs of characters itself, whoever writes the rows: see
//! `docs/adr/0013-search.md`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::statement::execute;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in up(manager.get_connection().get_database_backend()) {
            execute(manager, &statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sqlite = manager.get_connection().get_database_backend() == DatabaseBackend::Sqlite;
        let indexes = INDEXES.iter().filter_map(|index| index.split(' ').next());
        let columns = ["validation", "search_organization", "search_site"];
        let statements = indexes
            .chain(["revocation_cases_open", "revocation_cases_by_date"])
            .map(|index| format!("DROP INDEX {index}"))
            .chain(if sqlite { SQLITE_DOWN } else { POSTGRES_DOWN }.iter().map(ToString::to_string))
            .chain(columns.map(|column| format!("ALTER TABLE revocation_cases DROP COLUMN {column}")))
            .chain(["CREATE INDEX revocation_cases_by_date ON revocation_cases (due_on, id)".to_owned()]);
        for statement in statements {
            execute(manager, &statement).await?;
        }
        Ok(())
    }
}

fn up(backend: DatabaseBackend) -> Vec<String> {
    let columns = ["validation", "search_organization", "search_site"]
        .map(|column| format!("ALTER TABLE revocation_cases ADD COLUMN {column} TEXT NOT NULL DEFAULT ''"));
    let own = if backend == DatabaseBackend::Sqlite { sqlite_up() } else { postgres_up() };
    let indexes = INDEXES.iter().map(|index| format!("CREATE INDEX {index}"));
    let walked = walked(backend).into_iter().map(|index| format!("CREATE INDEX {index}"));
    columns
        .into_iter()
        .chain(own)
        .chain(["DROP INDEX revocation_cases_by_date".to_owned()])
        .chain(walked)
        .chain(indexes)
        .collect()
}

/// A search for a common term walks along these and looks at nothing but them.
fn walked(backend: DatabaseBackend) -> [String; 2] {
    let columns = match backend {
        DatabaseBackend::Sqlite => "(due_on, id, search_organization, search_site)",
        _ => "(due_on, id) INCLUDE (search_organization, search_site)",
    };
    [
        format!("revocation_cases_by_date ON revocation_cases {columns}"),
        format!(
            "revocation_cases_open ON revocation_cases {columns} WHERE state NOT IN ('completed','withdrawn','expired')"
        ),
    ]
}

const INDEXES: &[&str] = &[
    "revocation_cases_open_ev ON revocation_cases (due_on, id)
        WHERE state NOT IN ('completed','withdrawn','expired') AND validation = 'ev'",
    "revocation_cases_held ON revocation_cases (due_on, id) WHERE hold_reason IS NOT NULL",
    "revocation_cases_compromised ON revocation_cases (due_on, id) WHERE compromise_reported_at IS NOT NULL",
    "revocation_cases_revoked ON revocation_cases (revoked_at) WHERE revoked_at IS NOT NULL",
    "revocation_cases_source ON revocation_cases (source_certificate_id)",
    "messages_listed ON messages (status, id)",
];

/// A certificate's first name, folded, without the host name that nearly all have.
const POSTGRES_SITE: &str = r"CREATE FUNCTION search_site(names TEXT) RETURNS TEXT
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT regexp_replace(split_part(names, E'\n', 1), '^(www|\*)\.', '') $$";

/// The characters of a text and its pairs of neighbours.
const POSTGRES_GRAMS: &str = "CREATE FUNCTION search_grams(folded TEXT) RETURNS TEXT[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT coalesce(array_agg(DISTINCT substr(folded, place, width)), '{}')
        FROM generate_series(1, length(folded)) AS place, generate_series(1, 2) AS width $$";

fn postgres_up() -> Vec<String> {
    let statements = [
        POSTGRES_SITE,
        POSTGRES_GRAMS,
        "CREATE INDEX subscribers_grams ON subscribers USING gin (search_grams(search_name)) WITH (fastupdate = off)",
        "CREATE INDEX certificates_site ON certificates ((search_site(search_names)) COLLATE \"C\")",
        "CREATE INDEX certificates_site_reversed ON certificates ((reverse(search_site(search_names))) COLLATE \"C\")",
        // A part of a number is a range of texts only where texts are compared octet by octet.
        "ALTER TABLE revocation_cases ALTER COLUMN reception_number TYPE TEXT COLLATE \"C\"",
        "UPDATE revocation_cases SET validation = c.validation, search_organization = s.search_name,
            search_site = search_site(c.search_names)
            FROM certificates c, subscribers s WHERE c.id = source_certificate_id AND s.id = revocation_cases.subscriber_id",
        "CREATE FUNCTION copy_search_texts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            SELECT c.validation, search_site(c.search_names), s.search_name
                INTO NEW.validation, NEW.search_site, NEW.search_organization
                FROM certificates c, subscribers s WHERE c.id = NEW.source_certificate_id AND s.id = NEW.subscriber_id;
            RETURN NEW;
        END $$",
        "CREATE TRIGGER revocation_cases_search BEFORE INSERT ON revocation_cases
            FOR EACH ROW EXECUTE FUNCTION copy_search_texts()",
        "CREATE FUNCTION copy_search_name() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE revocation_cases SET search_organization = NEW.search_name WHERE subscriber_id = NEW.id;
            RETURN NULL;
        END $$",
        "CREATE TRIGGER subscribers_search AFTER UPDATE OF search_name ON subscribers
            FOR EACH ROW EXECUTE FUNCTION copy_search_name()",
    ];
    statements.map(ToOwned::to_owned).into()
}

const POSTGRES_DOWN: &[&str] = &[
    "DROP TRIGGER subscribers_search ON subscribers",
    "DROP TRIGGER revocation_cases_search ON revocation_cases",
    "DROP FUNCTION copy_search_name",
    "DROP FUNCTION copy_search_texts",
    "ALTER TABLE revocation_cases ALTER COLUMN reception_number TYPE TEXT",
    "DROP INDEX certificates_site_reversed",
    "DROP INDEX certificates_site",
    "DROP INDEX subscribers_grams",
    "DROP FUNCTION search_grams",
    "DROP FUNCTION search_site",
];

/// Longest name whose pairs of characters are kept: more than a name and its reading may have.
const LONGEST_NAME: usize = 1000;
/// Characters of a name's end that its index holds.
const LONGEST_TAIL: usize = 64;

/// `search_grams`: characters and pairs of neighbours. Triggers cannot count; `search_places` counts for them.
fn sqlite_up() -> Vec<String> {
    let first = "substr(search_names, 1, instr(search_names || char(10), char(10)) - 1)";
    let site = format!(
        "CASE WHEN search_names LIKE 'www.%' THEN substr({first}, 5) WHEN search_names LIKE '*.%' THEN substr({first}, 3) ELSE {first} END"
    );
    let reversed: Vec<String> = (1..=LONGEST_TAIL).map(|place| format!("substr(search_site, -{place}, 1)")).collect();
    let grams = |id: &str, name: &str| {
        format!(
            "SELECT substr({name}, place, width), {id} FROM search_places CROSS JOIN (SELECT 1 AS width UNION ALL SELECT 2)
            WHERE place <= length({name})"
        )
    };
    let keep =
        format!("INSERT OR IGNORE INTO search_grams (gram, subscriber_id) {}", grams("NEW.id", "NEW.search_name"));
    let forget = "DELETE FROM search_grams WHERE subscriber_id = OLD.id
        AND gram IN (SELECT substr(OLD.search_name, place, width) FROM search_places
            CROSS JOIN (SELECT 1 AS width UNION ALL SELECT 2) WHERE place <= length(OLD.search_name))";
    let copied = "validation = (SELECT c.validation FROM certificates c WHERE c.id = source_certificate_id),
        search_site = (SELECT c.search_site FROM certificates c WHERE c.id = source_certificate_id),
        search_organization = (SELECT s.search_name FROM subscribers s WHERE s.id = subscriber_id)";
    vec![
        format!("ALTER TABLE certificates ADD COLUMN search_site TEXT GENERATED ALWAYS AS ({site}) VIRTUAL"),
        format!(
            "ALTER TABLE certificates ADD COLUMN search_site_reversed TEXT GENERATED ALWAYS AS ({}) VIRTUAL",
            reversed.join(" || ")
        ),
        "CREATE INDEX certificates_site ON certificates (search_site)".to_owned(),
        "CREATE INDEX certificates_site_reversed ON certificates (search_site_reversed)".to_owned(),
        "CREATE TABLE search_places (place INTEGER PRIMARY KEY)".to_owned(),
        format!(
            "INSERT INTO search_places WITH RECURSIVE counted(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM counted
            WHERE place < {LONGEST_NAME}) SELECT place FROM counted"
        ),
        "CREATE TABLE search_grams (gram TEXT NOT NULL, subscriber_id BIGINT NOT NULL, PRIMARY KEY (gram, subscriber_id))
            WITHOUT ROWID"
            .to_owned(),
        format!(
            "INSERT OR IGNORE INTO search_grams (gram, subscriber_id) {} ",
            grams("subscribers.id", "search_name").replace("search_places CROSS", "subscribers CROSS JOIN search_places CROSS")
        ),
        format!("CREATE TRIGGER subscribers_kept AFTER INSERT ON subscribers BEGIN {keep}; END"),
        format!(
            "CREATE TRIGGER subscribers_search AFTER UPDATE OF search_name ON subscribers BEGIN {forget}; {keep};
            UPDATE revocation_cases SET search_organization = NEW.search_name WHERE subscriber_id = NEW.id; END"
        ),
        format!("CREATE TRIGGER subscribers_forgotten AFTER DELETE ON subscribers BEGIN {forget}; END"),
        format!("UPDATE revocation_cases SET {copied}"),
        format!(
            "CREATE TRIGGER revocation_cases_search AFTER INSERT ON revocation_cases BEGIN
            UPDATE revocation_cases SET {copied} WHERE id = NEW.id; END"
        ),
    ]
}

const SQLITE_DOWN: &[&str] = &[
    "DROP TRIGGER revocation_cases_search",
    "DROP TRIGGER subscribers_forgotten",
    "DROP TRIGGER subscribers_search",
    "DROP TRIGGER subscribers_kept",
    "DROP TABLE search_grams",
    "DROP TABLE search_places",
    "DROP INDEX certificates_site_reversed",
    "DROP INDEX certificates_site",
    "ALTER TABLE certificates DROP COLUMN search_site_reversed",
    "ALTER TABLE certificates DROP COLUMN search_site",
];
