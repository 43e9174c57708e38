//! Webhooks: what other programs are told of cases. A delivery is written in the transaction of what it tells.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    // secret, former_secret: sealed under the master key, empty once the webhook is removed. events: words parted by blanks.
    // failures in a row since failing_since; until rest_until the receiver is left alone.
    "CREATE TABLE webhooks (
        id {id},
        name TEXT NOT NULL CHECK (name <> ''),
        url TEXT NOT NULL CHECK (url <> ''),
        events TEXT NOT NULL CHECK (events <> ''),
        secret TEXT NOT NULL,
        former_secret TEXT,
        former_until {instant},
        created_by TEXT NOT NULL,
        created_at {instant} NOT NULL,
        paused_at {instant},
        gone_at {instant},
        removed_at {instant},
        failures BIGINT NOT NULL CHECK (failures >= 0),
        failing_since {instant},
        rest_until {instant},
        lease_until {instant},
        fence BIGINT NOT NULL,
        CHECK ((former_secret IS NULL) = (former_until IS NULL)),
        CHECK ((failures = 0) = (failing_since IS NULL))
    )",
    "CREATE TABLE webhook_deliveries (
        id {id},
        webhook_id BIGINT NOT NULL REFERENCES webhooks(id),
        message_id TEXT NOT NULL UNIQUE,
        case_id BIGINT REFERENCES revocation_cases(id),
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('waiting', 'delivered', 'given_up')),
        attempts BIGINT NOT NULL CHECK (attempts >= 0),
        next_attempt_at {instant} NOT NULL,
        answer TEXT,
        answer_status BIGINT,
        attempted_at {instant},
        ended_at {instant},
        created_at {instant} NOT NULL,
        CHECK ((status = 'waiting') = (ended_at IS NULL))
    )",
    "CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, next_attempt_at, id)
        WHERE status = 'waiting'",
    "CREATE INDEX webhook_deliveries_order ON webhook_deliveries (webhook_id, case_id, id) WHERE status = 'waiting'",
    "CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, id)",
    "CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL",
];

const DOWN: &[&str] = &["DROP TABLE webhook_deliveries", "DROP TABLE webhooks"];
