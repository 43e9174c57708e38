//! Short ways to what monitoring asks every few seconds: the oldest unsent mail, the mails that were given up, and the
//! runs that have not ended.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "CREATE INDEX messages_unsent ON messages (created_at) WHERE status = 'queued'",
    "CREATE INDEX messages_given_up ON messages (id) WHERE status = 'failed'",
    "CREATE INDEX batch_runs_running ON batch_runs (heartbeat_at) WHERE status = 'running'",
    "CREATE INDEX batch_runs_task ON batch_runs (task, id)",
];

const DOWN: &[&str] = &[
    "DROP INDEX batch_runs_task",
    "DROP INDEX batch_runs_running",
    "DROP INDEX messages_given_up",
    "DROP INDEX messages_unsent",
];
