//! The desk's tables. CHECK constraints and unique indexes carry the rules that the database can hold.

use sea_orm_migration::prelude::*;

use crate::statement::{drop_tables, execute_all};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, STATEMENTS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, TABLES).await
    }
}

const TABLES: &[&str] = &[
    "users",
    "sessions",
    "login_failures",
    "api_tokens",
    "idempotency_keys",
    "subscribers",
    "contacts",
    "contact_changes",
    "certificates",
    "blocked_keys",
    "reception_counters",
    "reissue_applications",
    "consents",
    "revocation_cases",
    "calls",
    "authorizations",
    "override_requests",
    "batch_runs",
    "attempts",
    "evidence_documents",
    "evidence",
    "messages",
    "holidays",
    "audit_head",
    "audit_events",
];

const STATEMENTS: &[&str] = &[
    // Staff and programs
    "CREATE TABLE users (
        id {id},
        email TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('agent','supervisor','admin','auditor')),
        password_hash TEXT NOT NULL,
        must_change_password BOOLEAN NOT NULL,
        disabled_at {instant},
        created_at {instant} NOT NULL
    )",
    "CREATE TABLE sessions (
        id_hash TEXT PRIMARY KEY,
        user_id BIGINT REFERENCES users(id),
        data TEXT NOT NULL,
        created_at {instant} NOT NULL,
        last_seen_at {instant} NOT NULL,
        expires_at {instant} NOT NULL
    )",
    "CREATE INDEX sessions_expires_at ON sessions (expires_at)",
    "CREATE INDEX sessions_user ON sessions (user_id)",
    "CREATE TABLE login_failures (
        id {id},
        account TEXT NOT NULL,
        address TEXT NOT NULL,
        failed_at {instant} NOT NULL
    )",
    "CREATE INDEX login_failures_account ON login_failures (account, address, failed_at)",
    "CREATE TABLE api_tokens (
        id {id},
        name TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('agent','supervisor','admin','auditor')),
        scopes TEXT NOT NULL,
        token_hash TEXT NOT NULL UNIQUE,
        expires_at {instant} NOT NULL,
        revoked_at {instant},
        created_at {instant} NOT NULL,
        created_by TEXT NOT NULL
    )",
    "CREATE TABLE idempotency_keys (
        id {id},
        actor TEXT NOT NULL,
        key TEXT NOT NULL,
        request_hash TEXT NOT NULL,
        status INTEGER,
        body TEXT,
        created_at {instant} NOT NULL,
        UNIQUE (actor, key)
    )",
    // Customers
    "CREATE TABLE subscribers (
        id {id},
        name TEXT NOT NULL,
        name_kana TEXT,
        external_id TEXT UNIQUE,
        search_name TEXT NOT NULL,
        created_at {instant} NOT NULL
    )",
    "CREATE TABLE contacts (
        id {id},
        subscriber_id BIGINT NOT NULL REFERENCES subscribers(id),
        role TEXT NOT NULL CHECK (role IN ('procedure_contact','application_responsible')),
        name TEXT NOT NULL,
        name_kana TEXT,
        department TEXT,
        email TEXT NOT NULL,
        phone TEXT NOT NULL,
        phone_source TEXT NOT NULL,
        verified_by TEXT NOT NULL,
        verified_on DATE NOT NULL,
        created_at {instant} NOT NULL,
        superseded_at {instant}
    )",
    "CREATE UNIQUE INDEX contacts_current ON contacts (subscriber_id, role) WHERE superseded_at IS NULL",
    "CREATE TABLE contact_changes (
        id {id},
        subscriber_id BIGINT NOT NULL REFERENCES subscribers(id),
        role TEXT NOT NULL CHECK (role IN ('procedure_contact','application_responsible')),
        name TEXT NOT NULL,
        name_kana TEXT,
        department TEXT,
        email TEXT NOT NULL,
        phone TEXT NOT NULL,
        phone_source TEXT NOT NULL,
        verified_on DATE NOT NULL,
        requested_by TEXT NOT NULL,
        requested_at {instant} NOT NULL,
        approved_by TEXT,
        approved_at {instant},
        contact_id BIGINT REFERENCES contacts(id),
        CHECK (approved_by IS NULL OR approved_by <> requested_by)
    )",
    "CREATE UNIQUE INDEX contact_changes_pending ON contact_changes (subscriber_id, role) WHERE approved_at IS NULL",
    "CREATE TABLE certificates (
        id {id},
        subscriber_id BIGINT NOT NULL REFERENCES subscribers(id),
        reception_number TEXT UNIQUE,
        origin_id BIGINT REFERENCES certificates(id),
        issuer TEXT NOT NULL,
        serial TEXT NOT NULL,
        sha256 TEXT NOT NULL UNIQUE,
        der {blob} NOT NULL,
        validation TEXT NOT NULL CHECK (validation IN ('ev','ov','iv','dv','unknown')),
        common_name TEXT NOT NULL,
        organization TEXT,
        dns_names TEXT NOT NULL,
        search_names TEXT NOT NULL,
        spki_sha256 TEXT NOT NULL,
        key_label TEXT NOT NULL,
        not_before {instant} NOT NULL,
        not_after {instant} NOT NULL,
        entitlement_end_on DATE NOT NULL,
        validation_expires_on DATE,
        csr_der {blob},
        revoked_at {instant},
        revocation_reason INTEGER,
        created_at {instant} NOT NULL,
        UNIQUE (issuer, serial)
    )",
    "CREATE INDEX certificates_subscriber ON certificates (subscriber_id, not_before)",
    "CREATE INDEX certificates_origin ON certificates (origin_id)",
    "CREATE INDEX certificates_key ON certificates (spki_sha256)",
    "CREATE TABLE blocked_keys (
        spki_sha256 TEXT PRIMARY KEY,
        reason TEXT NOT NULL,
        blocked_at {instant} NOT NULL
    )",
    // Applications and cases
    "CREATE TABLE reception_counters (
        received_on DATE PRIMARY KEY,
        last_number BIGINT NOT NULL
    )",
    "CREATE TABLE reissue_applications (
        id {id},
        reception_number TEXT NOT NULL UNIQUE,
        certificate_id BIGINT NOT NULL REFERENCES certificates(id),
        reason TEXT NOT NULL CHECK (reason IN ('server_replacement','key_lost_or_damaged','key_compromise','other')),
        key_possibly_exposed BOOLEAN,
        requested_on DATE,
        csr_der {blob},
        csr_reused BOOLEAN NOT NULL,
        channel TEXT NOT NULL CHECK (channel IN ('portal','agent','api')),
        caller_name TEXT,
        filing_ground TEXT,
        filed_by TEXT NOT NULL,
        filed_by_name TEXT NOT NULL,
        filed_at {instant} NOT NULL,
        needs_reexamination BOOLEAN NOT NULL
    )",
    "CREATE TABLE consents (
        id {id},
        application_id BIGINT NOT NULL UNIQUE REFERENCES reissue_applications(id),
        agreement_version TEXT NOT NULL,
        agreement_sha256 TEXT NOT NULL,
        given_by TEXT NOT NULL,
        address TEXT,
        given_at {instant} NOT NULL
    )",
    "CREATE TABLE revocation_cases (
        id {id},
        reception_number TEXT NOT NULL UNIQUE,
        application_id BIGINT NOT NULL UNIQUE REFERENCES reissue_applications(id),
        subscriber_id BIGINT NOT NULL REFERENCES subscribers(id),
        source_certificate_id BIGINT NOT NULL REFERENCES certificates(id),
        replacement_certificate_id BIGINT REFERENCES certificates(id),
        state TEXT NOT NULL CHECK (state IN ('awaiting_reissue','awaiting_call','confirmed','revoking','revoked',
            'completed','on_hold','withdrawn','expired')),
        version BIGINT NOT NULL,
        revocation_reason INTEGER NOT NULL CHECK (revocation_reason IN (1, 4)),
        requested_on DATE NOT NULL,
        due_on DATE NOT NULL,
        compromise_reported_at {instant},
        hold_reason TEXT CHECK (hold_reason IN ('contact_changed','wrong_number','identity_failed','ca_refused','manual')),
        hold_note TEXT,
        closing_note TEXT,
        next_call_at {instant},
        next_attempt_at {instant},
        lease_holder TEXT,
        lease_holder_name TEXT,
        lease_taken_at {instant},
        lease_until {instant},
        fence BIGINT NOT NULL,
        opened_at {instant} NOT NULL,
        revoked_at {instant},
        closed_at {instant},
        updated_at {instant} NOT NULL,
        CHECK (replacement_certificate_id IS NULL OR replacement_certificate_id <> source_certificate_id),
        CHECK ((state = 'on_hold') = (hold_reason IS NOT NULL))
    )",
    "CREATE UNIQUE INDEX revocation_cases_one_open ON revocation_cases (source_certificate_id)
        WHERE state NOT IN ('completed','withdrawn','expired')",
    "CREATE INDEX revocation_cases_due ON revocation_cases (state, due_on, id)",
    "CREATE INDEX revocation_cases_by_date ON revocation_cases (due_on, id)",
    "CREATE INDEX revocation_cases_subscriber ON revocation_cases (subscriber_id)",
    "CREATE INDEX revocation_cases_replacement ON revocation_cases (replacement_certificate_id)",
    "CREATE TABLE calls (
        id {id},
        case_id BIGINT NOT NULL REFERENCES revocation_cases(id),
        case_version BIGINT NOT NULL,
        caller TEXT NOT NULL,
        caller_name TEXT NOT NULL,
        contact_id BIGINT NOT NULL REFERENCES contacts(id),
        outcome TEXT NOT NULL CHECK (outcome IN ('confirmed','no_answer','call_back','reschedule','withdraw',
            'contact_changed','identity_failed','wrong_number','key_compromise')),
        spoke_with TEXT,
        name_and_company BOOLEAN NOT NULL,
        reception_number_or_common_name BOOLEAN NOT NULL,
        call_back_at {instant},
        requested_on DATE,
        note TEXT,
        called_at {instant} NOT NULL
    )",
    "CREATE INDEX calls_case ON calls (case_id, called_at)",
    "CREATE TABLE override_requests (
        id {id},
        case_id BIGINT NOT NULL REFERENCES revocation_cases(id),
        case_version BIGINT NOT NULL,
        ground TEXT NOT NULL,
        requested_by TEXT NOT NULL,
        requested_by_name TEXT NOT NULL,
        requested_at {instant} NOT NULL,
        approved_by TEXT,
        approved_at {instant},
        CHECK (approved_by IS NULL OR approved_by <> requested_by),
        UNIQUE (case_id, case_version)
    )",
    "CREATE TABLE authorizations (
        id {id},
        case_id BIGINT NOT NULL REFERENCES revocation_cases(id),
        case_version BIGINT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('phone_confirmation','key_compromise','supervisor_override','incident')),
        call_id BIGINT REFERENCES calls(id),
        override_request_id BIGINT REFERENCES override_requests(id),
        granted_by TEXT NOT NULL,
        granted_by_name TEXT NOT NULL,
        ground TEXT,
        granted_at {instant} NOT NULL,
        UNIQUE (case_id, case_version),
        CHECK (kind <> 'phone_confirmation' OR call_id IS NOT NULL),
        CHECK (kind <> 'supervisor_override' OR override_request_id IS NOT NULL)
    )",
    // Execution and proof
    "CREATE TABLE batch_runs (
        id {id},
        task TEXT NOT NULL,
        business_date DATE NOT NULL,
        started_by TEXT NOT NULL,
        cause TEXT NOT NULL CHECK (cause IN ('schedule','catch_up','task','api','desk')),
        dry_run BOOLEAN NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('running','finished','failed','braked','interrupted')),
        target BIGINT NOT NULL,
        done BIGINT NOT NULL,
        failed BIGINT NOT NULL,
        skipped BIGINT NOT NULL,
        detail TEXT NOT NULL,
        node TEXT NOT NULL,
        started_at {instant} NOT NULL,
        heartbeat_at {instant} NOT NULL,
        finished_at {instant}
    )",
    "CREATE UNIQUE INDEX batch_runs_once_a_day ON batch_runs (task, business_date)
        WHERE task = 'revoke_due' AND cause IN ('schedule','catch_up') AND status <> 'interrupted'",
    "CREATE INDEX batch_runs_started ON batch_runs (started_at)",
    "CREATE TABLE attempts (
        id {id},
        case_id BIGINT NOT NULL REFERENCES revocation_cases(id),
        case_version BIGINT NOT NULL,
        request_id TEXT NOT NULL UNIQUE,
        batch_run_id BIGINT REFERENCES batch_runs(id),
        actor TEXT NOT NULL,
        actor_name TEXT NOT NULL,
        issuer TEXT NOT NULL,
        serial TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        revocation_reason INTEGER NOT NULL,
        intended_at {instant} NOT NULL,
        outcome TEXT CHECK (outcome IN ('accepted','already_revoked','refused','unavailable')),
        answer TEXT,
        answered_at {instant},
        CHECK ((outcome IS NULL) = (answered_at IS NULL))
    )",
    "CREATE INDEX attempts_case ON attempts (case_id, id)",
    "CREATE TABLE evidence_documents (
        id {id},
        kind TEXT NOT NULL CHECK (kind IN ('crl','ocsp')),
        sha256 TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        bytes {blob} NOT NULL,
        this_update {instant} NOT NULL,
        next_update {instant},
        fetched_at {instant} NOT NULL
    )",
    "CREATE TABLE evidence (
        id {id},
        case_id BIGINT NOT NULL REFERENCES revocation_cases(id),
        document_id BIGINT NOT NULL REFERENCES evidence_documents(id),
        serial TEXT NOT NULL,
        revocation_reason INTEGER,
        revoked_at {instant} NOT NULL,
        judged_at {instant} NOT NULL,
        UNIQUE (case_id, document_id)
    )",
    // Mail
    "CREATE TABLE messages (
        id {id},
        case_id BIGINT REFERENCES revocation_cases(id),
        kind TEXT NOT NULL,
        event_key TEXT NOT NULL,
        recipients TEXT NOT NULL,
        subject TEXT NOT NULL,
        body_text TEXT NOT NULL,
        body_html TEXT NOT NULL,
        message_id TEXT NOT NULL UNIQUE,
        status TEXT NOT NULL CHECK (status IN ('queued','sent','failed','cancelled')),
        attempts INTEGER NOT NULL,
        next_attempt_at {instant} NOT NULL,
        lease_until {instant},
        fence BIGINT NOT NULL,
        last_error TEXT,
        resend_of BIGINT REFERENCES messages(id),
        created_at {instant} NOT NULL,
        sent_at {instant},
        UNIQUE (case_id, kind, event_key)
    )",
    "CREATE INDEX messages_due ON messages (status, next_attempt_at)",
    // Calendar
    "CREATE TABLE holidays (
        date DATE PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('national','closure'))
    )",
    // Audit: one chain per database; the head row serialises the writers.
    "CREATE TABLE audit_head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        sequence BIGINT NOT NULL,
        hash TEXT NOT NULL
    )",
    "INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, '')",
    "CREATE TABLE audit_events (
        sequence BIGINT PRIMARY KEY,
        at {instant} NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        case_id BIGINT REFERENCES revocation_cases(id),
        detail TEXT NOT NULL,
        address TEXT,
        hash TEXT NOT NULL
    )",
    "CREATE INDEX audit_events_case ON audit_events (case_id, sequence)",
];
