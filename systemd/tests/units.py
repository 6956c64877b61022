#!/usr/bin/env python3
"""Runs the tests of the units, each in a machine of its own: units.py [NAME ...]

NAME is as unittest has it, such as test_stop or test_stop.StopTests; by default, every test_*.py, two at a
time. The last line is `N passed, N failed`; exits with 1 if any failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg2

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "proof"))


class Report(unittest.TextTestResult):
    """Tells how long each test took, and shows the journal of the machine in which one failed."""

    def startTest(self, test: unittest.TestCase) -> None:
        self._began = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.stream.writeln(f"   {time.monotonic() - self._began:.1f} s")

    def addError(self, test: unittest.TestCase, error: tuple) -> None:
        super().addError(test, error)
        self._show_journal(test)

    def addFailure(self, test: unittest.TestCase, error: tuple) -> None:
        super().addFailure(test, error)
        self._show_journal(test)

    def _show_journal(self, test: unittest.TestCase) -> None:
        if machine := getattr(test, "machine", None):
            self.stream.writeln(machine.run("journalctl", "--no-pager", "--lines=60", status=None))


def run(name: str) -> tuple[int, int]:
    """Passed and failed tests of one name, with a ledger of their own."""
    with closing(psycopg2.connect("")) as connection:  # the testbed's variables say where
        connection.autocommit = True
        os.environ["PGDATABASE"] = f"units_{os.getpid()}"
        connection.cursor().execute(f"CREATE DATABASE {os.environ['PGDATABASE']}")
    suite = unittest.defaultTestLoader.loadTestsFromName(name)
    result = unittest.TextTestRunner(sys.stdout, resultclass=Report, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    return result.testsRun - failed, failed


def run_apart(name: str) -> tuple[int, int]:
    """As `run`, in a process of its own."""
    command = [sys.executable, __file__, name]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    print(said, end="", flush=True)
    counts = re.search(r"(\d+) passed, (\d+) failed\n\Z", said)
    return (int(counts[1]), int(counts[2])) if counts else (0, 1)


def main() -> int:
    names = sys.argv[1:] or sorted(path.stem for path in HERE.glob("test_*.py"))
    if len(names) == 1:
        counts = [run(names[0])]
    else:
        with ThreadPoolExecutor(2) as pool:
            counts = list(pool.map(run_apart, names))
    passed, failed = (sum(column) for column in zip(*counts, strict=True))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
