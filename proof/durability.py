#!/usr/bin/env python3
"""Whatever a commit refers to survives a loss of power when COMMIT is sent: real cycles, call by call.

The page cache outlives a killed process, so no kill can show that an fsync is missing. Here strace records
every call that changes a file, and `disk.Disk` keeps what would be left. A file must be safe when its writer
closes it, all that a commit refers to when COMMIT is sent, and by then no removed file may come back. Then
each fsync is forgotten, one at a time, to see that it is missed.

    source DIR/env; proof/durability.py
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyiceberg.table import StaticTable

import trace
from checker import violations
from disk import SYNCS, Disk
from stand import Scene, prepare
from trace import Call

_COMMIT = r"Q\0\0\0\vCOMMIT\0"
_METADATA = re.compile(r"file:/+(/[^\"\\]+\.metadata\.json)")


@dataclass
class Replay:
    """One cycle's calls from the first to the last; `files` are those that its commits refer to."""

    root: Path
    calls: list[Call]

    def __post_init__(self) -> None:
        self.files: set[str] = set()
        self.violations: list[str] = []

    def run(self, forgotten: Call | None = None) -> Replay:
        """`forgotten` is an fsync that is left out."""
        disk = Disk(self.root)
        moved: dict[int, list[str]] = {}
        events = [(call.begun, 0, call) for call in self.calls if call.name == "sendto"]
        rest = (call for call in self.calls if call.name != "sendto" and call is not forgotten)
        events += [(call.ended, 1, call) for call in rest]
        for *_, call in sorted(events, key=lambda event: event[:2]):
            if call.name == "sendto":
                self._look_at_message(call, moved, disk)
            elif call.name == "close":
                path = disk.written_path(call.descriptor)
                self._expect(disk, [path] if path else [], "when it is closed")
            disk.apply(call)
        return self

    def _look_at_message(self, call: Call, moved: dict[int, list[str]], disk: Disk) -> None:
        """A table's pointer moves in a transaction, which a COMMIT on the same connection ends."""
        message = "".join(call.strings)
        if message.startswith(_COMMIT):
            metadata = moved.pop(call.descriptor, [])
            files = {file for path in metadata for file in referred(path)}
            self.files |= files
            self._expect(disk, sorted(files), f"at COMMIT of {[Path(path).name for path in metadata]}")
            self.violations += [f"{path} was removed but would be back" for path in disk.revenants()]
        elif "iceberg_tables" in message and ("UPDATE" in message or "INSERT" in message):
            moved.setdefault(call.descriptor, []).extend(_METADATA.findall(message))

    def _expect(self, disk: Disk, paths: list[str], moment: str) -> None:
        self.violations += [f"{loss} {moment}" for loss in map(disk.loss, paths) if loss]


@cache
def referred(metadata: str) -> set[str]:
    """The metadata file and all that it leads to, by an independent reader; raises if any is not there."""
    table = StaticTable.from_metadata(f"file://{metadata}")
    found = {metadata}
    for snapshot in table.snapshots():
        found.add(_path(snapshot.manifest_list))
        for manifest in snapshot.manifests(table.io):
            found.add(_path(manifest.manifest_path))
            found |= {_path(entry.data_file.file_path) for entry in manifest.fetch_manifest_entry(table.io)}
    missing = [path for path in found if not Path(path).is_file()]
    if missing:
        raise RuntimeError(f"{metadata} refers to files that are not there: {missing}")
    return found


def _path(location: str) -> str:
    return re.sub("^file:/+", "/", location)


def _recorded(root: Path, folder: Path) -> tuple[list[Replay], list[str]]:
    """A table's first cycle, of several windows; then one that also removes what a killed one left behind."""
    warehouse = f"file://{os.environ['OFFLOAD_WAREHOUSE']}"
    options = {"partition_by": '["bucket(2, id)"]', "max_rows_per_file": "1000"}
    scene = Scene(root.name, options, {warehouse: f"file://{root}"})
    scene.insert(0, 2500)
    first = trace.record(scene.command("cycle"), folder)
    scene.insert(2500, 20)
    kill = ["strace", "-f", "-o", "/dev/null", "-e", "inject=link:signal=KILL:when=1"]
    subprocess.run([*kill, *scene.command("cycle")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    left = set(root.rglob("*.parquet"))
    later = trace.record(scene.command("cycle"), folder)
    found = violations(scene)
    if not left - set(root.rglob("*.parquet")):
        found.append("the killed cycle left nothing to remove")
    scene.drop()
    return [Replay(root, first), Replay(root, later)], found


def main() -> int:
    start = time.monotonic()
    prepare()
    root = Path(os.environ["OFFLOAD_WAREHOUSE"]) / f"durability{time.time_ns()}"
    root.mkdir()
    with tempfile.TemporaryDirectory(prefix="offload-durability-") as folder:
        replays, found = _recorded(root, Path(folder))
    forgotten_count = 0
    for replay in replays:
        found += replay.run().violations
        if not replay.files:
            found.append("a cycle without a commit")
        for sync in (call for call in replay.calls if call.name in SYNCS and call.result == 0):
            forgotten_count += 1
            without = Replay(root, replay.calls).run(forgotten=sync)
            if len(without.violations) <= len(replay.violations):
                found.append(f"nobody would miss {sync}")
    for text in found:
        print(text)
    files = set().union(*(replay.files for replay in replays))
    folders = {str(Path(file).parent) for file in files}
    print(f"{forgotten_count} fsyncs forgotten, one at a time", file=sys.stderr)
    seconds = time.monotonic() - start
    print(f"durability: {len(files)} files, {len(folders)} folders, {len(found)} violations, {seconds:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
