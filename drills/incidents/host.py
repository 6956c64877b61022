"""What incidents do to the host they happen on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market import ledger
from scale import FACTOR

SCHEDULER = "iceberg-offload-scheduler"
CONFIG = Path("/etc/iceberg-offload/offload.yaml")
_HOSTS = Path("/etc/hosts")
_WIRE = Path(__file__).resolve().parent.parent / "wire.py"


def systemctl(*arguments: str) -> None:
    subprocess.run(["systemctl", *arguments], check=True, stdout=subprocess.DEVNULL)


def try_systemctl(*arguments: str) -> None:
    """As above, where it is the incident that it fails."""
    subprocess.run(["systemctl", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    if old not in text:
        raise ValueError(f"{file} has no {old}")
    file.write_text(text.replace(old, new))


@contextmanager
def configured(old: str, new: str) -> Iterator[None]:
    """Somebody changes the configuration."""
    with configuration_kept():
        edit(CONFIG, old, new)
        systemctl("reload", SCHEDULER)
        yield


@contextmanager
def configuration_kept() -> Iterator[None]:
    """In the end it is what it was, whatever the runbook did to it."""
    before = CONFIG.read_text()
    yield
    CONFIG.write_text(before)
    systemctl("reload", SCHEDULER)


@contextmanager
def dropped_in(unit: str, text: str) -> Iterator[None]:
    """Somebody has changed a unit of systemd."""
    folder = Path(f"/run/systemd/system/{unit}.service.d")
    folder.mkdir(parents=True)
    (folder / "zz-changed.conf").write_text(text)
    systemctl("daemon-reload")
    yield
    (folder / "zz-changed.conf").unlink()
    folder.rmdir()
    systemctl("daemon-reload")


@contextmanager
def wire(port: int, bytes_per_second: float, delay: float = 0) -> Iterator[str]:
    """A worse way to a server, in the time of a real deployment; its address."""
    command = [sys.executable, _WIRE, str(port), str(bytes_per_second * FACTOR), str(delay / FACTOR)]
    with subprocess.Popen(command) as process:
        try:
            yield "127.0.0.2"
        finally:
            process.kill()


@contextmanager
def slow_wire(bytes_per_second: float, delay: float = 0) -> Iterator[None]:
    """The scheduler's way to ClickHouse becomes a narrow or a long one."""
    with wire(8123, bytes_per_second, delay) as address, _moved("clickhouse", address):
        systemctl("reload", SCHEDULER)  # its connections are as old as its configuration
        yield
    systemctl("reload", SCHEDULER)


@contextmanager
def far_postgres(delay: float) -> Iterator[None]:
    """PostgreSQL is in another town."""
    with wire(5432, 1_000_000, delay) as address, _moved("postgres", address):
        _cut_connections()
        yield
    _cut_connections()


def _cut_connections() -> None:
    """Those that PostgreSQL's clients open next go the way of now."""
    ledger("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'iceberg-offload'")


@contextmanager
def _moved(name: str, address: str) -> Iterator[None]:
    """The name of a server leads to another address."""
    before = _HOSTS.read_text()
    _HOSTS.write_text(f"{address} {name}\n{before.replace(f' {name} ', ' ')}")
    yield
    _HOSTS.write_text(before)
