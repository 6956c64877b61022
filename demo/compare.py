"""Compares tables with their sources, by readers that know nothing of the writer: compare.py SOURCE=TARGET...

Prints rows and an order-free content hash as each reader sees them; exits with 1 unless all are equal. Takes
the variables of the testbed's DIR/env from the environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_READ_BACK = Path(__file__).parent.parent / "testbed" / "read_back.py"
_LINE = "{:<28}{:<12}{:>10}  {:<18}{}"


def read_back(source: str, target: str) -> dict:
    """What testbed/read_back.py reports of one table."""
    options = ["--env", os.devnull, "--json", "--table", target, "--source", f"SELECT * FROM {source}"]
    result = subprocess.run([sys.executable, _READ_BACK, *options], stdout=subprocess.PIPE, text=True)
    if not result.stdout:
        sys.exit(f"compare: {target} could not be read")
    return json.loads(result.stdout)


def main() -> int:
    are_equal = True
    print(_LINE.format("table", "reader", "rows", "content hash", ""))
    for pair in sys.argv[1:]:
        source, target = pair.split("=")
        found = read_back(source, target)
        are_equal &= found["equal"]
        for number, (reader, content) in enumerate(found["readers"].items()):
            name, verdict = (target, "equal" if found["equal"] else "DIFFERENT") if number == 0 else ("", "")
            print(_LINE.format(name, reader, f"{content['rows']:,}", content["hash"], verdict))
    print("\nEvery table equals its source." if are_equal else "\nA table DIFFERS from its source.")
    return 0 if are_equal else 1


if __name__ == "__main__":
    sys.exit(main())
