//! The queue of calls: each of its turns is a range of an index, however many cases wait.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "CREATE INDEX revocation_cases_promised ON revocation_cases (next_call_at, due_on, id, call_band)
        WHERE next_call_at IS NOT NULL AND compromise_reported_at IS NULL AND state = 'awaiting_call'",
    "CREATE INDEX revocation_cases_to_call ON revocation_cases (due_on, id, call_band)
        WHERE next_call_at IS NULL AND compromise_reported_at IS NULL AND state = 'awaiting_call'",
    "CREATE INDEX revocation_cases_leased ON revocation_cases (lease_holder) WHERE lease_holder IS NOT NULL",
    "CREATE INDEX revocation_cases_refused ON revocation_cases (due_on, id) WHERE hold_reason = 'ca_refused'",
];

const DOWN: &[&str] = &[
    "DROP INDEX revocation_cases_refused",
    "DROP INDEX revocation_cases_leased",
    "DROP INDEX revocation_cases_to_call",
    "DROP INDEX revocation_cases_promised",
];
