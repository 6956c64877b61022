"""Faults of processes and hosts, and what each must leave behind: a clear word, and a table that heals."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cells import wait_until
from checker import violations
from stand import Outcome, Scene

_RUN = secrets.token_hex(3)  # ledger and lake of an earlier run on the same testbed stay as they are


# Every query takes 0.6 s for 30 rows, so that something can happen in the middle of it.
SLOW = {"where": '"sleepEachRow(0.02) = 0"'}


@dataclass(frozen=True)
class Fault:
    """What happens to one scene; `body` returns what is not as promised, after it has healed the table."""

    name: str
    body: Callable[[Scene], list[str]]
    options: dict[str, str] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)

    def run(self) -> list[str]:
        name = "".join(letter if letter.isalnum() else "_" for letter in f"{self.name}_{_RUN}").lower()
        scene = Scene(name, self.options, self.changes)
        try:
            return self.body(scene)
        finally:
            scene.drop()


def unclear(scene: Scene, outcome: Outcome) -> list[str]:
    """Nothing, if the process failed with a message that names the table and the next step."""
    is_clear = f"iceberg-offload: {scene.table}: " in outcome.output and "\nhint: " in outcome.output
    return [] if outcome.status == 1 and is_clear else [f"no clear failure: {outcome}"]


def unsound(scene: Scene) -> list[str]:
    """What is not as promised right after the fault, when files may lie about and rows be missing."""
    return [f"before healing: {line}" for line in violations(scene, is_settled=False, is_complete=False)]


def healed(scene: Scene, is_complete: bool = True) -> list[str]:
    """What is not as promised after one clean turn; `is_complete`: every row had settled by then."""
    outcome = scene.run("cycle")
    if outcome.status != 0:
        return [f"the next process failed: {outcome}"]
    return [f"after healing: {line}" for line in violations(scene, is_complete=is_complete)]


def wait_for_copy(scene: Scene) -> None:
    """Returns when ClickHouse is about to send a data file."""
    wait_until(lambda: any(scene.folder.rglob("*.parquet")), "a data file")
