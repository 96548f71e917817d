"""Where the page's answer lands: one POST, on this machine's loopback, at a path that nobody can guess.

PySide6 6.11.3 does not let the kiosk read a request's body inside the view (see `engine`): the request interceptor
sends the answer here instead, by an internal redirect that keeps method and body, and nothing reaches the network.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from hmac import compare_digest
from urllib.parse import parse_qsl

log = logging.getLogger(__name__)

OnAnswer = Callable[[Mapping[str, str]], None]

_HEAD_BYTES = 65536
_BODY_BYTES = 262_144
_FIELDS = 200
_READ_S = 10.0
_DONE = b"<!doctype html><title></title>"
_OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: no-store\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_DONE), _DONE)
)
_GONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Catcher:
    """For one sale: what comes first at the path is the answer, and everything else is turned away."""

    def __init__(self, on_answer: OnAnswer) -> None:
        self._on_answer = on_answer
        self._path = f"/{secrets.token_urlsafe(32)}"
        self._server: asyncio.Server | None = None
        self._caught = False
        self.url = ""
        """Where it listens, once open."""

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEAD_BYTES)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{self._path}"

    def close(self) -> None:
        """Take nothing more. What is being read is read to its end."""
        self._caught = True
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_S):
                fields = await self._read(reader)
            if fields is None or self._caught:
                log.warning("something other than the page's one answer came, and was turned away")
                writer.write(_GONE)
            else:
                self._caught = True
                writer.write(_OK)
                self._on_answer(fields)
            await writer.drain()
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            # Its kind alone: what was read is the answer.
            log.warning("an answer could not be read: %s", type(error).__name__)
        finally:
            await _closed(writer)

    async def _read(self, reader: asyncio.StreamReader) -> Mapping[str, str] | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        method, path, *_ = [*first.split(" "), ""]
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = headers.get("content-length", "")
        if method != "POST" or not compare_digest(path.encode(), self._path.encode()) or not length.isdigit():
            return None
        if int(length) > _BODY_BYTES:
            return None
        return parse_form(await reader.readexactly(int(length)))


def parse_form(body: bytes) -> Mapping[str, str]:
    """The fields of an `application/x-www-form-urlencoded` body; of a name that comes twice, the first.

    In UTF-8, or else in Windows-1252, in which Chromium posts from a page that declares no charset. Raises
    ValueError where there are too many.
    """
    text = body.decode("ascii")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except UnicodeDecodeError:
        pairs = parse_qsl(text, keep_blank_values=True, encoding="cp1252", max_num_fields=_FIELDS)
    return dict(reversed(pairs))


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
