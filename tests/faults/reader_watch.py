"""A Smart POS and a GoPag reader behind watched wires, each message of which is a moment at which a kiosk may die."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, replace
from typing import Final

import httpx

from hardware.terminal.smart_pos.settings import SmartPosLimits, SmartPosSettings
from hardware.terminal.smart_pos.terminal import SmartPosTerminal
from providers.gopag.calls import GopagCalls
from providers.gopag.settings import GopagSettings
from providers.gopag.terminal import GopagTerminal
from providers.http.client import HttpClient
from providers.http.tls import open_contexts
from tests.faults.asks_once import AsksOnce
from tests.faults.watch import Watch, WatchedTransport
from totem.domain.cards import CardReference, CardResult, CardTerminal
from totem.domain.money import Money
from totem.domain.ports import Clock
from totem.services.state import Method

HOST: Final = "127.0.0.1"
_PRICE: Final = Money(4500)
_TYPE: Final = re.compile(rb'"type":"([a-zA-Z]+)"')
_BY_THE_CLOCK: Final = frozenset({"ping", "pong", "event"})
"""Beats, and words for the screen: they come at another moment each time, and nothing hangs on them."""


@dataclass(frozen=True, slots=True)
class GopagErrand:
    """Implements `kiosk_child.CardErrand`."""

    settings: GopagSettings
    method: Method = Method.CREDIT
    price: Money = _PRICE

    async def open(self, clock: Clock, watch: Watch) -> CardTerminal:
        """As `open_gopag` builds it, on a transport that is watched and on one connection."""
        assert self.settings.source is not None
        contexts = await open_contexts(self.settings.source, clock.now())
        inner = httpx.AsyncHTTPTransport(
            verify=contexts.calls, limits=httpx.Limits(max_connections=1), retries=0, trust_env=False
        )
        client = httpx.AsyncClient(
            transport=WatchedTransport(inner, watch), base_url=self.settings.base_url, timeout=30.0, trust_env=False
        )
        http = HttpClient(client, clock, self.settings.timeouts)
        return _WatchedGopag(self.settings, GopagCalls(self.settings, http, clock), clock)


class _WatchedGopag(GopagTerminal, AsksOnce):
    def __init__(self, settings: GopagSettings, calls: GopagCalls, clock: Clock) -> None:
        GopagTerminal.__init__(self, settings, calls, clock)
        AsksOnce.__init__(self)

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:
        result = await super().refund_status(reference, refund_id)
        self.said_of(refund_id)
        return result


@dataclass(frozen=True, slots=True)
class SmartPosErrand:
    """Implements `kiosk_child.CardErrand`."""

    port: int
    secret: str
    method: Method = Method.CREDIT
    price: Money = _PRICE

    async def open(self, clock: Clock, watch: Watch) -> CardTerminal:
        relay = _Relay(self.port, watch)
        limits = replace(SmartPosLimits(), first_pause_s=0.005, longest_pause_s=0.02)
        settings = SmartPosSettings(port=await relay.start(), secret=self.secret, kiosk="KILL", limits=limits)
        return _BehindRelay(settings, clock, relay)


class _BehindRelay(SmartPosTerminal):
    """Its link goes through the relay."""

    def __init__(self, settings: SmartPosSettings, clock: Clock, relay: _Relay) -> None:
        super().__init__(settings, clock, random.Random(1))
        self._relay = relay

    async def close(self) -> None:
        await super().close()
        await self._relay.stop()


class _Relay:
    """Inside the kiosk's own process, and dying with it: hands each line on, and tells of it before and after."""

    def __init__(self, port: int, watch: Watch) -> None:
        self._port = port
        self._watch = watch
        self._pumps: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for pump in tuple(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._watch.reach("smartpos connecting")
        up_reader, up_writer = await asyncio.open_connection(HOST, self._port)
        self._watch.reach("smartpos connected")
        pumps = {asyncio.create_task(self._up(reader, up_writer)), asyncio.create_task(self._down(up_reader, writer))}
        self._pumps |= pumps
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        self._pumps -= pumps
        for each in (writer, up_writer):
            each.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            name = _name_of(line)
            if name not in _BY_THE_CLOCK:
                self._watch.reach(f"smartpos before sending {name}")
            writer.write(line)
            await writer.drain()
            if name not in _BY_THE_CLOCK:
                self._watch.reach(f"smartpos sent {name}")

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            name = _name_of(line)
            if name not in _BY_THE_CLOCK:
                self._watch.reach(f"smartpos received {name}")
            writer.write(line)
            await writer.drain()


def _name_of(line: bytes) -> str:
    found = _TYPE.search(line)
    return found[1].decode() if found else "line"
