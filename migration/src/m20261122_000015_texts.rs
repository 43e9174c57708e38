//! Texts that administrators change, version by version, and mails that were sent once more.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    // Append-only. Version 0 is the text in the program. restored_from: the version that was taken up again.
    "CREATE TABLE text_versions (
        id {id},
        name TEXT NOT NULL,
        version BIGINT NOT NULL CHECK (version >= 1),
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        effective_on DATE NOT NULL,
        reason TEXT NOT NULL CHECK (reason <> ''),
        restored_from BIGINT CHECK (restored_from >= 0 AND restored_from < version),
        saved_by TEXT NOT NULL,
        saved_by_name TEXT NOT NULL,
        saved_at {instant} NOT NULL,
        UNIQUE (name, version)
    )",
    "CREATE INDEX messages_sent_again ON messages (resend_of) WHERE resend_of IS NOT NULL",
];

const DOWN: &[&str] = &["DROP INDEX messages_sent_again", "DROP TABLE text_versions"];
