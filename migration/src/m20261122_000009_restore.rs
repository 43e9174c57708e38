//! The halt of the desk after a restore: who knows less now, what was found, who let it go on.
//!
//! `audit_head.halt_id` is the flag that all nodes obey: every recorded act updates that row first, so a halt costs
//! nothing to look at and takes effect between two acts, never within one.

crate::statement::steps!(UP, DOWN);

const DOWN: &[&str] = &["ALTER TABLE audit_head DROP COLUMN halt_id", "DROP TABLE halt_findings", "DROP TABLE halts"];

const UP: &[&str] = &[
    // found_sequence: the end of the audit log when the halt was placed; lost_sequence: the furthest end that a node
    // had seen of the log which is gone.
    "CREATE TABLE halts (
        id {id},
        cause TEXT NOT NULL CHECK (cause IN ('restored','ordered')),
        reason TEXT NOT NULL,
        placed_by TEXT NOT NULL,
        placed_at {instant} NOT NULL,
        found_sequence BIGINT NOT NULL,
        found_at {instant},
        lost_sequence BIGINT,
        reconciled_at {instant},
        unanswered BIGINT,
        report TEXT,
        released_by TEXT,
        released_at {instant},
        release_reason TEXT,
        CHECK ((released_at IS NULL) = (released_by IS NULL))
    )",
    "CREATE TABLE halt_findings (
        id {id},
        halt_id BIGINT NOT NULL REFERENCES halts(id),
        case_id BIGINT NOT NULL REFERENCES revocation_cases(id),
        finding TEXT NOT NULL CHECK (finding IN ('found_revoked','confirmation_voided','compromise_stays',
            'replacement_revoked','not_revoked_at_ca','issue_unsure','no_answer')),
        noted_at {instant} NOT NULL,
        UNIQUE (halt_id, finding, case_id)
    )",
    // No REFERENCES: SQLite could not drop the column again.
    "ALTER TABLE audit_head ADD COLUMN halt_id BIGINT",
];
