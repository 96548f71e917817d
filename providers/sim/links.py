"""One connection as bytes in and out, plain or TLS.

TLS is pumped here rather than by asyncio, which drops a failed handshake without a word: a real bank sends the alert
that names what is wrong with a client's certificate.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

READ_BYTES: Final = 64 * 1024
_LINGER_S: Final = 1.0
_T = TypeVar("_T")


class Link:
    """A plain connection. Any failure of the peer is an OSError (ssl.SSLError is one, too)."""

    peer_sha256: str | None = None
    """SHA-256 (hex) of the client certificate in DER, where there is one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def open(self) -> None:
        """Whatever comes before the first byte of HTTP."""

    async def read(self) -> bytes:
        """The next bytes; none at the end."""
        return await self._reader.read(READ_BYTES)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        """End in order: what was sent arrives."""
        self._writer.close()
        await self._writer.wait_closed()

    def abort(self) -> None:
        self._writer.transport.abort()

    def reset(self) -> None:
        """SO_LINGER of zero: the system sends RST in place of FIN, and throws away what was not sent."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()


class TlsLink(Link):
    """A TLS connection, server's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        super().__init__(reader, writer)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def open(self) -> None:
        """Shake hands. A refused client is sent the alert, and is heard out so that the alert is not lost."""
        try:
            await self._pump(self._tls.do_handshake)
        except ssl.SSLError:
            await self._linger()
            raise
        der = self._tls.getpeercert(binary_form=True)
        self.peer_sha256 = hashlib.sha256(der).hexdigest() if der else None

    async def read(self) -> bytes:
        try:
            return await self._pump(partial(self._tls.read, READ_BYTES))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[await self._pump(partial(self._tls.write, view)) :]

    async def close(self) -> None:
        # Our close_notify only: the client's is not waited for (RFC 8446 section 6.1 lets a peer just close).
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        await self._flush()
        await super().close()

    async def _pump(self, act: Callable[[], _T]) -> _T:
        """Run one act of the TLS machine, feeding it from the network and sending what it wants sent."""
        while True:
            try:
                result = act()
            except ssl.SSLWantReadError:
                await self._flush()
                if self._incoming.eof:
                    raise ConnectionResetError("the client is gone") from None
                data = await self._reader.read(READ_BYTES)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                await self._flush()
                raise
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            await super().send(data)

    async def _linger(self) -> None:
        """Closing on unread bytes would send RST, and the client's system would then throw the alert away."""
        with suppress(OSError, TimeoutError):
            self._writer.write_eof()
            async with asyncio.timeout(_LINGER_S):
                while await self._reader.read(READ_BYTES):
                    continue
