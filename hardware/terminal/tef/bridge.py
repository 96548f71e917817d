"""`totem tef-bridge`: relays field messages between one kiosk on a socket and PayGo's exchange folder.

It lets the kiosk and the PC of PayGo be two machines. An answer that comes while the kiosk is away stays in the folder
`Totem`, through restarts of either, and is told when the kiosk is back, until the kiosk says that it has stored it.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from contextlib import suppress
from typing import Final

from hardware.terminal.tef import fields as f
from hardware.terminal.tef import link as wire
from hardware.terminal.tef.bridge_link import BridgeSettings, Guest, faults_of
from hardware.terminal.tef.channel import Channel
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.link import Link, LinkLost
from hardware.terminal.tef.messages import ADMIN, ALIVE, ANSWERED, CANCEL, CONFIRM, SALE, UNDO
from totem.domain.errors import CardError, Outcome
from totem.domain.ports import Clock

log = logging.getLogger(__name__)

_COMMANDS: Final = frozenset((ALIVE, SALE, ADMIN, CANCEL, CONFIRM, UNDO))


class Bridge:
    """Serves one kiosk at a time. The channel is the exchange folder's, and nobody else uses it."""

    def __init__(self, settings: BridgeSettings, channel: Channel, clock: Clock) -> None:
        """Raises ValueError for settings that must not be served."""
        faults = faults_of(settings)
        if faults:
            raise ValueError("; ".join(faults))
        self._settings = settings
        self._channel = channel
        self._clock = clock
        self._folder = asyncio.Lock()
        """Held for each command, and for whatever is told to the kiosk."""
        self._kiosk: Guest | None = None
        self._strangers = 0
        self._awaiting = False
        """A command was acknowledged, and its answer has not come."""
        self._wanted = asyncio.Event()
        self._seen: frozenset[str] = frozenset()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port it listens on, the chosen one where the settings said 0."""
        if self._server is None:
            raise RuntimeError("not open")
        return int(self._server.sockets[0].getsockname()[1])

    async def open(self) -> None:
        """Listen. Raises CardError where the folder is not to be used, OSError where the address or TLS is not."""
        await self._channel.open()
        await self._channel.look()
        context = await asyncio.to_thread(_tls, self._settings)
        limit_s = self._settings.handshake_s if context is not None else None
        self._server = await asyncio.start_server(
            self._accepted, self._settings.host, self._settings.port, ssl=context, ssl_handshake_timeout=limit_s
        )

    async def serve(self) -> None:
        """Until it is cancelled. What comes into the folder is told to the kiosk, or kept for it."""
        while True:
            await self._next_look()
            try:
                async with self._folder:
                    await self._channel.look()
                    await self._tell_kept()
            except CardError as error:
                log.warning("the folder: %s", error)
            except LinkLost as error:
                await self._hang_up(error)

    async def _next_look(self) -> None:
        """Soon while an answer is awaited, and at once when one begins to be."""
        self._wanted.clear()
        if self._awaiting:
            await self._clock.sleep(self._settings.poll_s)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.idle_poll_s):
                await self._wanted.wait()

    async def close(self) -> None:
        """Stops listening, ends every link; what is kept stays."""
        if self._server is not None:
            self._server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._channel.close()

    async def _hang_up(self, error: LinkLost) -> None:
        log.info("the kiosk is gone: %s", error)
        if self._kiosk is not None:
            await self._kiosk.close()

    # --- one link -----------------------------------------------------------------------------------------------

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A task of our own: asyncio's would be reported as failed where `close` cancels it."""
        task = asyncio.create_task(self._linked(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _linked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(reader, writer, self._settings.message_s)
        peer = writer.get_extra_info("peername")
        try:
            await self._served(Guest(link, self._settings, self._clock.monotonic))
        except LinkLost as error:
            log.info("link with %s over: %s", peer, error)
        except CardError as error:
            log.warning("link with %s over, the folder fails: %s", peer, error)
        finally:
            await link.close()

    async def _served(self, guest: Guest) -> None:
        if self._strangers >= self._settings.most_strangers:
            raise LinkLost("too many links at once")
        self._strangers += 1
        try:
            await guest.prove()
        finally:
            self._strangers -= 1
        if self._kiosk is not None:
            await guest.refuse("another kiosk is connected")
        self._kiosk = guest
        try:
            async with self._folder:
                await self._channel.look()
                await self._tell_kept()
            while True:
                await self._handled(guest, await guest.next(lambda: self._awaiting))
        finally:
            self._kiosk = None

    async def _handled(self, guest: Guest, message: Message) -> None:
        act = wire.act_of(message)
        async with self._folder:
            if act == wire.DROP:
                await self._channel.drop(message.get(wire.KEY_FIELD))
            elif act:
                await guest.refuse("not said here")
            elif message.command in _COMMANDS:
                await self._relayed(guest, message)
            else:
                await guest.refuse("no such command")

    async def _relayed(self, guest: Guest, message: Message) -> None:
        """The request into the folder; its status, or what became of it without one, to the kiosk."""
        number = message.get(f.REQUEST)
        try:
            await self._channel.request(message)
        except CardError as error:
            log.warning("%s %s: %s", message.command, number, error)
            act = wire.UNSENT if error.outcome is Outcome.NOT_SENT else wire.SILENT
            reply = wire.control(act, number=number, text=str(error)[:200])
        else:
            reply = Message.of((f.COMMAND, message.command), (f.REQUEST, number))
        await self._tell_kept()
        if message.command in ANSWERED and not wire.act_of(reply):
            self._awaiting = True
            self._wanted.set()
        await guest.send(reply)

    async def _tell_kept(self) -> None:
        """Every answer that this link has not had yet: before the status of what was asked after it."""
        held = self._channel.held()
        keys = frozenset(each.key for each in held)
        if keys - self._seen:
            self._awaiting = False
        self._seen = keys
        guest = self._kiosk
        for each in held if guest is not None else ():
            if guest is not None and each.key not in guest.told:
                await guest.send(wire.with_key(each.message, each.key))
                guest.told.add(each.key)


def _tls(settings: BridgeSettings) -> ssl.SSLContext | None:
    """Raises OSError where the files do not load."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context
