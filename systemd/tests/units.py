#!/usr/bin/env python3
"""Runs the tests of the units, each in a machine of its own: units.py [NAME ...]

NAME is as unittest has it, such as test_stop or test_stop.StopTests; by default, all. The last line is
`N passed, N failed`; exits with 1 if any failed.
"""

from __future__ import annotations

import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "proof"))


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


def main() -> int:
    loader = unittest.defaultTestLoader
    suite = (
        loader.loadTestsFromNames(sys.argv[1:])
        if sys.argv[1:]
        else loader.discover(str(Path(__file__).parent))
    )
    result = unittest.TextTestRunner(resultclass=Report, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
