//! What the books must show: of the desk, of the CA, of the mail. Sound at any time, and finished in the end.

use sea_orm::{ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DbErr, Statement};

use crate::office::Office;
use crate::wait::until;

/// Reads with a connection of its own; sees what is committed.
pub struct Books {
    db: DatabaseConnection,
}

/// True however far the work has come: each query counts offences.
const NEVER: &[(&str, &str)] = &[
    (
        "a certificate is twice in the books of the CA",
        "SELECT COUNT(*) FROM (SELECT 1 FROM ca_revocations GROUP BY issuer_id, serial HAVING COUNT(*) > 1) x",
    ),
    (
        "the CA was asked without a durable intent",
        "SELECT COUNT(*) FROM ca_revocations r WHERE NOT EXISTS
            (SELECT 1 FROM attempts t WHERE t.request_id = r.request_id AND t.serial = r.serial)",
    ),
    (
        "a case was revoked that was not to be",
        "SELECT COUNT(*) FROM revocation_cases c JOIN certificates s ON s.id = c.source_certificate_id
            JOIN ca_revocations r ON r.serial = s.serial WHERE c.state NOT IN ('revoking', 'revoked', 'completed')",
    ),
    (
        "a replacement was revoked",
        "SELECT COUNT(*) FROM revocation_cases c JOIN certificates n ON n.id = c.replacement_certificate_id
            JOIN ca_revocations r ON r.serial = n.serial",
    ),
    (
        "two receipts for one case",
        "SELECT COUNT(*) FROM (SELECT 1 FROM attempts WHERE outcome IN ('accepted', 'already_revoked')
            GROUP BY case_id HAVING COUNT(*) > 1) x",
    ),
    ("two proofs for one case", "SELECT COUNT(*) FROM (SELECT 1 FROM evidence GROUP BY case_id HAVING COUNT(*) > 1) x"),
    (
        "two completion mails for one case",
        "SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE kind = 'revocation_completed'
            GROUP BY case_id HAVING COUNT(*) > 1) x",
    ),
    (
        "one step twice in the log",
        "SELECT COUNT(*) FROM (SELECT 1 FROM audit_events
            WHERE action IN ('revocation_accepted', 'proof_seen', 'withdrawn')
            GROUP BY case_id, action HAVING COUNT(*) > 1) x",
    ),
    (
        "revoked without a receipt",
        "SELECT COUNT(*) FROM revocation_cases c WHERE c.state IN ('revoked', 'completed') AND NOT EXISTS
            (SELECT 1 FROM attempts t WHERE t.case_id = c.id AND t.outcome IN ('accepted', 'already_revoked'))",
    ),
    (
        "revoked and not in the books of the CA",
        "SELECT COUNT(*) FROM revocation_cases c JOIN certificates s ON s.id = c.source_certificate_id
            WHERE c.state IN ('revoked', 'completed')
            AND NOT EXISTS (SELECT 1 FROM ca_revocations r WHERE r.serial = s.serial)",
    ),
    (
        "completed without a proof, or without its mail",
        "SELECT COUNT(*) FROM revocation_cases c WHERE c.state = 'completed' AND NOT (
            EXISTS (SELECT 1 FROM evidence e WHERE e.case_id = c.id) AND
            EXISTS (SELECT 1 FROM messages m WHERE m.case_id = c.id AND m.kind = 'revocation_completed'))",
    ),
];

/// Before its day, by the clock of the office.
const EARLY_ON_SQLITE: &str = "SELECT COUNT(*) FROM revocation_cases c JOIN attempts t ON t.case_id = c.id
    WHERE date(t.intended_at, '+9 hours') < c.due_on";
const EARLY_ON_POSTGRES: &str = "SELECT COUNT(*) FROM revocation_cases c JOIN attempts t ON t.case_id = c.id
    WHERE (t.intended_at AT TIME ZONE 'Asia/Tokyo')::date < c.due_on";

/// What is still to be done.
const LEFT: &[(&str, &str)] = &[
    ("undecided cases", "SELECT COUNT(*) FROM revocation_cases WHERE state NOT IN ('completed', 'withdrawn')"),
    ("intents without a receipt", "SELECT COUNT(*) FROM attempts WHERE outcome IS NULL"),
    ("mails not sent", "SELECT COUNT(*) FROM messages WHERE status <> 'sent'"),
];

