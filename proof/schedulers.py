"""`iceberg-offload run` as a process that is killed, paused and started again, and what it tells of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

from stand import BINARY

_PORT = re.compile(r"Metrics enabled on port (\d+)")
_SAMPLE = re.compile(r'^offload_rows_total\{.*?table="([^"]+)".*?\} (\S+)$', re.MULTILINE)


class Scheduler:
    """One process after the other with the same configuration; their logs go to one file each."""

    def __init__(self, name: str, folder: Path, configuration: str) -> None:
        self._name = name
        self._folder = folder
        self._config = folder / f"{name}.yaml"
        self._config.write_text(configuration)
        self._logs: list[Path] = []
        # How processes ended that nobody had killed: 1 is one that could not start.
        self.ends: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def keep_running(self) -> None:
        """Starts it if it does not run, as a service manager would."""
        if self._process and self._process.poll() is None:
            return
        if self._process:
            self.ends.append(self._process.returncode)
        self._start()

    def kill(self) -> None:
        self._end()
        self._start()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> int:
        """Asks it to stop; its exit code."""
        self._signal(signal.SIGTERM)
        return self._process.wait(60) if self._process else 0

    def is_leading(self) -> bool:
        """Whether it says that it leads; False while it cannot be asked yet."""
        try:
            return "\noffload_scheduler_active 1\n" in self.page("metrics")
        except (IndexError, OSError):
            return False

    def committed_rows(self) -> dict[str, int]:
        """What /metrics says that this process has committed, by table."""
        return {table: int(float(value)) for table, value in _SAMPLE.findall(self.page("metrics"))}

    def page(self, path: str) -> str:
        """A page of its HTTP endpoint."""
        port = _PORT.findall(self._logs[-1].read_text())[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
            return answer.read().decode()

    def traces(self) -> dict[str, str]:
        """All that others may see of it, by where they see it."""
        found = {log.name: log.read_text() for log in self._logs}
        found |= {f"{self._name} {path or 'status'}": self.page(path) for path in ("metrics", "")}
        if self._process:
            for name in ("cmdline", "environ"):
                text = Path(f"/proc/{self._process.pid}/{name}").read_bytes().decode(errors="replace")
                found[f"{self._name} {name}"] = text
        return found

    def _end(self) -> None:
        self._signal(signal.SIGKILL)
        if self._process:
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _start(self) -> None:
        log = self._folder / f"{self._name}-{len(self._logs)}.log"
        self._logs.append(log)
        with log.open("wb") as file:
            command = [str(BINARY), "run", "--config", str(self._config)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
