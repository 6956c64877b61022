#!/usr/bin/env python3
"""What the least users may do, and everything that they must not: tried on the servers themselves.

    source DIR/env; proof/privileges.py [--only offload_rw]

PostgreSQL's roles and ClickHouse's user are made from config/; whole cycles are run by them, and each denial
must be the server's, with its own code for it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import psycopg2

import denials
from bed import Bed, bed
from cells import Proof
from checker import violations
from denials import Attempt
from least import Ledger, least_clickhouse
from scheduler import scheduler
from stand import Scene, clickhouse

_SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    "search_path": "public",
    "synchronous_commit": "on",
}


def _groups() -> Iterator[list[Attempt]]:
    with bed() as own:
        ledger = Ledger(own)
        ledger.make()
        scene = Scene("least", changes=_changes(ledger, "offload_rw"))
        yield [Attempt("offload_rw/migrate", lambda: _refused_migration(scene))]
        ledger.migrate(scene.run("migrate", "--dry-run").output)
        tables = _tables(ledger)
        yield [*denials.to_the_writer(ledger, tables), *denials.to_the_reader(ledger, tables)]
        yield [
            Attempt("offload_ro/reads all", lambda: _read(ledger, tables)),
            Attempt("offload_owner/login", lambda: _locked_out(ledger, "offload_owner", "not permitted")),
            Attempt("others/connect", lambda: _locked_out(ledger, "stranger", "permission denied")),
            Attempt("offload_rw/settings", lambda: _settings(ledger)),
        ]
        yield [Attempt("cycle/by the writer", lambda: _cycles(ledger))]
        yield from _least_of_both(own, ledger, scene)


def _changes(ledger: Ledger, role: str) -> dict[str, str]:
    """To the testbed's configuration."""
    return {
        "postgresql://offload@": f"postgresql://{role}@",
        '/offload"': '/ledger"',
        str(ledger.password_file("postgres")): str(ledger.password_file(role)),
    }


def _refused_migration(scene: Scene) -> list[str]:
    """The writer is told who has to do it, and how."""
    outcome = scene.run("migrate")
    words = ("permission denied for schema public", "migrate --dry-run | psql")
    is_clear = all(text in outcome.output for text in words)
    return [] if outcome.status == 1 and is_clear else [f"no clear refusal: {outcome}"]


def _tables(ledger: Ledger) -> list[str]:
    """All there are, so that one which a migration adds is tried too."""
    sql = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    with ledger.connect("offload_ro") as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return sorted(row[0] for row in cursor.fetchall())


def _read(ledger: Ledger, tables: list[str]) -> list[str]:
    with ledger.connect("offload_ro") as connection, connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
    return []


def _locked_out(ledger: Ledger, role: str, words: str) -> list[str]:
    if role == "stranger":
        ledger.psql("postgres", "-c", "CREATE ROLE stranger LOGIN")
        ledger.set_password("stranger")
    try:
        ledger.connect(role).close()
    except psycopg2.OperationalError as error:
        return [] if words in str(error) else [str(error)]
    return [f"{role} may connect"]


def _settings(ledger: Ledger) -> list[str]:
    with ledger.connect("offload_rw") as connection, connection.cursor() as cursor:
        found = {}
        for name in _SETTINGS:
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    return [] if found == _SETTINGS else [f"settings: {found}"]


def _cycles(ledger: Ledger) -> list[str]:
    """A scheduler, a cycle and a validation by the writer; then the reader's commands."""
    scene = Scene("by_hash", {"verify": "hash"}, _changes(ledger, "offload_rw"))
    scene.insert(0, 40)
    with scheduler(scene) as running:
        running.wait_for("OFFLOAD CYCLE COMPLETED")
        found = running.end()
    scene.insert(40, 40)
    found += _ended_well(scene, "cycle")
    found += _ended_well(scene, "validate", "--table", scene.table, "--hash") + _diagnosed(scene)
    found += _checked(ledger, scene)
    scene.configure(_changes(ledger, "offload_ro"))
    for command in (["status"], ["watermark", "show"], ["validate", "--table", scene.table]):
        found += _ended_well(scene, *command)
    health = scene.run("health")
    if health.status not in (0, 1):  # 1: the source was slow to answer
        found.append(f"health: {health}")
    refused = scene.run("cycle")
    if refused.status == 0 or "permission denied" not in refused.output:
        found.append(f"the reader ran a cycle: {refused}")
    scene.drop()
    return found


def _ended_well(scene: Scene, *arguments: str) -> list[str]:
    outcome = scene.run(*arguments)
    return [] if outcome.status == 0 else [f"{' '.join(arguments)}: {outcome}"]


def _diagnosed(scene: Scene) -> list[str]:
    """The doctor finds nothing amiss with either user; the disk of a test is not its business here."""
    disk = ("free space", "file system", "warehouse")
    findings = json.loads(scene.run("doctor", "--json").output)["findings"]
    return [f"doctor: {each}" for each in findings if each["outcome"] != "ok" and each["subject"] not in disk]


def _checked(ledger: Ledger, scene: Scene) -> list[str]:
    """The checker reads the ledger as the reader role."""
    mine = {"PGUSER": "offload_ro", "PGDATABASE": "ledger"}
    before = {name: os.environ[name] for name in (*mine, "OFFLOAD_PG_PASSWORD_FILE")}
    os.environ |= mine | {"OFFLOAD_PG_PASSWORD_FILE": str(ledger.password_file("offload_ro"))}
    try:
        return violations(scene)
    finally:
        os.environ |= before


def _least_of_both(own: Bed, ledger: Ledger, scene: Scene) -> Iterator[list[Attempt]]:
    """The shipped ClickHouse user beside the writer: a cycle, and what the engine must refuse."""
    clickhouse("CREATE TABLE proof.secret (id UInt32) ENGINE = MergeTree ORDER BY id")
    scene.insert(0, 60)
    with least_clickhouse(own, [scene.table]) as password:
        user = {"user: offload": "user: iceberg_offload"}
        password_file = {str(own.folder / "clickhouse-password"): str(password)}
        scene.configure(_changes(ledger, "offload_rw") | user | password_file)
        yield [Attempt("cycle/by the least of both", lambda: _ended_well(scene, "cycle") + _diagnosed(scene))]
        yield denials.to_the_clickhouse_user()
    yield [Attempt("cycle/by the least of both is exact", lambda: _checked(ledger, scene))]


if __name__ == "__main__":
    sys.exit(Proof("privileges", "attempts", _groups).main(__doc__.splitlines()[0]))
