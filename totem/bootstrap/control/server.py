"""The kiosk's end of the control socket. It never holds the kiosk up: everything has a limit."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
import secrets
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from totem.bootstrap.control.place import Loopback, Place, short_name
from totem.bootstrap.control.wire import (
    MOST_REQUEST_BYTES,
    BadLineError,
    Reply,
    Request,
    decode_request,
    encode_reply,
    refused,
)
from totem.config.private_file import write_private
from totem.domain.errors import Trouble

log = logging.getLogger(__name__)

Serve = Callable[[Request], Awaitable[Reply]]
"""Carries an order out; never raises."""

_PEER: Final = struct.Struct("3i")
"""struct ucred (unix(7), SO_PEERCRED): pid, uid, gid."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """`line_s` to send the whole order, `act_s` to carry it out, `write_s` to take the answer."""

    connections: int = 4
    line_s: float = 5.0
    act_s: float = 180.0
    write_s: float = 10.0


@asynccontextmanager
async def listening(place: Place, serve: Serve, limits: ServerLimits | None = None) -> AsyncIterator[None]:
    """Open as long as the block runs. Raises OSError where the socket cannot be made.

    Called under the kiosk's lock: a socket that lies there is one that a killed kiosk left.
    """
    place.prepare()
    desk = _Desk(serve, limits or ServerLimits())
    server = await (_open_unix(place, desk) if place.unix else _open_loopback(place, desk))
    try:
        yield
    finally:
        server.close()
        await desk.close()
        with contextlib.suppress(OSError):
            (place.socket if place.unix else place.address).unlink(missing_ok=True)


async def _open_unix(place: Place, desk: _Desk) -> asyncio.Server:
    place.socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short_name(place.socket) as name:
            listener.bind(name)
        place.socket.chmod(0o600)
        return await asyncio.start_unix_server(desk.meet, sock=listener, limit=MOST_REQUEST_BYTES)
    except BaseException:
        listener.close()
        raise


async def _open_loopback(place: Place, desk: _Desk) -> asyncio.Server:
    desk.secret = secrets.token_hex(32)
    server = await asyncio.start_server(desk.meet, "127.0.0.1", 0, limit=MOST_REQUEST_BYTES)
    port = server.sockets[0].getsockname()[1]
    await asyncio.to_thread(write_private, place.address, Loopback(port, desk.secret).to_bytes())
    return server


class _Desk:
    """Meets one caller after another, and a few at once."""

    def __init__(self, serve: Serve, limits: ServerLimits) -> None:
        self._serve = serve
        self._limits = limits
        self._callers: set[asyncio.Task[None]] = set()
        self.secret = ""

    def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._callers) >= self._limits.connections:
            # Without an answer: a flood must not make work.
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._meet(reader, writer), name="control")
        self._callers.add(task)
        task.add_done_callback(self._callers.discard)

    async def close(self) -> None:
        """Those that are being served are told nothing more: what they ordered is in the journal."""
        callers = tuple(self._callers)
        for task in callers:
            task.cancel()
        await asyncio.gather(*callers, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reply = await self._answer(reader, writer)
            if reply is not None:
                async with asyncio.timeout(self._limits.write_s):
                    writer.write(encode_reply(reply))
                    await writer.drain()
        except (OSError, TimeoutError) as error:
            log.warning("control: a caller left: %s", type(error).__name__)
        except Exception:
            log.exception("control: an order failed")
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Reply | None:
        if not _is_own(writer.get_extra_info("socket")):
            log.warning("control: a caller of another user was turned away")
            return None
        try:
            async with asyncio.timeout(self._limits.line_s):
                request = decode_request(await reader.readline())
        except TimeoutError:
            return None
        except BadLineError as error:
            return refused(Trouble.NOT_DONE, f"pedido que não se entende: {error}")
        except ValueError:
            return refused(Trouble.NOT_DONE, "pedido grande demais")
        if not hmac.compare_digest(request.secret.encode(), self.secret.encode()):
            log.warning("control: a caller without the secret was turned away")
            return None
        try:
            async with asyncio.timeout(self._limits.act_s):
                return await self._serve(request)
        except TimeoutError:
            return refused(Trouble.NOT_DONE, "demorou demais; veja no diário até onde chegou")


def _is_own(caller: socket.socket) -> bool:
    """Whether the caller runs as this user, or as root, who may do anything anyway. The folder guards as well."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None or caller.family != getattr(socket, "AF_UNIX", None):
        return True
    _, uid, _ = _PEER.unpack(caller.getsockopt(socket.SOL_SOCKET, option, _PEER.size))
    return uid in (os.getuid(), 0)
