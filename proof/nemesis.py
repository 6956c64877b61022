#!/usr/bin/env python3
"""Two schedulers, rows that never stop, and a nemesis that does at random whatever can happen to either of them.

The nemesis spoils exchanges on the wires, loses replies to COMMIT, kills and pauses schedulers, lets their leases lapse,
restarts PostgreSQL and sends in cycles and catch-ups by hand. Then all is healed: within two cycles every row must have
arrived, exactly once. One scheduler reaches PostgreSQL by pgbouncer. The testbed is one of its own.

    .venv/bin/python proof/nemesis.py [--seconds N] [--seed N]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from checker import violations
from nemesis_ambush import ANYWHERE, OF_CLICKHOUSE, Ambush
from proxy import relay
from schedulers import Scheduler
from stand import ROOT, Scene, configuration, ledger, prepare
from wire_cells import BEFORE_PGBOUNCER, CLICKHOUSE, POSTGRES

_OPTIONS = {"max_rows_per_file": "40", "partition_by": '["bucket(2, id)"]'}
_TABLE_COUNT = 3
_SCHEDULE = {"catalog:": "schedule: {interval: 1s, table_timeout: 30s, stop_timeout: 5s}\ncatalog:"}
_PATIENCE = 90.0  # seconds in which schedulers that are healed must have found their way back
_BY_HAND = 60.0  # seconds for a command


class Rows:
    """New rows in every table, all the time, some at once and some in bursts of several windows."""

    def __init__(self, scenes: list[Scene], seed: int) -> None:
        self._random = random.Random(seed)
        self._counts = dict.fromkeys((scene.name for scene in scenes), 0)
        self._scenes = scenes
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._arrive)

    def __enter__(self) -> Rows:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    @property
    def count(self) -> int:
        return sum(self._counts.values())

    def add(self, scene: Scene, count: int) -> None:
        scene.insert(self._counts[scene.name], count)
        self._counts[scene.name] += count

    def _arrive(self) -> None:
        while not self._is_over.wait(0.5):
            for scene in self._scenes:
                self.add(scene, self._random.choice((0, 1, 5, 50)))


class Nemesis:
    """What can go wrong, by a seed."""

    def __init__(
        self, luck: random.Random, scenes: list[Scene], schedulers: list[Scheduler], wires: list[Ambush]
    ) -> None:
        """`wires`: that of ClickHouse first."""
        self._random = luck
        self._scenes = scenes
        self._schedulers = schedulers
        self._wires = wires
        self._own_count = 0
        self.found: list[str] = []

    @property
    def fault_count(self) -> int:
        """All that has really happened."""
        return self._own_count + sum(wire.sprung_count for wire in self._wires)

    def rage(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        actions: list[tuple[Callable[[], None], int]] = [
            (self._spoil_exchange, 12),
            (self._lose_commit, 4),
            (self._cut_off, 2),
            (self._kill, 3),
            (self._pause, 3),
            (self._restart_postgres, 1),
            (self._work_by_hand, 2),
        ]
        while time.monotonic() < deadline:
            [action] = self._random.choices(*zip(*actions))
            action()
            for scheduler in self._schedulers:
                scheduler.keep_running()
            left = deadline - time.monotonic()
            print(f"\rnemesis: {self.fault_count} faults, {left:.0f} s left ", end="", file=sys.stderr, flush=True)
            time.sleep(self._random.uniform(0, 0.5))  # the nemesis takes breath; nobody waits for anything

    def _spoil_exchange(self) -> None:
        self._random.choice(self._wires).lay_any()

    def _lose_commit(self) -> None:
        self._random.choice(self._wires[1:]).lay_for_commit()

    def _cut_off(self) -> None:
        """A server is out of reach for a while."""
        wire = self._random.choice(self._wires)
        self._own_count += 1
        wire.block()
        time.sleep(self._random.uniform(0.2, 2))
        wire.unblock()

    def _kill(self) -> None:
        self._own_count += 1
        self._random.choice(self._schedulers).kill()

    def _pause(self) -> None:
        """So long that its leases lapse; then it wakes up and believes that it still has them."""
        scheduler = self._random.choice(self._schedulers)
        self._own_count += 1
        scheduler.pause()
        # The paused one may hold a row's lock, for as long as PostgreSQL lets a transaction idle.
        ledger(
            "UPDATE offload_leases SET expires_at = '-infinity'"
            " WHERE name IN (SELECT name FROM offload_leases FOR UPDATE SKIP LOCKED)"
        )
        time.sleep(self._random.uniform(0.2, 4))
        scheduler.go_on()

    def _restart_postgres(self) -> None:
        self._own_count += 1
        postgres_control("restart", "--mode", self._random.choice(["fast", "immediate"]))

    def _work_by_hand(self) -> None:
        """A cycle and a catch-up straight to the servers, at once."""
        self._own_count += 1
        chosen = self._random.choice(self._scenes)
        with chosen.start("cycle") as first, chosen.start("catch-up") as second:
            for process in (first, second):
                output, _ = process.communicate(timeout=_BY_HAND)
                if process.returncode not in (0, 1, 3):
                    self.found.append(f"a command ended with {process.returncode}: {output.strip()}")


def postgres_control(*arguments: str) -> None:
    """pg_ctl for the testbed's PostgreSQL; waits."""
    home = (Path(os.environ["OFFLOAD_CONFIG"]).parent / "pg").resolve()
    program = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))[-1]
    subprocess.run(
        [program, *arguments, "--silent", "--wait", "--pgdata", home / "data", "--log", home / "log"],
        user="postgres" if os.geteuid() == 0 else None,
        cwd="/",
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def one_leads(schedulers: list[Scheduler]) -> list[str]:
    """Waits until one leads and the other stands by: who slept through its lease learns of it at the next renewal."""
    return _wait(schedulers, "one leader", lambda: sum(scheduler.is_leading() for scheduler in schedulers) == 1)


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
            found.append(f"{scene.table}: 100 rows came, {committed} are in the ledger, {counted} were counted")
        if after[1][scene.table] > after[0][scene.table]:
            found.append(f"{scene.table}: {after[1]} rows were counted, {after[0]} are in the ledger")
    return found


def _committed(scenes: list[Scene]) -> dict[str, int]:
    sql = "SELECT table_name, sum(row_count)::bigint FROM offload_batches WHERE status = 'committed' GROUP BY 1"
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


@contextlib.contextmanager
def testbed() -> Iterator[Path]:
    """Servers that nobody else uses; their variables are this process's."""
    with tempfile.TemporaryDirectory(prefix="offload-nemesis-") as name:
        folder = Path(name) / "testbed"
        up = subprocess.run([ROOT / "testbed/up", "--dir", folder], check=True, capture_output=True, text=True)
        try:
            lines = (line.removeprefix("export ") for line in up.stdout.splitlines())
            os.environ.update(dict(line.split("=", 1) for line in lines))
            yield Path(name)
        finally:
            subprocess.run([ROOT / "testbed/down", "--dir", folder], check=True)


def prove(seconds: float, seed: int, folder: Path) -> tuple[Nemesis, Rows]:
    """The whole play; what it found is the nemesis's."""
    prepare()
    scenes = [Scene(f"nemesis_{number}", _OPTIONS) for number in range(_TABLE_COUNT)]
    luck = random.Random(seed)
    with contextlib.ExitStack() as stack:
        ways = [stack.enter_context(wire.open(relay)) for wire in (CLICKHOUSE, POSTGRES, BEFORE_PGBOUNCER)]
        wires = [
            Ambush(proxy, possible, luck)
            for (proxy, _), possible in zip(ways, (OF_CLICKHOUSE, ANYWHERE, ANYWHERE))
        ]
        (_, source), *ledgers = ways
        schedulers = [
            stack.enter_context(Scheduler(name, folder, configuration(scenes, source | changes | _SCHEDULE)))
            for name, (_, changes) in zip(("direct", "pooled"), ledgers)
        ]
        nemesis = Nemesis(luck, scenes, schedulers, wires)
        with Rows(scenes, seed) as rows:
            for scheduler in schedulers:
                scheduler.keep_running()
            nemesis.rage(seconds)
        for wire in wires:
            wire.heal()
        nemesis.found += one_leads(schedulers) + two_cycles(schedulers)
        nemesis.found += [f"{scene.table}: {one}" for scene in scenes for one in violations(scene)]
        nemesis.found += counter_violations(scenes, schedulers, rows)
        nemesis.found += secret_violations(schedulers)
        for scheduler in schedulers:
            if code := scheduler.stop():
                nemesis.found.append(f"a healed scheduler stopped with {code}")
            nemesis.found += [f"a scheduler ended with {end}" for end in scheduler.ends if end not in (0, 1)]
        nemesis.found += [f"{scene.table} in the end: {one}" for scene in scenes for one in violations(scene)]
    return nemesis, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print(f"nemesis: seed {options.seed}", file=sys.stderr)
    # An exit in order, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with testbed() as folder:
        nemesis, rows = prove(options.seconds, options.seed, folder)
        if nemesis.found:
            logs = shutil.copytree(folder, tempfile.mkdtemp(prefix="offload-nemesis-logs-"), dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("testbed"))
            print(f"\nthe logs of both schedulers: {logs}", file=sys.stderr)
    print(file=sys.stderr)
    for violation in nemesis.found:
        print(f"{violation}\n  replay: proof/nemesis.py --seed {options.seed}", file=sys.stderr)
    print(
        f"nemesis: {options.seconds} s, {nemesis.fault_count} faults, {rows.count} rows,"
        f" {len(nemesis.found)} violations"
    )
    sys.exit(1 if nemesis.found else 0)


if __name__ == "__main__":
    main()
