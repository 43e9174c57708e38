//! Queries that must find nothing: what a promise of the program looks like when it is broken.
//!
//! Each one names a case, certificate or mail by what people call it. They look at rows only; whoever made them.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use super::columns::{AttemptOutcome, MessageStatus, literals};
use crate::domain::alarm::PROOF_BREACH;
use crate::domain::application::COMPROMISE_TIME;
use crate::domain::case::{CaseEvent, CaseState as S};

/// Something that must not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Name of the broken rule.
    pub rule: &'static str,
    /// What breaks it: a reception number, a serial number, a mail's id.
    pub subject: String,
}

/// Everything that the rows show.
pub async fn broken(db: &impl ConnectionTrait, now: DateTimeUtc) -> Result<Vec<Violation>, DbErr> {
    let mut found = Vec::new();
    for (rule, sql) in [&cases()[..], &books_of_the_ca(), &mails()].concat() {
        let value: Option<Value> = match rule {
            "compromise_past_24_hours" => Some((now - COMPROMISE_TIME).into()),
            "unproven_past_24_hours" => Some((now - PROOF_BREACH).into()),
            _ => None,
        };
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, value);
        for row in db.query_all_raw(statement).await? {
            found.push(Violation { rule, subject: row.try_get_by_index(0)? });
        }
    }
    Ok(found)
}

/// Rule and query. Plain SQL that SQLite and PostgreSQL both speak, each answering one column of text.
type Rule = (&'static str, String);

fn cases() -> [Rule; 9] {
    let numbers = "SELECT c.reception_number FROM revocation_cases c";
    let [confirmed, revoking, revoked, completed] =
        [S::Confirmed, S::Revoking, S::Revoked, S::Completed].map(|state| literals([state]));
    let done = literals([AttemptOutcome::Accepted, AttemptOutcome::AlreadyRevoked]);
    let (unrevoked, closed) = (literals(S::UNREVOKED), literals(S::CLOSED));
    let found = CaseEvent::FoundRevoked.as_str();
    [
        (
            "confirmed_without_authorization",
            format!(
                "{numbers} WHERE c.state = {confirmed} AND NOT EXISTS
                (SELECT 1 FROM authorizations a WHERE a.case_id = c.id AND a.case_version = c.version) ORDER BY c.id"
            ),
        ),
        (
            "revoked_without_answer",
            format!(
                "{numbers} WHERE c.state IN ({revoked},{completed})
                AND NOT EXISTS (SELECT 1 FROM attempts t WHERE t.case_id = c.id AND t.outcome IN ({done}))
                AND NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.case_id = c.id AND e.action = '{found}')
                ORDER BY c.id"
            ),
        ),
        (
            "revoking_without_attempt",
            format!(
                "{numbers} WHERE c.state = {revoking} AND NOT EXISTS
                (SELECT 1 FROM attempts t WHERE t.case_id = c.id) ORDER BY c.id"
            ),
        ),
        (
            "newest_certificate_revoked",
            format!(
                "{numbers} JOIN certificates s ON s.id = c.source_certificate_id
                WHERE c.state IN ({revoking},{revoked},{completed}) AND c.replacement_certificate_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM certificates o WHERE o.id <> s.id
                    AND COALESCE(o.origin_id, o.id) = COALESCE(s.origin_id, s.id)
                    AND (o.not_before > s.not_before OR (o.not_before = s.not_before AND o.id > s.id))) ORDER BY c.id"
            ),
        ),
        (
            "replacement_revoked",
            format!(
                "{numbers} JOIN attempts t ON t.case_id = c.id JOIN certificates s ON s.id = c.source_certificate_id
                WHERE t.sha256 <> s.sha256 OR t.serial <> s.serial OR t.issuer <> s.issuer ORDER BY c.id"
            ),
        ),
        (
            "two_open_cases",
            format!(
                "SELECT MIN(c.reception_number) FROM revocation_cases c WHERE c.state NOT IN ({closed})
                GROUP BY c.source_certificate_id HAVING COUNT(*) > 1 ORDER BY 1"
            ),
        ),
        (
            "compromise_past_24_hours",
            format!("{numbers} WHERE c.compromise_reported_at < $1 AND c.state IN ({unrevoked}) ORDER BY c.id"),
        ),
        ("unproven_past_24_hours", format!("{numbers} WHERE c.state = {revoked} AND c.revoked_at < $1 ORDER BY c.id")),
        (
            "completed_without_evidence",
            format!(
                "{numbers} WHERE c.state = {completed} AND NOT EXISTS
                (SELECT 1 FROM evidence e WHERE e.case_id = c.id) ORDER BY c.id"
            ),
        ),
    ]
}

fn books_of_the_ca() -> [Rule; 2] {
    let revoking = literals([S::Revoking]);
    [
        (
            "not_in_the_books_of_the_ca",
            "SELECT s.serial FROM certificates s JOIN ca_certificates b ON b.sha256 = s.sha256
                WHERE s.revoked_at IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM ca_revocations r WHERE r.issuer_id = b.issuer_id AND r.serial = b.serial) ORDER BY s.id"
                .to_owned(),
        ),
        (
            "revoked_at_the_ca_only",
            format!(
                "SELECT s.serial FROM certificates s JOIN ca_certificates b ON b.sha256 = s.sha256
                JOIN ca_revocations r ON r.issuer_id = b.issuer_id AND r.serial = b.serial
                WHERE s.revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM revocation_cases c
                    WHERE c.source_certificate_id = s.id AND c.state = {revoking}) ORDER BY s.id"
            ),
        ),
    ]
}

fn mails() -> [Rule; 1] {
    let failed = literals([MessageStatus::Failed]);
    [(
        "mail_undeliverable",
        format!(
            "SELECT CAST(m.id AS TEXT) FROM messages m WHERE m.status = {failed} AND NOT EXISTS
            (SELECT 1 FROM messages again WHERE again.resend_of = m.id) ORDER BY m.id"
        ),
    )]
}
