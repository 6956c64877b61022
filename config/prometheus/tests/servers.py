"""A Prometheus and an Alertmanager of one's own, on free ports, and what they answer."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

_CONFIG = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """One that answers JSON over HTTP."""

    url: str

    def get(self, path: str, **parameters: str) -> object:
        with urllib.request.urlopen(f"{self.url}{path}?{urlencode(parameters)}", timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> None:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=30).close()

    def query(self, expression: str) -> list[dict]:
        """The samples that a PromQL expression gives now.

        Raises urllib.error.HTTPError for one that Prometheus does not take.
        """
        return self.get("/api/v1/query", query=expression)["data"]["result"]


@contextmanager
def scraping(port: int, rules: str) -> Iterator[Server]:
    """The example's configuration and these rules, but for how often: twice a second."""
    example = (_CONFIG / "prometheus/prometheus.example.yml").read_text()
    for pattern, replacement in [
        (r"_interval: \w+", "_interval: 500ms"),
        (r"/usr/share/\S+\.rules\.yml", "rules.yml"),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{port}"),
    ]:
        example, count = re.subn(pattern, replacement, example)
        assert count, f"prometheus.example.yml has no {pattern}"
    with _prometheus(example, re.sub(r"(?m)^( +interval): \w+", r"\1: 500ms", rules)) as server:
        yield server


@contextmanager
def _prometheus(configuration: str, rules: str) -> Iterator[Server]:
    """`configuration` finds the rules beside it, as rules.yml, once there is something that they can judge."""
    with tempfile.TemporaryDirectory(prefix="offload-prometheus-") as folder:
        Path(folder, "prometheus.yml").write_text(configuration)
        options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
        with _running(["prometheus", "--web.enable-lifecycle", *options], folder) as server:
            wait_until(lambda: server.query("up == 1"), "a first scrape")
            Path(folder, "rules.yml").write_text(rules)
            server.post("/-/reload", None)
            yield server


@contextmanager
def alertmanager(configuration: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="offload-alertmanager-") as folder:
        options = [f"--config.file={configuration}", f"--storage.path={folder}/data"]
        # Without an address for a cluster it looks for no other.
        options.append("--cluster.listen-address=")
        with _running(["prometheus-alertmanager", *options], folder) as server:
            yield server


@contextmanager
def _running(command: list[str], folder: str) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    log = Path(folder, "log")
    with log.open("w") as output:
        command = [*command, f"--web.listen-address={address}"]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        server = Server(f"http://{address}")
        wait_until(lambda: process.poll() is not None or _is_ready(server), f"{command[0]} at {address}")
        if process.poll() is not None:
            raise ChildProcessError(log.read_text())
        yield server
    finally:
        process.kill()
        process.wait()


def _is_ready(server: Server) -> bool:
    try:
        urllib.request.urlopen(server.url + "/-/ready", timeout=5).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], object], what: str, timeout: float = 60) -> None:
    """Raises TimeoutError naming `what` if the condition does not come true in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:.0f} s in vain for {what}")
        time.sleep(0.1)
