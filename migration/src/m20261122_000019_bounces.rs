//! What came back of the mails: one row for each recipient and kind of report.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    // recipient: as the mail has it, as the report has it where that is another, or nothing.
    "CREATE TABLE bounces (
        id {id},
        message_id BIGINT NOT NULL REFERENCES messages(id),
        recipient TEXT NOT NULL,
        action TEXT NOT NULL CHECK (action IN ('failed','delayed')),
        status_code TEXT NOT NULL,
        words TEXT NOT NULL,
        arrived_at {instant} NOT NULL,
        UNIQUE (message_id, recipient, action)
    )",
    "CREATE INDEX bounces_arrived ON bounces (action, arrived_at)",
];

const DOWN: &[&str] = &["DROP TABLE bounces"];
