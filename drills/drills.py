#!/usr/bin/env python3
"""Plays the runbooks' scenarios on hosts side by side, and prints the table of drills.

    drills.py BINARY [SCENARIO ...]     all by default; exits with 1 unless each is recovered in time

Needs root. With all scenarios, the table is also written to runbooks/drills.md.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from page import FOLDER, Scenario, scenarios
from report import page, table
from scale import FACTOR

ROOT = Path(__file__).resolve().parent.parent
HOST_COUNT = 2
_ENVIRONMENT = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LC_ALL=C.UTF-8",
    "PYTHONDONTWRITEBYTECODE=1",
    f"FACTOR={FACTOR}",
]


class Host:
    """A furnished host, from its making to `end`."""

    def __init__(self, binary: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="offload-drill-")
        self._boot = subprocess.Popen([ROOT / "drills/boot", self._folder.name])
        try:
            self._await_systemd()
            self.run(ROOT / "drills/furnish", binary)
        except BaseException:
            self.end()
            raise

    def run(self, *command: str | Path, check: bool = True) -> str:
        """What a command of the host prints."""
        enter = ["nsenter", "--target", self._process_1, "--all"]
        return subprocess.run(
            [*enter, "env", "--ignore-environment", *_ENVIRONMENT, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=check,
        ).stdout

    def end(self) -> None:
        """Pulls its plug."""
        self._boot.kill()
        self._boot.wait()
        self._folder.cleanup()

    def _await_systemd(self) -> None:
        deadline = time.monotonic() + 60
        while not self._is_up():
            if self._boot.poll() is not None or time.monotonic() > deadline:
                raise ChildProcessError("a host could not be booted")
            time.sleep(0.1)

    @property
    def _process_1(self) -> str:
        return Path(f"/proc/{self._boot.pid}/task/{self._boot.pid}/children").read_text().strip()

    def _is_up(self) -> bool:
        if not self._process_1:
            return False
        state = ["bash", "-c", "[[ -e /run/systemd/private ]] && systemctl is-system-running"]
        return self.run(*state, check=False).strip() == "running"


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
        command = [ROOT / ".venv/bin/python", ROOT / "drills/play.py", scenario.name]
        outcome = json.loads(self._host.run(*command, check=False).splitlines()[-1])
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
