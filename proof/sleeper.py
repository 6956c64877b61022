"""A process of the product that stops in the middle of its work, and goes on when others have done it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cells import wait_until
from stand import Outcome, Scene, ledger


@dataclass
class Sleeper:
    """A stopped process; its scene is that of its table."""

    scene: Scene
    process: subprocess.Popen[str]

    def oversleep(self) -> None:
        """A minute passes: PostgreSQL ends the transaction that it left open, and its lease lapses."""
        ledger(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE application_name = %s AND state LIKE 'idle in transaction%%'",
            self.scene.name,
        )
        self.scene.lapse()

    def wake(self) -> Outcome:
        """Lets it go on, to its end."""
        self.process.send_signal(signal.SIGCONT)
        output, _ = self.process.communicate(timeout=60)
        return Outcome(self.process.returncode, output)


@contextmanager
def asleep(scene: Scene, *arguments: str, at: str) -> Iterator[Sleeper]:
    """Starts a process that stops at a moment, `commit:after:1`; raises if it never comes there.

    `at` may name more failpoints behind the first, which is the one that stops.
    """
    moment, *others = at.split(",")
    failpoints = ",".join(["trace", f"{moment}=stop", *others])
    with scene.start(*arguments, OFFLOAD_FAILPOINT=failpoints) as process:
        try:
            wait_until(lambda: is_stopped(process.pid) or process.poll() is not None, f"stopped at {moment}")
            if process.returncode is not None:
                raise RuntimeError(f"{moment} was not reached: {process.communicate()[0]}")
            yield Sleeper(scene, process)
        finally:
            process.kill()


def is_stopped(pid: int) -> bool:
    """By the state in /proc/PID/stat, behind the name in parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("T")
