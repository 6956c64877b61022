"""Where a table stands when a fault strikes: at its beginning, after a crash, with nothing to do, behind, wrong."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from stand import Outcome, Scene, ledger

_RUN = secrets.token_hex(3)  # ledger and lake of an earlier run on the same testbed stay as they are
_RIPE = "UPDATE offload_watermarks SET observed_at = now() - interval '1 day' WHERE table_name = %s"
# A ledger of a moment before the last window's end, of which it knows the beginning only.
_BEHIND = """
WITH last AS (
    SELECT batch_id, table_name FROM offload_batches WHERE table_name = %s AND status = 'committed'
    ORDER BY high DESC LIMIT 1
), staged AS (
    UPDATE offload_batches SET status = 'staged' WHERE batch_id = (SELECT batch_id FROM last)
), forgotten AS (
    DELETE FROM offload_watermark_history WHERE batch_id = (SELECT batch_id FROM last)
)
UPDATE offload_watermarks w SET position = b.high, last_batch_id = b.batch_id
FROM last JOIN offload_batches b USING (table_name)
WHERE w.table_name = b.table_name AND b.status = 'committed' AND b.batch_id <> last.batch_id
"""
_EDITED = "UPDATE offload_watermarks SET position = position - 30000000 WHERE table_name = %s"


@dataclass(frozen=True)
class Situation:
    """A table made ready, and the process that meets the fault.

    `faults` are failpoints that lead the process where it would not come by itself; `turns` is how many clean
    turns finish the work after it; `is_sound`: ledger and lake agree at the beginning.
    """

    name: str
    prepare: Callable[[Scene], None]
    command: tuple[str, ...] = ("cycle",)
    options: dict[str, str] = field(default_factory=dict)
    faults: str = ""
    turns: int = 1
    is_sound: bool = True

    def scene(self, cell: str) -> Scene:
        scene = Scene(re.sub(r"\W", "_", f"{cell}_{_RUN}").lower(), self.options)
        self.prepare(scene)
        return scene

    def arguments(self, scene: Scene) -> list[str]:
        return [*self.command, "--table", scene.table]

    def finish(self, scene: Scene) -> list[Outcome]:
        """The clean turns that must be enough; what was observed has settled before each."""
        outcomes = []
        for _ in range(self.turns):
            ledger(_RIPE, scene.table)
            outcomes.append(scene.run("cycle"))
        return outcomes


def _first(scene: Scene) -> None:
    scene.insert(0, 100)


def _crashed(scene: Scene) -> None:
    """Data files, manifests and metadata of a window that was never committed."""
    scene.insert(0, 100)
    if scene.run("cycle", OFFLOAD_FAILPOINT="putFile:after:4=kill").status != -9:
        raise RuntimeError("the predecessor was not killed")


def _cycle(scene: Scene) -> None:
    outcome = scene.run("cycle")
    if outcome.status != 0:
        raise RuntimeError(outcome.output)


def _backlog(scene: Scene) -> None:
    scene.insert(0, 100)
    _cycle(scene)
    scene.insert(100, 60)


def _unsettled(scene: Scene) -> None:
    """All that has settled is moved, and more has come that nobody has seen yet."""
    scene.insert(0, 100)
    for _ in ("observed", "moved"):
        _cycle(scene)
        ledger(_RIPE, scene.table)
    scene.insert(100, 60)


def _behind(scene: Scene) -> None:
    _backlog(scene)
    ledger(_BEHIND, scene.table)


def _edited(scene: Scene) -> None:
    _backlog(scene)
    ledger(_EDITED, scene.table)


_TWO_WINDOWS = {"max_rows_per_file": "50"}
SITUATIONS = [
    Situation("first", _first, options=_TWO_WINDOWS),
    # A copy breaks, then the answer to COMMIT is lost.
    Situation("retry", _crashed, faults="copy:after:1=unknown,commit:after:1=unknown"),
    Situation("empty", _unsettled, options={"cursor": "id", "settle": "1h"}, turns=2),
    Situation("catch-up", _backlog, ("catch-up",), {"partition_by": '["bucket(2, id)"]'}),
    Situation("behind", _behind, options=_TWO_WINDOWS, turns=2, is_sound=False),
    Situation("edited", _edited, turns=2, is_sound=False),
]
