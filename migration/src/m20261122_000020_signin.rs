//! How members of staff sign in: confirmation codes with their recovery codes, passkeys, single sign-on; when they last did.

crate::statement::steps!(UP, DOWN);

const UP: &[&str] = &[
    // Sealed under the master key, as customers.totp_secret from here on.
    "ALTER TABLE users ADD COLUMN totp_secret TEXT",
    "ALTER TABLE users ADD COLUMN totp_last_step BIGINT",
    "ALTER TABLE users ADD COLUMN last_login_at {instant}",
    // Issuer and subject, parted by a blank: who the account is at the provider of single sign-on.
    "ALTER TABLE users ADD COLUMN sso_subject TEXT",
    "CREATE UNIQUE INDEX users_sso_subject ON users (sso_subject) WHERE sso_subject IS NOT NULL",
    "CREATE TABLE user_recovery_codes (
        code_hash TEXT PRIMARY KEY,
        user_id BIGINT NOT NULL REFERENCES users(id),
        used_at {instant}
    )",
    "CREATE INDEX user_recovery_codes_user ON user_recovery_codes (user_id)",
    // credential: JSON, the public key with it.
    "CREATE TABLE passkeys (
        id {id},
        user_id BIGINT NOT NULL REFERENCES users(id),
        credential_id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL CHECK (name <> ''),
        credential TEXT NOT NULL,
        created_at {instant} NOT NULL,
        last_used_at {instant}
    )",
    "CREATE INDEX passkeys_user ON passkeys (user_id)",
];

const DOWN: &[&str] = &[
    "DROP TABLE passkeys",
    "DROP TABLE user_recovery_codes",
    "DROP INDEX users_sso_subject",
    "ALTER TABLE users DROP COLUMN sso_subject",
    "ALTER TABLE users DROP COLUMN last_login_at",
    "ALTER TABLE users DROP COLUMN totp_last_step",
    "ALTER TABLE users DROP COLUMN totp_secret",
];
