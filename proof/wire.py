#!/usr/bin/env python3
"""Every exchange with PostgreSQL and ClickHouse meets the faults of the wire: nothing may be lost or doubled.

One clean cycle (two windows of two partitions) is recorded on each wire; a cell is one fault at one of its
exchanges. After the faulty cycle, and again after a clean one straight to the servers, the checker looks.

    source DIR/env; proof/wire.py [--jobs N] [--only CELL]
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from checker import violations
from proxy import Passage, relay
from stand import Outcome, Scene, ledger, prepare
from wire_cells import Cell, Exchange, Wire, cells
from wire_pooled import SHOWS

CELL_COUNT_MIN = 250
_ROWS = 6
_OPTIONS = {"max_rows_per_file": "3", "partition_by": '["bucket(2, id)"]'}
# Cells that only wait for a timeout of the product may do so many at once.
_WAITING = (":stall", ":hang")
_WAITING_AT_ONCE = 16
_SERVERS = re.compile("PostgreSQL|ClickHouse")
_PROMISES = re.compile(
    "the watermark stays where it is|nothing was committed|not committed|stay committed"
    "|nothing was written|nothing is lost"
)


def record(wire: Wire) -> list[Exchange]:
    """The exchanges of a clean cycle."""
    exchanges: list[Exchange] = []

    def listen(passage: Passage) -> None:
        reply = passage.ask()
        exchanges.append(Exchange(passage.number, passage.label, passage.request, reply))
        passage.answer(reply)

    with wire.open(listen) as (_, changes):
        scene = Scene(_scene_name("clean", wire.name), _OPTIONS, changes)
        scene.insert(0, _ROWS)
        outcome = scene.run("cycle")
        found = violations(scene)
        if outcome.status != 0 or found:
            raise RuntimeError(f"the clean cycle on {wire.name}: {outcome.output} {found}")
        scene.drop()
    return exchanges


def prove(cell: Cell) -> list[str]:
    """Runs a cell; what is not as promised."""
    hits: list[str] = []

    def spring(passage: Passage) -> None:
        if passage.number != cell.exchange.number:
            return relay(passage)
        hits.append(passage.label)
        cell.fault(passage)

    with cell.wire.open(spring) as (_, changes):
        scene = Scene(_scene_name(cell.name), _OPTIONS, changes | cell.changes)
        scene.insert(0, _ROWS)
        outcome = scene.run("cycle", timeout=150)
    found = [] if hits else ["the fault was never hit"]
    found += judge(cell, scene, outcome)
    is_well = outcome.status == 0
    found += [f"after the fault: {one}" for one in violations(scene, is_settled=is_well, is_complete=is_well)]
    scene.configure({})
    healed = scene.run("cycle")
    if healed.status != 0:
        found.append(f"the clean cycle ended with {healed.status}: {healed.output.strip()}")
    found += [f"in the end: {one}" for one in violations(scene)]
    scene.drop()
    return [f"{one} [{outcome.status}: {outcome.output.strip()}]" for one in found]


def judge(cell: Cell, scene: Scene, outcome: Outcome) -> list[str]:
    """What the process says of itself."""
    if outcome.status not in (0, 1):
        return [f"the process ended with {outcome.status}"]
    told = outcome.output + str(ledger("SELECT last_error_message FROM offload_watermarks"))
    found = [f"{name} is told" for name, secret in _secrets().items() if secret in told]
    if outcome.status == 0:
        return found
    if cell.must_pass:
        found.append("what was only slow has failed")
    if scene.table not in outcome.output and not _SERVERS.search(outcome.output):
        found.append("the message names neither table nor server")
    if not _PROMISES.search(outcome.output):
        found.append("the message does not say what was not lost")
    return found


def _secrets() -> dict[str, str]:
    names = ("OFFLOAD_PG_PASSWORD_FILE", "OFFLOAD_CH_PASSWORD_FILE")
    return {f"the secret of {name}": Path(os.environ[name]).read_text().strip() for name in names}


def _scene_name(*words: str) -> str:
    """A name of a table that no earlier run on the same testbed has used."""
    return re.sub(r"\W", "_", "_".join(words)) + f"_{time.time_ns() // 1_000_000}"


def show(pooled: Callable[[Scene], list[str]]) -> list[str]:
    """Runs one of the shows behind pgbouncer."""
    scene = Scene(_scene_name("pooled", pooled.__name__), _OPTIONS)
    found = pooled(scene)
    scene.drop()
    return found


def run(proofs: Mapping[str, Callable[[], list[str]]], jobs: int) -> int:
    """Runs the cells, those that wait beside the others; how many violations there were."""
    start, count = time.monotonic(), 0
    with ThreadPoolExecutor(_WAITING_AT_ONCE) as waiting, ThreadPoolExecutor(jobs) as working:
        futures: dict[Future[list[str]], str] = {
            (waiting if name.endswith(_WAITING) else working).submit(proof): name
            for name, proof in proofs.items()
        }
        for done, future in enumerate(as_completed(futures), 1):
            name = futures[future]
            for violation in future.result():
                count += 1
                print(f"\n{name}: {violation}\n  replay: proof/wire.py --only {name}", file=sys.stderr)
            print(f"\rwire: {done} of {len(proofs)} cells", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"wire: {len(proofs)} cells, {count} violations, {time.monotonic() - start:.0f} s")
    return count


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=3, help="cells at once, besides those that only wait")
    parser.add_argument("--only", metavar="CELL", help="one cell, or all whose name begins so")
    options = parser.parse_args()
    prepare()
    every = {f"pooled:{pooled.__name__}": partial(show, pooled) for pooled in SHOWS}
    every |= {cell.name: partial(prove, cell) for cell in cells(record)}
    chosen = {name: proof for name, proof in every.items() if name.startswith(options.only or "")}
    if len(every) < CELL_COUNT_MIN or not chosen:
        sys.exit(f"wire: {len(every)} cells, of which {len(chosen)} are chosen")
    sys.exit(1 if run(chosen, options.jobs) else 0)


if __name__ == "__main__":
    main()
