"""Checks a Debian package, as a file and in a clean machine: check.py PACKAGE.deb ROOT

Reads the testbed's variables (DIR/env) from the environment. The last line is `N passed, N failed`.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import contents
import life
from machine import Machine
from package import Package


def main() -> None:
    package = Package(Path(sys.argv[1]))
    passed = [holds(check, package) for check in contents.CHECKS]
    machine = Machine(Path(sys.argv[2]))
    try:
        house = life.Packaged(machine, package)
        passed += [holds(check, house) for check in life.CHECKS]
    finally:
        machine.end()
    print(f"{passed.count(True)} passed, {passed.count(False)} failed")
    sys.exit(0 if all(passed) else 1)


def holds(check: Callable[[Any], None], subject: Any) -> bool:
    """Runs one check and says how it ended."""
    name, started = check.__name__.replace("_", " "), time.monotonic()
    try:
        check(subject)
    except Exception:
        print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        return False
    print(f"passed  {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return True


if __name__ == "__main__":
    main()
