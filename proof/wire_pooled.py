"""Leases behind pgbouncer in transaction mode, where every session state would belong to somebody else.

A process is held at its last question to ClickHouse, when its files are staged and its commit is next.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Iterator

from checker import violations
from pgbouncer import pgbouncer
from proxy import Passage, relay
from stand import Scene
from wire_cells import CLICKHOUSE, postgres_at

_PATIENCE = 60.0  # seconds until a held process is given up


class Gate:
    """Lets nothing but the last question of a window wait, until it is opened."""

    def __init__(self) -> None:
        self._has_arrived = threading.Event()
        self._is_open = threading.Event()

    def __call__(self, passage: Passage) -> None:
        if passage.label.startswith("SELECT count(), "):
            self._has_arrived.set()
            self._is_open.wait(_PATIENCE)
        relay(passage)

    def wait(self) -> None:
        if not self._has_arrived.wait(_PATIENCE):
            raise RuntimeError("no process came to the gate")

    def open(self) -> None:
        self._is_open.set()


@contextlib.contextmanager
def _held(scene: Scene) -> Iterator[tuple[Gate, subprocess.Popen[str]]]:
    """A cycle that is held; processes that start in the block go by the same pgbouncer, and are not held."""
    gate = Gate()
    with pgbouncer(int(os.environ["PGPORT"])) as port, CLICKHOUSE.open(gate) as (_, changes):
        scene.configure(changes | postgres_at(port))
        with scene.start("cycle") as process:
            try:
                gate.wait()
                scene.configure(postgres_at(port))
                yield gate, process
            finally:
                gate.open()
                process.kill()


def catch_up(scene: Scene) -> list[str]:
    """Cycle, catch-up and cycle again: nobody else is there."""
    found = []
    with pgbouncer(int(os.environ["PGPORT"])) as port:
        scene.configure(postgres_at(port))
        for first, command in ((0, "cycle"), (6, "catch-up"), (12, "cycle")):
            scene.insert(first, 6)
            outcome = scene.run(command)
            if outcome.status != 0:
                found.append(f"{command} ended with {outcome.status}: {outcome.output}")
            found += violations(scene)
    return found


def busy(scene: Scene) -> list[str]:
    """A second process finds the table busy, though both may talk over the same session of the server."""
    scene.insert(0, 6)
    with _held(scene) as (gate, process):
        second = scene.run("cycle")
        gate.open()
        output, _ = process.communicate(timeout=_PATIENCE)
        found = [] if second.status == 3 else [f"the second ended with {second.status}: {second.output}"]
        found += [] if process.returncode == 0 else [f"the first ended with {process.returncode}: {output}"]
    return found + violations(scene)


def zombie(scene: Scene) -> list[str]:
    """Held until its lease has lapsed and another has done its work, a process may write nothing any more."""
    scene.insert(0, 6)
    with _held(scene) as (gate, process):
        scene.lapse()
        second = scene.run("cycle")
        gate.open()
        output, _ = process.communicate(timeout=_PATIENCE)
        found = [] if second.status == 0 else [f"the second ended with {second.status}: {second.output}"]
        if process.returncode != 1 or "nothing was written" not in output:
            found.append(f"the zombie ended with {process.returncode}: {output}")
    return found + violations(scene)


def crash(scene: Scene) -> list[str]:
    """After a SIGKILL the next process goes on at once: no lease hangs on a session that lives on."""
    scene.insert(0, 6)
    with _held(scene) as (_, process):
        process.kill()
        process.wait()
        second = scene.run("cycle")
        found = [] if second.status == 0 else [f"the second ended with {second.status}: {second.output}"]
    return found + violations(scene)


SHOWS: tuple[Callable[[Scene], list[str]], ...] = (catch_up, busy, zombie, crash)
