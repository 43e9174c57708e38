//! Failed log-ins of one address, whatever accounts it tried.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &["CREATE INDEX login_failures_address ON login_failures (address, failed_at)"];

const DOWN: &[&str] = &["DROP INDEX login_failures_address"];
