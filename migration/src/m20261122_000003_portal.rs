//! The customers' side: accounts and their sessions, drafts of applications, proposals of new contacts, forms asked for,
//! and the time of day at which a customer would like to be called.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    "CREATE TABLE customers (
        id {id},
        subscriber_id BIGINT NOT NULL REFERENCES subscribers(id),
        login TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        email TEXT NOT NULL,
        password_hash TEXT,
        totp_secret TEXT,
        totp_last_step BIGINT,
        last_login_at {instant},
        disabled_at {instant},
        created_at {instant} NOT NULL
    )",
    "CREATE INDEX customers_subscriber ON customers (subscriber_id)",
    "CREATE TABLE customer_links (
        token_hash TEXT PRIMARY KEY,
        customer_id BIGINT NOT NULL REFERENCES customers(id),
        purpose TEXT NOT NULL CHECK (purpose IN ('invitation','password_reset')),
        created_at {instant} NOT NULL,
        expires_at {instant} NOT NULL,
        used_at {instant}
    )",
    "CREATE INDEX customer_links_customer ON customer_links (customer_id)",
    "CREATE TABLE customer_recovery_codes (
        code_hash TEXT PRIMARY KEY,
        customer_id BIGINT NOT NULL REFERENCES customers(id),
        used_at {instant}
    )",
    "CREATE INDEX customer_recovery_codes_customer ON customer_recovery_codes (customer_id)",
    "ALTER TABLE sessions ADD COLUMN customer_id BIGINT REFERENCES customers(id)",
    "CREATE INDEX sessions_customer ON sessions (customer_id)",
    "CREATE TABLE reissue_drafts (
        id {id},
        customer_id BIGINT NOT NULL REFERENCES customers(id),
        certificate_id BIGINT NOT NULL REFERENCES certificates(id),
        reason TEXT NOT NULL,
        key_possibly_exposed BOOLEAN,
        requested_on TEXT NOT NULL,
        csr_choice TEXT NOT NULL CHECK (csr_choice IN ('reuse','given','later')),
        csr TEXT NOT NULL,
        reception_number TEXT,
        created_at {instant} NOT NULL,
        updated_at {instant} NOT NULL,
        UNIQUE (customer_id, certificate_id)
    )",
    "CREATE INDEX reissue_drafts_updated ON reissue_drafts (updated_at)",
    "CREATE TABLE contact_proposals (
        id {id},
        subscriber_id BIGINT NOT NULL REFERENCES subscribers(id),
        case_id BIGINT REFERENCES revocation_cases(id),
        role TEXT NOT NULL CHECK (role IN ('procedure_contact','application_responsible')),
        name TEXT NOT NULL,
        name_kana TEXT,
        department TEXT,
        email TEXT NOT NULL,
        phone TEXT NOT NULL,
        proposed_by TEXT NOT NULL,
        proposed_by_name TEXT NOT NULL,
        proposed_at {instant} NOT NULL,
        contact_change_id BIGINT REFERENCES contact_changes(id),
        declined_by TEXT,
        declined_at {instant},
        declined_ground TEXT,
        CHECK ((declined_at IS NULL) = (declined_ground IS NULL)),
        CHECK (contact_change_id IS NULL OR declined_at IS NULL)
    )",
    "CREATE UNIQUE INDEX contact_proposals_open ON contact_proposals (subscriber_id, role)
        WHERE contact_change_id IS NULL AND declined_at IS NULL",
    "ALTER TABLE contact_changes ADD COLUMN proposal_id BIGINT REFERENCES contact_proposals(id)",
    "ALTER TABLE contact_changes ADD COLUMN declined_by TEXT",
    "ALTER TABLE contact_changes ADD COLUMN declined_at {instant}",
    "ALTER TABLE contact_changes ADD COLUMN declined_ground TEXT",
    "DROP INDEX contact_changes_pending",
    "CREATE UNIQUE INDEX contact_changes_open ON contact_changes (subscriber_id, role)
        WHERE approved_at IS NULL AND declined_at IS NULL",
    "CREATE TABLE form_requests (
        id {id},
        certificate_id BIGINT NOT NULL REFERENCES certificates(id),
        form TEXT NOT NULL CHECK (form IN ('new_application','revocation_application')),
        requested_by TEXT NOT NULL,
        requested_by_name TEXT NOT NULL,
        requested_at {instant} NOT NULL,
        UNIQUE (certificate_id, form)
    )",
    "ALTER TABLE revocation_cases ADD COLUMN call_band TEXT
        CHECK (call_band IN ('morning','early_afternoon','late_afternoon'))",
];

const DOWN: &[&str] = &[
    "ALTER TABLE revocation_cases DROP COLUMN call_band",
    "DROP TABLE form_requests",
    "DROP INDEX contact_changes_open",
    "CREATE UNIQUE INDEX contact_changes_pending ON contact_changes (subscriber_id, role) WHERE approved_at IS NULL",
    "ALTER TABLE contact_changes DROP COLUMN declined_ground",
    "ALTER TABLE contact_changes DROP COLUMN declined_at",
    "ALTER TABLE contact_changes DROP COLUMN declined_by",
    "ALTER TABLE contact_changes DROP COLUMN proposal_id",
    "DROP TABLE contact_proposals",
    "DROP TABLE reissue_drafts",
    "DROP INDEX sessions_customer",
    "ALTER TABLE sessions DROP COLUMN customer_id",
    "DROP TABLE customer_recovery_codes",
    "DROP TABLE customer_links",
    "DROP TABLE customers",
];
