#!/usr/bin/env python3
"""Every system call of a real cycle fails once, in every way: nothing may be lost, doubled or left lying.

A point is one fault at the n-th call of a kind (`next:fsync:7:EIO`; proof/shim.c makes it happen); a lane
is all n of one call and fault, until nothing more is hit. EINTR and short reads and writes must not be
noticed.

    source DIR/env; proof/syscalls.py [--jobs N] [--only POINT]
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from shim import compiled, unseen
from stage import PARTITIONS, ROW_COUNT, Point, Stage, Tally
from stand import Scene, prepare

POINT_COUNT_MIN = 1500
_STORAGE = ["kill", "EIO", "ENOSPC", "EINTR"]
_NETWORK = ["kill", "EIO", "EINTR", "short"]
_FAULTS = {
    "recv": _NETWORK,
    "send": _NETWORK,
    "open": _STORAGE,
    "mkdir": _STORAGE,
    "fsync": _STORAGE,
    "pwrite": [*_STORAGE, "short"],
    "pread": ["kill", "EIO", "EINTR", "short"],
    "link": _STORAGE,
    "unlink": _STORAGE,
    "ftruncate": _STORAGE,
    "write": [*_STORAGE, "short"],
}
# `first`: the cycle that makes the table; `next`: one that finds it.
_SHOWS = ["next", "first"]


def _run_lane(stage: Stage, call: str, fault: str) -> None:
    for number in itertools.count(1):
        if not stage.play(Point(stage.show, call, number, fault)):
            break


def _run_job(show: str, lanes: SimpleQueue[tuple[str, str]], shim: Path, tally: Tally) -> None:
    stage = Stage(show, shim, tally)
    with suppress(Empty):
        while True:
            _run_lane(stage, *lanes.get_nowait())
    stage.settle()
    stage.close()


def _run_all(job_count: int, shim: Path, tally: Tally) -> None:
    with ThreadPoolExecutor(job_count) as pool:
        for show in _SHOWS:
            lanes: SimpleQueue[tuple[str, str]] = SimpleQueue()
            for call, kinds in _FAULTS.items():
                for fault in kinds:
                    lanes.put((call, fault))
            jobs = [pool.submit(_run_job, show, lanes, shim, tally) for _ in range(job_count)]
            for job in jobs:
                job.result()


def _compare(shim: Path, tally: Tally) -> None:
    """A call that the shim cannot reach would be swept by nobody."""
    scene = Scene(f"seen{time.time_ns()}", PARTITIONS)
    scene.insert(0, ROW_COUNT)
    tally.note(Point("first", "all", 0, "seen"), "", unseen(scene, shim))
    scene.drop()


def _run_one(text: str, shim: Path, tally: Tally) -> None:
    show, call, number, fault = text.split(":")
    stage = Stage(show, shim, tally)
    stage.play(Point(show, call, int(number), fault))
    stage.settle()
    stage.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--only", metavar="POINT", help="play one point, such as next:fsync:7:EIO")
    arguments = parser.parse_args()
    start, tally = time.monotonic(), Tally()
    prepare()
    with tempfile.TemporaryDirectory(prefix="offload-faults-") as folder:
        shim = compiled(Path(folder))
        if arguments.only:
            _run_one(arguments.only, shim, tally)
        else:
            _compare(shim, tally)
            _run_all(arguments.jobs, shim, tally)
    print(file=sys.stderr)
    seconds = time.monotonic() - start
    print(f"syscalls: {tally.point_count} points, {tally.violation_count} violations, {seconds:.0f} s")
    is_enough = tally.point_count >= (1 if arguments.only else POINT_COUNT_MIN)
    return 0 if is_enough and tally.violation_count == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
