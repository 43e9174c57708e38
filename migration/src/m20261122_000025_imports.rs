//! 取り込み: what an order system hands over, row by row, and what became of each row.
//!
//! `content` of a row is what it says, with people in it; it goes once the row needs nobody any more. Organisations are
//! looked up by name for every row.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "CREATE TABLE imports (
        id {id},
        kind TEXT NOT NULL CHECK (kind <> ''),
        state TEXT NOT NULL CHECK (state IN ('open','running','finished','cancelled')),
        file_sha256 TEXT,
        target BIGINT NOT NULL CHECK (target >= 0),
        registered BIGINT NOT NULL CHECK (registered >= 0),
        known BIGINT NOT NULL CHECK (known >= 0),
        refused BIGINT NOT NULL CHECK (refused >= 0),
        made_by TEXT NOT NULL,
        made_by_name TEXT NOT NULL,
        made_at {instant} NOT NULL,
        started_by TEXT,
        started_by_name TEXT,
        started_by_role TEXT,
        started_from TEXT,
        started_at {instant},
        ended_at {instant},
        blanked_at {instant},
        CHECK (registered + known + refused <= target),
        CHECK ((state IN ('finished','cancelled')) = (ended_at IS NOT NULL)),
        CHECK (state = 'open' OR state = 'cancelled' OR started_at IS NOT NULL)
    )",
    "CREATE INDEX imports_running ON imports (id) WHERE state = 'running'",
    "CREATE INDEX imports_file ON imports (file_sha256) WHERE file_sha256 IS NOT NULL",
    "CREATE TABLE import_rows (
        import_id BIGINT NOT NULL REFERENCES imports (id),
        line BIGINT NOT NULL CHECK (line > 0),
        sha256 TEXT NOT NULL,
        content TEXT,
        state TEXT NOT NULL CHECK (state IN ('waiting','registered','known','refused')),
        problems TEXT,
        became TEXT,
        PRIMARY KEY (import_id, line)
    )",
    "CREATE INDEX import_rows_waiting ON import_rows (import_id, line) WHERE state = 'waiting'",
    "CREATE INDEX import_rows_refused ON import_rows (import_id, line) WHERE state = 'refused'",
    "CREATE INDEX import_rows_registered ON import_rows (sha256) WHERE state = 'registered'",
    "CREATE INDEX subscribers_name ON subscribers (name)",
];

const DOWN: &[&str] = &["DROP INDEX subscribers_name", "DROP TABLE import_rows", "DROP TABLE imports"];
