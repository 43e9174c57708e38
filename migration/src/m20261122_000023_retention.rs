//! How long data about people is kept: what has been erased, and which organisations' data must stay because of a dispute.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "ALTER TABLE revocation_cases ADD COLUMN erased_at {instant}",
    "CREATE INDEX revocation_cases_kept ON revocation_cases (closed_at, id)
        WHERE closed_at IS NOT NULL AND erased_at IS NULL",
    "CREATE INDEX calls_contact ON calls (contact_id)",
    "CREATE TABLE legal_holds (
        id {id},
        subscriber_id BIGINT NOT NULL REFERENCES subscribers(id),
        reason TEXT NOT NULL,
        placed_by TEXT NOT NULL,
        placed_at {instant} NOT NULL,
        released_by TEXT,
        released_at {instant},
        CHECK ((released_by IS NULL) = (released_at IS NULL))
    )",
    "CREATE UNIQUE INDEX legal_holds_in_force ON legal_holds (subscriber_id) WHERE released_at IS NULL",
];

const DOWN: &[&str] = &[
    "DROP TABLE legal_holds",
    "DROP INDEX calls_contact",
    "DROP INDEX revocation_cases_kept",
    "ALTER TABLE revocation_cases DROP COLUMN erased_at",
];