impl Books {
    pub async fn open(url: &str) -> Self {
        Self { db: Database::connect(url).await.unwrap() }
    }

    /// How many rows a table, with its condition, has.
    pub async fn count(&self, what: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {what}")).await.unwrap()
    }

    /// `None` while the database is away.
    pub async fn count_if_there(&self, what: &str) -> Option<i64> {
        self.number(&format!("SELECT COUNT(*) FROM {what}")).await.ok()
    }

    async fn number(&self, sql: &str) -> Result<i64, DbErr> {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        let row = self.db.query_one_raw(statement).await?;
        row.unwrap().try_get_by_index(0)
    }

    /// Changes rows behind the program's back.
    pub async fn tamper(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }

    /// Whatever the moment: nothing wrong, nothing twice, nothing early.
    pub async fn assert_sound(&self) {
        for (offence, sql) in NEVER {
            assert_eq!(self.number(sql).await.unwrap(), 0, "{offence}");
        }
        let early = match self.db.get_database_backend() {
            DatabaseBackend::Postgres => EARLY_ON_POSTGRES,
            _ => EARLY_ON_SQLITE,
        };
        assert_eq!(self.number(early).await.unwrap(), 0, "a case was revoked before its day");
    }

    /// What is left, in words; empty when everything is done.
    pub async fn left(&self) -> Result<Vec<String>, DbErr> {
        let mut left = Vec::new();
        for (what, sql) in LEFT {
            let number = self.number(sql).await?;
            if number > 0 {
                left.push(format!("{number} {what}"));
            }
        }
        Ok(left)
    }

    /// Waits until nothing is left to do.
    pub async fn finished(&self) {
        let mut last = Vec::new();
        until("everything is done", async || {
            if let Ok(left) = self.left().await {
                if left != last {
                    last = left;
                }
                return last.is_empty();
            }
            false
        })
        .await;
    }

    /// Time passes for whoever has not come back: their leases and signs of life are old now. Those who are still at
    /// work become the slow ones whose writes must not count any more.
    pub async fn let_leases_run_out(&self) -> Result<(), DbErr> {
        let (earlier, long_ago) = match self.db.get_database_backend() {
            DatabaseBackend::Postgres => {
                let minus = |column: &str, time: &str| format!("{column} - interval '{time}'");
                (
                    minus("next_attempt_at", "10 minutes"),
                    (minus("lease_until", "10 minutes"), minus("heartbeat_at", "1 hour")),
                )
            }
            _ => unreachable!("only servers have several nodes"),
        };
        let (lease, heartbeat) = long_ago;
        for sql in [
            format!("UPDATE revocation_cases SET next_attempt_at = {earlier} WHERE state = 'revoking'"),
            format!("UPDATE messages SET lease_until = {lease} WHERE status = 'queued' AND lease_until IS NOT NULL"),
            format!("UPDATE batch_runs SET heartbeat_at = {heartbeat} WHERE status = 'running'"),
        ] {
            self.db.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}

/// Everything was done, and once: `completed` cases, and `withdrawn` ones that the CA never heard of.
pub async fn assert_finished_once(office: &Office, completed: i64, withdrawn: i64) {
    let books = &office.books;
    assert_eq!(books.left().await.unwrap(), Vec::<String>::new(), "left undone");
    books.assert_sound().await;
    for (what, expected) in [
        ("revocation_cases WHERE state = 'completed'", completed),
        ("revocation_cases WHERE state = 'withdrawn'", withdrawn),
        ("revocation_cases", completed + withdrawn),
        ("ca_revocations", completed),
        ("attempts WHERE outcome IN ('accepted', 'already_revoked')", completed),
        ("evidence", completed),
        ("messages WHERE kind = 'revocation_completed' AND status = 'sent'", completed),
    ] {
        assert_eq!(books.count(what).await, expected, "{what}");
    }
    assert_eq!(office.mails("revocation_completed"), usize::try_from(completed).unwrap(), "mails that left the house");
    office.task("audit_verify");
}
