"""The chdb engine: sessions, statements in memory, SELECTs through a pipe, INSERTs from chunks."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The module's own connection: the public wrapper has no raw bytes for a streaming INSERT.
from chdb import _chdb

from .statement import QUERY_ID_SETTING, Insert, Statement

_PIPE_BYTES = 1 << 20  # the most an unprivileged process may ask for (/proc/sys/fs/pipe-max-size)
# What `clickhouse local` sets and a server does not.
_SERVER_DEFAULTS = {"implicit_select": "0", "allow_introspection_functions": "0"}


class EngineError(Exception):
    """An exception of ClickHouse: its code and its text as the server would send it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def read(cls, error: RuntimeError) -> EngineError:
        """From the text that chdb raises, which sometimes wraps itself and carries the version inside."""
        text = re.sub(r" \(version [\d.]+\)(\. \(\w+\))?", "", str(error).strip())
        text = re.sub(r"\A(Code: \d+\. DB::Exception: )(Code: \d+\. DB::Exception: )+", r"\1", text)
        code = re.match(r"Code: (\d+)", text)
        return cls(int(code.group(1)) if code else 1001, text)


@dataclass(frozen=True)
class Counts:
    """What the server reports in X-ClickHouse-Summary."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    elapsed_ns: int = 0

    @classmethod
    def of(cls, result: Any) -> Counts:
        return cls(
            read_rows=result.storage_rows_read(),
            read_bytes=result.storage_bytes_read(),
            written_rows=result.rows_written(),
            written_bytes=result.bytes_written(),
            result_rows=result.rows_read(),
            elapsed_ns=int(result.elapsed() * 1e9),
        )


class PipedSelect:
    """A running SELECT whose output comes out of `reader` until it ends, whatever way it ends."""

    def __init__(self, connection: Any, statement: Statement, default_format: str) -> None:
        self.reader, self._writer = os.pipe()
        fcntl.fcntl(self._writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        sql = statement.text_into(f"/proc/self/fd/{self._writer}", default_format)
        self._counts: Counts | None = None
        self._error: EngineError | None = None
        self._thread = threading.Thread(target=self._run, args=(connection, sql), daemon=True)
        self._thread.start()

    def _run(self, connection: Any, sql: str) -> None:
        try:
            self._counts = Counts.of(connection.query(sql, "TabSeparated"))
        except RuntimeError as error:
            self._error = EngineError.read(error)
        finally:
            os.close(self._writer)

    def counts(self) -> Counts:
        """Waits for the end of the query, and throws what it threw."""
        self._thread.join()
        if self._counts is None:
            raise self._error or EngineError(
                1001, "Code: 1001. DB::Exception: The query ended without a result."
            )
        return self._counts

    def close(self, kill: Callable[[], None]) -> None:
        """Ends the query if it still runs; the engine goes on after a failed write, so it must be killed."""
        os.close(self.reader)
        if self._thread.is_alive():
            kill()
        self._thread.join()


class Session:
    """One connection to the engine with the settings of one request."""

    def __init__(self, connection: Any, kill: Callable[[], None]) -> None:
        self._connection = connection
        self._kill = kill

    def run(self, sql: str, default_format: str = "TabSeparated") -> tuple[bytes, Counts]:
        """Runs a statement whose result is small."""
        with _translated():
            result = self._connection.query(sql, default_format)
            return result.bytes(), Counts.of(result)

    @contextlib.contextmanager
    def select(self, statement: Statement, default_format: str) -> Iterator[PipedSelect]:
        """Runs a SELECT of any size."""
        piped = PipedSelect(self._connection, statement, default_format)
        try:
            yield piped
        finally:
            piped.close(self._kill)

    def add_table(self, name: str, structure: str, format_name: str, path: str) -> None:
        """Makes a table of a file, in memory, which ends with the session."""
        table = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
        source = f"file({quoted(path)}, {quoted(format_name)}, {quoted(structure)})"
        self.run(f"CREATE TEMPORARY TABLE {table} ({structure}) ENGINE = Memory")
        self.run(f"INSERT INTO {table} SELECT * FROM {source}")

    def insert(self, insert: Insert, chunks: Iterable[bytes]) -> Counts:
        """Runs an INSERT with the rows that came with it."""
        with _translated():
            running = self._connection.send_insert(insert.head, insert.format)
            try:
                for chunk in filter(None, itertools.chain([insert.data], chunks)):
                    self._connection.insert_append(running, chunk)
            except BaseException:
                self._connection.insert_cancel(running)
                raise
            return Counts.of(self._connection.insert_done(running))


class Engine:
    """The one engine of the process; its data lives in the folder `path`.

    `profile` has settings of the user, `name value` a line; as in a server, it may change while the engine runs.
    """

    def __init__(self, path: str, config: Path | None = None, profile: Path | None = None) -> None:
        self._path = f"{path}?config-file={config}" if config else path
        self._profile = profile
        self._keeper = _chdb.connect(self._path)  # the engine ends with its last connection
        row = self._keeper.query("SELECT version(), timezone(), hostName()", "TabSeparated").bytes().decode()
        self.version, self.timezone, self.host_name = row.rstrip("\n").split("\t")

    @contextlib.contextmanager
    def session(self, query_id: str, settings: Mapping[str, str]) -> Iterator[Session]:
        """A fresh connection (0.1 ms), so that no request sees the settings of another."""
        with contextlib.closing(_chdb.connect(self._path)) as connection:
            session = Session(connection, lambda: self._kill(query_id))
            pairs = _SERVER_DEFAULTS | self._profile_settings() | {QUERY_ID_SETTING: query_id} | dict(settings)
            session.run("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in pairs.items()))
            yield session

    def _profile_settings(self) -> dict[str, str]:
        if not self._profile or not self._profile.exists():
            return {}
        return dict(line.split(maxsplit=1) for line in self._profile.read_text().splitlines())

    def _kill(self, query_id: str) -> None:
        where = f"Settings[{quoted(QUERY_ID_SETTING)}] = {quoted(query_id)}"
        with contextlib.closing(_chdb.connect(self._path)) as connection:
            connection.query(f"KILL QUERY WHERE {where}", "TabSeparated")

    def close(self) -> None:
        self._keeper.close()


def quoted(value: str) -> str:
    """A ClickHouse string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise EngineError.read(error) from error
