"""Reads just enough of a SQL text to serve it as ClickHouse's HTTP handler does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The engine gives every query an id of its own. The client's query_id therefore travels in this setting,
# which is inert without the query cache and shows in system.processes (see Engine.session).
QUERY_ID_SETTING = "query_cache_tag"
_QUERY_ID = f"Settings['{QUERY_ID_SETTING}']"
_PROCESSES = f"(SELECT * REPLACE ({_QUERY_ID} AS query_id) FROM system.processes)"

# fmt: off
_DEFINING = (
    "ALTER", "ATTACH", "CREATE", "DELETE", "DETACH", "DROP", "EXCHANGE", "GRANT", "INSERT",
    "OPTIMIZE", "RENAME", "REPLACE", "REVOKE", "SET", "SYSTEM", "TRUNCATE", "UPDATE", "USE",
)
# fmt: on
_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)
      | (?P<word>\w+)
      | (?P<open>[(\[{])
      | (?P<close>[)\]}])
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A word, string or sign with its place in the text and the brackets around it."""

    text: str
    start: int
    end: int
    depth: int

    def is_word(self, *words: str) -> bool:
        """Whether this is one of the keywords, outside of every bracket."""
        return self.depth == 0 and self.text.upper() in words


def tokens(sql: str) -> Iterator[Token]:
    """Lazily, because what follows the head of an INSERT is data and no SQL."""
    depth = 0
    for match in _TOKEN.finditer(sql):
        if match.lastgroup == "close":
            depth -= 1
        if match.lastgroup != "blank":
            yield Token(match.group(), match.start(), match.end(), depth)
        if match.lastgroup == "open":
            depth += 1


@dataclass(frozen=True)
class Insert:
    """An INSERT whose rows come with the request: its SQL, the format, the first bytes of data."""

    head: str
    format: str
    data: bytes


def read_insert(text: bytes) -> Insert | None:
    """The INSERT in `text`; None for another statement or rows from a SELECT or a file."""
    sql = text.decode("utf-8", "surrogateescape")
    stream = tokens(sql)
    first = next(stream, None)
    if first is None or not first.is_word("INSERT"):
        return None
    for token in stream:
        if token.is_word("SELECT", "WITH", "INFILE"):
            return None
        if token.is_word("VALUES"):
            return _insert(sql, token.start, "Values", token.end)
        if token.is_word("FORMAT") and (name := next(stream, None)):
            return _insert(sql, token.start, name.text, name.end)
    return Insert(sql, "Values", b"")


def _insert(sql: str, head_end: int, format_name: str, data_start: int) -> Insert:
    data = re.sub(r"\A[ \t\f\r]*\n?", "", sql[data_start:])
    return Insert(sql[:head_end], format_name, data.encode("utf-8", "surrogateescape"))


class Statement:
    """One statement without data."""

    def __init__(self, sql: str) -> None:
        self._tokens = list(tokens(sql))
        while self._tokens and self._tokens[-1].text == ";":
            self._tokens.pop()
        self._sql = sql[: self._tokens[-1].end] if self._tokens else ""

    @property
    def is_empty(self) -> bool:
        return not self._tokens

    @property
    def second(self) -> Token | None:
        """The `;` before a second statement, which HTTP does not allow."""
        return next((token for token in self._tokens if token.is_word(";")), None)

    @property
    def is_select(self) -> bool:
        """Whether the result may be large, so that it should be streamed."""
        return self._tokens[0].is_word("SELECT", "WITH", "FROM", "(")

    @property
    def is_define(self) -> bool:
        """Whether the statement has no result set, so that no format is named in the answer."""
        return self._tokens[0].is_word(*_DEFINING)

    @property
    def format(self) -> str | None:
        """The name in the FORMAT clause."""
        at = self._format_at()
        return None if at is None else self._tokens[at + 1].text

    def text(self) -> str:
        """The SQL with the client's query ids put where the engine has its own."""
        if self._tokens[0].is_word("KILL"):
            return self._replaced({"query_id": _QUERY_ID})
        return self._sql.replace("system.processes", _PROCESSES)

    def text_into(self, path: str, default_format: str) -> str:
        """The SELECT with its result sent to the file at `path`, which must exist."""
        into = f"\nINTO OUTFILE '{path}' APPEND "
        at = self._format_at()
        if at is None:
            return f"{self.text()}{into}FORMAT {default_format}"
        start = self._tokens[at].start
        head = self._sql[:start].replace("system.processes", _PROCESSES)
        return head + into + self._sql[start:]

    def _format_at(self) -> int | None:
        """FORMAT is a keyword only before a name that ends the statement or goes before SETTINGS."""
        for at in range(len(self._tokens) - 2, 0, -1):
            if self._tokens[at].is_word("FORMAT"):
                after = self._tokens[at + 2 : at + 3]
                return at if not after or after[0].is_word("SETTINGS") else None
        return None

    def _replaced(self, words: dict[str, str]) -> str:
        parts, end = [], 0
        for token in self._tokens:
            parts += [self._sql[end : token.start], words.get(token.text, token.text)]
            end = token.end
        return "".join(parts)
