"""What must hold once a nemesis has gone: one leads, cycles end, counters are right, no secret is told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from nemesis_deeds import Rows
from schedulers import Scheduler
from stand import Scene, ledger

_PATIENCE = 90.0  # seconds in which schedulers that are healed must have found their way back


def one_leads(schedulers: list[Scheduler]) -> list[str]:
    """Waits until one leads and one stands by; who slept through its lease learns of it when it renews it."""
    return _wait(
        schedulers, "one leader", lambda: sum(scheduler.is_leading() for scheduler in schedulers) == 1
    )


def two_cycles(schedulers: list[Scheduler]) -> list[str]:
    """Waits until two cycles that begin from now on have ended."""
    [(now,)] = ledger("SELECT clock_timestamp()")
    sql = "SELECT count(*) FROM offload_cycles WHERE started_at > %s"
    return _wait(schedulers, "two cycles", lambda: ledger(sql, now)[0][0] >= 2)


def _wait(schedulers: list[Scheduler], what: str, condition: Callable[[], bool]) -> list[str]:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return [f"not {what} within {_PATIENCE:.0f} s after the healing"]
        for scheduler in schedulers:
            scheduler.keep_running()
        time.sleep(0.1)
    return []


def counter_violations(scenes: list[Scene], schedulers: list[Scheduler], rows: Rows) -> list[str]:
    """What is committed in peace is counted exactly; in all, the survivors count no more than there is."""
    before = _committed(scenes), _counted(scenes, schedulers)
    for scene in scenes:
        rows.add(scene, 100)
    found = two_cycles(schedulers)
    after = _committed(scenes), _counted(scenes, schedulers)
    for scene in scenes:
        committed, counted = (end[scene.table] - start[scene.table] for start, end in zip(before, after))
        if committed != 100 or counted != 100:
            found.append(
                f"{scene.table}: 100 rows came, {committed} are in the ledger, {counted} were counted"
            )
        if after[1][scene.table] > after[0][scene.table]:
            found.append(f"{scene.table}: {after[1]} rows were counted, {after[0]} are in the ledger")
    return found


def _committed(scenes: list[Scene]) -> dict[str, int]:
    sql = (
        "SELECT table_name, sum(row_count)::bigint FROM offload_batches WHERE status = 'committed' GROUP BY 1"
    )
    return dict.fromkeys((scene.table for scene in scenes), 0) | dict(ledger(sql))


def _counted(scenes: list[Scene], schedulers: list[Scheduler]) -> dict[str, int]:
    counts = [scheduler.committed_rows() for scheduler in schedulers]
    return {scene.table: sum(count.get(scene.table, 0) for count in counts) for scene in scenes}


def secret_violations(schedulers: list[Scheduler]) -> list[str]:
    """Neither password in argv, environment, logs, pages or the ledger."""
    names = ("OFFLOAD_PG_PASSWORD_FILE", "OFFLOAD_CH_PASSWORD_FILE")
    secrets = [Path(os.environ[name]).read_text().strip() for name in names]
    places = {"last_error_message": str(ledger("SELECT last_error_message FROM offload_watermarks"))}
    for scheduler in schedulers:
        places |= scheduler.traces()
    return [f"a secret in {place}" for place, text in places.items() if any(one in text for one in secrets)]
