//! Who is calling, and runs that a person has paused.
//!
//! `contacts.dialled_from` is the number in E.164, `contacts.search_name` the name folded and without spaces: rows that
//! were there before are filled in by the nodes, as the folding is theirs.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "ALTER TABLE contacts ADD COLUMN dialled_from TEXT",
    "ALTER TABLE contacts ADD COLUMN search_name {ordered}",
    "CREATE INDEX contacts_dialled_from ON contacts (dialled_from)",
    "CREATE INDEX contacts_search_name ON contacts (search_name)",
    "CREATE INDEX contacts_unfolded ON contacts (id) WHERE search_name IS NULL",
    "ALTER TABLE batch_runs ADD COLUMN paused_by TEXT",
    "ALTER TABLE batch_runs ADD COLUMN paused_at {instant}",
    // A paused run is over until a person lets it go on.
    "DROP INDEX batch_runs_once_a_day",
    "CREATE UNIQUE INDEX batch_runs_once_a_day ON batch_runs (task, business_date)
        WHERE task = 'revoke_due' AND cause IN ('schedule','catch_up')
        AND (status <> 'interrupted' OR paused_at IS NOT NULL)",
];

const DOWN: &[&str] = &[
    "DROP INDEX batch_runs_once_a_day",
    "CREATE UNIQUE INDEX batch_runs_once_a_day ON batch_runs (task, business_date)
        WHERE task = 'revoke_due' AND cause IN ('schedule','catch_up') AND status <> 'interrupted'",
    "ALTER TABLE batch_runs DROP COLUMN paused_at",
    "ALTER TABLE batch_runs DROP COLUMN paused_by",
    "DROP INDEX contacts_unfolded",
    "DROP INDEX contacts_search_name",
    "DROP INDEX contacts_dialled_from",
    "ALTER TABLE contacts DROP COLUMN search_name",
    "ALTER TABLE contacts DROP COLUMN dialled_from",
];
