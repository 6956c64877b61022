"""A real Prometheus scrapes the real program while everything goes wrong: does each alert fire from its cause?

Time runs as in the drills. Needs the testbed's Python, and proof/ and drills/ on PYTHONPATH. Prints which alerts
did not fire, or fired too early, then `N passed, N failed`.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bed import bed
from scale import scaled_rules, seconds
from scheduler import Scheduler, scheduler
from servers import Server, scraping, wait_until
from stand import Scene, clickhouse, configuration, ledger

_RULES = (Path(__file__).resolve().parents[1] / "iceberg-offload.rules.yml").read_text()
# Seconds; leases are renewed every 15 s in a drill too.
_PATIENCE = 60
# Rows of the last hour.
_RECENT = """
INSERT INTO {table} (id, at, word, amount)
SELECT number + {first} AS n, now64(6) - 3600 + n / 1000, 'w', 1 FROM numbers({count})
"""
# A source whose newest row is always 25 minutes old, in the time of a drill.
_ALWAYS_LATE = """
CREATE VIEW {table} AS SELECT toUInt32(1) AS id, toDateTime64(now64(6) - {age}, 6, 'UTC') AS at, 'w' AS word,
    toDecimal64(1, 4) AS amount, 'spot' AS venue
"""
_TAKEN = """
UPDATE offload_leases SET holder = 'elsewhere:1', token = nextval('offload_lease_tokens'),
    expires_at = now() + interval '1 second' WHERE name = 'scheduler'
"""


@dataclass
class Troubles:
    """The program, its tables, and what is done to them."""

    stuck: Scene
    late: Scene
    edited: Scene
    older: Scene
    slow: Scene
    row_count: int = 0
    program: Scheduler | None = field(default=None)

    @property
    def tables(self) -> list[Scene]:
        return [self.stuck, self.late, self.edited, self.older, self.slow]

    def configure(self, pause: float) -> None:
        """The slow table's rows take ClickHouse so many seconds to find; a running program is told."""
        # No single sleep may be longer than 3 s, and of two that are the same only one is slept.
        self.slow.options["where"] = f'"sleep({pause * 0.6}) + sleep({pause * 0.4}) = 0"'
        schedule = f"schedule: {{interval: {seconds(15):.0f}s, parallel_tables: 8}}\ntables: []"
        self.stuck.config.write_text(configuration(self.tables, {"tables: []": schedule}))
        if self.program:
            self.program.process.send_signal(signal.SIGHUP)

    def insert(self, count: int = 10) -> None:
        """Rows into the tables whose watermark and catalog are wrong, which shows when they have some to move."""
        for table in (self.edited, self.older):
            table.insert(self.row_count, count)
        self.row_count += count

    def upset(self) -> None:
        """A full disk, columns unknown to Iceberg, a TTL that comes soon, an edited watermark, an old catalog."""
        _as_root("mount", "-o", "remount,size=1g", _folder())
        clickhouse(f"ALTER TABLE {self.stuck.table} ADD COLUMN venue String")
        clickhouse(f"DROP TABLE {self.late.table} SYNC")
        clickhouse(_ALWAYS_LATE.format(table=self.late.table, age=seconds(25)))
        clickhouse(_RECENT.format(table=self.stuck.table, first=1_000, count=100_000))
        clickhouse(f"ALTER TABLE {self.stuck.table} MODIFY TTL toDateTime(at) + INTERVAL 90 MINUTE")
        ledger(
            "UPDATE offload_watermarks SET position = position - 3000000,"
            " last_offload_timestamp = last_offload_timestamp - interval '3 seconds' WHERE table_name = %s",
            self.edited.table,
        )
        ledger(
            "UPDATE iceberg_tables SET metadata_location = previous_metadata_location WHERE table_name = %s",
            self.older.name,
        )

    def take_lease(self) -> None:
        """Another process takes the scheduler's lease, and lets it lapse."""
        if "\noffload_scheduler_active 1" in self.program.metrics():
            ledger(_TAKEN)


