"""The page's only way out: a proxy inside this process that looks at the address before it connects to it.

A name may stand for any address, and for another one a second later. WebEngine is therefore given this proxy
(CONNECT, RFC 9110 9.3.6): it resolves the name itself, refuses it if one of its addresses is not public, and connects
to the very address that it looked at. Chromium asks no DNS of its own behind a proxy. Addresses of this machine go
past a proxy in Chromium; they are the gate's to refuse.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable
from contextlib import suppress

from totem.ui.web.addresses import is_public

log = logging.getLogger(__name__)

MayConnect = Callable[[str, int], bool]

_HEAD_BYTES = 8192
_HEAD_S = 10.0
_CONNECT_S = 15.0
_PIECE = 65536


class Refused(Exception):
    """Not let out; the text names the host, never more."""


class Exit:
    """Listens on this machine's loopback while it is open. Who may be reached, `allow` says; nobody until it is set."""

    def __init__(self) -> None:
        self.allow: MayConnect | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self) -> int:
        """Returns the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEAD_BYTES)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        self.allow = None
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """End every connection: the page is over."""
        for writer in tuple(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            host, port = await _asked(reader)
            there_reader, there = await self._connect(host, port)
        except Refused as error:
            log.warning("page refused the way to %s", error)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        else:
            self._open.add(there)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pump(reader, there), _pump(there_reader, writer))
            self._open.discard(there)
        finally:
            self._open.discard(writer)
            await _closed(writer)

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.allow is None or not self.allow(host, port):
            raise Refused(host)
        async with asyncio.timeout(_CONNECT_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = [str(each[4][0]) for each in found]
            if not addresses or not all(is_public(ipaddress.ip_address(each)) for each in addresses):
                raise Refused(f"{host}: not a public address")
            return await _first_that_answers(addresses, port)


async def _asked(reader: asyncio.StreamReader) -> tuple[str, int]:
    """Host and port of the CONNECT. Raises Refused for any other request."""
    async with asyncio.timeout(_HEAD_S):
        head = await reader.readuntil(b"\r\n\r\n")
    method, target, *_ = [*head.split(b"\r\n", 1)[0].decode("latin-1").split(" "), ""]
    host, _, port = target.rpartition(":")
    if method != "CONNECT" or not port.isdigit():
        raise Refused("plain HTTP")
    return host.strip("[]").lower(), int(port)


async def _first_that_answers(addresses: list[str], port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    failed: OSError = OSError("no address")
    for address in addresses:
        try:
            return await asyncio.open_connection(address, port)
        except OSError as error:
            failed = error
    raise failed


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(_PIECE):
            sink.write(piece)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
    except (OSError, RuntimeError):
        sink.close()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
