#!/usr/bin/env python3
"""Plays one scenario on the host it runs on: play.py NAME; its last line is the outcome as JSON.

The incident is made, the alert that the runbook names must fire and wake nobody for anything else, the
runbook's commands are run as they stand there, the alert must resolve in time, and every row must be in Iceberg
exactly once.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field

from incidents import INCIDENTS
from market import Market, Trades, wait_until
from page import Block, Scenario, scenarios
from scale import minutes, seconds
from watch import SUMMARY, Watch

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How long anything that is waited for may take before the drill is given up: three hours.
PATIENCE = seconds(180)
# An alert that is quiet for so long has resolved for good.
CYCLE = seconds(15)
TABLES = ("trades_binance", "trades_kraken", "trades_coinbase", "trades_bybit")
# Windows of a table before its incident, of which some lose three.
_HISTORY = 4


@dataclass
class Outcome:
    """What came of a drill; times in its own seconds."""

    scenario: str
    alert: str
    detected: float = 0
    recovered: float = 0
    rows: int = 0
    # No row is known to be lost or double.
    is_exact: bool = True
    beside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def run(block: Block, table: str) -> tuple[int, str]:
    """The block as an operator types it."""
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        env={"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "", "TABLE": table},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    return ended.returncode, ended.stdout


def perform(block: Block, table: str) -> None:
    """Raises unless the block prints and returns what the runbook says."""
    deadline = time.monotonic() + seconds(block.within)
    while True:
        status, output = run(block, table)
        if status == block.status and re.search(block.expect, output, re.MULTILINE):
            return
        if time.monotonic() > deadline:
            raise AssertionError(
                f"{block.step}: expected {block.status} and /{block.expect}/, got {status}:\n"
                f"{output}{block.text}"
            )
        time.sleep(0.1)


def play(scenario: Scenario, outcome: Outcome, market: Market, watch: Watch) -> None:
    begin = time.monotonic()
    with INCIDENTS[scenario.name](market) as trades:
        wait_until(lambda: scenario.alert in watch.now, f"{scenario.alert} fires", PATIENCE)
        paged = time.monotonic()
        outcome.detected = paged - begin
        for block in scenario.steps("diagnose", "mitigate", "verify"):
            perform(block, trades.table)
        wait_until(lambda: watch.silence(scenario.alert) > CYCLE, f"{scenario.alert} resolves", PATIENCE)
        outcome.recovered = watch.last_seen[scenario.alert] - paged
        if minutes(outcome.recovered) > scenario.minutes:
            took = f"{minutes(outcome.recovered):.0f} min"
            outcome.faults.append(f"recovered after {took}, the page says {scenario.minutes} min")
        for block in scenario.steps("undo"):
            perform(block, trades.table)


def others(scenario: Scenario, watch: Watch) -> list[str]:
    """What paged beside the scenario's alert."""
    return sorted(set(watch.paged) - {scenario.alert, SUMMARY})


def main() -> int:
    scenario = scenarios()[sys.argv[1]]
    outcome = Outcome(scenario.name, scenario.alert)
    market = Market([Trades(name) for name in TABLES])
    watch = Watch()
    try:
        wait_until(lambda: is_calm(market, watch), "a calm host", PATIENCE)
        watch.paged.clear()
        play(scenario, outcome, market, watch)
        market.close()
        market.settle(PATIENCE)
        outcome.rows = sum(table.count() for table in market.tables)
        wrong = [fault for table in market.tables for fault in table.faults()]
        outcome.is_exact = not wrong
        outcome.faults += wrong
    except Exception:  # a drill that cannot be played to its end is a failed one
        outcome.faults.append(traceback.format_exc())
    outcome.beside = others(scenario, watch)
    outcome.faults += [f"{name} paged too" for name in outcome.beside if name not in scenario.beside]
    if outcome.faults:
        outcome.faults.append(last_words())
    print(json.dumps(asdict(outcome)))
    return 1 if outcome.faults else 0


def is_calm(market: Market, watch: Watch) -> bool:
    """Nothing pages, every table has some windows to lose, and the product itself is content."""
    if not watch.is_looking or watch.pages or any(table.moved()[0] < _HISTORY for table in market.tables):
        return False
    return subprocess.run(["iceberg-offload", "health"], capture_output=True).returncode == 0


def last_words() -> str:
    """What the scheduler said last, for whoever looks into a failed drill."""
    command = ["journalctl", "--unit", "iceberg-offload-scheduler", "--output", "cat", "--lines", "40"]
    return subprocess.run(command, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
