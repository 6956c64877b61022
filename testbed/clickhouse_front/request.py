"""One request to the HTTP interface, taken apart as ClickHouse's handler does."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from io import BufferedIOBase
from urllib.parse import parse_qsl

from .engine import EngineError, Session
from .external import SUFFIXES, take_form
from .multipart import is_multipart

_BLOCK_BYTES = 1 << 18  # max_query_size: all SQL lies within the first 256 KiB
# Parameters of the interface that are no settings and change nothing here (HTTPHandler::processQuery).
_IGNORED = frozenset(
    {
        "",
        "quota_key",
        "stacktrace",
        "close_session",
        "client_protocol_version",
        "session_timeout",
        "session_check",
    }
)
_UNSUPPORTED = frozenset({"compress", "decompress", "session_id", "role"})


@dataclass
class Request:
    """What one query asks for."""

    body: Iterator[bytes]
    headers: Message
    user: str = "default"
    password: str = ""
    query_id: str = ""
    query: str = ""
    default_format: str = "TabSeparated"
    buffer_size: int = 1 << 20
    waits_for_end: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    external: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, method: str, query_string: str, headers: Message, body: Iterator[bytes]) -> Request:
        """Takes the URL and the headers; the body is read later."""
        request = cls(body, headers)
        for name, value in parse_qsl(query_string, keep_blank_values=True):
            request._take(name, value)
        request._take_headers(headers)
        if method == "POST" and headers.get("Content-Length", headers.get("Transfer-Encoding")) is None:
            text = (
                "The Transfer-Encoding is not chunked and there is no Content-Length header for POST request"
            )
            raise EngineError(381, f"Code: 381. DB::Exception: {text}. (HTTP_LENGTH_REQUIRED)")
        if method != "POST":  # a GET must not change anything
            request.settings["readonly"] = request.settings.get("readonly", "2")
        request.query_id = request.query_id or str(uuid.uuid4())
        return request

    def _take(self, name: str, value: str) -> None:
        match name:
            case "user" | "password" | "query" | "query_id" | "default_format":
                setattr(self, name, value)
            case "buffer_size":
                self.buffer_size = max(self.buffer_size, int(value))
            case "wait_end_of_query":
                self.waits_for_end = value in ("1", "true")
            case _ if name in _UNSUPPORTED and value not in ("", "0"):
                raise EngineError(
                    48, f"Code: 48. DB::Exception: The test front has no {name}. (NOT_IMPLEMENTED)"
                )
            case _ if name.endswith(SUFFIXES) and is_multipart(self.headers):
                self.external[name] = value
            case _ if name not in _IGNORED and name not in _UNSUPPORTED:
                self.settings[name] = value  # `param_x` is set as the settings are

    def _take_headers(self, headers: Message) -> None:
        scheme, _, credentials = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                self.user, _, self.password = base64.b64decode(credentials).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                self.user = ""
        self.user = headers.get("X-ClickHouse-User", self.user)
        self.password = headers.get("X-ClickHouse-Key", self.password)
        self.default_format = headers.get("X-ClickHouse-Format", self.default_format)
        if "X-ClickHouse-Database" in headers:
            self.settings["database"] = headers["X-ClickHouse-Database"]

    def text(self, session: Session) -> Iterator[bytes]:
        """The query and the body as one text: first a block that holds all SQL of an INSERT, then the rest.

        What the URL has comes first, with a line feed after it (docs, HTTP interface). A form is a query and
        tables for it.
        """
        if is_multipart(self.headers):
            query = self.query + take_form(self.headers, self.body, self.external, session)
            yield query.encode("utf-8", "surrogateescape")
            return
        head = self.query.encode("utf-8", "surrogateescape") + (b"\n" if self.query else b"")
        for block in self.body:
            head += block
            if len(head) >= _BLOCK_BYTES:
                break
        yield head
        yield from self.body


def read_body(headers: Message, stream: BufferedIOBase) -> Iterator[bytes]:
    """The body in blocks, whichever way its length is told."""
    if headers.get("Transfer-Encoding", "").lower() == "chunked":
        while size := int(stream.readline(64).split(b";")[0], 16):
            yield stream.read(size)
            stream.readline(8)
        stream.readline(8)
        return
    left = int(headers.get("Content-Length", 0))
    while left and (block := stream.read(min(left, _BLOCK_BYTES))):
        left -= len(block)
        yield block
