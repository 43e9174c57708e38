-- pgbench: one case in a transaction, the floor of every queue that works one by one.
BEGIN;
UPDATE cases SET state = 2, revoked_at = now(), version = version + 1
WHERE id = (SELECT id FROM cases WHERE state = 1 AND due_at <= now() ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id AS taken \gset
INSERT INTO audit (case_id, detail) VALUES (:taken, '{"reason": 4}');
INSERT INTO outbox (case_id, payload) VALUES (:taken, '{"kind": "revoked"}');
COMMIT;
