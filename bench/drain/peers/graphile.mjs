// graphile.mjs push CASES | work WORKERS
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { revoke } from "./job.mjs";

const [verb, number] = [process.argv[2], Number(process.argv[3])];
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: number + 4 > 40 ? 8 : number + 4 });
if (verb === "push") {
  const utils = await makeWorkerUtils({ pgPool: pool });
  await utils.migrate();
  const specs = Array.from({ length: number }, (_, i) => ({ identifier: "revoke", payload: { id: i + 1 } }));
  for (let i = 0; i < number; i += 1000) await utils.addJobs(specs.slice(i, i + 1000));
  await pool.query("VACUUM ANALYZE");
  process.exit(0);
}
// Its settings for throughput: jobs fetched ahead, completions written together.
const runner = await run({
  pgPool: pool,
  taskList: { revoke: ({ id }, helpers) => helpers.withPgClient((client) => revoke(client, id)) },
  preset: {
    worker: { concurrentJobs: number, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
  },
  logger: new Logger(() => () => {}),
  noHandleSignals: true,
});
await runner.promise;
