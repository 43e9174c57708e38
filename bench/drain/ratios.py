"""ratios.py drain.jsonl: cases a second (min, median, max) of each row, and ours against it."""

import collections
import json
import statistics
import sys

measured = collections.defaultdict(list)
for line in open(sys.argv[1]):
    row = json.loads(line)
    if "row" in row:
        measured[row["workers"], row["row"]].append(row["per_s"])
for workers in sorted({workers for workers, _ in measured}):
    ours = statistics.median(measured[workers, "ours: all"])
    print(f"\n{workers} workers | cases/s min – median – max | ours: all against it")
    print("|---|---|---|")
    for (at, row), rates in measured.items():
        if at == workers:
            middle = statistics.median(rates)
            print(f"| {row} | {min(rates):,.0f} – {middle:,.0f} – {max(rates):,.0f} | {ours / middle:.2f} |")
