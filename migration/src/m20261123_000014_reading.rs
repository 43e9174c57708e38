//! Reading what happened: the audit log by time, person and action, calls by day; and what checks of the log found.
//!
//! What the daily run records for each case stands in one index only: it is most of the log, so a walk along the time
//! finds it quickly.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "CREATE INDEX audit_events_at ON audit_events (at, sequence)",
    "CREATE INDEX audit_events_actor ON audit_events (actor, at, sequence) WHERE actor <> 'batch'",
    "CREATE INDEX audit_events_action ON audit_events (action, at, sequence)
        WHERE action NOT IN ('execution_started','revocation_accepted','proof_seen')",
    "CREATE INDEX calls_called ON calls (called_at, case_id, outcome)",
    "CREATE TABLE audit_checks (
        id {id},
        started_at {instant} NOT NULL,
        started_by TEXT NOT NULL,
        ended_at {instant},
        sound BIGINT,
        fault TEXT CHECK (fault IN ('altered','missing','truncated','head_differs')),
        fault_sequence BIGINT,
        CHECK ((ended_at IS NULL) = (sound IS NULL)),
        CHECK ((fault IS NULL) = (fault_sequence IS NULL))
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE audit_checks",
    "DROP INDEX calls_called",
    "DROP INDEX audit_events_action",
    "DROP INDEX audit_events_actor",
    "DROP INDEX audit_events_at",
];
