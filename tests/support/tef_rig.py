"""One kiosk's TEF driver before the simulated PayGo, by each of its doors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hardware.sim.card_ledger import CardTransaction, TransactionState
from hardware.sim.paygo.settings import PaygoSettings as SimSettings
from hardware.sim.paygo.simulator import SimulatedPaygo
from hardware.terminal.tef.bridge_link import BridgeSettings
from hardware.terminal.tef.driver import PaygoTerminal
from hardware.terminal.tef.opening import open_folder_terminal, open_socket_terminal
from hardware.terminal.tef.settings import FolderSettings, Network, PaygoSettings, PaygoTimes, SocketSettings
from tests.support.scaled_clock import ScaledClock
from tests.support.tef_bench import SECRET, bridge_of, last, reference_of
from totem.domain.cards import CardKind, CardOutcome, CardReference, CardResult, CardSale
from totem.domain.money import Money

TIMES = PaygoTimes(status_s=0.6, locked_s=2.0, poll_s=0.01, connect_s=5, relay_s=0.6)
SETTINGS = PaygoSettings(
    "LAVA RAPIDO",
    "TOTEM",
    "0.1.0",
    "REG001",
    networks=(Network("SIMULADOR", "100"),),
    most_installments=99,
    times=TIMES,
    known_words=("LAVA", "RAPIDO"),
)
DOORS = ("folder", "socket", "bridge")


@dataclass
class Rig:
    """One kiosk before one PayGo. `reopened` is the same kiosk after a crash: nothing of the old one is asked."""

    paygo: SimulatedPaygo
    terminal: PaygoTerminal
    open_terminal: Callable[[], PaygoTerminal]
    door: str
    numbers: int = 0

    def sale(self, cents: int = 4500, kind: CardKind = CardKind.CREDIT, installments: int = 1) -> CardSale:
        self.numbers += 1
        return CardSale(f"A{self.numbers}", self.numbers, Money(cents), kind, installments, f"REF{self.numbers}")

    async def sell(self, sale: CardSale | None = None) -> tuple[CardSale, CardResult]:
        asked = sale or self.sale()
        return asked, last([event async for event in self.terminal.start(asked)])

    async def approved(self, cents: int = 4500) -> CardReference:
        sale, result = await self.sell(self.sale(cents))
        assert result.outcome is CardOutcome.APPROVED
        return reference_of(sale, result)

    async def crash(self) -> None:
        await self.terminal.close()
        self.terminal = self.open_terminal()

    def states(self) -> list[TransactionState]:
        return [each.state for each in self.paygo.transactions()]

    def only(self) -> CardTransaction:
        (found,) = self.paygo.transactions()
        return found


@asynccontextmanager
async def rig_of(door: str, folder: Path, settings: PaygoSettings = SETTINGS) -> AsyncIterator[Rig]:
    port = 0 if door == "socket" else None
    paygo = SimulatedPaygo(SimSettings(folder=folder / "PAYGO" if door != "socket" else None, port=port))
    await paygo.start()
    clock = ScaledClock(1)
    if door == "folder":

        def by_folder() -> PaygoTerminal:
            return open_folder_terminal(settings, FolderSettings(paygo.folder), clock)

        around: AbstractAsyncContextManager[Callable[[], PaygoTerminal]] = _as_is(by_folder)
    elif door == "socket":
        around = _as_is(lambda: open_socket_terminal(settings, SocketSettings("127.0.0.1", paygo.port), clock))
    else:
        around = _bridged(paygo, settings, clock)
    async with around as open_terminal:
        rig = Rig(paygo, open_terminal(), open_terminal, door)
        try:
            yield rig
            assert paygo.violations == ()
        finally:
            await rig.terminal.close()
    await paygo.close()


@asynccontextmanager
async def _as_is(opener: Callable[[], PaygoTerminal]) -> AsyncIterator[Callable[[], PaygoTerminal]]:
    yield opener


@asynccontextmanager
async def _bridged(
    paygo: SimulatedPaygo, settings: PaygoSettings, clock: ScaledClock
) -> AsyncIterator[Callable[[], PaygoTerminal]]:
    bridge_settings = BridgeSettings(port=0, secret=SECRET, poll_s=0.01, idle_poll_s=0.05)
    async with bridge_of(paygo.folder, bridge_settings, TIMES, settings.known_words) as bridge:
        peer = SocketSettings("127.0.0.1", bridge.port, SECRET)
        yield lambda: open_socket_terminal(settings, peer, clock)
