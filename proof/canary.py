#!/usr/bin/env python3
"""Unique passwords, keys and hashes go into the product; none of them may come out anywhere.

    source DIR/env; proof/canary.py [--only healthy/cycle]

Every command is tried, in text and JSON, with everything well and with everything that can be wrong. Searched are
outputs, arguments and environment of all processes, the scheduler's log and pages, PostgreSQL's log of every
statement, the ledger, and the warehouse.
"""

from __future__ import annotations

import base64
import re
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from bed import bed
from canary_bed import POSTGRES, CanaryBed
from cells import Proof, wait_until
from leaks import process_leaks, run, traced
from scheduler import Scheduler, scheduler
from stand import BINARY, Scene

# What each command is tried with; `{table}` is the scene's.
_LINES = {
    "cycle": ["cycle", "cycle --table {table}"],
    "catch-up": ["catch-up --dry-run", "catch-up"],
    "status": ["status"],
    "watermark": [
        "watermark show",
        "watermark history --table {table}",
        "watermark repair --table {table}",
        "watermark rewind --table {table} --to beginning --dry-run",
        "watermark init --table {table} --from-lake",
    ],
    "tables": ["tables"],
    "validate": ["validate --table {table} --hash"],
    "report": ["report"],
    "drill": ["drill --kill-after commit --database proof"],
    "doctor": ["doctor"],
    "health": ["health"],
    "config": ["config check", "config show"],
    "migrate": ["migrate", "migrate --dry-run"],
    "version": [],  # reads no configuration
    "run": [],  # as a scheduler, below
}
_RAN, _MISCONFIGURED = {0, 1, 2, 3}, {78}


@dataclass(frozen=True)
class Search:
    """One place that is looked at."""

    name: str
    body: Callable[[], list[str]]

    def run(self) -> list[str]:
        return self.body()


def _groups() -> Iterator[list[Search]]:
    with bed() as servers:
        own = CanaryBed(servers)
        own.log_everything()
        yield [Search("control", lambda: _control(own)), Search("commands", _uncovered)]
        healthy = own.scene("healthy")
        healthy.insert(0, 40)
        yield from ([search] for search in _searches(own, "healthy", healthy))  # all at the same table
        for name, changes in own.outages().items():
            yield _searches(own, name, own.scene(name, changes))
        yield [
            Search(f"{name}/{line}", partial(_mistaken, own, changes, line.split()))
            for name, changes in own.mistakes().items()
            for line in ("config check", "config check --json", "run")
        ]
        yield [Search("scheduler", lambda: _scheduled(own))]
        yield [
            Search("PostgreSQL's log", lambda: own.secrets.in_(own.server_log, "PostgreSQL's log")),
            Search("the ledger", lambda: own.secrets.in_(own.dump(), "the ledger")),
            Search("the warehouse", lambda: own.secrets.in_files(own.folder / "warehouse")),
        ]


def _control(own: CanaryBed) -> list[str]:
    """The search finds what is there: in arguments, environment, outputs, files and PostgreSQL's log."""
    secrets, password = own.secrets, own.password
    (own.folder / "planted").mkdir()
    own.file("planted/file", f"between {password} words")
    planted = traced(["env", f"PLANTED={password}", "sh", "-c", 'echo "$PLANTED" | base64; true $PLANTED'])
    finds = {
        "output": secrets.in_(planted.output, ""),
        # Behind the arguments of a program that has it in its environment alone.
        "environment": secrets.in_(planted.programs.partition('["base64"]')[2], ""),
        "files": secrets.in_files(own.folder / "planted"),
    }
    own.as_superuser("SELECT 'a statement'")
    wait_until(lambda: b"a statement" in own.server_log, "PostgreSQL logs statements")
    return [f"what is planted in {place} is not found" for place, found in finds.items() if not found]


def _uncovered() -> list[str]:
    """Commands of the program that this proof does not know."""
    text = subprocess.run([BINARY, "--help"], check=True, capture_output=True, text=True).stdout
    commands = set(re.findall(r"^  ([a-z][a-z-]*)\s", text.partition("SUBCOMMANDS:")[2], re.MULTILINE))
    return [f"{name} is not looked at" for name in commands ^ _LINES.keys()]


def _searches(own: CanaryBed, name: str, scene: Scene) -> list[Search]:
    lines = [line.format(table=scene.table) for each in _LINES.values() for line in each]
    return [
        Search(f"{name}/{line}", partial(run, own.secrets, scene, line.split(), _RAN))
        for plain in lines
        for line in (plain, f"{plain} --json")
    ]


def _mistaken(own: CanaryBed, changes: dict[str, str], arguments: list[str]) -> list[str]:
    scene = own.scene("mistake", changes)
    try:
        return run(own.secrets, scene, arguments, _MISCONFIGURED)
    finally:
        scene.drop()


def _scheduled(own: CanaryBed) -> list[str]:
    """A scheduler in both formats of its log, with scrapers, and reloads of mistaken configurations."""
    found = []
    for log_format in ("text", "json"):
        scene = own.scene("scheduled", {"tables:": f"log: {{level: trace, format: {log_format}}}\ntables:"})
        scene.insert(0, 40)
        with scheduler(scene) as running:
            running.wait_for("OFFLOAD CYCLE COMPLETED")
            found += _pages(own, running) + process_leaks(own.secrets, running.process.pid)
            found += _mistaken_reloads(own, scene, running)
            found += running.end() + own.secrets.in_(running.log, "the log")
        scene.drop()
    return found


def _pages(own: CanaryBed, running: Scheduler) -> list[str]:
    found = []
    for path in ("/metrics", "/health", "/ready", "/"):
        status, page = _get(own, running, path, own.password)
        found += own.secrets.in_(page, path) + ([] if status in (200, 503) else [f"{path}: {status} {page}"])
    status, page = _get(own, running, "/metrics", own.wrong.read_text())
    found += own.secrets.in_(page, "a refusal")
    return found + ([] if status == 401 else [f"a wrong password: {status}"])


def _get(own: CanaryBed, running: Scheduler, path: str, password: str) -> tuple[int, str]:
    credentials = base64.b64encode(f"scraper:{password}".encode()).decode()
    request = urllib.request.Request(
        f"https://127.0.0.1:{running.port}{path}", headers={"Authorization": f"Basic {credentials}"}
    )
    context = ssl.create_default_context(cafile=str(own.folder / "tls.crt"))
    try:
        with urllib.request.urlopen(request, timeout=20, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _mistaken_reloads(own: CanaryBed, scene: Scene, running: Scheduler) -> list[str]:
    """Each is refused with a word in the log, and what was in force stays."""
    good = scene.config.read_text()
    scene.config.write_text(good.replace("offload@", f"offload:{own.secrets.texts[POSTGRES]}@"))
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("The new configuration is refused, the old one stays")
    web = own.web.read_text()
    own.web.write_text(f"basic_auth_users: {{scraper: {own.password}}}")
    status, _ = _get(own, running, "/metrics", own.password)
    running.wait_for("The new web configuration is refused, the old one stays")
    own.web.write_text(web)
    return [] if status == 200 else [f"after a mistaken web configuration: {status}"]


if __name__ == "__main__":
    sys.exit(Proof("canary", "places", _groups).main(__doc__.splitlines()[0]))
