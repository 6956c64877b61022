"""A machine of namespaces whose process 1 is a real systemd, and what one types and reads there."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 60) -> float:
    """Returns the seconds it took until `condition` held; raises after `timeout` seconds."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > timeout:
            raise TimeoutError(f"not within {timeout} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - begin


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Machine:
    """Runs from its making to `end`; `root` is what its disk holds at first.

    With `tree`, a folder of ours that it sees too, it has a network of its own.
    """

    def __init__(self, root: Path = Path("/"), tree: Path | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="offload-machine-")
        self._log = Path(self._folder.name).with_suffix(".log")
        with self._log.open("wb") as log:
            self._boot = subprocess.Popen(
                [HERE / "boot", self._folder.name, root, tree or ""],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        self.pid = 0
        wait_until(self._has_begun, f"a systemd, see {self._log}")
        wait_until(self._is_up, "a machine that is up")

    def end(self) -> None:
        """Pulls its plug."""
        if self._boot.stdin:
            self._boot.stdin.close()
        self._boot.wait(60)
        self._folder.cleanup()
        self._log.unlink()

    def path(self, path: str) -> Path:
        """One of its files, as seen from outside."""
        return Path(f"/proc/{self.pid}/root{path}")

    def run(self, *command: str, status: int | None = 0, timeout: float | None = 60) -> str:
        """What a command of root prints; `status` is how it must end, None: in any way."""
        namespaces = ["--mount", "--pid", "--ipc", "--uts", "--cgroup", "--net", "--wdns=/"]
        ended = subprocess.run(
            ["nsenter", "--target", str(self.pid), *namespaces, "--", *command],
            env={name: value for name, value in os.environ.items() if name != "TMPDIR"},  # a folder outside
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        if status is not None and ended.returncode != status:
            raise AssertionError(f"{' '.join(command)} ended with {ended.returncode}: {ended.stdout}")
        return ended.stdout

    def run_beside(self, unit: str, *command: str, status: int = 0) -> str:
        """As `run`, but with the file system that the main process of a unit sees."""
        pid = self.show(unit, "MainPID")
        return self.run("nsenter", "--target", pid, "--mount", "--", *command, status=status)

    def systemctl(self, *arguments: str, status: int | None = 0) -> str:
        return self.run("systemctl", *arguments, status=status).strip()

    def show(self, unit: str, name: str) -> str:
        """A property of a unit, such as `ActiveState`."""
        return self.systemctl("show", "--value", "--property", name, unit)

    def journal(self, unit: str) -> str:
        """Every line of a unit so far, without dates."""
        self.run("journalctl", "--sync")
        return self.run("journalctl", "--unit", unit, "--output", "cat", "--no-pager")

    def _has_begun(self) -> bool:
        """Whether the only grandchild of `boot` is a systemd by now."""
        if self._boot.poll() is not None:
            raise ChildProcessError(self._log.read_text())
        try:
            [self.pid] = [inner for outer in _children(self._boot.pid) for inner in _children(outer)]
            return Path(f"/proc/{self.pid}/comm").read_text() == "systemd\n"
        except (OSError, ValueError):  # no child yet, or one of those that set things up
            return False

    def _is_up(self) -> bool:
        return self.systemctl("is-system-running", status=None) in ("running", "degraded")
