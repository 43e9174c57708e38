// What a job does with its case, in one transaction of its own.
export async function revoke(client, id) {
  await client.query("BEGIN");
  await client.query({
    name: "case",
    text: "UPDATE cases SET state = 2, revoked_at = now(), version = version + 1 WHERE id = $1",
    values: [id],
  });
  await client.query({
    name: "audit",
    text: `INSERT INTO audit (case_id, detail) VALUES ($1, '{"reason": 4}')`,
    values: [id],
  });
  await client.query({
    name: "outbox",
    text: `INSERT INTO outbox (case_id, payload) VALUES ($1, '{"kind": "revoked"}')`,
    values: [id],
  });
  await client.query("COMMIT");
}
