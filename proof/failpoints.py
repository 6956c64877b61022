#!/usr/bin/env python3
"""A fault at every moment of a turn: the program dies, fails, loses an answer, or sleeps past its lease.

    source DIR/env; proof/failpoints.py [--only first/commit:after:1/kill]

The moments are those that the program itself tells of a turn without a fault, so that a new step is struck
as soon as there is one.
"""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from cells import Proof
from checker import violations
from situations import SITUATIONS, Situation
from sleeper import asleep
from stand import Outcome, Scene, ledger, prepare

_ACTIONS = ("kill", "error", "unknown", "stop")
# What a turn may only write while the lease is its own.
_FENCED = re.compile(r"failpoint (?:(?:renew|open|observe|repair|commit):before|commit:after)")


@dataclass(frozen=True)
class Failpoint:
    """One action at one moment, `commit:after:1`, of one situation."""

    situation: Situation
    moment: str
    action: str

    @property
    def name(self) -> str:
        return f"{self.situation.name}/{self.moment}/{self.action}"

    def run(self) -> list[str]:
        scene = self.situation.scene(self.name)
        try:
            found = self._sleep(scene) if self.action == "stop" else self._strike(scene)
            return found or [f"after healing: {line}" for line in violations(scene)]
        finally:
            scene.drop()

    def _strike(self, scene: Scene) -> list[str]:
        # The cell's own failpoint first: another one at the same moment would throw before it.
        failpoints = f"trace,{self.moment}={self.action},{self.situation.faults}"
        outcome = scene.run(*self.situation.arguments(scene), OFFLOAD_FAILPOINT=failpoints)
        if f"failpoint {self.moment}\n" not in outcome.output:
            return [f"the failpoint was not hit: {outcome}"]
        return self._ended_well(scene, outcome) + self._check(scene, outcome.status == 0) + self._heal(scene)

    def _ended_well(self, scene: Scene, outcome: Outcome) -> list[str]:
        """A failure names the table; success is never claimed of a process that was killed."""
        if self.action == "kill":
            return [] if outcome.status == -signal.SIGKILL else [f"not killed: {outcome}"]
        names_table = f"iceberg-offload: {scene.table}: " in outcome.output
        if outcome.status == 0 or (outcome.status == 1 and names_table):
            return []
        return [f"neither success nor a failure of {scene.table}: {outcome}"]

    def _check(self, scene: Scene, has_succeeded: bool) -> list[str]:
        """Before anybody has cleaned up. A turn that claims success must have moved everything."""
        if not self.situation.is_sound:
            return []
        is_complete = has_succeeded and self.situation.turns == 1
        found = violations(scene, is_settled=False, is_complete=is_complete)
        return [f"before healing: {line}" for line in found]

    def _heal(self, scene: Scene) -> list[str]:
        outcomes = self.situation.finish(scene)
        return [f"the next process failed: {outcome}" for outcome in outcomes if outcome.status != 0]

    def _sleep(self, scene: Scene) -> list[str]:
        """The program stops for longer than its lease; others do the work; it goes on, and is refused."""
        at = f"{self.moment},{self.situation.faults}"
        with asleep(scene, *self.situation.arguments(scene), at=at) as sleeper:
            sleeper.oversleep()
            found = self._check(scene, has_succeeded=False) + self._heal(scene)
            pointer = _pointer(scene)
            outcome = sleeper.wake()
        if _pointer(scene) != pointer:
            found.append(f"the table was moved by a process without a lease: {outcome}")
        return found + self._refused(scene, outcome)

    def _refused(self, scene: Scene, outcome: Outcome) -> list[str]:
        """Whoever comes to a fenced write without a lease fails, and says so."""
        moment = f"failpoint {self.moment}\n"
        before, _, after = outcome.output.partition(moment)
        has_lease = "failpoint begin:after:1\n" in before + moment
        to_come = after if self.moment.startswith("commit:after") else moment + after
        expected = 1 if has_lease and _FENCED.search(to_come) else 0
        if outcome.status != expected:
            return [f"status {outcome.status} in place of {expected}: {outcome.output}"]
        if expected and "the lease" not in outcome.output:
            return [f"the lease is not what it failed for: {outcome.output}"]
        return self._ended_well(scene, outcome)


def _pointer(scene: Scene) -> list[tuple]:
    return ledger(
        "SELECT metadata_location FROM iceberg_tables WHERE table_namespace || '.' || table_name = %s",
        scene.table,
    )


def _moments(situation: Situation) -> list[str]:
    """Every moment of a turn without a fault of the cell's own; such a turn must go well."""
    scene = situation.scene(f"{situation.name}/trace")
    try:
        arguments = situation.arguments(scene)
        outcome = scene.run(*arguments, OFFLOAD_FAILPOINT=f"trace,{situation.faults}")
        found = [str(later) for later in situation.finish(scene) if later.status != 0] + violations(scene)
    finally:
        scene.drop()
    if outcome.status != 0 or found:
        raise RuntimeError(f"{situation.name} fails without a fault: {found} {outcome}")
    return re.findall(r"^failpoint (\S+)$", outcome.output, re.MULTILINE)


def _cells() -> Iterator[list[Failpoint]]:
    prepare()
    for situation in SITUATIONS:
        yield [Failpoint(situation, moment, action) for moment in _moments(situation) for action in _ACTIONS]


if __name__ == "__main__":
    sys.exit(Proof("failpoints", "cells", _cells).main(__doc__.splitlines()[0]))
