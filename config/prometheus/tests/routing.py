"""Where the example of an Alertmanager sends each alert, and which ones it keeps to itself.

Prints what is wrong, then `N passed, N failed`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from servers import Server, alertmanager, wait_until

_CONFIG = Path(__file__).resolve().parents[2]
_EXAMPLE = _CONFIG / "alertmanager/alertmanager.example.yml"
_RULE = re.compile(r"- alert: (\w+)\n(?:.*\n)*?        labels: \{severity: (\w+)", re.MULTILINE)
_RECEIVERS = {"critical": "pager", "warning": "mail"}
# What is worth a message when these fire together, and what is not then.
_STORMS = [
    (
        "SchedulerDown, DiskSpaceLow, TTLHeadroomLow k2.a",
        "LagCritical k2.a, LagElevated k2.b, WatermarkStale k2.a, FreshnessBudgetBurn, ThroughputLow k2.a",
    ),
    ("LagCritical k2.a, LagElevated k2.b, ConsecutiveFailures k2.a", "LagElevated k2.a, FreshnessBudgetBurn"),
    ("CycleTooSlow, LagElevated k2.a", "CycleSlow"),
]


def main() -> int:
    rules = (_CONFIG / "prometheus/iceberg-offload.rules.yml").read_text()
    alerts = _RULE.findall(rules)
    outcomes = [_route(name, severity) for name, severity in alerts]
    known = {name for name, _ in alerts}
    outcomes += [_storm(loud.split(", "), quiet.split(", "), known) for loud, quiet in _STORMS]
    problems = [problem for problem in outcomes if problem]
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{len(outcomes) - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


def _route(name: str, severity: str) -> str:
    """What is wrong with the way of an alert; empty: nothing."""
    labels = [f"alertname={name}", f"severity={severity}", "table=k2.trades"]
    command = ["amtool", "config", "routes", "test", f"--config.file={_EXAMPLE}", *labels]
    ended = subprocess.run(command, capture_output=True, text=True)
    receiver = ended.stdout.strip()
    if receiver == _RECEIVERS[severity]:
        return ""
    return f"{name} ({severity}) goes to {receiver or ended.stderr}"


def _storm(loud: list[str], quiet: list[str], known: set[str]) -> str:
    """A real Alertmanager is told that all of these fire."""
    alerts = [_labels(name) for name in [*loud, *quiet]]
    unknown = {labels["alertname"] for labels in alerts} - known
    if unknown:
        return f"no rule is called {unknown}"
    with alertmanager(_EXAMPLE) as server:
        server.post("/api/v2/alerts", [{"labels": labels} for labels in alerts])
        try:
            wait_until(lambda: _kept(server) == set(quiet), "alerts to be kept back", timeout=10)
        except TimeoutError:
            return f"of {loud + quiet} these are kept back: {sorted(_kept(server))}, not {quiet}"
    return ""


def _labels(name: str) -> dict[str, str]:
    alert, _, table = name.partition(" ")
    return {"alertname": f"IcebergOffload{alert}"} | ({"table": table} if table else {})


def _kept(server: Server) -> set[str]:
    alerts = server.get("/api/v2/alerts", active="false", silenced="false", inhibited="true")
    names = [(alert["labels"]["alertname"], alert["labels"].get("table", "")) for alert in alerts]
    return {f"{alert.removeprefix('IcebergOffload')} {table}".strip() for alert, table in names}


if __name__ == "__main__":
    sys.exit(main())
