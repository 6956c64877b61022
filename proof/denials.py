"""What the least users must not do: statements, and the code with which each server has to refuse them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg2

from least import Ledger
from stand import clickhouse

INSUFFICIENT_PRIVILEGE = "42501"
# Of these the writer only adds rows; a column that an UPDATE could name.
_APPEND_ONLY = {
    "offload_watermark_history": "reason",
    "offload_cycles": "holder",
    "iceberg_namespace_properties": "property_value",
    "offload_schema_migrations": "name",
}
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
_ACCESS_DENIED, _READONLY, _CONSTRAINT_VIOLATION = 497, 164, 452
_FORBIDDEN_IN_CLICKHOUSE = {
    "SELECT * FROM proof.secret": _ACCESS_DENIED,
    "INSERT INTO proof.least (id) SELECT 1": _ACCESS_DENIED,
    "ALTER TABLE proof.least DELETE WHERE 1": _ACCESS_DENIED,
    "TRUNCATE TABLE proof.least": _ACCESS_DENIED,
    "DROP TABLE proof.least": _ACCESS_DENIED,
    "OPTIMIZE TABLE proof.least FINAL": _ACCESS_DENIED,
    "CREATE TABLE proof.own (id UInt32) ENGINE = Memory": _ACCESS_DENIED,
    "CREATE DATABASE own": _ACCESS_DENIED,
    "CREATE FUNCTION own AS x -> x": _ACCESS_DENIED,
    "CREATE USER own": _ACCESS_DENIED,
    "GRANT SELECT ON *.* TO default": _ACCESS_DENIED,
    "SELECT * FROM file('/etc/passwd', 'LineAsString')": _ACCESS_DENIED,
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')": _ACCESS_DENIED,
    "SELECT * FROM remote('127.0.0.1', 'system', 'one')": _ACCESS_DENIED,
    "SELECT * FROM system.users": _ACCESS_DENIED,
    "SYSTEM DROP MARK CACHE": _ACCESS_DENIED,
    "SET readonly = 0": _READONLY,
    "SET max_memory_usage = 8589934593": _CONSTRAINT_VIOLATION,
    "SET max_threads = 17": _CONSTRAINT_VIOLATION,
    "SET max_concurrent_queries_for_user = 0": _CONSTRAINT_VIOLATION,
}


@dataclass(frozen=True)
class Attempt:
    """One thing that is tried; `body` returns what is not as promised."""

    name: str
    body: Callable[[], list[str]]

    def run(self) -> list[str]:
        return self.body()


def to_the_writer(ledger: Ledger, tables: Iterable[str]) -> list[Attempt]:
    forms = (
        "DELETE FROM {}",
        "TRUNCATE {}",
        "DROP TABLE {}",
        "ALTER TABLE {} ADD COLUMN more INT",
        "CREATE INDEX ON {} ((1))",
    )
    forbidden = [form.format(table) for table in tables for form in forms]
    forbidden += [f"UPDATE {table} SET {column} = NULL" for table, column in _APPEND_ONLY.items()]
    forbidden += [
        "INSERT INTO offload_schema_migrations (version, name) VALUES (99, 'x')",
        "SELECT setval('offload_lease_tokens', 1)",
        "SET ROLE offload_owner",
        *_FORBIDDEN_TO_ALL,
    ]
    return [_denied(ledger, "offload_rw", statement) for statement in forbidden]


def to_the_reader(ledger: Ledger, tables: Iterable[str]) -> list[Attempt]:
    forms = ("DELETE FROM {}", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES", "SELECT * FROM {} FOR UPDATE")
    forbidden = [form.format(table) for table in tables for form in forms]
    forbidden += ["SELECT nextval('offload_lease_tokens')", "SET ROLE offload_rw", *_FORBIDDEN_TO_ALL]
    return [_denied(ledger, "offload_ro", statement) for statement in forbidden]


def to_the_clickhouse_user() -> list[Attempt]:
    return [_refused(statement, code) for statement, code in _FORBIDDEN_IN_CLICKHOUSE.items()]


def _denied(ledger: Ledger, role: str, statement: str) -> Attempt:
    def body() -> list[str]:
        connection = ledger.connect(role)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
            return [f"{role} may: {statement}"]
        except psycopg2.Error as error:
            return [] if error.pgcode == INSUFFICIENT_PRIVILEGE else [f"{error.pgcode}: {error}"]
        finally:
            connection.close()

    return Attempt(f"{role}/{statement}", body)


def _refused(statement: str, code: int) -> Attempt:
    def body() -> list[str]:
        try:
            clickhouse(statement)
        except RuntimeError as error:
            found = re.search(r"Code: (\d+)", str(error))
            return [] if found and int(found[1]) == code else [str(error)]
        return [f"the least user may: {statement}"]

    return Attempt(f"clickhouse/{statement}", body)
