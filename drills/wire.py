"""A worse way to a server of this host: its port at 127.0.0.2, so wide, and with a delay for each piece of a message.

wire.py PORT BYTES_PER_SECOND DELAY_SECONDS
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import StreamReader, StreamWriter

_PIECE_BYTES = 1 << 14


class Wire:
    """All connections share its width."""

    def __init__(self, port: int, bytes_per_second: float, delay: float) -> None:
        self._port = port
        self._bytes_per_second = bytes_per_second
        self._delay = delay
        self._width = asyncio.Lock()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._port)
            await asyncio.gather(self._pass(reader, server_writer), self._pass(server_reader, writer))
        except OSError:
            writer.close()  # one of the two has left

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while piece := await reader.read(_PIECE_BYTES):
                await asyncio.sleep(self._delay)
                async with self._width:
                    await asyncio.sleep(len(piece) / self._bytes_per_second)
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()


async def main() -> None:
    port = int(sys.argv[1])
    wire = Wire(port, float(sys.argv[2]), float(sys.argv[3]))
    server = await asyncio.start_server(wire.serve, "127.0.0.2", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
