"""The incidents of runbooks/iceberg-offload-watermark-recovery.md."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException

from market import Market, Trades, ledger, wait_until

from .host import SCHEDULER, systemctl

_LOCK = "SELECT table_name FROM offload_watermarks FOR UPDATE;\n"
_ALL = "SELECT batch_id FROM offload_batches WHERE table_name = '{table}'"
_LAST_THREE = f"{_ALL} AND status = 'committed' ORDER BY high DESC LIMIT 3"
_FORGET = """
SELECT FROM offload_watermarks WHERE table_name = '{table}' FOR UPDATE;
CREATE TEMPORARY TABLE forgotten ON COMMIT DROP AS {batches};
DELETE FROM offload_files WHERE batch_id IN (TABLE forgotten);
DELETE FROM offload_watermark_history WHERE batch_id IN (TABLE forgotten);
DELETE FROM offload_batches WHERE batch_id IN (TABLE forgotten);
"""
_FORGET_TABLE = """
DELETE FROM offload_watermark_history WHERE table_name = '{table}';
DELETE FROM offload_watermarks WHERE table_name = '{table}';
"""
# The watermark stands where the last window that is left ends.
_MOVE_BACK = """
UPDATE offload_watermarks w SET position = b.high, last_batch_id = b.batch_id FROM offload_batches b
WHERE w.table_name = '{table}' AND b.batch_id = (SELECT batch_id FROM offload_batches
    WHERE table_name = w.table_name AND status = 'committed' ORDER BY high DESC LIMIT 1);
"""


@contextmanager
def _standing_by(market: Market) -> Iterator[Trades]:
    """The database's clock was an hour ahead when a host took the lease that has been scrapped since."""
    systemctl("stop", SCHEDULER)
    ledger(
        "UPDATE offload_leases SET holder = 'old-host:4711', token = nextval('offload_lease_tokens'),"
        " expires_at = now() + interval '1 hour' WHERE name = 'scheduler'"
    )
    systemctl("start", SCHEDULER)
    yield market.tables[0]


@contextmanager
def _locked(market: Market) -> Iterator[Trades]:
    """Somebody looks at the watermarks in a transaction, and goes to lunch."""
    psql = ["runuser", "--login", "postgres", "--command", "psql --quiet --output=/dev/null offload"]
    with subprocess.Popen(psql, stdin=subprocess.PIPE, text=True) as session:
        session.stdin.write("BEGIN;\n" + _LOCK)
        session.stdin.flush()
        try:
            yield market.tables[0]
        finally:
            session.kill()


@contextmanager
def _lost(market: Market) -> Iterator[Trades]:
    """What PostgreSQL knew of a table is deleted."""
    table = market.tables[0]
    _forget(table, _ALL, _FORGET_TABLE)
    yield table


@contextmanager
def _older(market: Market) -> Iterator[Trades]:
    """PostgreSQL is restored from a backup of three windows ago, the warehouse is not."""
    table = market.tables[1]
    _forget(table, _LAST_THREE, _MOVE_BACK)
    yield table


@contextmanager
def _rolled_back(market: Market) -> Iterator[Trades]:
    """Another engine rolls the Iceberg table back by two snapshots."""
    table = market.tables[2]
    password = open("/etc/iceberg-offload/postgres-password").read().strip()
    catalog = SqlCatalog("lake", uri=f"postgresql+psycopg2://offload:{password}@127.0.0.1/offload")
    wait_until(lambda: _roll_back(catalog, table), "a moment without a commit")
    yield table


def _roll_back(catalog: SqlCatalog, table: Trades) -> bool:
    """False: the scheduler has committed in between."""
    lake = catalog.load_table(table.table)
    snapshots = sorted(lake.snapshots(), key=lambda snapshot: snapshot.sequence_number)
    try:
        lake.manage_snapshots().rollback_to_snapshot(snapshots[-3].snapshot_id).commit()
    except CommitFailedException:
        return False
    return True


def _forget(table: Trades, batches: str, then: str) -> None:
    """Deletes batches of a table that nobody is at: a backup has no half of a turn."""
    wait_until(lambda: not _is_held(table), "a moment between two turns")
    ledger((_FORGET + then).format(table=table.table, batches=batches.format(table=table.table)))


def _is_held(table: Trades) -> bool:
    sql = "SELECT 1 FROM offload_leases WHERE name = %s AND expires_at > clock_timestamp()"
    return bool(ledger(sql, f"table:{table.table}"))


INCIDENTS = {
    "watermark-1": _standing_by,
    "watermark-2": _locked,
    "watermark-3": _lost,
    "watermark-4": _older,
    "watermark-5": _rolled_back,
}
