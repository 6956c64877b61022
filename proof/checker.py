"""The invariants of exactly once, read from the servers and the files themselves, without any code of the product.

`violations(scene)` may be asked at any moment; with `is_settled` also nothing may be left lying about.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from stand import Scene, clickhouse, ledger

# Wrapping sums: an XOR would let a row that is there twice cancel itself.
# Of an Iceberg table without rows every column is Nullable, and the sum of nothing NULL.
_CONTENT = "count(), uniqExact(id), ifNull(sum(cityHash64(toUInt32(id), {at}, word, toString(amount))), 0)"
_SOURCE = _CONTENT.format(at="toUnixTimestamp64Micro(at)")
_LAKE = _CONTENT.format(at="toUnixTimestamp64Micro(CAST(at, 'DateTime64(6)'))")
_NOTHING = ["0", "0", "0"]
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def violations(scene: Scene, is_settled: bool = True, is_complete: bool = True) -> list[str]:
    """What is not as promised, in words; an empty list if all is well.

    `is_settled`: the last turn ended in peace, so no file may lie about. `is_complete`: every row of the source
    must have arrived, not only those up to the watermark.
    """
    position, batches = _position(scene), _batches(scene)
    metadata = _metadata(scene)
    found = _ledger_violations(scene, position, batches)
    if metadata is None:
        committed = [batch for batch, status in batches.items() if status == "committed"]
        found += [f"committed {committed}, but there is no Iceberg table"] if committed else []
        return found + _content_violations(scene, _moved(scene, position, is_complete), _NOTHING)
    lake = _lake(metadata)
    found += _content_violations(scene, _moved(scene, position, is_complete), lake.pop("", _NOTHING))
    found += _snapshot_violations(batches, metadata)
    live = {path.rsplit("/", 1)[-1]: int(content[0]) for path, content in lake.items()}
    found += _file_violations(scene, batches, metadata, live, is_settled)
    return found


def _position(scene: Scene) -> int | None:
    rows = ledger("SELECT position FROM offload_watermarks WHERE table_name = %s", scene.table)
    return None if not rows or rows[0][0] is None else int(rows[0][0])


def _batches(scene: Scene) -> dict[str, str]:
    """The status of every batch, oldest first; `struck`: committed once, and struck off by `watermark rewind`."""
    status = "CASE WHEN status = 'abandoned' AND committed_at IS NOT NULL THEN 'struck' ELSE status END"
    sql = f"SELECT batch_id::text, {status} FROM offload_batches WHERE table_name = %s ORDER BY high, created_at"
    return dict(ledger(sql, scene.table))


def _metadata(scene: Scene) -> dict | None:
    rows = ledger(
        "SELECT metadata_location FROM iceberg_tables WHERE table_namespace || '.' || table_name = %s", scene.table
    )
    return json.loads(_path(rows[0][0]).read_text()) | {"location_of_this": rows[0][0]} if rows else None


def _path(location: str) -> Path:
    return Path(re.sub("^file:/+", "/", location))


def _moved(scene: Scene, position: int | None, is_complete: bool) -> str:
    """Which rows of the source must have arrived; before the first commit there is no position: none."""
    if is_complete:
        return "true"
    cursor = "id" if scene.options.get("cursor") == "id" else "toUnixTimestamp64Micro(at)"
    return "false" if position is None else f"{cursor} <= {position}"


def _content_violations(scene: Scene, moved: str, lake: list[str]) -> list[str]:
    """Source and Iceberg as multisets of rows."""
    source = clickhouse(f"SELECT {_SOURCE} FROM {scene.table} WHERE {moved}")[0]
    if source == lake:
        return []
    return [f"rows, keys, content: {' '.join(source)} in the source, {' '.join(lake)} in Iceberg"]


def _lake(metadata: dict) -> dict[str, list[str]]:
    """Rows, keys and content of each file that a reader of the table sees, and under "" of all of them."""
    sql = f"SELECT _path, {_LAKE} FROM {_iceberg(metadata)} GROUP BY GROUPING SETS ((_path), ())"
    return {path: content for path, *content in clickhouse(sql)}


def _iceberg(metadata: dict) -> str:
    root, file = str(_path(metadata["location"])), str(_path(metadata["location_of_this"]))
    return f"icebergLocal('{root}', SETTINGS iceberg_metadata_file_path = '{file.removeprefix(root + '/')}')"


def _ledger_violations(scene: Scene, position: int | None, batches: dict[str, str]) -> list[str]:
    """Watermark, its history and the chain of windows."""
    found = []
    history = ledger(
        "SELECT position, reason FROM offload_watermark_history WHERE table_name = %s ORDER BY id", scene.table
    )
    for (before, _), (after, reason) in zip(history, history[1:]):
        if after < before and not reason.startswith("rewind by "):
            found.append(f"the watermark went back from {before} to {after}: {reason}")
    if history and history[-1][0] != position:
        found.append(f"the watermark is {position}, its history ends at {history[-1][0]}")
    windows = ledger(
        "SELECT low, high, token FROM offload_batches WHERE table_name = %s AND status = 'committed' ORDER BY high",
        scene.table,
    )
    for (_, high, token), (low, _, later) in zip(windows, windows[1:]):
        if low != high:
            found.append(f"a window ends at {high}, the next begins at {low}")
        if later < token:
            found.append(f"token {later} committed after token {token}")
    return found


def _snapshot_violations(batches: dict[str, str], metadata: dict) -> list[str]:
    """Every committed window in exactly one snapshot, and no snapshot of any other but those rolled back."""
    summaries = [snapshot["summary"] for snapshot in metadata.get("snapshots", [])]
    written = [summary["offload.batch-id"] for summary in summaries if "offload.batch-id" in summary]
    committed = [batch for batch, status in batches.items() if status in ("committed", "struck")]
    if sorted(written) == sorted(committed):
        return []
    return [f"snapshots of the batches {written}, committed are {committed}"]


def _file_violations(
    scene: Scene, batches: dict[str, str], metadata: dict, live: dict[str, int], is_settled: bool
) -> list[str]:
    """Every visible file read once and whole; every other one known to the ledger, and gone in the end."""
    found = []
    recorded = {
        location.rsplit("/", 1)[-1]: (batch, rows)
        for location, batch, rows in ledger(
            "SELECT f.location, batch_id::text, f.row_count FROM offload_files f JOIN offload_batches USING (batch_id)"
            " WHERE table_name = %s",
            scene.table,
        )
    } | _adopted(scene, live)
    for name, rows in live.items():
        if name not in recorded or recorded[name][1] != rows or batches[recorded[name][0]] != "committed":
            found.append(f"{name} is read with {rows} rows, the ledger has {recorded.get(name)}")
    for path in scene.folder.rglob("*"):
        if path.is_file() and path.name not in live:
            found += _stray_violations(path, batches, recorded, metadata, is_settled)
    return found


def _adopted(scene: Scene, live: dict[str, int]) -> dict[str, tuple[str, int]]:
    """Visible files of windows that `watermark repair` entered: the ledger knows their rows, but not their files."""
    entered = dict(
        ledger(
            "SELECT batch_id::text, row_count FROM offload_batches b WHERE table_name = %s AND status = 'committed'"
            " AND NOT EXISTS (SELECT FROM offload_files f WHERE f.batch_id = b.batch_id)",
            scene.table,
        )
    )
    files = {batch: [name for name in live if name.startswith(batch)] for batch in entered}
    return {
        name: (batch, live[name])
        for batch, names in files.items()
        if sum(live[name] for name in names) == entered[batch]
        for name in names
    }


def _stray_violations(
    path: Path, batches: dict[str, str], recorded: dict, metadata: dict, is_settled: bool
) -> list[str]:
    """A file that no reader sees: old metadata is well, and so is what a snapshot has that was rolled back; the rest
    must be a batch's that is still open."""
    if path.suffix == ".parquet":
        batch = recorded.get(path.name, (None, None))[0]
    elif path.name.startswith(".staging-"):  # of no name yet: it goes with the batch that is removed next
        batch = next((batch for batch, status in batches.items() if status == "staged"), None)
    else:
        named = [batch for batch in _UUID.findall(path.name) if batch in batches]
        batch = named[0] if named else None
        current = _path(metadata["location_of_this"]).name
        if batch is None and path.name.endswith(".metadata.json") and path.name <= current:
            return []  # the table's first metadata, whose name is no batch's
    status = batches.get(batch) if batch else None
    if status == "committed" and path.suffix != ".parquet":
        return []
    if status == "struck" or (status == "staged" and not is_settled):
        return []
    return [f"{path.name} lies about: its batch is {status or 'not known to the ledger'}"]
