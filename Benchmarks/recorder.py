"""Learns the request by which the program copies rows, so that the floor is measured with the same one."""

from __future__ import annotations

import http.server
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Request:
    """What was sent: path with query, headers, body."""

    path: str
    headers: list[tuple[str, str]]
    body: bytes


def record(upstream: str, run: Callable[[str], None]) -> Request:
    """Passes requests on to `upstream`, except the one for Parquet: that is kept, and refused."""
    found: list[Request] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ours = [(name, value) for name, value in self.headers.items() if name.startswith("X-ClickHouse-")]
            if body.endswith(b"FORMAT Parquet"):
                found.append(Request(self.path, ours, body))
                self.answer(403, [], b"Code: 497. DB::Exception: recorded. (ACCESS_DENIED)")
                return
            request = urllib.request.Request(upstream + self.path, body, dict(ours))
            with urllib.request.urlopen(request) as response:
                theirs = [(name, value) for name, value in response.headers.items() if name.startswith("X-")]
                self.answer(response.status, theirs, response.read())

        def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in [*headers, ("Content-Length", str(len(body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    run(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    return found[0]