class Trial:
    """Sees alerts fire, cause by cause."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.passed: list[str] = []
        self.faults: list[str] = []

    def expect(self, alerts: set[str], meanwhile: Callable[[], object]) -> None:
        """None of these fires yet; each does in time, while something goes on."""
        self.faults += [f"{name} fires before its cause" for name in sorted(alerts & self._firing())]
        waiting, deadline = set(alerts), time.monotonic() + _PATIENCE
        while waiting and time.monotonic() < deadline:
            meanwhile()
            waiting -= self._firing()
            time.sleep(0.2)
        self.faults += [f"{name} does not fire" for name in sorted(waiting)]
        self.passed += sorted(alerts - waiting)

    def is_calm(self) -> bool:
        return not self._firing()

    def _firing(self) -> set[str]:
        alerts = self._server.get("/api/v1/alerts")["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}


def main() -> int:
    with bed(), _warehouse(), _troubles() as troubles:
        rules = scaled_rules(_RULES).replace(  # as often as leases are renewed, which is not scaled
            "lease_losses_total[20000ms]", "lease_losses_total[1h]"
        )
        with scheduler(troubles.stuck) as troubles.program:
            troubles.program.wait_for("OFFLOAD CYCLE COMPLETED")
            with scraping(troubles.program.port, rules) as server:
                trial = Trial(server)
                _try(trial, troubles)
    missed = set(re.findall(r"- alert: (\w+)", _RULES)) - set(trial.passed)
    for fault in trial.faults:
        print(fault)
    print(f"{len(trial.passed)} passed, {len(missed) + len(trial.faults)} failed")
    return 1 if missed or trial.faults else 0


def _try(trial: Trial, troubles: Troubles) -> None:
    wait_until(trial.is_calm, "all being well")
    troubles.upset()
    at_once = """ConsecutiveFailures LagCritical WatermarkStale WatermarkRegression ReconcileMismatch TTLHeadroomLow
        FreshnessBudgetBurn LagElevated SuccessRateLow ThroughputLow DiskSpaceLow"""
    trial.expect(_names(at_once), troubles.insert)
    troubles.configure(pause=seconds(7))
    trial.expect(_names("CycleSlow"), troubles.insert)
    troubles.configure(pause=seconds(13))
    trial.expect(_names("CycleTooSlow"), troubles.insert)
    troubles.configure(pause=0)
    trial.expect(_names("LeaseFlapping"), troubles.take_lease)
    troubles.program.process.kill()
    trial.expect(_names("SchedulerDown"), lambda: None)


def _names(words: str) -> set[str]:
    return {f"IcebergOffload{word}" for word in words.split()}


@contextmanager
def _troubles() -> Iterator[Troubles]:
    """All tables have been offloaded twice, and all is well."""
    troubles = Troubles(*(Scene(name) for name in ("stuck", "late", "edited", "older", "slow")))
    troubles.configure(pause=0)
    troubles.slow.insert(0, 10)
    for first in (0, 100):
        clickhouse(_RECENT.format(table=troubles.stuck.table, first=first, count=100))
        troubles.insert()
        outcome = troubles.stuck.run("cycle")
        assert outcome.status == 0, outcome.output
    yield troubles


@contextmanager
def _warehouse() -> Iterator[None]:
    """The warehouse on a file system of its own, with enough space."""
    _as_root("mount", "-t", "tmpfs", "-o", "size=20g,mode=777", "tmpfs", _folder())
    try:
        yield
    finally:
        _as_root("umount", "--lazy", _folder())


def _folder() -> str:
    return os.environ["OFFLOAD_WAREHOUSE"]


def _as_root(*command: str) -> None:
    subprocess.run([*([] if os.geteuid() == 0 else ["sudo"]), *command], check=True)


if __name__ == "__main__":
    sys.exit(main())
