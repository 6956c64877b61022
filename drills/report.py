"""The table of drills, as printed and as runbooks/drills.md."""

from __future__ import annotations

from datetime import date

from page import Scenario
from scale import FACTOR, minutes

_HEAD = ["scenario", "alert", "detected", "recovered", "limit", "paged with it", "rows checked"]
_PAGE = """# Drills

Every scenario of the runbooks, played on a host with the real parts: systemd, PostgreSQL, ClickHouse's engine,
Prometheus with the shipped rules, and the program. The incident is made, its alert must fire and no page that the
scenario does not name, the runbook's commands are run as they stand, the alert must resolve, and every row must be
in Iceberg exactly once.

Time runs {factor} times as fast: all durations of configuration, units and rules are so many times shorter, and a
minute here is {second:.2f} s that were measured. Commands do not run faster, so real figures are lower; nor do the waits
that the program sets itself, 5 s for a lock and 1 s and 4 s before a window is tried again, so that CycleTooSlow comes
with watermark-2 and performance-2, where it comes with very many tables only.
Written by `make drills` on {day}.

{table}
"""


def table(scenarios: list[Scenario], outcomes: list[dict]) -> str:
    """As Markdown; one row a drill."""
    rows = [_row(scenario, outcome) for scenario, outcome in zip(scenarios, outcomes)]
    widths = [max(len(row[column]) for row in [_HEAD, *rows]) for column in range(len(_HEAD))]
    lines = [_HEAD, ["-" * width for width in widths], *rows]
    return "\n".join(_line(line, widths) for line in lines)


def page(scenarios: list[Scenario], outcomes: list[dict]) -> str:
    return _PAGE.format(
        factor=FACTOR, second=60 / FACTOR, day=date.today(), table=table(scenarios, outcomes)
    )


def _row(scenario: Scenario, outcome: dict) -> list[str]:
    if outcome["faults"]:
        return [scenario.name, scenario.alert, "FAILED", "", f"{scenario.minutes} min", "", ""]
    return [
        scenario.name,
        scenario.alert,
        _time(outcome["detected"]),
        _time(outcome["recovered"]) + (", second try" if "is_second" in outcome else ""),
        f"{scenario.minutes} min",
        ", ".join(name.removeprefix("IcebergOffload") for name in outcome["beside"]),
        f"{outcome['rows']:,}",
    ]


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s = {minutes(seconds):.0f} min"


def _line(cells: list[str], widths: list[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"
