// pgboss.mjs push CASES | work WORKERS
import * as library from "pg-boss";
import pg from "pg";
import { revoke } from "./job.mjs";

const [verb, number] = [process.argv[2], Number(process.argv[3])];
const Boss = library.PgBoss ?? library.default;
const connectionString = process.env.DATABASE_URL;
const boss = new Boss({ connectionString, max: verb === "work" ? number + 2 : 2, supervise: false, schedule: false });
boss.on("error", (error) => console.error(String(error)));
await boss.start();
if (verb === "push") {
  await boss.createQueue("revoke");
  for (let i = 1; i <= number; i += 1000) {
    const length = Math.min(1000, number - i + 1);
    await boss.insert("revoke", Array.from({ length }, (_, j) => ({ name: "revoke", data: { id: i + j } })));
  }
  await boss.stop();
  process.exit(0);
}
const pool = new pg.Pool({ connectionString, max: number });
// The fastest way it offers: 100 jobs fetched at a time, completed together, without a pause for polling.
async function worker() {
  for (;;) {
    const jobs = await boss.fetch("revoke", { batchSize: 100 });
    if (!jobs?.length) return;
    const client = await pool.connect();
    for (const job of jobs) await revoke(client, job.data.id);
    client.release();
    await boss.complete("revoke", jobs.map((job) => job.id));
  }
}
await Promise.all(Array.from({ length: number }, worker));
process.exit(0);
