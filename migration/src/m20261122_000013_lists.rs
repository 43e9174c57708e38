//! The list of cases: who looks after a case, orders to sort by, saved views, columns per person; and acts on many cases
//! at once, each with the list that it was decided on.
//!
//! No REFERENCES on the new column: SQLite could not drop it again.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "ALTER TABLE revocation_cases ADD COLUMN assignee_id BIGINT",
    "CREATE INDEX revocation_cases_assigned ON revocation_cases (assignee_id, due_on, id) WHERE assignee_id IS NOT NULL",
    "CREATE INDEX revocation_cases_open_number ON revocation_cases (reception_number, id)
        WHERE state NOT IN ('completed','withdrawn','expired')",
    "CREATE INDEX revocation_cases_open_organization ON revocation_cases (search_organization, id)
        WHERE state NOT IN ('completed','withdrawn','expired')",
    "CREATE TABLE saved_views (
        id {id},
        owner_id BIGINT NOT NULL REFERENCES users(id),
        name TEXT NOT NULL,
        conditions TEXT NOT NULL,
        shared BOOLEAN NOT NULL,
        created_at {instant} NOT NULL,
        UNIQUE (owner_id, name)
    )",
    "CREATE TABLE list_columns (
        user_id BIGINT PRIMARY KEY REFERENCES users(id),
        chosen TEXT NOT NULL
    )",
    // conditions: how the list was chosen, without what was searched for; parameter: the new day or the colleague's id.
    "CREATE TABLE bulk_acts (
        id {id},
        kind TEXT NOT NULL CHECK (kind IN ('reschedule','resend','assign','revoke')),
        state TEXT NOT NULL CHECK (state IN ('prepared','running','done','requested','approved','declined','cancelled')),
        version BIGINT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('rows','filter','file')),
        conditions TEXT NOT NULL,
        parameter TEXT,
        made_by TEXT NOT NULL,
        made_by_name TEXT NOT NULL,
        made_at {instant} NOT NULL,
        ground TEXT,
        requested_by TEXT,
        requested_by_name TEXT,
        requested_at {instant},
        approved_by TEXT,
        approved_by_name TEXT,
        approved_at {instant},
        batch_run_id BIGINT REFERENCES batch_runs(id),
        closed_by_name TEXT,
        closed_at {instant},
        closing_note TEXT,
        CHECK (approved_by IS NULL OR approved_by <> requested_by),
        CHECK (state <> 'approved' OR (approved_by IS NOT NULL AND batch_run_id IS NOT NULL))
    )",
    "CREATE INDEX bulk_acts_revocations ON bulk_acts (id) WHERE kind = 'revoke'",
    "CREATE TABLE bulk_items (
        bulk_id BIGINT NOT NULL REFERENCES bulk_acts(id),
        position BIGINT NOT NULL,
        case_id BIGINT NOT NULL REFERENCES revocation_cases(id),
        case_version BIGINT NOT NULL,
        outcome TEXT CHECK (outcome IN ('left_out','done','skipped','failed')),
        refusal TEXT,
        PRIMARY KEY (bulk_id, position),
        UNIQUE (bulk_id, case_id)
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE bulk_items",
    "DROP TABLE bulk_acts",
    "DROP TABLE list_columns",
    "DROP TABLE saved_views",
    "DROP INDEX revocation_cases_open_organization",
    "DROP INDEX revocation_cases_open_number",
    "DROP INDEX revocation_cases_assigned",
    "ALTER TABLE revocation_cases DROP COLUMN assignee_id",
];
