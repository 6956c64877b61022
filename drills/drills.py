#!/usr/bin/env python3
"""Plays the runbooks' scenarios on hosts side by side, and prints the table of drills.

    drills.py BINARY [SCENARIO ...]     all by default; exits with 1 unless each is recovered in time

Needs root. With all scenarios, the table is also written to runbooks/drills.md.
"""

from __future__ import annotations

import json
import queue
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from page import FOLDER, Scenario, scenarios
from report import page, table

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "systemd/tests"))

from machine import Machine  # noqa: E402

HOST_COUNT = 2


class Host(Machine):
    """A machine that is furnished for drills."""

    def __init__(self, binary: Path) -> None:
        super().__init__(tree=ROOT)
        try:
            shutil.copy2(binary, self.path("/usr/local/bin/iceberg-offload"))
            self.run(str(ROOT / "drills/furnish"))
        except BaseException:
            self.end()
            raise

    def play(self, scenario: Scenario) -> dict:
        """What came of it."""
        command = [str(ROOT / ".venv/bin/python"), str(ROOT / "drills/play.py"), scenario.name]
        return json.loads(self.run(*command, status=None, timeout=None).splitlines()[-1])


class Stage:
    """Plays one scenario after the other on a host, and on a new one after a failure, until `end`."""

    def __init__(self, binary: Path) -> None:
        self._binary = binary
        self._host: Host | None = None

    def play(self, scenario: Scenario) -> dict:
        """What came of it.

        A second of this machine is three minutes of the drill, and others use the machine too: what was only late
        is played once more, and the table says so. Rows lost or double are never excused.
        """
        outcome = self._try(scenario)
        if outcome["faults"] and outcome["is_exact"]:
            outcome = self._try(scenario) | {"is_second": True}
        return outcome

    def end(self) -> None:
        if self._host:
            self._host.end()
        self._host = None

    def _try(self, scenario: Scenario) -> dict:
        self._host = self._host or Host(self._binary)
        outcome = self._host.play(scenario)
        print(f"{scenario.name}: {'; '.join(outcome['faults']) or 'recovered'}", flush=True)
        if outcome["faults"]:
            self.end()
        return outcome


def play(binary: Path, waiting: queue.SimpleQueue[Scenario]) -> list[dict]:
    """The outcomes of the scenarios that one stage came to play."""
    stage = Stage(binary)
    outcomes: list[dict] = []
    try:
        while True:
            outcomes.append(stage.play(waiting.get_nowait()))
    except queue.Empty:
        return outcomes
    finally:
        stage.end()


def main() -> int:
    binary = Path(sys.argv[1]).resolve()
    known = scenarios()
    chosen = [known[name] for name in sys.argv[2:]] or list(known.values())
    waiting: queue.SimpleQueue[Scenario] = queue.SimpleQueue()
    for scenario in chosen:
        waiting.put(scenario)
    begin = time.monotonic()
    with ThreadPoolExecutor(HOST_COUNT) as pool:
        hosts = [pool.submit(play, binary, waiting) for _ in range(min(HOST_COUNT, len(chosen)))]
        found = {outcome["scenario"]: outcome for host in hosts for outcome in host.result()}
    outcomes = [found[scenario.name] for scenario in chosen]
    if len(chosen) == len(known):
        (FOLDER / "drills.md").write_text(page(chosen, outcomes))
    failed = sum(bool(outcome["faults"]) for outcome in outcomes)
    print(table(chosen, outcomes))
    print(f"{len(outcomes)} drills, {time.monotonic() - begin:.0f} s")
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
