//! What is about people in the books, and how it is taken out of rows that have to stay.
//!
//! Rows stay because others refer to them, and because they prove what was done; names, addresses, numbers and free text
//! go. The audit log holds none of them (`audit_events`). Owns which columns those are; when it happens is
//! [`crate::actions::erase_personal_data`]'s to say.

use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

/// A closed case whose time is over.
#[derive(Debug, Clone, FromQueryResult)]
pub struct OldCase {
    pub id: i64,
    pub closed_at: DateTimeUtc,
}

/// No legal hold is in force on the organisation of the row that `table` names.
const NOT_HELD: &str =
    "NOT EXISTS (SELECT 1 FROM legal_holds h WHERE h.subscriber_id = {table}.subscriber_id AND h.released_at IS NULL)";

fn not_held(table: &str) -> String {
    NOT_HELD.replace("{table}", table)
}

/// The next closed cases in order of closing whose certificates have all run out before `cutoff`, after the one that was
/// seen last.
pub async fn next_old_cases(
    db: &impl ConnectionTrait,
    cutoff: DateTimeUtc,
    seen: Option<&OldCase>,
    limit: u64,
) -> Result<Vec<OldCase>, DbErr> {
    let (closed_at, id) = seen.map_or((DateTimeUtc::UNIX_EPOCH, 0), |case| (case.closed_at, case.id));
    let sql = format!(
        "SELECT k.id AS id, k.closed_at AS closed_at FROM revocation_cases k
            JOIN certificates s ON s.id = k.source_certificate_id
            LEFT JOIN certificates r ON r.id = k.replacement_certificate_id
            WHERE k.closed_at IS NOT NULL AND k.erased_at IS NULL AND k.closed_at < $1 AND s.not_after < $1
                AND (r.id IS NULL OR r.not_after < $1) AND {} AND (k.closed_at, k.id) > ($2, $3)
            ORDER BY k.closed_at, k.id LIMIT $4",
        not_held("k")
    );
    let values = [cutoff.into(), closed_at.into(), id.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    OldCase::find_by_statement(statement).all(db).await
}

/// Takes the people out of these cases and what belongs to them; a case whose data is gone already is left out. Returns
/// which it was done for.
pub async fn erase_cases(txn: &impl ConnectionTrait, ids: &[i64], now: DateTimeUtc) -> Result<Vec<i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Erased {
        id: i64,
    }
    let backend = txn.get_database_backend();
    let sql = format!(
        "UPDATE revocation_cases SET erased_at = $1, hold_note = NULL, closing_note = NULL
            WHERE id IN ({}) AND erased_at IS NULL RETURNING id",
        listed(ids)
    );
    let statement = Statement::from_sql_and_values(backend, sql, [now.into()]);
    let erased: Vec<i64> = Erased::find_by_statement(statement).all(txn).await?.into_iter().map(|row| row.id).collect();
    if erased.is_empty() {
        return Ok(erased);
    }
    let (cases, applications) = (listed(&erased), "SELECT application_id FROM revocation_cases WHERE id IN");
    for sql in [
        format!("UPDATE calls SET note = NULL WHERE case_id IN ({cases})"),
        format!("UPDATE override_requests SET ground = '' WHERE case_id IN ({cases})"),
        format!("UPDATE authorizations SET ground = NULL WHERE case_id IN ({cases})"),
        // Only customers' names: colleagues stay known as long as their account.
        format!(
            "UPDATE authorizations SET granted_by_name = '' WHERE case_id IN ({cases}) AND granted_by LIKE 'customer:%'"
        ),
        format!(
            "UPDATE reissue_applications SET caller_name = NULL, filing_ground = NULL WHERE id IN ({applications} ({cases}))"
        ),
        format!(
            "UPDATE reissue_applications SET filed_by_name = ''
                WHERE id IN ({applications} ({cases})) AND filed_by LIKE 'customer:%'"
        ),
        format!("UPDATE consents SET address = NULL WHERE application_id IN ({applications} ({cases}))"),
        format!("DELETE FROM installation_looks WHERE case_id IN ({cases})"),
        // Who was not reached, in the words of their mail server; that a mail came back stays in its state.
        format!("DELETE FROM bounces WHERE message_id IN (SELECT id FROM messages WHERE case_id IN ({cases}))"),
        format!(
            "UPDATE messages SET recipients = '[]', body_text = '', body_html = '', last_error = NULL
                WHERE case_id IN ({cases}) AND status <> 'queued'"
        ),
    ] {
        execute(txn, &sql, []).await?;
    }
    Ok(erased)
}

