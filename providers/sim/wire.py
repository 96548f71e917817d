"""A small HTTPS/1.1 server whose answers can fail on the wire itself: reset, cut short, silent, closed.

It stands on raw asyncio and h11, because no web framework lets a handler break its own connection.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from providers.sim.ca import KeyPair
from providers.sim.links import Link, TlsLink

MAX_BODY_BYTES: Final = 256 * 1024
MAX_DRAINED_BYTES: Final = 8 * 1024 * 1024
"""Read and thrown away before a body that is too large is refused: closing on unread bytes would reset the answer."""
IDLE_TIMEOUT_S: Final = 120.0
HANDSHAKE_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 2.0
_GONE: Final = (OSError, EOFError, h11.RemoteProtocolError, TimeoutError)
"""How a peer ends a connection: nothing that a simulator should complain of."""

log = logging.getLogger(__name__)


class Delivery(StrEnum):
    """What becomes of an answer on its way."""

    WHOLE = "whole"
    HALF = "half"
    """Head and half of the body, then the connection ends."""
    RESET = "reset"
    """No byte of it: the connection is reset (TCP RST)."""
    CLOSE = "close"
    """No byte of it: the connection ends in order."""
    NEVER = "never"
    """No byte of it, and the connection stays open and silent until the client gives up."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came. `path` is percent-decoded; header names are lower case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    peer_sha256: str | None = None
    """SHA-256 (hex) of the client certificate in DER; None on plain HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and how it is delivered. `delay_s` passes before its first byte."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    delivery: Delivery = Delivery.WHOLE
    delay_s: float = 0.0


_TOO_LARGE: Final = Answer(413, b"too large\n", "text/plain")

Handler = Callable[[Request], Awaitable[Answer]]


def json_answer(status: int, value: object, content_type: str = "application/json") -> Answer:
    """An answer with that value as JSON."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), content_type)


def server_tls(server: KeyPair, client_ca: str) -> ssl.SSLContext:
    """TLS 1.2 or newer that demands a client certificate signed by `client_ca` (a PEM file). Reads disk."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cafile=client_ca)
    context.load_cert_chain(server.cert, server.key)
    return context


def public_tls(server: KeyPair) -> ssl.SSLContext:
    """The same for a door that asks for no client certificate. Reads disk."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(server.cert, server.key)
    return context


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class WireServer:
    """Serves one handler on a TCP port of loopback until stopped. Start and stop as often as wanted: the port stays."""

    handler: Handler
    tls: ssl.SSLContext | None = None
    now: Callable[[], datetime] = _now
    idle_timeout_s: float = IDLE_TIMEOUT_S
    host: str = "127.0.0.1"
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def base_url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def is_up(self) -> bool:
        return self._server is not None

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every connection; new ones are refused by the system."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # From Python 3.12 on this waits for clients still shaking hands; the listening socket is closed already.
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # accepted in the very moment of stopping
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        self._writers.add(writer)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(reader, writer) if self.tls is None else TlsLink(reader, writer, self.tls)
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                await link.open()
            await _Conversation(self, link).run()
            await link.close()
        except _GONE:
            link.abort()
        except asyncio.CancelledError:
            link.abort()
            raise
        finally:
            self._writers.discard(writer)

    async def answer(self, request: Request) -> Answer:
        """The handler's answer; a bug in it is logged and told as 500, as a real bank would."""
        try:
            return await self.handler(request)
        except Exception:
            log.exception("simulator failed at %s %s", request.method, request.path)
            return json_answer(500, {"error": "internal"})


class _Conversation:
    """One connection: requests one after another, kept alive."""

    def __init__(self, server: WireServer, link: Link) -> None:
        self._server = server
        self._link = link
        self._http = h11.Connection(h11.SERVER)

    async def run(self) -> None:
        while True:
            request = await self._read()
            if request is None:
                return
            if isinstance(request, Answer):
                await self._send(request)
                return
            answer = await self._server.answer(request)
            if answer.delay_s > 0:
                await asyncio.sleep(answer.delay_s)
            if answer.delivery is not Delivery.WHOLE:
                await self._break(answer)
                return
            await self._send(answer)
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _read(self) -> Request | Answer | None:
        """The next request, the answer to one that is too big or broken, or None where the client is done."""
        head: h11.Request | None = None
        body = bytearray()
        size = 0
        while True:
            try:
                event = await self._event()
            except h11.RemoteProtocolError as error:
                if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                    return Answer(error.error_status_hint, b"bad request\n", "text/plain")
                raise
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size <= MAX_BODY_BYTES:
                    body += event.data
                elif size > MAX_DRAINED_BYTES:
                    return None
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return self._request(head, bytes(body)) if size <= MAX_BODY_BYTES else _TOO_LARGE
            else:
                return None

    async def _event(self) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._http.they_are_waiting_for_100_continue:
                await self._write(h11.InformationalResponse(status_code=100, headers=[]))
            async with asyncio.timeout(self._server.idle_timeout_s):
                self._http.receive_data(await self._link.read())

    def _request(self, head: h11.Request, body: bytes) -> Request:
        target = urlsplit(head.target.decode("ascii"))
        headers = {name.decode("ascii").lower(): value.decode("latin-1") for name, value in head.headers}
        return Request(
            method=head.method.decode("ascii"),
            path=unquote(target.path),
            query=tuple(parse_qsl(target.query, keep_blank_values=True)),
            headers=headers,
            body=body,
            peer_sha256=self._link.peer_sha256,
        )

    async def _send(self, answer: Answer) -> None:
        await self._write(self._head(answer))
        await self._write(h11.Data(data=answer.body))
        await self._write(h11.EndOfMessage())

    async def _break(self, answer: Answer) -> None:
        match answer.delivery:
            case Delivery.HALF:
                await self._write(self._head(answer))
                await self._write(h11.Data(data=answer.body[: len(answer.body) // 2]))
            case Delivery.RESET:
                self._link.reset()
            case Delivery.NEVER:
                while await self._link.read():
                    continue
            case Delivery.CLOSE | Delivery.WHOLE:
                pass

    def _head(self, answer: Answer) -> h11.Response:
        headers = [
            ("Date", format_datetime(self._server.now().astimezone(UTC), usegmt=True)),
            ("Content-Type", answer.content_type),
            ("Content-Length", str(len(answer.body))),
            *answer.headers,
        ]
        return h11.Response(status_code=answer.status, headers=headers)

    async def _write(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            await self._link.send(data)
