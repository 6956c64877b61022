"""Takes a multipart/form-data body (RFC 7578) apart while it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser

from .engine import EngineError


@dataclass
class Part:
    """One part; `content` must be read to its end before the next part is asked for."""

    name: str
    is_file: bool
    content: Iterator[bytes]


def is_multipart(headers: Message) -> bool:
    return headers.get_content_type() == "multipart/form-data"


def read_parts(headers: Message, body: Iterator[bytes]) -> Iterator[Part]:
    """The parts in order."""
    delimiter = b"\r\n--" + (headers.get_boundary() or "").encode()
    reader = _Reader(body)
    reader.skip(delimiter)
    while reader.skip(b"\r\n") != b"--":
        head = BytesParser().parsebytes(reader.skip(b"\r\n\r\n"))
        name, file_name = (head.get_param(key, header="Content-Disposition") for key in ("name", "filename"))
        yield Part(str(name or "_data"), file_name is not None, reader.until(delimiter))


class _Reader:
    """Looks for marks in blocks of bytes without keeping more than a block."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = b"\r\n"  # the first delimiter has no line of its own to end

    def until(self, mark: bytes) -> Iterator[bytes]:
        """What comes before the mark, which is passed over."""
        while (at := self._held.find(mark)) < 0:
            safe = max(0, len(self._held) - len(mark) + 1)
            yield self._held[:safe]
            self._held = self._held[safe:] + self._next_block()
        before, self._held = self._held[:at], self._held[at + len(mark) :]
        yield before

    def skip(self, mark: bytes) -> bytes:
        return b"".join(self.until(mark))

    def _next_block(self) -> bytes:
        if block := next(self._blocks, b""):
            return block
        raise EngineError(33, "Code: 33. DB::Exception: Unexpected end of form. (CANNOT_READ_ALL_DATA)")
