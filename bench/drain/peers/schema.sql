-- psql -v n=20000: so many due cases, and the two tables that every revocation writes to besides.
CREATE TABLE cases (
  id BIGINT PRIMARY KEY,
  reception_number TEXT NOT NULL,
  serial BYTEA NOT NULL,
  state SMALLINT NOT NULL DEFAULT 1,
  version INT NOT NULL DEFAULT 0,
  due_at TIMESTAMPTZ NOT NULL,
  revoked_at TIMESTAMPTZ
);
CREATE TABLE audit (
  id BIGSERIAL PRIMARY KEY,
  case_id BIGINT NOT NULL,
  at TIMESTAMPTZ NOT NULL DEFAULT now(),
  detail JSONB NOT NULL
);
CREATE TABLE outbox (
  id BIGSERIAL PRIMARY KEY,
  case_id BIGINT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  payload JSONB NOT NULL,
  sent_at TIMESTAMPTZ
);
INSERT INTO cases (id, reception_number, serial, due_at)
SELECT i, 'RQ-' || lpad(i::TEXT, 9, '0'), decode(md5(i::TEXT), 'hex'), now() - INTERVAL '1 day'
FROM generate_series(1, :n) i;
CREATE INDEX cases_due ON cases (due_at, id) WHERE state = 1;
CREATE INDEX audit_case ON audit (case_id);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
VACUUM ANALYZE cases;
CHECKPOINT;
