"""Runs the cells of a proof side by side and tells what came of them; every proof ends with the line made here."""

from __future__ import annotations

import argparse
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
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
    """`proof: N cells, V violations, S s`."""

    name: str
    unit: str
    cells: Callable[[], Sequence[Cell]]
    jobs: int = 3

    def main(self, description: str) -> int:
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--only", metavar="CELL", help="only the cells whose names begin so")
        parser.add_argument("--jobs", type=int, default=self.jobs, help="cells at work at the same time")
        options = parser.parse_args()
        begin = time.monotonic()
        cells = [cell for cell in self.cells() if cell.name.startswith(options.only or "")]
        count = self._run(cells, options.jobs)
        print(f"{self.name}: {len(cells)} {self.unit}, {count} violations, {time.monotonic() - begin:.0f} s")
        return 1 if count or not cells else 0

    def _run(self, cells: Sequence[Cell], jobs: int) -> int:
        violated = 0
        with ThreadPoolExecutor(jobs) as pool:
            futures = {pool.submit(_outcome, cell): cell for cell in cells}
            for done, future in enumerate(as_completed(futures), 1):
                cell, found = futures[future], future.result()
                violated += bool(found)
                for line in found:
                    print(f"\r{cell.name}: {line}", file=sys.stderr)
                if found:
                    print(f"  replay: {sys.argv[0]} --only {cell.name}", file=sys.stderr)
                end = "\n" if done == len(cells) else ""
                print(f"\r{self.name}: {done}/{len(cells)}", end=end, file=sys.stderr, flush=True)
        return violated


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
