#!/usr/bin/env python3
"""What the least users may do, and everything that they must not: tried on the servers themselves.

    source DIR/env; proof/privileges.py [--only postgres/writer]

PostgreSQL's roles and ClickHouse's user are made from config/, a whole cycle is run by them, and each denial must
be the server's, with its own code for it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg2

from bed import bed
from cells import Proof
from checker import violations
from least import Ledger, least_clickhouse
from scheduler import scheduler
from stand import Scene, clickhouse

_DENIED = "42501"  # insufficient_privilege
_APPEND_ONLY = {
    "offload_watermark_history": "reason",
    "offload_cycles": "holder",
    "iceberg_namespace_properties": "property_value",
    "offload_schema_migrations": "name",
}


@dataclass(frozen=True)
class Attempt:
    """One thing that is tried; `body` returns what is not as promised."""

    name: str
    body: Callable[[], list[str]]

    def run(self) -> list[str]:
        return self.body()


def _groups() -> Iterator[list[Attempt]]:
    with bed() as own:
        ledger = Ledger(own)
        ledger.make()
        scene = Scene("least", {}, _changes(ledger, "offload_rw"))
        yield [Attempt("postgres/writer/may not migrate", lambda: _refused_migration(scene))]
        ledger.migrate(scene.run("migrate", "--dry-run").output)
        tables = _tables(ledger)
        yield [*_writer(ledger, tables), *_reader(ledger, tables), *_roles(ledger)]
        yield [Attempt("cycle/by the writer", lambda: _cycle(ledger))]
        yield from _clickhouse(own, ledger, scene)


def _changes(ledger: Ledger, role: str) -> dict[str, str]:
    """To the testbed's configuration."""
    return {
        "postgresql://offload@": f"postgresql://{role}@",
        '/offload"': '/ledger"',
        str(ledger.password_file("postgres")): str(ledger.password_file(role)),
    }


def _refused_migration(scene: Scene) -> list[str]:
    """The writer is told who has to do it, and how; what it is given is complete, and then nothing is left."""
    outcome = scene.run("migrate")
    is_clear = "permission denied for schema public" in outcome.output and "migrate --dry-run | psql" in outcome.output
    return [] if outcome.status == 1 and is_clear else [f"no clear refusal: {outcome}"]


def _tables(ledger: Ledger) -> list[str]:
    with ledger.connect("offload_ro") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        return sorted(row[0] for row in cursor.fetchall())


def _writer(ledger: Ledger, tables: list[str]) -> list[Attempt]:
    forbidden = [
        statement
        for table in tables
        for statement in (
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"DROP TABLE {table}",
            f"ALTER TABLE {table} ADD COLUMN more INT",
            f"CREATE INDEX ON {table} ((1))",
        )
    ]
    forbidden += [f"UPDATE {table} SET {column} = NULL" for table, column in _APPEND_ONLY.items()]
    forbidden += [
        "INSERT INTO offload_schema_migrations (version, name) VALUES (99, 'x')",
        "SELECT setval('offload_lease_tokens', 1)",
        "SET ROLE offload_owner",
        *_FORBIDDEN_TO_ALL,
    ]
    return [_denied(ledger, "offload_rw", "writer", statement) for statement in forbidden]


def _reader(ledger: Ledger, tables: list[str]) -> list[Attempt]:
    forbidden = [
        statement
        for table in tables
        for statement in (
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"INSERT INTO {table} DEFAULT VALUES",
            f"SELECT * FROM {table} FOR UPDATE",
        )
    ]
    forbidden += ["SELECT nextval('offload_lease_tokens')", "SET ROLE offload_rw", *_FORBIDDEN_TO_ALL]
    attempts = [_denied(ledger, "offload_ro", "reader", statement) for statement in forbidden]
    return attempts + [Attempt(f"postgres/reader/reads {table}", lambda t=table: _readable(ledger, t)) for table in tables]


_FORBIDDEN_TO_ALL = (
    "CREATE TABLE own (x INT)",
    "CREATE TEMPORARY TABLE own (x INT)",
    "CREATE SCHEMA own",
    "CREATE FUNCTION own() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
    "CREATE ROLE own",
    "ALTER ROLE offload_owner LOGIN",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
)


def _denied(ledger: Ledger, role: str, who: str, statement: str) -> Attempt:
    def body() -> list[str]:
        connection = ledger.connect(role)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
            return [f"{role} may: {statement}"]
        except psycopg2.Error as error:
            return [] if error.pgcode == _DENIED else [f"{statement}: {error.pgcode} {error}"]
        finally:
            connection.close()

    return Attempt(f"postgres/{who}/{statement}", body)


def _readable(ledger: Ledger, table: str) -> list[str]:
    with ledger.connect("offload_ro") as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
    return []


def _roles(ledger: Ledger) -> list[Attempt]:
    """Who logs in, and with which settings."""
    return [
        Attempt("postgres/owner/logs in nowhere", lambda: _locked_out(ledger, "offload_owner", "28000")),
        Attempt("postgres/others/may not connect", lambda: _locked_out(ledger, "stranger", _DENIED)),
        Attempt("postgres/writer/settings", lambda: _settings(ledger)),
    ]


