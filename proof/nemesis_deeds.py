"""What can go wrong with two schedulers and their servers, at random, while rows arrive all the time."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nemesis_ambush import Ambush
from schedulers import Scheduler
from stand import Scene, ledger

_BY_HAND = 60.0  # seconds for a command


class Rows:
    """New rows in every table, all the time, some at once and some in bursts of several windows."""

    def __init__(self, scenes: list[Scene], seed: int) -> None:
        self._random = random.Random(seed)
        self._counts = dict.fromkeys((scene.name for scene in scenes), 0)
        self._scenes = scenes
        self._is_over = threading.Event()
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Rows:
        self._arrival = self._thread.submit(self._arrive)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.shutdown()
        self._arrival.result()

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
            print(
                f"\rnemesis: {self.fault_count} faults, {left:.0f} s left ",
                end="",
                file=sys.stderr,
                flush=True,
            )
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
