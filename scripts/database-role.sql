-- The role with which the program works on PostgreSQL: what is recorded it may read and add to, never change or delete.
-- Run as the role that owns the database, after each `db migrate`; give the role its password yourself. See
-- docs/OPERATIONS.md, "A role that cannot rewrite the log".
DO $$ BEGIN
  CREATE ROLE revdesk_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO revdesk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO revdesk_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO revdesk_app;

-- The audit log: no event is changed or goes; its head moves, but there is one.
REVOKE UPDATE, DELETE ON audit_events FROM revdesk_app;
REVOKE INSERT, DELETE ON audit_head FROM revdesk_app;
-- What proves a revocation, and what somebody agreed to.
REVOKE UPDATE, DELETE ON evidence, evidence_documents, consents FROM revdesk_app;
-- The address that somebody agreed from goes when its time is over.
GRANT UPDATE (address) ON consents TO revdesk_app;
-- Texts and settings have versions; an old one stays as it was.
REVOKE UPDATE, DELETE ON text_versions, desk_settings FROM revdesk_app;
-- The schema belongs to the owner.
REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM revdesk_app;
