"""Adds up what the testbed's check and the test runner reported: tally.py CHECK_LOG XUNIT_FILE RUNNER_STATUS.

Prints `N passed, N failed`, and exits with 1 unless all passed. A runner that crashed, or ran nothing, counts
as one failure.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree


def checked(log: Path) -> tuple[int, int]:
    """Passed and failed, by the last line of the testbed's check."""
    lines = log.read_text().splitlines()
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1] if lines else "")
    return (int(counts[1]), int(counts[2])) if counts else (0, 1)


def tested(report: Path, status: int) -> tuple[int, int]:
    """Passed and failed, by the runner's own report; a parameterised test counts once."""
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))
    except (OSError, ElementTree.ParseError):  # the runner writes it at its very end
        cases = []
    ran = [case for case in cases if case.find("skipped") is None]
    failed = sum(1 for case in ran if case.find("failure") is not None or case.find("error") is not None)
    is_unexplained = failed == 0 and (status != 0 or not ran)
    return len(ran) - failed, failed + is_unexplained


def main() -> int:
    counts = [checked(Path(sys.argv[1])), tested(Path(sys.argv[2]), int(sys.argv[3]))]
    passed, failed = (sum(column) for column in zip(*counts, strict=True))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
