"""A server that misbehaves byte by byte: tests write what it does with a connection, and it counts what it was sent."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


@dataclass
class RawServer:
    """Where it listens, and each request that it read whole."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def read_request(self, reader: Reader) -> bytes:
        """One whole request, its body included."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        request = head + await reader.readexactly(length)
        self.requests.append(request)
        return request


Behaviour = Callable[[RawServer, Reader, Writer], Awaitable[None]]


@asynccontextmanager
async def raw_server(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """`behaviour` serves each connection; whatever it leaves open is cut at the end."""
    state = RawServer()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        state.connections += 1
        try:
            await behaviour(state, reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            return  # the client went away, or the test is over
        finally:
            writer.transport.abort()

    # Handshakes that a test makes fail end up in the loop's handler as noise of no interest.
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        loop.set_exception_handler(None)


def answer(status: int, body: bytes, *headers: str, content_type: str = "application/json") -> bytes:
    """A whole answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def replies(*raw: bytes) -> Behaviour:
    """Answers each request of a connection with the next of `raw`, the last one for ever; keeps the connection."""

    async def behave(server: RawServer, reader: Reader, writer: Writer) -> None:
        while True:
            await server.read_request(reader)
            index = min(len(server.requests), len(raw)) - 1
            writer.write(raw[index])
            await writer.drain()

    return behave


def reset(writer: Writer) -> None:
    """Cut the connection with an RST instead of an orderly end."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
