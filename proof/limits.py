"""What a host runs out of: space, inodes, descriptors; what it forbids; what its clock gets wrong."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from faults import Fault, healed, unclear, unsound
from sleeper import asleep
from stand import Outcome, Scene, clickhouse, ledger

_ROWS = 100
# Rows of the last hour, by the source's clock, one every 30 seconds; the newest have not settled.
_RECENT = """
INSERT INTO {table} SELECT number, now64(6) - 30 * number, toString(number), toDecimal64(number, 4)
FROM numbers(120) ORDER BY number
"""


def faults() -> list[Fault]:
    """Each limit from the smallest up to where a turn has enough."""
    pages, inodes = _space_needed()
    return [
        *(_full(f"size={4 * count}k") for count in range(1, pages)),
        *(_full(f"nr_inodes={count}") for count in range(2, inodes)),
        Fault("read-only/turn", _read_only),
        Fault("read-only/commit", _read_only_at_commit),
        *(_limited(count) for count in range(5, _least_descriptors())),
        Fault("clock/ahead", _clock_ahead, {"settle": "5m"}),
        Fault("clock/behind", _clock_behind, {"settle": "5m"}),
    ]


# MARK: Space


@contextmanager
def _mounted(scene: Scene, limit: str) -> Iterator[None]:
    """The table's folder on a file system of its own, with a limit such as `size=8k`."""
    scene.folder.mkdir(parents=True)
    _as_root("mount", "-t", "tmpfs", "-o", limit, "tmpfs", str(scene.folder))
    try:
        yield
    finally:
        _as_root("umount", str(scene.folder))


def _remount(scene: Scene, options: str) -> None:
    _as_root("mount", "-o", f"remount,{options}", str(scene.folder))


def _as_root(*command: str) -> None:
    subprocess.run([*([] if os.geteuid() == 0 else ["sudo"]), *command], check=True)


def _space_needed() -> tuple[int, int]:
    """The pages of 4 KiB, in which a tmpfs gives space, and the inodes that a first turn takes."""
    used = (0, 0)

    def body(scene: Scene) -> list[str]:
        nonlocal used
        with _mounted(scene, "size=16m"):
            scene.insert(0, _ROWS)
            found = healed(scene)
            state = os.statvfs(scene.folder)
            used = state.f_blocks - state.f_bfree, state.f_files - state.f_ffree
            return found

    found = Fault("disk-full/size=00k", body).run()  # a name as long as those of the cells
    if found:
        raise RuntimeError(found)
    return used


def _full(limit: str) -> Fault:
    """A file system that is full at one of a turn's files, and larger at the next turn."""

    def body(scene: Scene) -> list[str]:
        with _mounted(scene, limit):
            scene.insert(0, _ROWS)
            found = unclear(scene, scene.run("cycle")) + unsound(scene)
            _remount(scene, "size=16m,nr_inodes=1000")
            return found + healed(scene)

    return Fault(f"disk-full/{limit}", body)


def _read_only(scene: Scene) -> list[str]:
    with _mounted(scene, "size=16m"):
        scene.insert(0, _ROWS)
        _remount(scene, "ro")
        found = unclear(scene, scene.run("cycle"))
        _remount(scene, "rw")
        return found + healed(scene)


def _read_only_at_commit(scene: Scene) -> list[str]:
    """The data files are there, the metadata cannot be written, and nothing can be removed."""
    with _mounted(scene, "size=16m"):
        scene.insert(0, _ROWS)
        with asleep(scene, "cycle", at="count:after:1") as sleeper:
            _remount(scene, "ro")
            found = unclear(scene, sleeper.wake()) + unsound(scene)
        _remount(scene, "rw")
        return found + healed(scene)


# MARK: Descriptors


def _limited(count: int) -> Fault:
    """A process that has too few to finish. One that cannot even start has nothing to say of a table."""

    def body(scene: Scene) -> list[str]:
        scene.insert(0, _ROWS)
        outcome = _run_limited(scene, count)
        found = unsound(scene)
        if outcome.status == 0:
            found.append(f"the limit was not hit: {outcome}")
        if outcome.status == 1:
            found += unclear(scene, outcome)
        return found + healed(scene)

    return Fault(f"descriptors/{count}", body)


def _run_limited(scene: Scene, count: int) -> Outcome:
    # A picture of the stack needs descriptors too.
    return scene.run("cycle", under=("prlimit", f"--nofile={count}"), SWIFT_BACKTRACE="enable=no")


def _least_descriptors() -> int:
    """The least limit with which a turn succeeds."""
    statuses: list[int] = []

    def body(scene: Scene) -> list[str]:
        scene.insert(0, _ROWS)
        statuses.append(_run_limited(scene, 4 + len(statuses)).status)
        return []

    while statuses[-1:] != [0]:
        Fault(f"descriptors/least-{len(statuses)}", body).run()
    return 3 + len(statuses)


# MARK: The clock


def _clock_ahead(scene: Scene) -> list[str]:
    """Rows that have not settled by the source's clock stay, whatever ours says."""
    clickhouse(_RECENT.format(table=scene.table))
    outcome = scene.run("cycle", under=("faketime", "-f", "+1h"))
    found = [] if outcome.status == 0 else [f"failed: {outcome}"]
    settled = int(clickhouse("SELECT toUnixTimestamp64Micro(now64(6) - 300)")[0][0])
    position = ledger("SELECT position FROM offload_watermarks WHERE table_name = %s", scene.table)[0][0]
    if position is None or not settled - 60_000_000 < position <= settled:
        found.append(f"the watermark is {position}, rows have settled up to {settled}")
    return found + healed(scene, is_complete=False)


def _clock_behind(scene: Scene) -> list[str]:
    """Rows were moved that, by our clock, do not exist yet: that is said, and nothing is moved."""
    clickhouse(_RECENT.format(table=scene.table))
    found = healed(scene, is_complete=False)
    found += unclear(scene, scene.run("cycle", under=("faketime", "-f", "-1h")))
    return found + unsound(scene) + healed(scene, is_complete=False)
