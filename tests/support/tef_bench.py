"""The driver before the scripted PayGo, over the folder, over a plain socket, and through the bridge."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hardware.terminal.tef.bridge import Bridge
from hardware.terminal.tef.bridge_link import BridgeSettings
from hardware.terminal.tef.driver import PaygoTerminal
from hardware.terminal.tef.file_channel import FileChannel
from hardware.terminal.tef.folder import Folder
from hardware.terminal.tef.opening import open_folder_terminal, open_socket_terminal
from hardware.terminal.tef.settings import FolderSettings, PaygoSettings, PaygoTimes, SocketSettings
from tests.support.scaled_clock import ScaledClock
from tests.support.tef_peer import Script, folder_peer, socket_peer
from totem.domain.cards import CardEvent, CardKind, CardReference, CardResult, CardSale
from totem.domain.money import Money

TIMES = PaygoTimes(status_s=0.6, locked_s=0.6, poll_s=0.01, connect_s=5, relay_s=0.4)
SETTINGS = PaygoSettings("LOJA DO ZE", "TOTEM", "0.1.0", "REG001", times=TIMES)
SALE = CardSale("LAVA-1", 41, Money(4500), CardKind.CREDIT, reference="ABC123")
SECRET = b"correct horse battery staple"


@dataclass
class Bench:
    terminal: PaygoTerminal
    script: Script
    evidence: list[tuple[str, str]] = field(default_factory=list)
    is_bare_socket: bool = False
    """Nothing stands between the driver and the peer that could say what became of a request."""

    async def sell(self, sale: CardSale = SALE) -> CardResult:
        events = [event async for event in self.terminal.start(sale)]
        return last(events)


def last(events: list[CardEvent]) -> CardResult:
    """The one result, which must be the last event."""
    results = [each for each in events if isinstance(each, CardResult)]
    assert len(results) == 1
    assert events[-1] is results[0]
    return results[0]


def reference_of(sale: CardSale, result: CardResult) -> CardReference:
    return CardReference(sale.attempt_id, sale.number, sale.amount, sale.kind, sale.installments, result.trace)


@asynccontextmanager
async def folder_bench(folder: Path, script: Script, settings: PaygoSettings = SETTINGS) -> AsyncIterator[Bench]:
    async with folder_peer(folder, script):
        bench = Bench(open_folder_terminal(settings, FolderSettings(folder), ScaledClock(1)), script)
        async with _closing(bench):
            yield bench


@asynccontextmanager
async def socket_bench(script: Script, settings: PaygoSettings = SETTINGS) -> AsyncIterator[Bench]:
    async with socket_peer(script) as port, _closing(socket_terminal(port, script, settings)) as bench:
        bench.is_bare_socket = True
        yield bench


@asynccontextmanager
async def bridge_bench(
    folder: Path, script: Script, settings: PaygoSettings = SETTINGS, bridge: BridgeSettings | None = None
) -> AsyncIterator[Bench]:
    async with folder_peer(folder, script), bridge_of(folder, bridge or BridgeSettings(port=0)) as opened:
        secret = bridge.secret if bridge is not None else b""
        async with _closing(socket_terminal(opened.port, script, settings, secret)) as bench:
            yield bench


def socket_terminal(port: int, script: Script, settings: PaygoSettings = SETTINGS, secret: bytes = b"") -> Bench:
    evidence: list[tuple[str, str]] = []
    terminal = open_socket_terminal(
        settings,
        SocketSettings("127.0.0.1", port, secret),
        ScaledClock(1),
        lambda way, text: evidence.append((way, text)),
    )
    return Bench(terminal, script, evidence)


@asynccontextmanager
async def bridge_of(
    folder: Path, settings: BridgeSettings, times: PaygoTimes = TIMES, known_words: tuple[str, ...] = ()
) -> AsyncIterator[Bridge]:
    clock = ScaledClock(1)
    bridge = Bridge(settings, FileChannel(Folder(FolderSettings(folder), known_words), clock, times), clock)
    await bridge.open()
    serving = asyncio.create_task(bridge.serve())
    try:
        yield bridge
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        await bridge.close()


@asynccontextmanager
async def _closing(bench: Bench) -> AsyncIterator[Bench]:
    try:
        yield bench
    finally:
        await bench.terminal.close()
