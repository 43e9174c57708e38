//! What each member of staff chose for themselves: a language (none: the log-in page's), and keys without a modifier.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "ALTER TABLE users ADD COLUMN language TEXT CHECK (language IN ('ja', 'en'))",
    "ALTER TABLE users ADD COLUMN single_keys BOOLEAN NOT NULL DEFAULT TRUE",
];

const DOWN: &[&str] = &["ALTER TABLE users DROP COLUMN single_keys", "ALTER TABLE users DROP COLUMN language"];
