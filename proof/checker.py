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
        return found + ([f"committed {committed}, but there is no Iceberg table"] if committed else [])
    found += _content_violations(scene, "1" if is_complete else _moved(scene, position), metadata)
    found += _snapshot_violations(batches, metadata)
    found += _file_violations(scene, batches, metadata, is_settled)
    return found


def _position(scene: Scene) -> int | None:
    rows = ledger("SELECT position FROM offload_watermarks WHERE table_name = %s", scene.table)
    return None if not rows or rows[0][0] is None else int(rows[0][0])


def _batches(scene: Scene) -> dict[str, str]:
    """The status of every batch, oldest first."""
    sql = "SELECT batch_id::text, status FROM offload_batches WHERE table_name = %s ORDER BY high, created_at"
    return dict(ledger(sql, scene.table))


def _metadata(scene: Scene) -> dict | None:
    rows = ledger(
        "SELECT metadata_location FROM iceberg_tables WHERE table_namespace || '.' || table_name = %s", scene.table
    )
    return json.loads(_path(rows[0][0]).read_text()) | {"location_of_this": rows[0][0]} if rows else None


def _path(location: str) -> Path:
    return Path(re.sub("^file:/+", "/", location))


def _moved(scene: Scene, position: int | None) -> str:
    """The condition of the rows that must have arrived: none before there is a watermark."""
    cursor = "id" if scene.options.get("cursor") == "id" else "toUnixTimestamp64Micro(at)"
    return "0" if position is None else f"{cursor} <= {position}"


def _content_violations(scene: Scene, limit: str, metadata: dict) -> list[str]:
    """Source and Iceberg as multisets of rows."""
    source = clickhouse(f"SELECT {_SOURCE} FROM {scene.table} WHERE {limit}")[0]
    lake = clickhouse(f"SELECT {_LAKE} FROM {_iceberg(metadata)}")[0]
    if source == lake:
        return []
    return [f"rows, keys, content: {' '.join(source)} in the source, {' '.join(lake)} in Iceberg"]


def _iceberg(metadata: dict) -> str:
    root, file = str(_path(metadata["location"])), str(_path(metadata["location_of_this"]))
    return f"icebergLocal('{root}', SETTINGS iceberg_metadata_file_path = '{file.removeprefix(root + '/')}')"


def _ledger_violations(scene: Scene, position: int | None, batches: dict[str, str]) -> list[str]:
    """Watermark, its history and the chain of windows."""
    found = []
    history = ledger(
        "SELECT position FROM offload_watermark_history WHERE table_name = %s ORDER BY id", scene.table
    )
    positions = [row[0] for row in history]
    if positions != sorted(positions):
        found.append(f"the watermark went back: {positions}")
    if positions and positions[-1] != position:
        found.append(f"the watermark is {position}, its history ends at {positions[-1]}")
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
    """Every committed window in exactly one snapshot, and no snapshot of any other."""
    summaries = [snapshot["summary"] for snapshot in metadata.get("snapshots", [])]
    written = [summary["offload.batch-id"] for summary in summaries if "offload.batch-id" in summary]
    committed = [batch for batch, status in batches.items() if status == "committed"]
    if sorted(written) == sorted(committed):
        return []
    return [f"snapshots of the batches {written}, committed are {committed}"]


def _file_violations(
    scene: Scene, batches: dict[str, str], metadata: dict, is_settled: bool
) -> list[str]:
    """Every visible file read once and whole; every other one known to the ledger, and gone in the end."""
    found = []
    live = {
        row[0].rsplit("/", 1)[-1]: int(row[1])
        for row in clickhouse(f"SELECT _path, count() FROM {_iceberg(metadata)} GROUP BY _path")
    }
    recorded = {
        location.rsplit("/", 1)[-1]: (batch, rows)
        for location, batch, rows in ledger(
            "SELECT f.location, batch_id::text, f.row_count FROM offload_files f JOIN offload_batches USING (batch_id)"
            " WHERE table_name = %s",
            scene.table,
        )
    }
    for name, rows in live.items():
        if name not in recorded or recorded[name][1] != rows or batches[recorded[name][0]] != "committed":
            found.append(f"{name} is read with {rows} rows, the ledger has {recorded.get(name)}")
    for path in scene.folder.rglob("*"):
        if path.is_file() and path.name not in live:
            found += _stray_violations(path, batches, recorded, metadata, is_settled)
    return found


def _stray_violations(
    path: Path, batches: dict[str, str], recorded: dict, metadata: dict, is_settled: bool
) -> list[str]:
    """A file that no reader sees: old metadata is well, the rest must be a batch's that is still open."""
    if path.suffix == ".parquet":
        batch = recorded.get(path.name, (None, None))[0]
    else:
        named = [batch for batch in _UUID.findall(path.name) if batch in batches]
        batch = named[0] if named else None
        current = _path(metadata["location_of_this"]).name
        if batch is None and path.name.endswith(".metadata.json") and path.name <= current:
            return []  # the table's first metadata, whose name is no batch's
    status = batches.get(batch) if batch else None
    if status == "committed" and path.suffix != ".parquet":
        return []
    if status == "staged" and not is_settled:
        return []
    return [f"{path.name} lies about: its batch is {status or 'not known to the ledger'}"]
