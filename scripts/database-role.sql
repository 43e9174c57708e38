-- The roles on PostgreSQL. The program works as revdesk_app: what is recorded it may read and add to, never change or delete.
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

-- The portal's role: within a customer's request the program becomes it, and sees the rows of that customer's organisation
-- alone, whatever a query asks for. Without `app.subscriber_id` there are none. Tables that are not named it cannot read.
DO $$ BEGIN
  CREATE ROLE revdesk_portal NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
  IF NOT pg_has_role('revdesk_app', 'revdesk_portal', 'MEMBER') THEN GRANT revdesk_portal TO revdesk_app; END IF;
EXCEPTION WHEN unique_violation THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO revdesk_portal;
GRANT SELECT ON halts, audit_head, blocked_keys TO revdesk_portal;

CREATE OR REPLACE FUNCTION portal_subscriber() RETURNS BIGINT LANGUAGE sql STABLE AS
  $$ SELECT NULLIF(current_setting('app.subscriber_id', true), '')::BIGINT $$;

DO $$
DECLARE
  wall RECORD;
  by_case CONSTANT TEXT := 'EXISTS (SELECT 1 FROM revocation_cases k WHERE k.id = case_id)';
  by_certificate CONSTANT TEXT := 'EXISTS (SELECT 1 FROM certificates c WHERE c.id = certificate_id)';
  by_subscriber CONSTANT TEXT := 'subscriber_id = portal_subscriber()';
BEGIN
  FOR wall IN SELECT * FROM (VALUES
    ('subscribers', 'id = portal_subscriber()'),
    ('certificates', by_subscriber), ('revocation_cases', by_subscriber), ('customers', by_subscriber),
    ('contacts', by_subscriber), ('contact_changes', by_subscriber), ('contact_proposals', by_subscriber),
    ('reissue_applications', by_certificate), ('form_requests', by_certificate),
    ('calls', by_case), ('messages', by_case), ('audit_events', by_case), ('attempts', by_case),
    ('authorizations', by_case), ('override_requests', by_case), ('installation_looks', by_case),
    ('proof_disagreements', by_case), ('evidence', by_case),
    ('evidence_documents', 'EXISTS (SELECT 1 FROM evidence e WHERE e.document_id = evidence_documents.id)'),
    ('customer_recovery_codes', 'EXISTS (SELECT 1 FROM customers c WHERE c.id = customer_id)')
  ) AS walls (place, own) LOOP
    EXECUTE format('GRANT SELECT ON %I TO revdesk_portal', wall.place);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', wall.place);
    EXECUTE format('DROP POLICY IF EXISTS everything ON %I', wall.place);
    EXECUTE format('DROP POLICY IF EXISTS own ON %I', wall.place);
    EXECUTE format('CREATE POLICY everything ON %I TO revdesk_app USING (true) WITH CHECK (true)', wall.place);
    EXECUTE format('CREATE POLICY own ON %I FOR SELECT TO revdesk_portal USING (%s)', wall.place, wall.own);
  END LOOP;
END $$;
