#!/usr/bin/env python3
"""Runs every proof and prints one table of what each has tried and found.

    prove.py [PART ...]        all parts by default; exits with 1 unless each ends without a violation

Each part is a program of its own whose last line is its figures, `<part>: ...`. Parts that measure nothing but
endurance run beside the others.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Part:
    """One proof; `is_beside` parts run while the others do."""

    name: str
    command: tuple[str, ...]
    is_beside: bool = False


PARTS = [
    Part("nemesis", ("proof/nemesis.py",), is_beside=True),
    Part("planted", ("proof/planted.py",)),
    Part("sanitize", ("proof/sanitize",)),
    Part("fuzz", ("proof/fuzz",)),
    Part("simulation", ("proof/simulate",)),
    Part("durability", ("proof/durability.py",)),
    Part("syscalls", ("proof/syscalls.py",)),
    Part("failpoints", ("proof/failpoints.py",)),
    Part("wire", ("proof/wire.py",)),
    Part("processes", ("proof/processes.py",)),
    Part("drill", ("proof/drill.py",)),
]


@dataclass(frozen=True)
class Verdict:
    """A part's closing line, and whether it was content."""

    part: str
    is_proven: bool
    figures: str
    seconds: float


def prove(part: Part, log: Path) -> Verdict:
    started = time.monotonic()
    with log.open("w") as output:
        status = subprocess.run(part.command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT).returncode
    lines = log.read_text(errors="replace").splitlines()
    closing = [line for line in lines if line.startswith(f"{part.name}: ")]
    seconds = time.monotonic() - started
    is_proven = status == 0 and bool(closing)
    figures = closing[-1].removeprefix(f"{part.name}: ") if closing else f"ended with status {status}"
    print(f"{'ok    ' if is_proven else 'FAILED'} {part.name}: {figures} ({seconds:.0f} s in all)", flush=True)
    if not is_proven:
        print("\n".join(lines[-60:]), flush=True)
    return Verdict(part.name, is_proven, figures, seconds)


def table(verdicts: list[Verdict]) -> str:
    width = max(len(verdict.figures) for verdict in verdicts)
    rule = f"+------------+-{'-' * width}-+---------+--------+"
    rows = [
        f"| {verdict.part:<10} | {verdict.figures:<{width}} | {verdict.seconds:5.0f} s "
        f"| {'ok' if verdict.is_proven else 'FAILED':<6} |"
        for verdict in verdicts
    ]
    return "\n".join([rule, *rows, rule])


def main() -> int:
    parts = [part for part in PARTS if not sys.argv[1:] or part.name in sys.argv[1:]]
    unknown = set(sys.argv[1:]) - {part.name for part in PARTS}
    if unknown:
        sys.exit(f"prove: there is no part {', '.join(sorted(unknown))}")
    folder = Path(tempfile.mkdtemp(prefix="offload-prove."))
    os.environ["OFFLOAD_PROOF_LOGS"] = str(folder)
    with ThreadPoolExecutor() as pool:
        beside: list[Future[Verdict]] = [
            pool.submit(prove, part, folder / f"{part.name}.log") for part in parts if part.is_beside
        ]
        verdicts = [prove(part, folder / f"{part.name}.log") for part in parts if not part.is_beside]
        verdicts += [future.result() for future in beside]
    print(table(verdicts))
    failed = sum(not verdict.is_proven for verdict in verdicts)
    print(f"{len(verdicts) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
