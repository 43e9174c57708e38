"""rate.py CASES SECONDS: cases a second from the first to the last, or until the time is over. DATABASE_URL."""

import os
import sys
import time

import psycopg

cases, limit = int(sys.argv[1]), float(sys.argv[2])
database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def done() -> int:
    value, called = database.execute("SELECT last_value, is_called FROM audit_id_seq").fetchone()
    return value if called else 0


waited = time.monotonic()
while done() == 0:
    time.sleep(0.005)
    if time.monotonic() - waited > 60:
        sys.exit("no case in a minute")
start, first = time.monotonic(), done()
last, last_at = first, start
while last < cases and time.monotonic() - start < limit and time.monotonic() - last_at < 10:
    time.sleep(0.02)
    now = done()
    if now > last:
        last, last_at = now, time.monotonic()
print(round((last - first) / max(last_at - start, 1e-9), 1))
