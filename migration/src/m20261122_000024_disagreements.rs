//! What a CA published about a revocation that is not what was ordered: for a person to look at.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    // disagreement: without a list of names, which SQLite could not extend.
    "CREATE TABLE proof_disagreements (
        id {id},
        case_id BIGINT NOT NULL REFERENCES revocation_cases (id),
        disagreement TEXT NOT NULL CHECK (disagreement <> ''),
        document_id BIGINT NOT NULL REFERENCES evidence_documents (id),
        found_at {instant} NOT NULL,
        UNIQUE (case_id, disagreement)
    )",
    "CREATE INDEX proof_disagreements_document ON proof_disagreements (document_id)",
];

const DOWN: &[&str] = &["DROP TABLE proof_disagreements"];
