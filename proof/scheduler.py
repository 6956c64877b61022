"""A scheduler of the product as a proof sees it: its log, its metrics, and what it lets others know."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cells import wait_until
from stand import Scene


@dataclass
class Scheduler:
    """`iceberg-offload run` of a scene's configuration."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def log(self) -> str:
        return self.output.read_text()

    @property
    def port(self) -> int:
        found = re.search(r"Metrics enabled on port (\d+)", self.log)
        if not found:
            raise RuntimeError(f"the log tells no port: {self.log}")
        return int(found[1])

    def metrics(self) -> str:
        """What Prometheus gets to see now."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def count(self, metric: str, table: str) -> int:
        """A counter of a table."""
        line = rf'^{metric}{{[^}}]*table="{re.escape(table)}"[^}}]*}} (\S+)$'
        found = re.search(line, self.metrics(), re.MULTILINE)
        return int(float(found[1])) if found else 0

    @property
    def is_active(self) -> bool:
        return "\noffload_scheduler_active 1" in self.metrics()

    def wait_for(self, words: str) -> None:
        wait_until(lambda: words in self.log, f"in the log: {words}", timeout=40)

    def leaks(self) -> list[str]:
        """Where a password can be read by others."""
        files = [Path(os.environ[f"OFFLOAD_{server}_PASSWORD_FILE"]) for server in ("PG", "CH")]
        secrets = [file.read_text().strip() for file in files]
        process = Path(f"/proc/{self.process.pid}")
        places = {
            "argv": (process / "cmdline").read_text(),
            "environ": (process / "environ").read_text(),
            "the log": self.log,
            "the metrics": self.metrics(),
        }
        return [
            f"a password stands in {place}"
            for place, text in places.items()
            if any(secret in text for secret in secrets)
        ]

    def end(self) -> list[str]:
        """Asks it to stop, as systemd does, and waits."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        is_orderly = status == 0 and "Scheduler stopped gracefully" in self.log
        return [] if is_orderly else [f"the scheduler ended with {status}: {self.log}"]


@contextmanager
def scheduler(scene: Scene) -> Iterator[Scheduler]:
    """Runs one that has begun its first cycle, or stands by; kills what is left of it."""
    with tempfile.NamedTemporaryFile(prefix="offload-log-") as output:
        process = subprocess.Popen(
            scene.command("run"), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            running = Scheduler(process, Path(output.name))
            wait_until(lambda: re.search("Metrics enabled", running.log) is not None, "a scheduler")
            yield running
        finally:
            process.kill()
            process.wait()
