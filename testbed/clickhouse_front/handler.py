"""Answers the requests of one HTTP connection.

Statuses, keep-alive, chunking, `/ping`, unknown paths, 411, several statements and GET as read-only were
compared with Debian's clickhouse-server 18.16, a real server; what came later (403 for a wrong password, the
query's headers, the exception tag) follows the sources and docs of 25.11 to 26.x.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .engine import Engine, EngineError, PipedSelect, Session
from .request import Request, read_body
from .statement import Statement, read_insert
from .wire import Reply, content_type

_READ_BYTES = 1 << 18


class Front(ThreadingHTTPServer):
    """The server: one thread per connection, one engine for all."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, engine: Engine, user: str, password: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.engine = engine
        self._account = (user, password)
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def authenticate(self, user: str, password: str) -> None:
        if (user, password) != self._account:
            text = "Authentication failed: password is incorrect, or there is no user with such name."
            raise EngineError(516, f"Code: 516. DB::Exception: {user}: {text} (AUTHENTICATION_FAILED)")

    @contextmanager
    def registered(self, query_id: str) -> Iterator[None]:
        """A query id runs once at a time."""
        with self._lock:
            if query_id in self._running:
                text = f"Query with id = {query_id} is already running."
                raise EngineError(
                    216, f"Code: 216. DB::Exception: {text} (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)"
                )
            self._running.add(query_id)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(query_id)


class Handler(BaseHTTPRequestHandler):
    """The paths that the product uses: `/` with a query, `/ping`."""

    server: Front
    connection: socket.socket
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 1 << 18

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path in ("/ping", "/replicas_status") or (url.path == "/" and not url.query):
            self._answer_plainly(200, "Ok.\n")
        else:
            self.do_POST()

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/":
            self._query(url.query)
        else:
            self.close_connection = True  # as the server does: it has not read the body
            self._answer_plainly(404, f"There is no handle {url.path}\n\nUse / or /ping for health checks.\n")

    def log_message(self, format: str, *args: object) -> None:
        """Queries and their parameters are nobody's business on stderr."""

    def _answer_plainly(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=UTF-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def _query(self, query_string: str) -> None:
        engine = self.server.engine
        reply = Reply(self.connection, engine.version, engine.host_name)
        body = read_body(self.headers, self.rfile)
        try:
            request = Request.read(self.command, query_string, self.headers, body)
            self.server.authenticate(request.user, request.password)
            timezone = request.settings.get("session_timezone") or engine.timezone
            reply.set(Query_Id=request.query_id, Timezone=timezone)
            with (
                self.server.registered(request.query_id),
                engine.session(request.query_id, request.settings) as session,
            ):
                _Answer(request, session, reply).send()
        except EngineError as error:
            self.close_connection |= not reply.fail(error)
        except ConnectionError:
            self.close_connection = True  # the client left; its query ended with the pipe
        for _ in body:
            pass  # what was not read would look like the next request


class _Answer:
    """Runs the statement of a request and sends its result."""

    def __init__(self, request: Request, session: Session, reply: Reply) -> None:
        self._request = request
        self._session = session
        self._reply = reply

    def send(self) -> None:
        text = self._request.text(self._session)
        head = next(text)
        if insert := read_insert(head):
            self._reply.send_all(b"", self._session.insert(insert, text))
            return
        statement = self._checked(Statement((head + b"".join(text)).decode("utf-8", "surrogateescape")))
        format_name = statement.format or self._request.default_format
        if not statement.is_define:
            self._reply.set(Format=format_name, Content_Type=content_type(format_name))
        if statement.is_select:
            with self._session.select(statement, format_name) as piped:
                self._stream(piped)
        else:
            self._reply.send_all(*self._session.run(statement.text(), format_name))

    def _checked(self, statement: Statement) -> Statement:
        if statement.is_empty:
            raise EngineError(62, "Code: 62. DB::Exception: Syntax error: Empty query. (SYNTAX_ERROR)")
        if second := statement.second:
            at = f"failed at position {second.start + 1} (end of query)"
            text = f"Syntax error (Multi-statements are not allowed): {at}. (SYNTAX_ERROR)"
            raise EngineError(62, f"Code: 62. DB::Exception: {text}")
        return statement

    def _stream(self, piped: PipedSelect) -> None:
        """As in the server, the status is decided when a buffer is full or the query ended (buffer_size)."""
        head = bytearray()
        while self._request.waits_for_end or len(head) < self._request.buffer_size:
            block = os.read(piped.reader, _READ_BYTES)
            if not block:
                self._reply.send_all(bytes(head), piped.counts())
                return
            head += block
        self._reply.start(body=bytes(head))
        self._reply.send_from(piped.reader)
        piped.counts()
        self._reply.finish()
