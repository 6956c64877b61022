"""The incidents of runbooks/iceberg-scheduler-recovery.md."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from market import Market, Trades, wait_until

from .host import CONFIG, SCHEDULER, dropped_in, edit, systemctl, try_systemctl


@contextmanager
def _not_started(market: Market) -> Iterator[Trades]:
    """The host was booted, and the service is not enabled."""
    systemctl("disable", "--quiet", "--now", SCHEDULER)
    yield market.tables[0]


@contextmanager
def _crashed(market: Market) -> Iterator[Trades]:
    """The host is out of memory, and the kernel takes the process again and again until systemd gives up."""
    while not _has_failed():
        try_systemctl("kill", "--kill-whom=main", "--signal=SIGKILL", SCHEDULER)
    yield market.tables[0]


@contextmanager
def _hung(market: Market) -> Iterator[Trades]:
    """The process stops, on a host where somebody has switched the watchdog off."""
    with dropped_in(SCHEDULER, "[Service]\nWatchdogSec=0\n"):
        systemctl("restart", SCHEDULER)
        wait_until(_answers, "/metrics")
        systemctl("kill", "--kill-whom=main", "--signal=SIGSTOP", SCHEDULER)
        yield market.tables[0]
    systemctl("restart", SCHEDULER)


@contextmanager
def _port_taken(market: Market) -> Iterator[Trades]:
    """Another program has the port of /metrics when the scheduler is started again."""
    systemctl("stop", SCHEDULER)
    server = ["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", "8000"]
    subprocess.run(["systemd-run", "--quiet", "--unit=report-preview", *server], check=True)
    wait_until(_answers, "another program at the port")
    try_systemctl("start", SCHEDULER)
    yield market.tables[0]


@contextmanager
def _misconfigured(market: Market) -> Iterator[Trades]:
    """A typing error in the configuration shows at the next start."""
    edit(CONFIG, "interval:", "intervall:")
    try_systemctl("restart", SCHEDULER)
    yield market.tables[0]


def _answers() -> bool:
    """Whether anybody does at the port of /metrics."""
    command = ["curl", "--silent", "--output", "/dev/null", "http://127.0.0.1:8000/metrics"]
    return subprocess.run(command).returncode == 0


def _has_failed() -> bool:
    return subprocess.run(["systemctl", "is-failed", "--quiet", SCHEDULER]).returncode == 0


INCIDENTS = {
    "scheduler-1": _not_started,
    "scheduler-2": _crashed,
    "scheduler-3": _hung,
    "scheduler-4": _port_taken,
    "scheduler-5": _misconfigured,
}
