//! Several nodes in one run: how many take part, and a short way to the cases that go first.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "ALTER TABLE batch_runs ADD COLUMN workers BIGINT NOT NULL DEFAULT 1",
    "CREATE INDEX revocation_cases_urgent ON revocation_cases (state, id) WHERE compromise_reported_at IS NOT NULL",
];

const DOWN: &[&str] = &["DROP INDEX revocation_cases_urgent", "ALTER TABLE batch_runs DROP COLUMN workers"];
