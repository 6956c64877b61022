#!/usr/bin/env python3
"""Plants each bug of bugs.py into a copy of the sources and sees that the proof it is meant for catches it.

The copy, in .build-planted, is built once: the environment variable PLANTED_BUG chooses the bug at work, so that
without it the same build has to pass every proof. Nothing of this is in the product's own sources.

    planted.py [--only NAME] [--jobs N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bugs import BUGS, Bug
from stand import ROOT, prepare

TREE = ROOT / ".build-planted"
_BUILT = TREE / ".build/debug"
_SWITCH = """// Says which planted bug is at work; made by proof/planted.py.
import Glibc

func isPlanted(_ name: String) -> Bool {
    getenv("PLANTED_BUG").map { String(cString: $0) == name } ?? false
}
"""


def plant() -> None:
    """Brings the copy up to date; an unchanged file keeps its time, so that little is built again."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    names = [name for name in listing.decode().split("\0") if name and (ROOT / name).is_file()]
    contents = {name: (ROOT / name).read_bytes() for name in names}
    for bug in BUGS:
        name = f"Sources/{bug.file}"
        contents[name] = planted(bug, contents[name].decode()).encode()
        contents[f"Sources/{bug.file.split('/')[0]}/Planted.swift"] = _SWITCH.encode()
    for path in TREE.rglob("*") if TREE.exists() else []:
        name = str(path.relative_to(TREE))
        if path.is_file() and not name.startswith(".build/") and name not in contents:
            path.unlink()
    for name, content in contents.items():
        write(TREE / name, content, mode=(ROOT / name).stat().st_mode if name in names else 0o644)


def planted(bug: Bug, source: str) -> str:
    """The source with the bug in it, asleep."""
    if source.count(bug.code) != 1:
        sys.exit(f"planted: the code of “{bug.name}” is {source.count(bug.code)} times in {bug.file}, not once")
    return source.replace(bug.code, bug.planted.replace("PLANTED", f'isPlanted("{bug.name}")'))


def write(path: Path, content: bytes, mode: int) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def build() -> None:
    command = ["swift", "build", "--build-tests"]
    built = subprocess.run(command, cwd=TREE, capture_output=True, text=True)
    if built.returncode != 0:
        sys.exit(f"planted: the copy does not build\n{built.stdout[-4000:]}{built.stderr[-4000:]}")


def command(catcher: tuple[str, str]) -> list[str]:
    """What proves the copy, on the planted build."""
    layer, part = catcher
    match layer:
        case "tests":
            bundle = _BUILT / "iceberg-offloadPackageTests.xctest"
            return [str(bundle), "--testing-library", "swift-testing", "--filter", part]
        case "simulation":
            return [str(_BUILT / "offload-simulation"), "--seeds", "0..<200", "--stop-at-first"]
        case _:
            only = ["--only", part] if part else []
            return [sys.executable, str(ROOT / f"proof/{layer}.py"), *only]


def passes(catcher: tuple[str, str], bug: str) -> tuple[bool, str]:
    """Whether the proof is content, with one bug at work or, with an empty name, none."""
    environment = os.environ | {"PLANTED_BUG": bug, "OFFLOAD_BINARY": str(_BUILT / "iceberg-offload")}
    try:
        proof = subprocess.run(
            command(catcher), cwd=TREE, env=environment, capture_output=True, text=True, timeout=300
        )
    except subprocess.TimeoutExpired as expired:
        return False, f"no end after {expired.timeout} s"
    return proof.returncode == 0, proof.stdout + proof.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", help="one bug, and what its proof says of it")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    bugs = [bug for bug in BUGS if options.only in (None, bug.name)]
    if not bugs:
        sys.exit(f"planted: there is no bug “{options.only}”")
    started = time.monotonic()
    plant()
    build()
    prepare()
    catchers = sorted({bug.catcher for bug in bugs})
    with ThreadPoolExecutor(options.jobs) as pool:
        without = dict(zip(catchers, pool.map(lambda catcher: passes(catcher, ""), catchers)))
        with_bug = list(pool.map(lambda bug: passes(bug.catcher, bug.name), bugs))
    failures = 0
    for catcher, (is_content, output) in without.items():
        if not is_content:
            failures += 1
            print(f"{' '.join(catcher)} fails without any bug:\n{output[-3000:]}")
    caught: Counter[str] = Counter()
    for bug, (is_content, output) in zip(bugs, with_bug):
        print(f"{'NOT CAUGHT' if is_content else 'caught':<10} {bug.catcher[0]:<12} {bug.name}")
        caught[bug.catcher[0]] += not is_content
        if options.only:
            print(output)
    failures += len(bugs) - sum(caught.values())
    layers = ", ".join(f"{count} by {layer}" for layer, count in sorted(caught.items()))
    seconds = time.monotonic() - started
    print(f"planted: {sum(caught.values())} of {len(bugs)} bugs caught ({layers}), {seconds:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
