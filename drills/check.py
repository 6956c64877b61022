#!/usr/bin/env python3
"""Checks the runbooks without running them: blocks by shellcheck, links, alerts and scenarios."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from incidents import INCIDENTS
from page import FOLDER, blocks, scenarios

SOURCES = FOLDER.parent / "Sources"
RULES = FOLDER.parent / "config/prometheus/iceberg-offload.rules.yml"
STEPS = {"diagnose", "mitigate", "verify", "undo"}
_LINK = re.compile(r"\]\((?P<file>[\w./-]*)(?:#(?P<anchor>[\w-]+))?\)")
# `sourceUnavailable`, or `lakeTable…` for several
_CODE = re.compile(r"`([a-z]+(?:[A-Z][a-z]+)+)(…?)`")
# | [SchedulerDown](IcebergOffloadSchedulerDown.md) | critical | 20 min |
_PROMISED = re.compile(r"^\| \[(\w+)\]\(\w+\.md\) \| \w+ \| (\d+) min \|", re.MULTILINE)


def main() -> int:
    pages = sorted(FOLDER.glob("*.md"))
    checks = (_commands, _links, _reference, _codes)
    found = [f"{page.name}: {fault}" for page in pages for check in checks for fault in check(page)]
    found += [*_alerts(), *_scenarios(), *_index()]
    print("\n".join(found) or f"{len(pages)} pages, {len(INCIDENTS)} scenarios: nothing to say")
    return 1 if found else 0


def _commands(page: Path) -> Iterator[str]:
    """Every block is run by a drill, and is sound bash."""
    for tags, text in blocks(page.read_text()):
        if tags.get("step") not in STEPS:
            yield f"a block without a step: {text}"
        unknown = set(tags.get("scenario", "none").split(",")) - set(INCIDENTS)
        if unknown:
            yield f"a block of no scenario: {', '.join(unknown)}"
        # TABLE is set by whoever reads the page.
        shellcheck = ["shellcheck", "--shell=bash", "--exclude=SC2154", "-"]
        ended = subprocess.run(shellcheck, input=text, stdout=subprocess.PIPE, text=True)
        if ended.returncode != 0:
            yield ended.stdout


def _links(page: Path) -> Iterator[str]:
    """Files are there, and headings too."""
    for link in _LINK.finditer(page.read_text()):
        file = FOLDER / link["file"] if link["file"] else page
        if file.name == "drills.md" and not file.exists():
            continue  # written by the drills
        if not file.exists():
            yield f"{link['file']} is not there"
        elif link["anchor"] and link["anchor"] not in _anchors(file):
            yield f"{link['file']} has no heading {link['anchor']}"


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _reference(page: Path) -> Iterator[str]:
    """A page's quick reference has commands of its blocks alone, which are known to work."""
    text = page.read_text()
    run = "".join(code for _, code in blocks(text))
    for command in re.findall(r"`([^`]+)`", text.partition("## Quick Reference")[2]):
        if command not in run:
            yield f"no block has {command}"


def _codes(page: Path) -> Iterator[str]:
    """Errors have the names that the program prints."""
    errors = [SOURCES / "OffloadCore/OffloadError.swift", SOURCES / "Postgres/PostgresError.swift"]
    known = {code for file in errors for code in re.findall(r"^ +case (\w+)$", file.read_text(), re.MULTILINE)}
    for name, rest in _CODE.findall(page.read_text()):
        if name not in known and not (rest and any(code.startswith(name) for code in known)):
            yield f"there is no error {name}"


def _alerts() -> Iterator[str]:
    """A page for every alert, an alert for every page, and a scenario to which each leads."""
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    pages = {page.stem for page in FOLDER.glob("IcebergOffload*.md")}
    yield from (f"{alert} has no page" for alert in sorted(alerts - pages))
    yield from (f"{page}.md: there is no such alert" for page in sorted(pages - alerts))
    for name in sorted(pages):
        if not re.search(r"\]\(iceberg-[\w-]+\.md#", (FOLDER / f"{name}.md").read_text()):
            yield f"{name}.md leads to no scenario"
    for scenario in scenarios().values():
        for alert in sorted({scenario.alert, *scenario.beside} - alerts):
            yield f"{scenario.name}: there is no alert {alert}"
        page = FOLDER / f"{scenario.alert}.md"
        if page.exists() and f"{scenario.page}.md#{scenario.name}-" not in page.read_text():
            yield f"{scenario.alert}.md does not lead to {scenario.name}"


def _scenarios() -> Iterator[str]:
    """An incident for every scenario, and steps that find, mend and prove it."""
    known = scenarios()
    yield from (f"{name} has no incident" for name in sorted(set(known) - set(INCIDENTS)))
    yield from (f"{name} is on no page" for name in sorted(set(INCIDENTS) - set(known)))
    for scenario in known.values():
        missing = {"diagnose", "mitigate", "verify"} - {block.step for block in scenario.blocks}
        yield from (f"{scenario.name} has nothing to {step}" for step in sorted(missing))


def _index() -> Iterator[str]:
    """The index promises of an alert what its slowest scenario does."""
    promised = dict(_PROMISED.findall((FOLDER / "README.md").read_text()))
    slowest: dict[str, int] = {}
    for scenario in scenarios().values():
        slowest[scenario.alert] = max(scenario.minutes, slowest.get(scenario.alert, 0))
    for alert, minutes in slowest.items():
        if promised.get(alert.removeprefix("IcebergOffload")) != str(minutes):
            yield f"README.md: {alert} is recovered within {minutes} min"


if __name__ == "__main__":
    sys.exit(main())
