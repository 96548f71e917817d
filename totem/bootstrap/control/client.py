"""The shell's end of the control socket."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from totem.bootstrap.control.place import Place, read_loopback, short_name
from totem.bootstrap.control.wire import (
    MOST_REPLY_BYTES,
    BadLineError,
    Reply,
    Request,
    decode_reply,
    encode_request,
    refused,
)
from totem.domain.errors import Trouble

CONNECT_S = 5.0
REPLY_S = 200.0
"""Longer than the kiosk works on any order."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def is_listening(place: Place) -> bool:
    """Whether a kiosk listens there."""
    try:
        opened = await _open(place)
    except (OSError, TimeoutError):
        return False
    if opened is None:
        return False
    await _close(opened[0][1])
    return True


async def ask(place: Place, request: Request) -> Reply | None:
    """The kiosk's answer; None where none listens. An order whose answer was lost may have been carried out."""
    try:
        opened = await _open(place)
    except (OSError, TimeoutError):
        return None
    if opened is None:
        return None
    (reader, writer), secret = opened
    try:
        async with asyncio.timeout(REPLY_S):
            writer.write(encode_request(replace(request, secret=secret)))
            await writer.drain()
            return decode_reply(await reader.readline())
    except (OSError, TimeoutError, BadLineError, ValueError):
        return refused(Trouble.NOT_DONE, "o totem aberto não respondeu: veja no diário se o pedido foi feito")
    finally:
        await _close(writer)


async def _open(place: Place) -> tuple[Streams, str] | None:
    async with asyncio.timeout(CONNECT_S):
        if place.unix:
            with short_name(place.socket) as name:
                return await asyncio.open_unix_connection(name, limit=MOST_REPLY_BYTES), ""
        loopback = read_loopback(place.address)
        if loopback is None:
            return None
        return await asyncio.open_connection("127.0.0.1", loopback.port, limit=MOST_REPLY_BYTES), loopback.secret


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()
