"""The TCP door: field messages one after another, each ended by its 999-999 line."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from typing import Final, cast

from hardware.sim.paygo.message import message_length
from hardware.sim.pinpad import Sleep

MAX_MESSAGE_BYTES: Final = 64 * 1024

Take = Callable[[bytes, "SocketReply"], None]
Tell = Callable[[], None]


class SocketReply:
    """See `Reply`."""

    door: Final = "socket"

    def __init__(self, connection: _Connection, sleep: Sleep) -> None:
        self._connection = connection
        self._sleep = sleep

    @property
    def is_gone(self) -> bool:
        return self._connection.is_gone

    async def acknowledge(self, data: bytes) -> None:
        self._connection.write(data)

    async def tell(self, data: bytes) -> None:
        self._connection.write(data)

    async def answer(self, data: bytes) -> None:
        self._connection.write(data)

    async def answer_half(self, data: bytes, rest_after_s: float) -> None:
        self._connection.write(data[: len(data) // 2])
        if rest_after_s > 0:
            await self._sleep(rest_after_s)
            self._connection.write(data[len(data) // 2 :])
        else:
            self._connection.end()

    async def answer_locked(self, data: bytes, hold_s: float) -> None:
        # There is no file here to be held: the answer is only late.
        await self._sleep(hold_s)
        self._connection.write(data)

    def reset(self) -> None:
        self._connection.reset()


class SocketDoor:
    """Listens on a port, which stays the same when it is opened again."""

    def __init__(self, host: str, port: int, sleep: Sleep, take: Take, flood: Tell, changed: Tell) -> None:
        self.host = host
        self.port = port
        self.take = take
        self.flood = flood
        self.changed = changed
        self.sleep = sleep
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Raises OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        self.drop()
        await server.wait_closed()

    def drop(self) -> None:
        """Reset every connection; the port goes on listening."""
        for connection in tuple(self.connections):
            connection.reset()


class _Connection(asyncio.Protocol):
    def __init__(self, door: SocketDoor) -> None:
        self._door = door
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    @property
    def is_gone(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._door.connections.add(self)
        self._door.changed()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._transport = None
        self._door.connections.discard(self)
        self._door.changed()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (length := message_length(self._buffer)) is not None:
            message = bytes(self._buffer[:length])
            del self._buffer[:length]
            self._door.take(message, SocketReply(self, self._door.sleep))
        if len(self._buffer) > MAX_MESSAGE_BYTES:
            self._door.flood()
            self.reset()

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def end(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Ends the connection by RST, as a machine does that lost its power."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        raw = cast(socket.socket | None, transport.get_extra_info("socket"))
        if raw is not None:
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
