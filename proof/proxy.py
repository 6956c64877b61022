"""A proxy before a server of the testbed: knows where an exchange begins and ends, lets a fault have it."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from conversations import Conversation, Tape

_PATIENCE = 150.0  # seconds; longer than any timeout of the product that a proof waits for


@dataclass
class Passage:
    """One exchange on its way through; a fault decides what either side gets to see of it."""

    proxy: Proxy
    number: int
    label: str
    request: bytes
    client: socket.socket
    server: socket.socket
    _ask: Callable[[], bytes]

    def ask(self) -> bytes:
        """Lets the server have the request; its whole reply."""
        self.server.sendall(self.request)
        return self._ask()

    def answer(self, reply: bytes) -> None:
        self.client.sendall(reply)

    def leave(self) -> None:
        """Closes both sides in an orderly way."""
        raise EOFError

    def reset(self) -> None:
        """Closes the client's side by RST, which a linger of zero seconds makes of it."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise EOFError

    def stall(self) -> None:
        """Nothing passes any more, until the client has had enough."""
        self.client.settimeout(_PATIENCE)
        while self.client.recv(1 << 16):
            pass
        raise EOFError


Fault = Callable[[Passage], None]


def relay(passage: Passage) -> None:
    """No fault."""
    passage.answer(passage.ask())


class Proxy:
    """Listens on a free port of 127.0.0.1, passes every exchange through `fault`; a thread a connection."""

    def __init__(
        self, conversation: Callable[[], Conversation], server_port: int, fault: Fault = relay
    ) -> None:
        self._conversation = conversation
        self._server_port = server_port
        self.fault = fault
        self.exchange_count = 0
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self.port = 0
        self.listen()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self.disconnect()

    def listen(self) -> None:
        """Lets clients in, always on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Whoever wants to connect is refused from now on; connections that are open stay."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() would not
        except OSError:
            pass  # refused already
        self._listener.close()

    def disconnect(self) -> None:
        """Ends every open connection."""
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # gone already

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._connections.add(client)
        try:
            with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._converse(client, server)
        except (OSError, EOFError):
            pass  # one of the three has left
        finally:
            with self._lock:
                self._connections.discard(client)

    def _converse(self, client: socket.socket, server: socket.socket) -> None:
        conversation = self._conversation()
        questions, replies = client.makefile("rb"), server.makefile("rb")
        with questions, replies:
            while True:
                ready, _, _ = select.select([client, server], [], [])
                if server in ready and client not in ready:
                    client.sendall(server.recv(1 << 16))  # a farewell that nobody asked for
                    return
                tape = Tape(questions)
                label = conversation.request(tape)
                with self._lock:
                    self.exchange_count += 1
                    number = self.exchange_count
                ask = partial(self._reply, conversation, replies, client)
                self.fault(Passage(self, number, label, tape.bytes, client, server, ask))

    @staticmethod
    def _reply(conversation: Conversation, replies: BinaryIO, client: socket.socket) -> bytes:
        tape = Tape(replies)
        try:
            conversation.reply(tape)
        except EOFError:
            client.sendall(tape.bytes)
            raise
        return tape.bytes
