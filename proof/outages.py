"""Servers that go away in the middle of the work, come back, or are replaced by others."""

from __future__ import annotations

from collections.abc import Callable

from bed import Bed
from faults import SLOW, Fault, healed, unclear, unsound, wait_for_copy
from sleeper import asleep
from stand import Outcome, Scene, ledger

# A turn asks, has asked, has copied, is committing, has committed, gives its lease back.
_STAGES = (
    "begin:before:1",
    "open:after:1",
    "copy:after:1",
    "putFile:after:4",
    "commit:after:1",
    "end:before:1",
)


def restarts(bed: Bed) -> list[Fault]:
    """One after the other: they harm the servers that all share."""
    return [
        *(_restarted(bed, mode, stage) for mode in ("fast", "immediate") for stage in _STAGES),
        Fault("postgres/stopped", lambda scene: _stopped(bed, scene)),
        Fault("clickhouse/restarted", lambda scene: _killed(bed, scene, is_back_at_once=True), SLOW),
        Fault("clickhouse/killed", lambda scene: _killed(bed, scene, is_back_at_once=False), SLOW),
    ]


def promotions() -> list[Callable[[Bed], Fault]]:
    """Each leaves another PostgreSQL in the place of the first, so each needs servers of its own."""
    return [
        lambda bed: _promoted(bed, "putFile:after:4"),
        lambda bed: _promoted(bed, "commit:after:1"),
        lambda bed: Fault("promoted/behind", lambda scene: _promoted_behind(bed, scene)),
    ]


def _restarted(bed: Bed, mode: str, stage: str) -> Fault:
    """The program sleeps while PostgreSQL restarts, and goes on: it tries again, or fails and says so."""

    def body(scene: Scene) -> list[str]:
        scene.insert(0, 100)
        with asleep(scene, "cycle", at=stage) as sleeper:
            bed.restart_postgres(mode)
            outcome = sleeper.wake()
        found = [] if outcome.status == 0 else unclear(scene, outcome)
        return found + unsound(scene) + healed(scene)

    return Fault(f"postgres-{mode}/{stage}", body)


def _stopped(bed: Bed, scene: Scene) -> list[str]:
    """PostgreSQL is gone when the answer to COMMIT is asked for, until the program has given up."""
    scene.insert(0, 100)
    with asleep(scene, "cycle", at="commit:after:1,commit:after:1=unknown") as sleeper:
        bed.stop_postgres("immediate")
        outcome = sleeper.wake()
    bed.up()
    found = unclear(scene, outcome)
    if _windows(scene) != 1:
        found.append("the window was committed before PostgreSQL stopped, and is gone")
    return found + unsound(scene) + healed(scene)


def _killed(bed: Bed, scene: Scene, is_back_at_once: bool) -> list[str]:
    """ClickHouse dies while it sends a file; back before the program asks again, or when it has given up."""
    scene.insert(0, 30)
    with scene.start("cycle") as process:
        wait_for_copy(scene)
        bed.kill_clickhouse()
        if is_back_at_once:
            bed.up()
        output, _ = process.communicate(timeout=60)
    bed.up()
    outcome = Outcome(process.returncode, output)
    found = [] if is_back_at_once and outcome.status == 0 else unclear(scene, outcome)
    return found + unsound(scene) + healed(scene)


def _promoted(bed: Bed, stage: str) -> Fault:
    """A synchronous standby takes over in the middle of a turn: what was committed is committed."""

    def body(scene: Scene) -> list[str]:
        bed.add_standby()
        scene.insert(0, 100)
        with asleep(scene, "cycle", at=stage) as sleeper:
            windows = _windows(scene)
            bed.promote()
            found = [] if _windows(scene) == windows else ["a committed window is lost"]
            outcome = sleeper.wake()
        found += [] if outcome.status == 0 else unclear(scene, outcome)
        return found + unsound(scene) + healed(scene)

    return Fault(f"promoted/{stage}", body)


def _promoted_behind(bed: Bed, scene: Scene) -> list[str]:
    """The standby missed the last window, which goes with watermark and table: it is moved again, once.

    Its first files stay: the ledger that knew of them is gone.
    """
    bed.add_standby()
    scene.insert(0, 100)
    found = healed(scene)
    bed.lose_standby()
    scene.insert(100, 50)
    found += healed(scene)
    bed.promote()
    if _windows(scene) != 1:
        found.append("the standby had not missed a window")
    found += healed(scene)
    return [line for line in found if "not known to the ledger" not in line]


def _windows(scene: Scene) -> int:
    sql = "SELECT count(*) FROM offload_batches WHERE table_name = %s AND status = 'committed'"
    return ledger(sql, scene.table)[0][0]
