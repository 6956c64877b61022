"""A process that gets less memory than it needs: the kernel kills it, somewhere in the middle of its turn."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults import Fault, healed, unsound
from stand import Outcome, Scene

_STEP_KIB = 128


def faults() -> list[Fault]:
    """The moment of the kill moves through the turn with the limit, up to the least one that is enough."""
    return [Fault("memory", _starved)]


def _starved(scene: Scene) -> list[str]:
    scene.insert(0, 100)
    found: list[str] = []
    kills = 0
    with _group() as limit:
        while (outcome := _run_limited(scene, limit, 4096 + _STEP_KIB * kills)).status != 0:
            kills += 1
            if outcome.status != -signal.SIGKILL:
                return [f"not killed for want of memory: {outcome}"]
            found += unsound(scene)
    if kills < 3:
        found.append(f"killed only {kills} times")
    return found + healed(scene)


def _run_limited(scene: Scene, limit: Path, kibibytes: int) -> Outcome:
    limit.write_text(str(kibibytes * 1024))
    enter = 'echo $$ > "$0" && exec "$@"'
    return scene.run("cycle", under=("sh", "-c", enter, str(limit.with_name("cgroup.procs"))))


@contextmanager
def _group() -> Iterator[Path]:
    """A control group of its own; yields the file that holds its limit, which version 1 and 2 name differently."""
    root = Path("/sys/fs/cgroup")
    parent, limit = (
        (root / "memory", "memory.limit_in_bytes") if (root / "memory").is_dir() else (root, "memory.max")
    )
    group = parent / f"iceberg-offload-proof-{os.getpid()}"
    group.mkdir()
    try:
        yield group / limit
    finally:
        group.rmdir()
