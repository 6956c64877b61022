"""Where a request and its reply begin and end, on the wire of PostgreSQL and on that of ClickHouse's HTTP."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Protocol


class Tape:
    """Reads from one side of a connection, and keeps what it read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes = b""

    def take(self, count: int) -> bytes:
        """Throws EOFError at the end; what came before it is kept."""
        return self._kept(self._stream.read(count), count)

    def line(self) -> bytes:
        line = self._kept(self._stream.readline(), 1)
        if not line.endswith(b"\n"):
            raise EOFError
        return line

    def _kept(self, part: bytes, count: int) -> bytes:
        self.bytes += part
        if len(part) < count:
            raise EOFError
        return part


class Conversation(Protocol):
    """The state of one connection: reads exactly one request, and exactly its reply."""

    def request(self, tape: Tape) -> str:
        """What the request is about, in words."""

    def reply(self, tape: Tape) -> None: ...


class PostgresConversation:
    """The protocol of PostgreSQL, version 3 (documentation, "Message Formats")."""

    _NEGOTIATIONS = {80877103: "SSLRequest", 80877104: "GSSENCRequest"}
    _CANCEL = 80877102

    def __init__(self) -> None:
        self._is_open = False
        self._is_negotiating = False

    def request(self, tape: Tape) -> str:
        if not self._is_open:
            return self._opening(tape)
        label = ""
        while True:
            kind, body = self._message(tape)
            if kind == b"Q":
                return _words(body.rstrip(b"\0"))
            if kind == b"P":  # Parse: a name, the statement, its types
                label = _words(body.split(b"\0")[1])
            if kind in (b"S", b"p", b"X"):
                return label or {b"p": "Password", b"X": "Terminate"}.get(kind, "Sync")

    def reply(self, tape: Tape) -> None:
        if self._is_negotiating:
            self._is_negotiating = False
            tape.take(1)
            return
        while True:
            kind, body = self._message(tape)
            # What follows another authentication message than Ok (0) and SASLFinal (12) is for us to say.
            if kind == b"Z" or (kind == b"R" and struct.unpack("!I", body[:4])[0] not in (0, 12)):
                return

    def _opening(self, tape: Tape) -> str:
        length, code = struct.unpack("!II", tape.take(8))
        tape.take(length - 8)
        self._is_negotiating = code in self._NEGOTIATIONS
        self._is_open = not self._is_negotiating
        return "CancelRequest" if code == self._CANCEL else self._NEGOTIATIONS.get(code, "Startup")

    @staticmethod
    def _message(tape: Tape) -> tuple[bytes, bytes]:
        kind = tape.take(1)
        return kind, tape.take(struct.unpack("!I", tape.take(4))[0] - 4)


class HTTPConversation:
    """HTTP/1.1 with a body of known length or in chunks, as ClickHouse and libcurl speak it."""

    def request(self, tape: Tape) -> str:
        lines = self._head(tape)
        return _words(tape.take(int(_header(lines, b"content-length") or 0)))

    def reply(self, tape: Tape) -> None:
        lines = self._head(tape)
        if _header(lines, b"transfer-encoding") != b"chunked":
            tape.take(int(_header(lines, b"content-length") or 0))
            return
        while size := int(tape.line(), 16):
            tape.take(size + 2)
        tape.line()

    @staticmethod
    def _head(tape: Tape) -> list[bytes]:
        lines = [tape.line()]
        while lines[-1] != b"\r\n":
            lines.append(tape.line())
        return lines


@dataclass
class Answer:
    """A response of HTTP taken apart, to be put together otherwise."""

    status: bytes
    headers: list[bytes]
    body: bytes

    @classmethod
    def read(cls, reply: bytes) -> Answer:
        head, _, rest = reply.partition(b"\r\n\r\n")
        status, *headers = head.split(b"\r\n")
        if _header(headers, b"transfer-encoding") != b"chunked":
            return cls(status, headers, rest)
        body = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            body += rest[: int(size, 16)]
            rest = rest[int(size, 16) + 2 :]
        return cls(status, headers, body)

    @property
    def tag(self) -> bytes:
        """What this response would put around an exception."""
        return _header(self.headers, b"x-clickhouse-exception-tag") or b""

    def head(self, *framing: bytes) -> bytes:
        """Status and headers, with `framing` in place of what told the body's length."""
        dropped = (b"transfer-encoding", b"content-length")
        kept = [line for line in self.headers if line.split(b":")[0].lower() not in dropped]
        return b"\r\n".join([self.status, *kept, *framing]) + b"\r\n\r\n"

    def with_body(self, body: bytes) -> bytes:
        """The same response with another body, framed as it should be."""
        return self.head(b"Content-Length: %d" % len(body)) + body

    def in_chunks(self, *chunks: bytes) -> bytes:
        """The same response in chunks, without the last one, which is empty."""
        return self.head(b"Transfer-Encoding: chunked") + b"".join(
            b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks
        )


def _header(lines: Iterable[bytes], name: bytes) -> bytes | None:
    found = (line.partition(b":") for line in lines)
    return next((value.strip() for key, _, value in found if key.lower() == name), None)


def _words(sql: bytes) -> str:
    """The statement on one line."""
    return re.sub(r"\s+", " ", sql.decode("utf-8", "replace")).strip()
