-- pgbench: 500 cases in one statement, what the database can do at most.
WITH taken AS MATERIALIZED (
  SELECT id FROM cases WHERE state = 1 AND due_at <= now() ORDER BY due_at, id LIMIT 500 FOR UPDATE SKIP LOCKED
), revoked AS (
  UPDATE cases SET state = 2, revoked_at = now(), version = version + 1 FROM taken WHERE cases.id = taken.id
  RETURNING cases.id
), audited AS (
  INSERT INTO audit (case_id, detail) SELECT id, '{"reason": 4}' FROM revoked
)
INSERT INTO outbox (case_id, payload) SELECT id, '{"kind": "revoked"}' FROM revoked;
