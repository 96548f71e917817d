"""Where the card terminal of a kiosk under test stands, and how the kiosk reaches it over a wire that is watched."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, replace
from typing import Final, Protocol

import httpx

from hardware.terminal.smart_pos.settings import SmartPosLimits, SmartPosSettings
from hardware.terminal.smart_pos.terminal import SmartPosTerminal
from providers.gopag.calls import GopagCalls
from providers.gopag.settings import GopagSettings
from providers.gopag.terminal import GopagTerminal
from providers.http.client import HttpClient
from providers.http.material import ClientFiles, ClientMaterial
from providers.http.tls import TlsContexts
from tests.faults.tef_watch import open_watched_tef
from tests.faults.watch import Watch, WatchedTransport
from totem.domain.cards import CardTerminal
from totem.domain.ports import Clock

HOST: Final = "127.0.0.1"
_TYPE: Final = re.compile(rb'"type":"([a-zA-Z]+)"')
_BEATS: Final = frozenset({"ping", "pong"})
"""Lines that come by the clock, and so would be another moment each time."""


class TerminalAt(Protocol):
    """Part of an errand: it is pickled into the kiosk's process, and opened there in each life."""

    @property
    def source(self) -> ClientFiles | ClientMaterial | None:
        """The material of its TLS, loaded once for all lives; None for a terminal without."""
        ...

    async def open(self, clock: Clock, watch: Watch, contexts: TlsContexts | None) -> CardTerminal: ...


@dataclass(frozen=True, slots=True)
class TefAt:
    port: int
    source: None = None

    async def open(self, clock: Clock, watch: Watch, contexts: TlsContexts | None) -> CardTerminal:
        return open_watched_tef(self.port, clock, watch)


@dataclass(frozen=True, slots=True)
class GopagAt:
    settings: GopagSettings

    @property
    def source(self) -> ClientFiles | ClientMaterial | None:
        return self.settings.source

    async def open(self, clock: Clock, watch: Watch, contexts: TlsContexts | None) -> CardTerminal:
        assert contexts is not None
        client = watched_client(self.settings.base_url, watch, contexts)
        http = HttpClient(client, clock, self.settings.timeouts)
        return GopagTerminal(self.settings, GopagCalls(self.settings, http, clock), clock)


def watched_client(base_url: str, watch: Watch, contexts: TlsContexts) -> httpx.AsyncClient:
    """One connection, so that a life has the same moments every time."""
    inner = httpx.AsyncHTTPTransport(
        verify=contexts.calls, limits=httpx.Limits(max_connections=1), retries=0, trust_env=False
    )
    return httpx.AsyncClient(transport=WatchedTransport(inner, watch), base_url=base_url, timeout=30.0, trust_env=False)


@dataclass(frozen=True, slots=True)
class SmartPosAt:
    port: int
    secret: str
    source: None = None

    async def open(self, clock: Clock, watch: Watch, contexts: TlsContexts | None) -> CardTerminal:
        relay = _Relay(self.port, watch)
        limits = replace(SmartPosLimits(), first_pause_s=0.005, longest_pause_s=0.02)
        settings = SmartPosSettings(port=await relay.start(), secret=self.secret, kiosk="KILL", limits=limits)
        return _BehindRelay(settings, clock, relay)


class _BehindRelay(SmartPosTerminal):
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
            if name not in _BEATS:
                self._watch.reach(f"smartpos before sending {name}")
            writer.write(line)
            await writer.drain()
            if name not in _BEATS:
                self._watch.reach(f"smartpos sent {name}")

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            name = _name_of(line)
            if name not in _BEATS:
                self._watch.reach(f"smartpos received {name}")
            writer.write(line)
            await writer.drain()


def _name_of(line: bytes) -> str:
    found = _TYPE.search(line)
    return found[1].decode() if found else "line"
