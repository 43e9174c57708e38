//! When the jobs run, and how much a run may take in hand.

use serde::Deserialize;

use super::{SettingsError, require};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Revocation {
    /// A run that would revoke more than this many certificates stops before the first.
    pub brake_limit: u32,
    /// Cases that a run takes in hand with one transaction.
    pub chunk: u32,
    /// Calls of the CA under way at the same time, for each process.
    pub parallel: u32,
    /// Chunks in hand at the same time, for each process, so that the CA has work while the database writes. On SQLite,
    /// which has one writer, it is one.
    pub chunks: u32,
}

impl Default for Revocation {
    fn default() -> Self {
        Self { brake_limit: 500, chunk: 500, parallel: 8, chunks: 3 }
    }
}

impl Revocation {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        require("revocation.brake_limit", self.brake_limit >= 1, "is below 1")?;
        require("revocation.chunk", (1..=5000).contains(&self.chunk), "is not within 1..=5000")?;
        require("revocation.parallel", (1..=256).contains(&self.parallel), "is not within 1..=256")?;
        require("revocation.chunks", (1..=16).contains(&self.chunks), "is not within 1..=16")
    }
}

/// Cron expressions with seconds, in Asia/Tokyo; the keys are the names of the tasks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    pub revoke_due: String,
    pub prove: String,
    pub send_messages: String,
    pub send_webhooks: String,
    pub read_bounces: String,
    pub remind: String,
    pub rescue_stuck: String,
    pub expire: String,
    pub publish_crl: String,
    pub check_invariants: String,
    pub check_installations: String,
    pub export_audit_head: String,
    pub run_imports: String,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            revoke_due: "0 30 18 * * *".to_owned(),
            prove: "0 */10 * * * *".to_owned(),
            send_messages: "0 * * * * *".to_owned(),
            send_webhooks: "*/10 * * * * *".to_owned(),
            read_bounces: "20 * * * * *".to_owned(),
            remind: "0 0 9 * * *".to_owned(),
            rescue_stuck: "30 */5 * * * *".to_owned(),
            expire: "0 10 0 * * *".to_owned(),
            publish_crl: "0 0 3 * * *".to_owned(),
            check_invariants: "0 0 6 * * *".to_owned(),
            check_installations: "20 */10 * * * *".to_owned(),
            export_audit_head: "0 5 * * * *".to_owned(),
            run_imports: "40 * * * * *".to_owned(),
        }
    }
}

impl Schedule {
    /// Task name and cron expression.
    pub fn entries(&self) -> [(&'static str, &str); 13] {
        [
            ("revoke_due", &self.revoke_due),
            ("prove", &self.prove),
            ("send_messages", &self.send_messages),
            ("send_webhooks", &self.send_webhooks),
            ("read_bounces", &self.read_bounces),
            ("remind", &self.remind),
            ("rescue_stuck", &self.rescue_stuck),
            ("expire", &self.expire),
            ("publish_crl", &self.publish_crl),
            ("check_invariants", &self.check_invariants),
            ("check_installations", &self.check_installations),
            ("export_audit_head", &self.export_audit_head),
            ("run_imports", &self.run_imports),
        ]
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        for (key, cron) in self.entries() {
            require(&format!("schedule.{key}"), cron.split_whitespace().count() == 6, "needs six cron fields")?;
        }
        Ok(())
    }
}
