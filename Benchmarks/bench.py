"""Measures the program on a testbed: wall time over its floor, CPU, memory, idle cycle, commit time.

The floor is curl, saving the answer to the very same request, measured in turn with the program.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from recorder import Request, record

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "testbed"))

from clickhouse import TRADES, ClickHouse  # noqa: E402

_TARGETS: dict[str, float] = json.loads((HERE / "targets.json").read_text())
_MILLION = 1_000_000
_ROUNDS = 3


@dataclass
class Run:
    """What one run of a program cost."""

    wall: float
    cpu: float
    peak_mebibytes: float


def measured(*command: str) -> Run:
    """Runs a command; by time(1), because Python's own size would show in the peak of its children."""
    start = time.monotonic()
    timed = ["/usr/bin/time", "--quiet", "-f", "%U %S %M", "-o", "usage", *command]
    result = subprocess.run(timed, capture_output=True, text=True)
    wall = time.monotonic() - start
    if result.returncode != 0:
        sys.exit(f"bench: {' '.join(command)} failed:\n{result.stdout}{result.stderr}")
    user, system, peak = Path("usage").read_text().split()
    return Run(wall, float(user) + float(system), int(peak) / 1024)


class Bench:
    """The measurements, each printed as it is taken."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._clickhouse = ClickHouse()
        self._missed = 0
        self._head = [line for line in Path("offload.yaml").read_text().splitlines() if line != "tables: []"]
        self._clickhouse.query("CREATE DATABASE bench")
        self._configure([self._line("bench.trades_0")])
        measured(program, "migrate", "--config", "offload.yaml")

    def throughput(self) -> None:
        """Wall time and CPU for 4 million rows, verified by count and by hash."""
        tables = [f"bench.trades_{number}" for number in range(2 * _ROUNDS + 1)]
        self._make_trades(tables[0], 4 * _MILLION)
        for table in tables[1:]:
            self._clickhouse.query(f"CREATE TABLE {table} CLONE AS {tables[0]}")
        request = self._copy_request(tables[0])
        floors, runs, hashed = [], [], []
        for counted_table, hashed_table in zip(tables[1::2], tables[2::2], strict=True):
            floors.append(self._floor(request))
            runs.append(self._cycle([self._line(counted_table)]))
            hashed.append(self._cycle([self._line(hashed_table, "verify: hash")]))
        floor, wall = min(run.wall for run in floors), min(run.wall for run in runs)
        proven = min(run.wall for run in hashed)
        cpu = statistics.median(run.cpu for run in runs)
        size = Path("floor.parquet").stat().st_size / 2**20
        print(f"4 million trades, {size:.0f} MiB of Parquet; best of {_ROUNDS} in turn:")
        self._figure("  floor: curl saves the answer", f"{floor:.2f} s")
        self._figure("  wall time", f"{wall:.2f} s")
        self._figure("  wall time over floor", f"{wall / floor:.2f} x", wall / floor, "wall_ratio")
        self._figure("  CPU of ours (user + system)", f"{cpu:.2f} s", cpu, "cpu_seconds_per_4_million_rows")
        ratio = proven / wall
        self._figure("  wall time, verify: hash", f"{proven:.2f} s")
        self._figure("  verify: hash over verify: count", f"{ratio:.2f} x", ratio, "hash_over_count")
        peak = max(run.peak_mebibytes for run in hashed)
        self._figure("  peak memory, verify: hash", f"{peak:.0f} MiB", peak, "peak_mebibytes")

    def memory(self, largest: int) -> None:
        """Peak memory by rows in one file."""
        print("peak memory, all rows in one file:")
        for millions in sorted({1, 4, largest}):
            table = f"bench.memory_{millions}"
            self._make_trades(table, millions * _MILLION)
            peak = self._cycle([self._line(table, "max_rows_per_file: 1000000000")]).peak_mebibytes
            self._clickhouse.query(f"DROP TABLE {table} SYNC")
            self._figure(f"  {millions} million rows", f"{peak:.0f} MiB", peak, "peak_mebibytes")

    def idle(self) -> None:
        """A cycle over 100 tables without new rows."""
        lines = []
        for number in range(100):
            table = f"bench.idle_{number}"
            self._make_trades(table, 10)
            lines.append(self._line(table))
        self._cycle(lines)
        best = min(self._cycle(lines).wall for _ in range(_ROUNDS))
        print("a cycle without new rows:")
        self._figure("  100 tables", f"{best:.2f} s", best, "idle_seconds_of_100_tables")

    def commits(self) -> None:
        """How long a commit takes while the table's history grows."""
        self._clickhouse.query("CREATE TABLE bench.commits (id UInt64) ENGINE = MergeTree ORDER BY id")
        self._clickhouse.query("INSERT INTO bench.commits SELECT number FROM numbers(2010)")
        line = "{source: bench.commits, target: cold.commits, cursor: id, settle: 0s, max_rows_per_file: 1}"
        self._configure([line])
        measured(self._program, "catch-up", "--config", "offload.yaml")
        seconds = self._commit_seconds()
        early, late = min(seconds[2:18]), min(seconds[1992:2008])
        print(f"one commit, of {len(seconds)} into one table; best of the sixteen around:")
        self._figure("  at snapshot 10", f"{early * 1000:.1f} ms")
        self._figure("  at snapshot 2,000", f"{late * 1000:.1f} ms")
        ratio = late / early
        self._figure("  at 2,000 over that at 10", f"{ratio:.2f} x", ratio, "commit_ratio_2000_to_10")

    def verdict(self) -> int:
        missed = f"{self._missed} missed" if self._missed else "every one reached"
        print(f"targets (Benchmarks/targets.json): {missed}")
        return 1 if self._missed else 0

    def _figure(self, name: str, text: str, value: float = 0, target: str | None = None) -> None:
        line = f"{name:<36}{text:>12}"
        if target:
            is_reached = value <= _TARGETS[target]
            self._missed += not is_reached
            line += f"   target <= {_TARGETS[target]:<5g}{'ok' if is_reached else 'MISSED'}"
        print(line, flush=True)

    def _make_trades(self, table: str, count: int) -> None:
        """One part, so that no merge runs beside the measurement."""
        self._clickhouse.query(
            f"CREATE TABLE {table} ({TRADES}) ENGINE = MergeTree"
            " ORDER BY (exchange_timestamp, sequence_number)"
        )
        self._clickhouse.add_trades(table, 1, count, "2026-01-01 00:00:00", 4 * 86_400)
        self._clickhouse.query(f"OPTIMIZE TABLE {table} FINAL")

    def _line(self, table: str, more: str = "verify: count") -> str:
        target = table.replace("bench.", "cold.")
        cursor = "cursor: exchange_timestamp, sequence: sequence_number"
        return f"{{source: {table}, target: {target}, {cursor}, {more}}}"

    def _configure(self, tables: list[str], url: str | None = None) -> None:
        text = "\n".join([*self._head, "tables:", *(f"  - {line}" for line in tables)]) + "\n"
        Path("offload.yaml").write_text(text.replace(os.environ["CLICKHOUSE_URL"], url) if url else text)

    def _cycle(self, tables: list[str]) -> Run:
        self._configure(tables)
        return measured(self._program, "cycle", "--config", "offload.yaml")

    def _copy_request(self, table: str) -> Request:
        def run(url: str) -> None:
            self._configure([self._line(table)], url)
            subprocess.run([self._program, "cycle", "--config", "offload.yaml"], capture_output=True)

        return record(os.environ["CLICKHOUSE_URL"], run)

    def _floor(self, request: Request) -> Run:
        Path("floor.sql").write_bytes(request.body)
        headers = [part for name, value in request.headers for part in ("-H", f"{name}: {value}")]
        url = os.environ["CLICKHOUSE_URL"] + request.path
        return measured("curl", "-sSf", "-o", "floor.parquet", "--data-binary", "@floor.sql", *headers, url)

    def _commit_seconds(self) -> list[float]:
        """Of each commit in order: from the transaction's begin, which now() tells, to its last entry."""
        query = """
            SELECT extract(epoch FROM b.committed_at - h.created_at)
            FROM offload_batches b JOIN offload_watermark_history h USING (batch_id)
            WHERE b.table_name = 'bench.commits' ORDER BY b.committed_at
        """
        result = subprocess.run(["psql", "-AtXc", query], check=True, capture_output=True, text=True)
        return [float(line) for line in result.stdout.split()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the release build")
    parser.add_argument("--largest", type=int, default=16, help="millions of rows in the largest table")
    options = parser.parse_args()
    bench = Bench(options.program)
    bench.throughput()
    bench.memory(options.largest)
    bench.idle()
    bench.commits()
    return bench.verdict()


if __name__ == "__main__":
    sys.exit(main())
