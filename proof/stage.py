"""Plays faults of single system calls on scenes, and heals and checks them."""

from __future__ import annotations

import errno
import itertools
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from checker import violations
from stand import Outcome, Scene, ledger, run_together

ROW_COUNT = 6
PARTITIONS = {"partition_by": '["bucket(2, id)"]'}
# Scenes of one stage: one clean cycle heals them all.
_SCENE_COUNT = 6
# A table with many snapshots makes every check slower.
_ROUNDS_PER_SCENE = 5
_UNNOTICED = {"EINTR", "short"}


@dataclass(frozen=True)
class Point:
    """The n-th `call` of a cycle meets `fault`."""

    show: str
    call: str
    number: int
    fault: str

    def __str__(self) -> str:
        return f"{self.show}:{self.call}:{self.number}:{self.fault}"

    def environment(self) -> dict[str, str]:
        fault = self.fault if self.fault in ("kill", "short") else str(getattr(errno, self.fault))
        return {"FAULT": f"{self.call}:{self.number}:{fault}"}


@dataclass
class Tally:
    """What all lanes have found so far; each violation is printed as it comes."""

    point_count: int = 0
    violation_count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, point: Point, hit: str, found: list[str]) -> None:
        with self._lock:
            self.violation_count += len(found)
            for text in found:
                print(f"\r{point}: {text} [{hit}]\n    replay: proof/syscalls.py --only {point}", flush=True)

    def add(self) -> None:
        with self._lock:
            self.point_count += 1
            if sys.stderr.isatty():
                print(f"\r{self.point_count} points, {self.violation_count} violations", end="", file=sys.stderr)


class Stage:
    """Plays points one after the other, each on another scene; then one clean cycle heals all scenes."""

    _numbers = itertools.count()

    def __init__(self, show: str, shim: Path, tally: Tally) -> None:
        self.show, self._shim, self._tally = show, shim, tally
        self._name = f"s{time.time_ns()}_{next(self._numbers)}"
        self._log = shim.with_name(f"{self._name}.log")
        self._scenes: list[Scene] = []
        self._free: list[Scene] = []
        self._hurt: list[tuple[Scene, Point, str]] = []
        self._is_spoilt = False
        self._round_count = self._row_count = 0

    def play(self, point: Point) -> bool:
        """Whether there was such a call. What is not as promised is noted now or after healing."""
        if not self._free:
            self.settle()
            self._renew()
        scene = self._free.pop()
        self._insert(scene)
        self._log.unlink(missing_ok=True)
        library = {"LD_PRELOAD": str(self._shim), "FAULT_LOG": str(self._log)}
        outcome = scene.run("cycle", **library, **point.environment())
        hit = self._log.read_text().strip() if self._log.exists() else ""
        found = _outcome_violations(point if hit else None, outcome, scene)
        if outcome.status == 0:
            found += violations(scene)
        else:
            _await_server(scene)
            found += violations(scene, is_settled=False, is_complete=False)
            self._hurt.append((scene, point, hit))
        self._note(point, hit, found)
        if hit:
            self._tally.add()
        return bool(hit)

    def settle(self) -> None:
        """A clean cycle for the scenes whose last one failed; they must be as if nothing had happened."""
        if not self._hurt:
            return
        outcome = run_together([scene for scene, _, _ in self._hurt], "cycle")
        for scene, point, hit in self._hurt:
            found = violations(scene)
            if outcome.status != 0:
                found.append(f"a clean cycle ended with {outcome.status}: {outcome.output.strip()}")
            self._note(point, hit, [f"after a clean cycle: {text}" for text in found])
        self._hurt = []

    def close(self) -> None:
        for scene in self._scenes:
            scene.drop()
        self._scenes = []

    def _renew(self) -> None:
        """Scenes for the next round: new ones if these are spoilt or large, or must have no table yet."""
        if self.show == "first" or self._is_spoilt or self._round_count % _ROUNDS_PER_SCENE == 0:
            self.close()
            name = f"{self._name}_{self._round_count}"
            self._scenes = [Scene(f"{name}_{index}", PARTITIONS) for index in range(_SCENE_COUNT)]
            self._is_spoilt = False
            if self.show == "next":
                for scene in self._scenes:
                    self._insert(scene)
                run_together(self._scenes, "cycle")
        self._round_count += 1
        self._free = list(self._scenes)

    def _insert(self, scene: Scene) -> None:
        scene.insert(self._row_count, ROW_COUNT)
        self._row_count += ROW_COUNT

    def _note(self, point: Point, hit: str, found: list[str]) -> None:
        self._is_spoilt = self._is_spoilt or bool(found)
        self._tally.note(point, hit, found)


def _outcome_violations(point: Point | None, outcome: Outcome, scene: Scene) -> list[str]:
    """A process that was killed is dead; any other goes on, or says clearly why it cannot."""
    ended = f"{outcome.status}: {outcome.output.strip()}"
    if point and point.fault == "kill":
        return [] if outcome.status == -signal.SIGKILL else [f"killed, it ended with {ended}"]
    if outcome.status == 0:
        return []
    if point and outcome.status > 0 and str(scene.config) in outcome.output:
        return []  # a start that was refused, before anything began
    if not point or point.fault in _UNNOTICED:
        return [f"it ended with {ended}"]
    is_clear = outcome.status > 0 and scene.table in outcome.output
    return [] if is_clear else [f"the error names neither table nor configuration: {ended}"]


def _await_server(scene: Scene) -> None:
    """A COMMIT that was sent before the process died may be on its way; it holds the watermark's row."""
    ledger("SELECT 1 FROM offload_watermarks WHERE table_name = %s FOR SHARE", scene.table)