def _locked_out(ledger: Ledger, role: str, code: str) -> list[str]:
    words = {"28000": "is not permitted to log in", _DENIED: 'permission denied for database "ledger"'}[code]
    if role == "stranger":
        ledger.psql("postgres", "-c", "CREATE ROLE stranger LOGIN")
        ledger.set_password("stranger")
    try:
        ledger.connect(role).close()
    except psycopg2.OperationalError as error:
        return [] if words in str(error) else [str(error)]
    return [f"{role} may connect"]


def _settings(ledger: Ledger) -> list[str]:
    expected = {
        "statement_timeout": "30s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "30s",
        "search_path": "public",
        "synchronous_commit": "on",
    }
    with ledger.connect("offload_rw") as connection, connection.cursor() as cursor:
        found = {}
        for name in expected:
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    return [] if found == expected else [f"settings: {found}"]


def _cycle(ledger: Ledger) -> list[str]:
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
    for command in (["status"], ["health"], ["watermark", "show"], ["validate", "--table", scene.table]):
        found += _ended_well(scene, *command)
    refused = scene.run("cycle")
    if refused.status == 0 or "permission denied" not in refused.output:
        found.append(f"the reader ran a cycle: {refused}")
    scene.drop()
    return found


def _ended_well(scene: Scene, *arguments: str) -> list[str]:
    outcome = scene.run(*arguments)
    return [] if outcome.status == 0 else [f"{' '.join(arguments)}: {outcome}"]


def _diagnosed(scene: Scene) -> list[str]:
    """The doctor finds nothing amiss with either user; the warehouse of a test is not its business here."""
    findings = json.loads(scene.run("doctor", "--json").output)["findings"]
    servers = [finding for finding in findings if not finding["subject"].startswith(("free", "file", "warehouse"))]
    return [f"doctor: {finding}" for finding in servers if finding["outcome"] != "ok"]


def _checked(ledger: Ledger, scene: Scene) -> list[str]:
    """The checker reads the ledger as the reader role."""
    mine = {"PGUSER": "offload_ro", "PGDATABASE": "ledger"}
    before = {name: os.environ[name] for name in (*mine, "OFFLOAD_PG_PASSWORD_FILE")}
    os.environ |= mine | {"OFFLOAD_PG_PASSWORD_FILE": str(ledger.password_file("offload_ro"))}
    try:
        return violations(scene)
    finally:
        os.environ |= before


def _clickhouse(own, ledger: Ledger, scene: Scene) -> Iterator[list[Attempt]]:
    """The shipped ClickHouse user beside the writer: a cycle, and what the engine must refuse."""
    clickhouse("CREATE TABLE proof.secret (id UInt32) ENGINE = MergeTree ORDER BY id")
    scene.insert(0, 60)
    with least_clickhouse(own, [scene.table]) as password:
        own_user = {"user: offload": "user: iceberg_offload", str(own.folder / "clickhouse-password"): str(password)}
        scene.configure(_changes(ledger, "offload_rw") | own_user)
        yield [Attempt("cycle/by the least users", lambda: _ended_well(scene, "cycle") + _diagnosed(scene))]
        yield [_refused(statement, code) for statement, code in _REFUSED.items()]
    yield [Attempt("cycle/by the least users is exact", lambda: _checked(ledger, scene))]


# What the engine answers: 497 ACCESS_DENIED, 164 READONLY, 452 SETTING_CONSTRAINT_VIOLATION.
_REFUSED = {
    "SELECT * FROM proof.secret": 497,
    "INSERT INTO proof.least (id) SELECT 1": 497,
    "ALTER TABLE proof.least DELETE WHERE 1": 497,
    "TRUNCATE TABLE proof.least": 497,
    "DROP TABLE proof.least": 497,
    "OPTIMIZE TABLE proof.least FINAL": 497,
    "CREATE TABLE proof.own (id UInt32) ENGINE = Memory": 497,
    "CREATE DATABASE own": 497,
    "CREATE FUNCTION own AS x -> x": 497,
    "CREATE USER own": 497,
    "GRANT SELECT ON *.* TO default": 497,
    "SELECT * FROM file('/etc/passwd', 'LineAsString')": 497,
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')": 497,
    "SELECT * FROM remote('127.0.0.1', 'system', 'one')": 497,
    "SYSTEM DROP MARK CACHE": 497,
    "SELECT * FROM system.users": 497,
    "SET readonly = 0": 164,
    "SET max_memory_usage = 8589934593": 452,
    "SET max_threads = 17": 452,
    "SET max_concurrent_queries_for_user = 0": 452,
}


def _refused(statement: str, code: int) -> Attempt:
    def body() -> list[str]:
        try:
            clickhouse(statement)
        except RuntimeError as error:
            found = re.search(r"Code: (\d+)", str(error))
            return [] if found and int(found[1]) == code else [f"{statement}: {error}"]
        return [f"the least user may: {statement}"]

    return Attempt(f"clickhouse/{statement}", body)


if __name__ == "__main__":
    sys.exit(Proof("privileges", "attempts", _groups).main(__doc__.splitlines()[0]))
