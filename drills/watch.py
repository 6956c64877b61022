"""What Prometheus says: which alerts fire now, and which have paged since when."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request

# Sums up all others: whoever is paged by another alert too begins with that one.
SUMMARY = "IcebergOffloadFreshnessBudgetBurn"


def firing() -> set[tuple[str, str]]:
    """Name and severity of every alert that fires."""
    with urllib.request.urlopen("http://127.0.0.1:9090/api/v1/alerts", timeout=5) as answer:
        alerts = json.load(answer)["data"]["alerts"]
    return {
        (alert["labels"]["alertname"], alert["labels"]["severity"])
        for alert in alerts
        if alert["state"] == "firing"
    }


class Watch:
    """Looks ten times a second, until `close`."""

    def __init__(self) -> None:
        self.paged: dict[str, float] = {}
        self.last_seen: dict[str, float] = {}
        self.now: set[str] = set()
        self.is_looking = False
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_closed.set()
        self._thread.join()

    @property
    def pages(self) -> set[str]:
        """What should wake somebody now."""
        return {name for name in self.now if name in self.paged} - {SUMMARY}

    def silence(self, name: str) -> float:
        """For how long an alert that fired has not."""
        return time.monotonic() - self.last_seen[name]

    def _look(self) -> None:
        while not self._is_closed.wait(0.1):
            try:
                alerts = firing()
            except (urllib.error.URLError, OSError):
                continue
            self.now = {name for name, _ in alerts}
            self.is_looking = True
            for name, severity in alerts:
                self.last_seen[name] = time.monotonic()
                if severity == "critical":
                    self.paged.setdefault(name, time.monotonic())
