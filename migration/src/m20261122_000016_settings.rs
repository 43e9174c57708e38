//! Settings that administrators change while the program runs: every version of each, never overwritten.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    // name: without a list of names, which SQLite could not extend. value: JSON.
    "CREATE TABLE desk_settings (
        id {id},
        name TEXT NOT NULL CHECK (name <> ''),
        version BIGINT NOT NULL CHECK (version > 0),
        value TEXT NOT NULL,
        effective_on DATE NOT NULL,
        reason TEXT NOT NULL CHECK (reason <> ''),
        changed_by TEXT NOT NULL,
        changed_at {instant} NOT NULL,
        UNIQUE (name, version)
    )",
    "CREATE INDEX desk_settings_in_force ON desk_settings (name, effective_on, version)",
];

const DOWN: &[&str] = &["DROP TABLE desk_settings"];
