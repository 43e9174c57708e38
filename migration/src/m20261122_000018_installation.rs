//! 設置の確認: what each site of a case showed at the last look, and when the case is looked at next.
//!
//! `revocation_cases.old_seen_at` is set while one of its sites shows the old certificate.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "CREATE TABLE installation_looks (
        case_id BIGINT NOT NULL REFERENCES revocation_cases (id),
        name TEXT NOT NULL CHECK (name <> ''),
        seen TEXT NOT NULL CHECK (seen IN ('unreachable','other','new','old')),
        port INTEGER CHECK (port BETWEEN 1 AND 65535),
        sha256 TEXT,
        hindrance TEXT CHECK (hindrance IN ('no_address','not_public','no_answer','no_tls')),
        looked_at {instant} NOT NULL,
        PRIMARY KEY (case_id, name),
        CHECK ((seen = 'unreachable') = (hindrance IS NOT NULL)),
        CHECK ((seen = 'unreachable') = (sha256 IS NULL)),
        CHECK ((seen = 'unreachable') = (port IS NULL))
    )",
    "ALTER TABLE revocation_cases ADD COLUMN next_look_at {instant}",
    "ALTER TABLE revocation_cases ADD COLUMN old_seen_at {instant}",
    "CREATE INDEX revocation_cases_old_seen ON revocation_cases (due_on, id) WHERE old_seen_at IS NOT NULL",
];

const DOWN: &[&str] = &[
    "DROP INDEX revocation_cases_old_seen",
    "ALTER TABLE revocation_cases DROP COLUMN old_seen_at",
    "ALTER TABLE revocation_cases DROP COLUMN next_look_at",
    "DROP TABLE installation_looks",
];
