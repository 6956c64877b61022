"""Processes side by side on the same tables, and signals that meet them in the middle of a copy."""

from __future__ import annotations

import re
import signal
from contextlib import ExitStack

from cells import wait_until
from checker import violations
from faults import SLOW, Fault, healed, unclear, unsound, wait_for_copy
from scheduler import Scheduler, scheduler
from sleeper import Sleeper
from stand import Scene, ledger

_MOVED = re.compile(r"^✓ (\S+): (\d+) rows? in (\d+) windows?", re.MULTILINE)
_EVERY_SECOND = {"tables:": "schedule: {interval: 1s, stop_timeout: 1s}\ntables:"}


def commands() -> list[Fault]:
    """Commands by hand; they may meet others at other tables."""
    return [
        Fault("zombie/copy", _zombie, SLOW),
        *(
            Fault(f"{name}/{command}", lambda scene, c=command, s=number: _interrupted(scene, c, s), SLOW)
            for command in ("cycle", "catch-up")
            for name, number in (("sigterm", signal.SIGTERM), ("sigint", signal.SIGINT))
        ),
    ]


def schedulers() -> list[Fault]:
    """A ledger has one scheduler at a time: one fault after the other."""
    return [
        Fault("schedulers/crowd", _crowd, changes=_EVERY_SECOND),
        Fault("schedulers/zombie", _zombie_scheduler, SLOW, _EVERY_SECOND),
        Fault("schedulers/sigterm", _stopped, SLOW, {"tables:": "schedule: {stop_timeout: 60s}\ntables:"}),
        Fault("schedulers/sigterm-impatient", _cancelled, SLOW, _EVERY_SECOND),
    ]


def _zombie(scene: Scene) -> list[str]:
    """Stopped in the middle of a copy for longer than its lease; the work is done by others meanwhile."""
    scene.insert(0, 30)
    with scene.start("cycle") as process:
        wait_for_copy(scene)
        process.send_signal(signal.SIGSTOP)
        sleeper = Sleeper(scene, process)
        sleeper.oversleep()
        found = unsound(scene) + healed(scene)
        outcome = sleeper.wake()
    found += unclear(scene, outcome)
    if "the lease" not in outcome.output:
        found.append(f"the lease is not what it failed for: {outcome}")
    return found + violations(scene)


def _interrupted(scene: Scene, command: str, number: signal.Signals) -> list[str]:
    scene.insert(0, 30)
    # What a shell starts in the background ignores SIGINT, and so does what that starts.
    with scene.start(command, under=("env", "--default-signal")) as process:
        wait_for_copy(scene)
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    found = [f"{number.name} did not end it: {output}"] if process.returncode == 0 else []
    return found + unsound(scene) + healed(scene)


def _crowd(scene: Scene) -> list[str]:
    """Two schedulers and two commands at two tables, while rows arrive; then the active one is killed."""
    other = Scene(f"{scene.name}_b")
    scene.config.write_text(scene.config.read_text() + other.config.read_text().partition("tables:\n")[2])
    tables = (scene, other)
    with ExitStack() as stack:
        stack.callback(other.drop)
        crowd = [stack.enter_context(scheduler(scene)) for _ in range(2)]
        found, tallies = _work_together(tables, 5)
        for table in tables:
            found += _miscounted(table, crowd, tallies)
        found += [leak for one in crowd for leak in one.leaks()]
        wait_until(lambda: sum(one.is_active for one in crowd) == 1, "one active scheduler")
        active, standby = sorted(crowd, key=lambda one: not one.is_active)
        active.process.kill()
        active.process.wait()
        scene.insert(1000, 40)
        wait_until(lambda: _moved(scene)[0] == 240, "the other scheduler moves rows", timeout=30)
        found += standby.end()
        return found + violations(scene) + violations(other)


def _work_together(tables: tuple[Scene, ...], rounds: int) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Rows arrive, and two commands by hand meet the schedulers; what the commands say they have moved."""
    found, tallies = [], []
    for number in range(rounds):
        for table in tables:
            table.insert(40 * number, 40)
        processes = [tables[0].start("cycle"), tables[0].start("catch-up")]
        for process in processes:
            with process:
                output, _ = process.communicate(timeout=60)
            tallies += _MOVED.findall(output)
            if process.returncode not in (0, 3):  # 3: another process was at a table
                found.append(f"a command failed: {output}")
    for table in tables:
        wait_until(lambda: _moved(table)[0] == 40 * rounds, "every row has been moved")
    return found, tallies


def _miscounted(scene: Scene, crowd: list[Scheduler], tallies: list[tuple[str, str, str]]) -> list[str]:
    """What schedulers export and commands print must add up to the ledger."""
    mine = [(int(rows), int(windows)) for table, rows, windows in tallies if table == scene.table]

    def told() -> tuple[int, int]:
        rows = sum(one.count("offload_rows_total", scene.table) for one in crowd)
        windows = sum(one.count("offload_windows_total", scene.table) for one in crowd)
        return rows + sum(each[0] for each in mine), windows + sum(each[1] for each in mine)

    try:
        # A scheduler counts a window just after it has committed it.
        wait_until(lambda: told() == _moved(scene), "counters", timeout=10)
    except TimeoutError:
        return [f"rows and windows of {scene.table}: {told()} are told, {_moved(scene)} in the ledger"]
    return []


def _zombie_scheduler(scene: Scene) -> list[str]:
    """The active scheduler is stopped in the middle of a copy; another takes over; then it goes on."""
    with ExitStack() as stack:
        stopped = stack.enter_context(scheduler(scene))
        wait_until(lambda: stopped.is_active, "the first is active")
        other = stack.enter_context(scheduler(scene))
        scene.insert(0, 30)
        wait_for_copy(scene)
        stopped.process.send_signal(signal.SIGSTOP)
        scene.lapse()
        ledger("UPDATE offload_leases SET expires_at = '-infinity' WHERE name = 'scheduler'")
        wait_until(lambda: _moved(scene)[0] == 30, "the other scheduler moves rows")
        stopped.process.send_signal(signal.SIGCONT)
        stopped.wait_for("✗ Offload failed: " + scene.table)
        stopped.wait_for("The scheduler's lease is lost")
        wait_until(lambda: other.is_active and not stopped.is_active, "one active scheduler")
        found = stopped.leaks() + other.end() + stopped.end()
        return found + violations(scene)


def _stopped(scene: Scene) -> list[str]:
    """A stop waits for the tables at work."""
    scene.insert(0, 30)
    with scheduler(scene) as running:
        wait_for_copy(scene)
        found = running.end()
        return found + violations(scene)


def _cancelled(scene: Scene) -> list[str]:
    """A stop that waits no longer gives up the window and cleans up."""
    scene.insert(0, 60)
    with scheduler(scene) as running:
        wait_for_copy(scene)
        found = running.end()
    if _moved(scene)[0] != 0:
        found.append("the copy was not cancelled")
    return found + violations(scene, is_complete=False) + healed(scene)


def _moved(scene: Scene) -> tuple[int, int]:
    """Rows and windows that are committed, by the ledger."""
    return ledger(
        "SELECT coalesce(sum(row_count), 0)::int, count(*) FROM offload_batches"
        " WHERE table_name = %s AND status = 'committed'",
        scene.table,
    )[0]