/// Takes out contacts that were replaced before `cutoff`, or whose organisation has had no valid certificate since, once no
/// case names them for which its data is still kept. Returns how many.
pub async fn erase_contacts(txn: &impl ConnectionTrait, cutoff: DateTimeUtc, now: DateTimeUtc) -> Result<u64, DbErr> {
    let sql = format!(
        "UPDATE contacts SET name = '', name_kana = NULL, department = NULL, email = '', phone = '', phone_source = '',
            dialled_from = NULL, search_name = '', superseded_at = COALESCE(superseded_at, $2)
            WHERE name <> '' AND created_at < $1 AND {}
                AND (superseded_at < $1 OR (superseded_at IS NULL AND NOT EXISTS (SELECT 1 FROM certificates c
                    WHERE c.subscriber_id = contacts.subscriber_id AND c.not_after >= $1)))
                AND NOT EXISTS (SELECT 1 FROM revocation_cases k
                    WHERE k.subscriber_id = contacts.subscriber_id AND k.closed_at IS NULL)
                AND NOT EXISTS (SELECT 1 FROM calls JOIN revocation_cases k ON k.id = calls.case_id
                    WHERE calls.contact_id = contacts.id AND k.erased_at IS NULL)",
        not_held("contacts")
    );
    execute(txn, &sql, [cutoff.into(), now.into()]).await
}

/// What somebody wrote may name people; that it was declined stays.
const GROUND: &str = "CASE WHEN declined_ground IS NOT NULL THEN '' END";

/// The same for what led to a contact: changes and proposals that were settled before `cutoff`. Returns how many.
pub async fn erase_proposals(txn: &impl ConnectionTrait, cutoff: DateTimeUtc) -> Result<u64, DbErr> {
    let changes = format!(
        "UPDATE contact_changes SET name = '', name_kana = NULL, department = NULL, email = '', phone = '',
            phone_source = '', declined_ground = {GROUND} WHERE name <> '' AND COALESCE(approved_at, declined_at) < $1 AND {}",
        not_held("contact_changes")
    );
    let proposals = format!(
        "UPDATE contact_proposals SET name = '', name_kana = NULL, department = NULL, email = '', phone = '',
            proposed_by_name = '', declined_ground = {GROUND} WHERE name <> '' AND proposed_at < $1
                AND (contact_change_id IS NOT NULL OR declined_at IS NOT NULL) AND {}",
        not_held("contact_proposals")
    );
    Ok(execute(txn, &changes, [cutoff.into()]).await? + execute(txn, &proposals, [cutoff.into()]).await?)
}

/// Takes out accounts of the portal that were closed before `cutoff`. Returns how many.
pub async fn erase_customers(txn: &impl ConnectionTrait, cutoff: DateTimeUtc) -> Result<u64, DbErr> {
    let sql = format!(
        "UPDATE customers SET login = 'erased-' || id, name = '', email = '', password_hash = NULL, totp_secret = NULL
            WHERE name <> '' AND disabled_at < $1 AND {}",
        not_held("customers")
    );
    execute(txn, &sql, [cutoff.into()]).await
}

/// Mails that belong to no case, after `cutoff`: invitations, alarms, forms. Returns how many.
pub async fn erase_mails(txn: &impl ConnectionTrait, cutoff: DateTimeUtc) -> Result<u64, DbErr> {
    let bounces = "DELETE FROM bounces WHERE message_id IN (SELECT id FROM messages
        WHERE case_id IS NULL AND created_at < $1 AND status <> 'queued')";
    execute(txn, bounces, [cutoff.into()]).await?;
    let sql = "UPDATE messages SET recipients = '[]', body_text = '', body_html = '', last_error = NULL
        WHERE case_id IS NULL AND body_text <> '' AND created_at < $1 AND status <> 'queued'";
    execute(txn, sql, [cutoff.into()]).await
}

async fn execute<const N: usize>(txn: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Result<u64, DbErr> {
    let statement = Statement::from_sql_and_values(txn.get_database_backend(), sql, values);
    Ok(txn.execute_raw(statement).await?.rows_affected())
}

/// Numbers of our own; nothing that anybody typed.
fn listed(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}
