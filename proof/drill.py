#!/usr/bin/env python3
"""The drill that operators hold themselves: every step of it exactly once, and nothing of it left behind."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from stand import Scene, clickhouse, ledger, prepare

_TABLES = ["offload_watermarks", "offload_batches", "offload_watermark_history"]


def leftovers() -> list[str]:
    """What the drills' own tables have left on the servers and in the warehouse."""
    found = [row[0] for row in clickhouse("SELECT name FROM system.tables WHERE name LIKE 'offload_drill_%'")]
    for table in _TABLES:
        found += [row[0] for row in ledger(f"SELECT table_name FROM {table} WHERE table_name LIKE '%offload_drill_%'")]
    found += [row[0] for row in ledger("SELECT name FROM offload_leases WHERE name LIKE '%offload_drill_%'")]
    found += [row[0] for row in ledger("SELECT table_name FROM iceberg_tables WHERE table_name LIKE 'offload_drill_%'")]
    return found + [str(path) for path in Path(os.environ["OFFLOAD_WAREHOUSE"]).rglob("offload_drill_*")]


def main() -> int:
    started = time.monotonic()
    prepare()
    scene = Scene(f"drill_{os.getpid()}")
    outcome = scene.run("drill", "--json", "--database", "proof", timeout=120)
    violations = [] if outcome.status == 0 else [f"exit status {outcome.status}: {outcome.output}"]
    drills = json.loads(outcome.output)["drills"] if outcome.status in (0, 1) else []
    for drill in drills:
        hashes = {drill["source_hash"], drill["ledger_hash"], drill["iceberg_hash"]}
        if len(hashes) != 1 or None in hashes or drill["iceberg"] != drill["source"] or not drill["windows"]:
            violations.append(f"not exactly once: {drill}")
    if not any(drill["swept"] for drill in drills):
        violations.append("no drill left anything to sweep: nobody died in the middle")
    violations += [f"left behind: {name}" for name in leftovers()]
    scene.drop()
    for violation in violations:
        print(violation)
    seconds = time.monotonic() - started
    print(f"drill: {len(drills)} steps, {len(violations)} violations, {seconds:.0f} s")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
