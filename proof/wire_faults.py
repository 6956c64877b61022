"""What can happen to an exchange on the wire: faults of any connection, and well-made lies of ClickHouse."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet

from conversations import Answer
from proxy import Fault, Passage

_SLOW = 1000  # bytes a second
# Neither a message of PostgreSQL nor a line of HTTP.
_GARBAGE = bytes(range(255, 127, -1)) * 8
_EXCEPTION = b"Code: 241. DB::Exception: Query memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"
_STATUSES = {
    401: b"Unauthorized",
    403: b"Forbidden",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
}


def refuse(passage: Passage) -> None:
    """The server is gone: this connection is reset, and every later one refused."""
    passage.proxy.refuse()
    passage.reset()


def reset(passage: Passage) -> None:
    """The request never arrives."""
    passage.reset()


def stall(passage: Passage) -> None:
    """The request never arrives, and nobody says so."""
    passage.stall()


def hang(passage: Passage) -> None:
    """The server is there and says nothing any more, to nobody."""
    passage.proxy.fault = stall
    stall(passage)


def drop(passage: Passage) -> None:
    """The server does as it is told, and nobody hears of it."""
    passage.ask()
    passage.reset()


def slow(passage: Passage) -> None:
    """The reply comes at a kilobyte a second."""
    reply = passage.ask()
    for start in range(0, len(reply), _SLOW // 10):
        passage.answer(reply[start : start + _SLOW // 10])
        time.sleep(0.1)


def garbage(passage: Passage) -> None:
    """The server does as it is told, and something else answers for it."""
    passage.ask()
    passage.answer(_GARBAGE)
    passage.leave()


def status(code: int) -> Fault:
    """Something in between answers by itself."""
    text = b"%d %s" % (code, _STATUSES[code])
    head = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % (text, len(text))
    return lambda passage: passage.answer(head + text)


def truncated_by_length(passage: Passage) -> None:
    """The length is announced, half of it comes."""
    answer = Answer.read(passage.ask())
    passage.answer(answer.with_body(answer.body)[: -_half(answer.body) or None])
    passage.leave()


def truncated_in_chunks(passage: Passage) -> None:
    """Half of the body in whole chunks, and no last chunk."""
    answer = Answer.read(passage.ask())
    passage.answer(answer.in_chunks(answer.body[: _half(answer.body)]))
    passage.leave()


def truncated_quietly(passage: Passage) -> None:
    """Half of the body, framed as if it were all of it."""
    answer = Answer.read(passage.ask())
    passage.answer(answer.with_body(answer.body[: _half(answer.body)]))


def exception_block(passage: Passage) -> None:
    """Half of the body, then an exception as since ClickHouse 25.11: between tags, the chunks broken off."""
    answer = Answer.read(passage.ask())
    text = _EXCEPTION + b" (version 26.9.1.1 (official build))\n"
    block = b"\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (
        answer.tag,
        text,
        len(text),
        answer.tag,
    )
    passage.answer(answer.in_chunks(answer.body[: _half(answer.body)], block))
    passage.leave()


def exception_text(passage: Passage) -> None:
    """Half of the body, then an exception as of older servers: as if it were data, the response whole."""
    answer = Answer.read(passage.ask())
    answer.headers = [line for line in answer.headers if b"Exception-Tag" not in line]
    text = _EXCEPTION + b" (version 24.8.1.1 (official build))\n"
    passage.answer(answer.in_chunks(answer.body[: _half(answer.body)], text) + b"0\r\n\r\n")


def rows_missing(passage: Passage) -> None:
    """Sound Parquet that lacks its last row."""
    _rewrite(passage, lambda rows: rows.slice(0, rows.num_rows - 1))


def rows_doubled(passage: Passage) -> None:
    """Sound Parquet that has its first row twice."""
    _rewrite(passage, lambda rows: pa.concat_tables([rows.slice(0, 1), rows]))


def lie(field: int, by: int) -> Fault:
    """In every row of a TSV reply, one integer is another."""

    def fault(passage: Passage) -> None:
        answer = Answer.read(passage.ask())
        rows = [line.split(b"\t") for line in answer.body.splitlines()]
        for row in rows:
            row[field] = b"%d" % (int(row[field]) + by)
        passage.answer(answer.with_body(b"".join(b"\t".join(row) + b"\n" for row in rows)))

    return fault


def integer_fields(body: bytes) -> Iterator[int]:
    """The fields of a TSV body that hold integers in every row."""
    rows = [line.split(b"\t") for line in body.splitlines()]
    for field in range(min((len(row) for row in rows), default=0)):
        if all(row[field].isdigit() for row in rows):
            yield field


def cut_request(at: int) -> Fault:
    """The connection ends before byte `at` of the request."""

    def fault(passage: Passage) -> None:
        passage.server.sendall(passage.request[:at])
        passage.leave()

    return fault


def cut_reply(at: int) -> Fault:
    """The connection ends before byte `at` of the reply; the server has done as it was told."""

    def fault(passage: Passage) -> None:
        passage.answer(passage.ask()[:at])
        passage.leave()

    return fault


def _rewrite(passage: Passage, change: Callable[[pa.Table], pa.Table]) -> None:
    reply = passage.ask()
    answer = Answer.read(reply)
    if not answer.body.startswith(b"PAR1"):
        return passage.answer(reply)
    rows = pyarrow.parquet.read_table(io.BytesIO(answer.body))
    file = io.BytesIO()
    pyarrow.parquet.write_table(change(rows), file)
    passage.answer(answer.with_body(file.getvalue()))


def _half(body: bytes) -> int:
    return (len(body) + 1) // 2
