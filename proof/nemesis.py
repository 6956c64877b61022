#!/usr/bin/env python3
"""Two schedulers, rows that never stop, and a nemesis that does at random whatever can happen to them.

It spoils exchanges on the wires, loses replies to COMMIT, kills and pauses schedulers, lets their leases
lapse, restarts PostgreSQL and sends in cycles and catch-ups by hand. Then all is healed: within two cycles
every row must have arrived, exactly once. One scheduler goes by pgbouncer. The testbed is one of its own.

The same seed makes the same choices; when they meet the schedulers is up to the machine.

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
from collections.abc import Iterator
from pathlib import Path

from checker import violations
from nemesis_aftermath import counter_violations, one_leads, secret_violations, two_cycles
from nemesis_ambush import ANYWHERE, OF_CLICKHOUSE, Ambush
from nemesis_deeds import Nemesis, Rows
from proxy import relay
from schedulers import Scheduler
from stand import ROOT, Scene, configuration, prepare
from wire_cells import BEFORE_PGBOUNCER, CLICKHOUSE, POSTGRES

_OPTIONS = {"max_rows_per_file": "40", "partition_by": '["bucket(2, id)"]'}
_TABLE_COUNT = 3
_SCHEDULE = {"catalog:": "schedule: {interval: 1s, table_timeout: 30s, stop_timeout: 5s}\ncatalog:"}


@contextlib.contextmanager
def testbed() -> Iterator[Path]:
    """Servers that nobody else uses; their variables are this process's."""
    with tempfile.TemporaryDirectory(prefix="offload-nemesis-") as name:
        folder = Path(name) / "testbed"
        up = subprocess.run(
            [ROOT / "testbed/up", "--dir", folder], check=True, capture_output=True, text=True
        )
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
        if nemesis.fault_count < seconds / 10:
            nemesis.found.append(f"only {nemesis.fault_count} faults have happened")
        nemesis.found += one_leads(schedulers) + two_cycles(schedulers)
        nemesis.found += [f"{scene.table}: {one}" for scene in scenes for one in violations(scene)]
        nemesis.found += counter_violations(scenes, schedulers, rows)
        nemesis.found += secret_violations(schedulers)
        for scheduler in schedulers:
            if code := scheduler.stop():
                nemesis.found.append(f"a healed scheduler stopped with {code}")
            nemesis.found += [f"a scheduler ended with {end}" for end in scheduler.ends if end != 1]
        nemesis.found += [f"{scene.table} in the end: {one}" for scene in scenes for one in violations(scene)]
    return nemesis, rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print(f"nemesis: seed {options.seed}", file=sys.stderr)
    # An exit in order, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with testbed() as folder:
        nemesis, rows = prove(options.seconds, options.seed, folder)
        if nemesis.found:
            logs = shutil.copytree(
                folder,
                tempfile.mkdtemp(prefix="offload-nemesis-logs-"),
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("testbed"),
            )
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
