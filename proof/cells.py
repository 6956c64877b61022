"""Runs the cells of a proof side by side, and tells what came of them in the proof's last line."""

from __future__ import annotations

import argparse
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Protocol


class Cell(Protocol):
    """One fault at one moment. Its name replays it: `--only NAME`."""

    @property
    def name(self) -> str: ...

    def run(self) -> list[str]:
        """The violations, in words. A fault that was not hit is one."""


@dataclass
class Proof:
    """Prints `name: N unit, V violations, S s` as its last line.

    `groups` yields cells that may run side by side; one group after the other.
    """

    name: str
    unit: str
    groups: Callable[[], Iterable[Sequence[Cell]]]
    jobs: int = 3

    def main(self, description: str) -> int:
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--only", default="", metavar="CELL", help="only cells whose names begin so")
        parser.add_argument("--jobs", type=int, default=self.jobs, help="cells at work at the same time")
        options = parser.parse_args()
        begin = time.monotonic()
        done = violated = 0
        for group in self.groups():
            cells = [cell for cell in group if cell.name.startswith(options.only)]
            for cell, found in _run(cells, options.jobs):
                done += 1
                violated += bool(found)
                self._report(cell, found, done)
        print(file=sys.stderr)
        print(f"{self.name}: {done} {self.unit}, {violated} violations, {time.monotonic() - begin:.0f} s")
        return 1 if violated or not done else 0

    def _report(self, cell: Cell, found: list[str], done: int) -> None:
        for line in found:
            print(f"\r{cell.name}: {line}", file=sys.stderr)
        if found:
            print(f"  replay: {sys.argv[0]} --only {cell.name}", file=sys.stderr)
        if sys.stderr.isatty():
            print(f"\r{self.name}: {done} {self.unit}", end="", file=sys.stderr, flush=True)


def _run(cells: Sequence[Cell], jobs: int) -> Iterator[tuple[Cell, list[str]]]:
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(_outcome, cell): cell for cell in cells}
        for future in as_completed(futures):
            yield futures[future], future.result()


def _outcome(cell: Cell) -> list[str]:
    try:
        return cell.run()
    except Exception:  # a cell that cannot be run to its end proves nothing
        return [traceback.format_exc()]


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 60) -> None:
    """Returns as soon as `condition` holds; raises when it does not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s: {what}")
        threading.Event().wait(0.005)
