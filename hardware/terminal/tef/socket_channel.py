"""The socket as a channel: a bridge beside PayGo, or any peer that speaks field messages on TCP.

A peer that greets (`HELLO`) is our bridge: it keeps answers until they are dropped, and says what became of a request
without a `.sts`. A peer that does not is taken as it is: what it sends without being asked is held here, in memory.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from hardware.terminal.tef import fields as f
from hardware.terminal.tef import link as wire
from hardware.terminal.tef.channel import Held, Numbers, OnMessage, unheard
from hardware.terminal.tef.codec import BadMessage, encode
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.link import Link, LinkLost
from hardware.terminal.tef.messages import alive
from hardware.terminal.tef.redaction import redact
from hardware.terminal.tef.settings import PaygoTimes, SocketSettings
from totem.domain.errors import BridgeRefused, TerminalSilent, TerminalUnreachable

T = TypeVar("T")

_MOST_HELD: Final = 200


class SocketChannel:
    """Implements `Channel`. Connects when it is needed, and again after the link was lost."""

    def __init__(
        self,
        settings: SocketSettings,
        times: PaygoTimes,
        next_number: Callable[[], int],
        known_words: tuple[str, ...] = (),
        on_message: OnMessage = unheard,
    ) -> None:
        self._settings = settings
        self._times = times
        self._known_words = known_words
        self._on_message = on_message
        self._link: Link | None = None
        self._is_bridge = False
        self._numbers = Numbers()
        self._held: dict[str, Held] = {}
        self._unsent: set[str] = set()
        self._count = 0
        self._next_number = next_number

    @property
    def description(self) -> str:
        return f"socket {self._settings.host}:{self._settings.port}"

    @property
    def looks_by_asking(self) -> bool:
        return True

    # --- the link -----------------------------------------------------------------------------------------------

    async def open(self) -> None:
        if self._link is not None:
            return
        try:
            async with asyncio.timeout(self._times.connect_s):
                link = await self._connect()
                try:
                    await self._greet(link)
                except BaseException:
                    await link.close()
                    raise
        except (TimeoutError, LinkLost) as error:
            text = f"{self.description}: {str(error) or 'no word in time'}"
            raise TerminalUnreachable(text) from error
        self._link = link

    async def _connect(self) -> Link:
        settings = self._settings
        try:
            context = await asyncio.to_thread(_tls, settings) if settings.tls else None
            reader, writer = await asyncio.open_connection(
                settings.host,
                settings.port,
                ssl=context,
                server_hostname=(settings.server_name or settings.host) if context else None,
            )
        except ssl.SSLError as error:  # an unknown or a wrong certificate: asking again changes nothing
            raise BridgeRefused(f"{self.description}: {error}") from error
        except (OSError, ValueError) as error:
            raise TerminalUnreachable(f"{self.description}: {error}") from error
        return Link(reader, writer, self._times.connect_s)

    async def _greet(self, link: Link) -> None:
        """With a secret, both ends prove that they have it before anything else is said."""
        self._is_bridge = False
        secret = self._settings.secret
        if not secret:
            return
        hello = await link.receive()
        if wire.act_of(hello) != wire.HELLO or not hello.get(0, 3):
            raise BridgeRefused(f"{self.description}: the other end asks for no secret, and this kiosk has one")
        theirs, ours = hello.get(0, 3), secrets.token_hex(16)
        proof = wire.proof_of(secret, "kiosk", ours, theirs)
        await link.send(wire.control(wire.PROOF, nonce=ours, proof=proof))
        answer = await link.receive()
        expected = wire.proof_of(secret, "bridge", theirs, ours)
        known = secrets.compare_digest(answer.get(0, 4).encode(), expected.encode())
        if wire.act_of(answer) != wire.WELCOME or not known:
            raise BridgeRefused(f"{self.description}: {answer.get(f.MESSAGE) or 'the other end has another secret'}")
        link.seal(wire.Seal(secret, "kiosk", theirs, ours), wire.Seal(secret, "bridge", theirs, ours))
        self._is_bridge = True

    async def _lost(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    # --- messages -----------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """ATV: whatever the other end kept for us comes before its status. Said on a new link where the old is dead."""
        was_open = self._link is not None
        try:
            await self._alive()
        except TerminalUnreachable:
            if not was_open or self._link is not None:
                raise
            await self._alive()

    async def _alive(self) -> None:
        """An ATV asks for nothing: without an answer it is as good as not sent."""
        try:
            await self.request(alive(self._next_number()))
        except TerminalSilent as error:
            raise TerminalUnreachable(str(error)) from error

    async def request(self, message: Message) -> None:
        try:
            text = encode(message).decode("ascii")
        except BadMessage as error:
            raise TerminalUnreachable(f"{self.description}: {error}") from error
        await self.open()
        self._numbers.begin(message)
        self._on_message("out", text)
        await self._linked(lambda link: link.send(message))
        limit_s = self._times.status_s + self._times.relay_s
        try:
            async with asyncio.timeout(limit_s):
                await self._acknowledged(message)
        except BridgeRefused:
            await self._lost()
            raise
        except TimeoutError as error:
            await self._lost()  # a status that comes later must not be taken for that of another request
            raise TerminalSilent(f"{self.description}: {message.command} was not acknowledged") from error

    async def _acknowledged(self, message: Message) -> None:
        number = message.get(f.REQUEST)
        while True:
            received = await self._linked(lambda link: link.receive())
            act = wire.act_of(received)
            if act:
                self._controlled(act, received)
                if act in (wire.UNSENT, wire.SILENT) and received.get(f.REQUEST) == number:
                    text = f"{self.description}: {message.command}: {received.get(f.MESSAGE) or act}"
                    raise TerminalUnreachable(text) if act == wire.UNSENT else TerminalSilent(text)
                if act == wire.REFUSED:
                    raise BridgeRefused(f"{self.description}: {received.get(f.MESSAGE)}")
            elif received.is_answer:
                self._hold(received)
            elif not self._numbers.is_stale_status(received, message):
                self._on_message("status", encode(received).decode("ascii"))
                return

    def _controlled(self, act: str, received: Message) -> None:
        if act == wire.HELLO:
            if received.get(0, 3):
                raise BridgeRefused(f"{self.description}: the other end wants a secret, and this kiosk has none")
            self._is_bridge = True
        elif act == wire.UNSENT and received.get(f.REQUEST):
            self._unsent.add(received.get(f.REQUEST))

    async def next(self, request: Message) -> Held:
        while True:
            received = await self._linked(lambda link: link.receive())
            act = wire.act_of(received)
            if act:
                self._controlled(act, received)
            elif received.is_answer:
                held = self._hold(received)
                if not self._numbers.is_stale_answer(held.message, request):
                    return held
            elif received.get(f.MESSAGE):
                return Held("", redact(received, self._known_words))

    def _hold(self, received: Message) -> Held:
        """Kept here too until it is dropped; a bridge has it on its disk besides."""
        message = redact(received, self._known_words, proved=self._is_bridge)
        key = received.get(wire.KEY_FIELD) if self._is_bridge else ""
        if not key:
            self._count += 1
            key = f"here-{self._count}"
        held = Held(key, message)
        if key not in self._held:
            self._on_message("in", encode(message).decode("ascii"))
        self._held[key] = held
        while len(self._held) > _MOST_HELD:
            del self._held[next(iter(self._held))]
        return held

    def held(self) -> tuple[Held, ...]:
        return tuple(self._held.values())

    def unsent(self) -> frozenset[str]:
        return frozenset(self._unsent)

    async def drop(self, key: str) -> None:
        if key in self._held and not key.startswith("here-"):
            await self.open()
            await self._linked(lambda link: link.send(wire.control(wire.DROP, key=key)))
        self._held.pop(key, None)

    async def drop_unsent(self) -> None:
        self._unsent.clear()

    async def close(self) -> None:
        await self._lost()

    async def _linked(self, act: Callable[[Link], Awaitable[T]]) -> T:
        """One act on the open link; a link that breaks in it is given up."""
        link = self._link
        if link is None:
            raise TerminalSilent(f"{self.description}: the link is lost")
        try:
            return await act(link)
        except LinkLost as error:
            await self._lost()
            raise TerminalSilent(f"{self.description}: {error}") from error


def _tls(settings: SocketSettings) -> ssl.SSLContext:
    """Raises OSError where the authority's file cannot be read."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
