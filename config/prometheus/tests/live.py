"""A real Prometheus scrapes the real program: do rules, dashboard and docs/metrics.md fit what it exports?

Needs the testbed's Python and proof/ on PYTHONPATH. Prints what is wrong, then `N passed, N failed`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import closed_world
from bed import bed
from exposition import families
from scheduler import Scheduler, scheduler
from servers import Server, scraping
from stand import Scene, clickhouse, configuration

_CONFIG = Path(__file__).resolve().parents[2]
_RULES = (_CONFIG / "prometheus/iceberg-offload.rules.yml").read_text()
_DASHBOARD = json.loads((_CONFIG / "grafana/iceberg-offload.json").read_text())
_ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
# Seconds; gauges are read anew every 30.
_PATIENCE = 150


def main() -> int:
    with _program() as (program, busy):
        scrape = program.metrics()
        exported = families(scrape)
        checks = {"promtool check metrics": _lint(scrape), "closed world": closed_world.problems(exported)}
        with scraping(program.port, _RULES) as server:
            names = sorted({name for name in closed_world.names(_RULES) if name in exported})
            queries = {**_panels(), **{f"rules: {name}": name for name in [*names, *closed_world.recorded()]}}
            checks |= _answers(server, queries, busy)
            checks |= _rules(server)
    for check, problems in checks.items():
        for problem in problems:
            print(f"{check}: {problem}")
    failed = sum(1 for problems in checks.values() if problems)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


@contextmanager
def _program() -> Iterator[tuple[Scheduler, Scene]]:
    """A scheduler with two tables: one is slow enough to be seen at work, the other's row does not settle."""
    with bed():
        busy = Scene("busy", {"where": '"sleep(0.3) = 0"'})
        waiting = Scene("waiting", {"settle": "1d"})
        clickhouse(f"ALTER TABLE {waiting.table} MODIFY TTL toDateTime(at) + INTERVAL 10 YEAR")
        clickhouse(f"INSERT INTO {waiting.table} SELECT 1, now64(6), 'w', 1")
        often = {"tables: []": "schedule: {interval: 2s}\ntables: []"}
        busy.config.write_text(configuration([busy, waiting], often))
        busy.insert(0, 1_000)
        # Gauges are read when the scheduler begins; by then there are watermarks.
        busy.run("cycle")
        with scheduler(busy) as running:
            running.wait_for("OFFLOAD CYCLE COMPLETED")
            yield running, busy


def _lint(scrape: str) -> list[str]:
    ended = subprocess.run(["promtool", "check", "metrics"], input=scrape, capture_output=True, text=True)
    return (ended.stdout + ended.stderr).splitlines() if ended.returncode else []


def _panels() -> dict[str, str]:
    """Every query of the dashboard, for all tables."""
    return {
        f"dashboard: {panel['title']} {target['refId']}": re.sub(r"\$(table|job)\b", ".*", target["expr"])
        for panel in _DASHBOARD["panels"]
        for target in panel.get("targets", [])
    }


def _answers(server: Server, queries: dict[str, str], busy: Scene) -> dict[str, list[str]]:
    """Asks, while rows keep coming, until each query has given a number; what gives none in time is a problem."""
    waiting = dict(queries)
    problems: dict[str, list[str]] = {name: [] for name in queries}
    deadline = time.monotonic() + _PATIENCE
    first = 1_000
    while waiting and time.monotonic() < deadline:
        busy.insert(first, 10)
        first += 10
        for name, expression in list(waiting.items()):
            try:
                if any(sample["value"][1] != "NaN" for sample in server.query(expression)):
                    del waiting[name]
            except urllib.error.HTTPError as error:
                problems[name] = [f"{json.load(error)['error']}: {expression}"]
                del waiting[name]
        time.sleep(1)
    return problems | {name: [f"no number: {expression}"] for name, expression in waiting.items()}


def _rules(server: Server) -> dict[str, list[str]]:
    """What Prometheus says of the rules it has evaluated, and what an alert has to say of itself."""
    groups = server.get("/api/v1/rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return {f"rule {number}: {rule['name']}": _faults(rule) for number, rule in enumerate(rules)}


def _faults(rule: dict) -> list[str]:
    if rule["health"] != "ok":
        return [rule.get("lastError", "was never evaluated")]
    if rule["type"] != "alerting":
        return []
    annotations = rule["annotations"]
    problems = [f"has no {name}" for name in _ANNOTATIONS - annotations.keys()]
    if rule["labels"].get("severity") not in ("critical", "warning"):
        problems.append("has no severity")
    if not annotations.get("runbook_url", "").endswith(f"/runbooks/{rule['name']}.md"):
        problems.append(f"leads to {annotations.get('runbook_url')}")
    if f"/d/{_DASHBOARD['uid']}" not in annotations.get("dashboard_url", ""):
        problems.append(f"leads to {annotations.get('dashboard_url')}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
