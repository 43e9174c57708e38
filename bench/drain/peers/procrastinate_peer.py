"""procrastinate_peer.py push CASES | work WORKERS"""

import asyncio
import os
import sys

import procrastinate
from psycopg_pool import AsyncConnectionPool

VERB, NUMBER = sys.argv[1], int(sys.argv[2])
ADDRESS = os.environ["DATABASE_URL"]
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=ADDRESS, max_size=min(NUMBER, 32) + 3))
pool: AsyncConnectionPool


@app.task(queue="revoke", name="revoke")
async def revoke(id: int) -> None:
    async with pool.connection() as client, client.transaction():
        await client.execute(
            "UPDATE cases SET state = 2, revoked_at = now(), version = version + 1 WHERE id = %s", (id,))
        await client.execute("INSERT INTO audit (case_id, detail) VALUES (%s, '{\"reason\": 4}')", (id,))
        await client.execute("INSERT INTO outbox (case_id, payload) VALUES (%s, '{\"kind\": \"revoked\"}')", (id,))


async def main() -> None:
    global pool
    async with app.open_async():
        if VERB == "push":
            await app.schema_manager.apply_schema_async()
            for i in range(1, NUMBER + 1, 1000):
                await revoke.batch_defer_async(*[{"id": id} for id in range(i, min(i + 1000, NUMBER + 1))])
            return
        pool = AsyncConnectionPool(ADDRESS, min_size=NUMBER, max_size=NUMBER, open=False)
        await pool.open()
        await app.run_worker_async(queues=["revoke"], concurrency=NUMBER, wait=True, install_signal_handlers=False)


asyncio.run(main())
