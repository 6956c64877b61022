#!/usr/bin/env python3
"""Runs every proof and prints one table of what each has tried and found.

    prove.py [PART ...]        all parts by default; exits with 1 unless each ends without a violation

Each part is a program of its own whose last line is its figures, `<part>: ...`. First the one that needs every
core; then three rows side by side, each about as long: what mostly compiles, what strikes every step of a cycle, what
endures or watches one and mostly waits.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Part:
    """One proof."""

    name: str
    program: str


Row = tuple[Part, ...]

SIMULATED: Row = (Part("simulation", "simulate"),)
COMPILED: Row = (Part("planted", "planted.py"), Part("sanitize", "sanitize"), Part("fuzz", "fuzz"))
STRUCK: Row = (
    Part("durability", "durability.py"),
    Part("syscalls", "syscalls.py"),
    Part("failpoints", "failpoints.py"),
    Part("drill", "drill.py"),
)
ENDURED: Row = (
    Part("nemesis", "nemesis.py"),
    Part("wire", "wire.py"),
    Part("processes", "processes.py"),
)


@dataclass(frozen=True)
class Verdict:
    """A part's closing line, and whether it was content."""

    part: str
    is_proven: bool
    figures: str
    seconds: float


def prove(part: Part, logs: Path) -> Verdict:
    started = time.monotonic()
    log = logs / f"{part.name}.log"
    with log.open("w") as output:
        status = subprocess.run(
            [ROOT / "proof" / part.program], stdout=output, stderr=subprocess.STDOUT
        ).returncode
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
    rows = (SIMULATED, COMPILED, STRUCK, ENDURED)
    known = [part.name for row in rows for part in row]
    chosen = sys.argv[1:] or known
    unknown = set(chosen) - set(known)
    if unknown:
        sys.exit(f"prove: there is no part {', '.join(sorted(unknown))}")
    logs = Path(tempfile.mkdtemp(prefix="offload-prove."))
    os.environ["OFFLOAD_PROOF_LOGS"] = str(logs)

    def prove_row(row: Row) -> list[Verdict]:
        return [prove(part, logs) for part in row if part.name in chosen]

    verdicts = prove_row(SIMULATED)
    with ThreadPoolExecutor() as pool:
        for found in pool.map(prove_row, (COMPILED, STRUCK, ENDURED)):
            verdicts += found
    print(table(verdicts))
    failed = sum(not verdict.is_proven for verdict in verdicts)
    print(f"{len(verdicts) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
