"""A whole engine on a scripted world, for tests of the services."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.scaled_clock import ScaledClock
from tests.support.scripted import PlainPress, ScriptedBank, ScriptedPrinter
from totem.bootstrap.engine import Engine, EngineSettings, Ports
from totem.bootstrap.sealing import ReceiptSealer
from totem.domain.catalogue import Basket, Service
from totem.domain.machine import Machine
from totem.domain.money import Money
from totem.domain.ports import PixPayer
from totem.domain.records import Subject
from totem.services.allocation import LatePolicy
from totem.services.card_flow import CardFlowSettings
from totem.services.cards import CardFate
from totem.services.charges import ChargeSettings
from totem.services.health.gathering import GatheringSettings
from totem.services.journal import JournalSettings, SqliteJournal, open_journal
from totem.services.payouts import PayoutLimits
from totem.services.pix_flow import PixFlowSettings
from totem.services.poller import PixPoller, PollSettings
from totem.services.print_queue import QueueSettings
from totem.services.refunds import RefundSettings
from totem.services.settlements import SettlementSettings
from totem.services.state import CheckoutState, Method, PaymentChoice, Stage
from totem.services.sweep import SweepSettings

WASH = Service("wash", {"pt": "Lavagem"}, Money(4500))
BASKET = Basket().with_quantity(WASH, 1)


class World:
    """One kiosk on a scripted world; `restart` is a new program on the same journal, bank and paper."""

    def __init__(self, folder: Path, factor: float = 100.0) -> None:
        self.folder = folder
        self.clock = ScaledClock(factor)
        self.bank = ScriptedBank(self.clock)
        self.banks = [self.bank]
        self.late_payment = LatePolicy.HONOUR_WHILE_SHOWN
        self.payer: PixPayer | None = None
        self.payout_limits = PayoutLimits(0, 0)
        self.terminals: list[Any] = []
        """Scripted ones, or real drivers before simulators."""
        self.ticket_unknown = CardFate.UNDO
        self.ticket_failed = CardFate.UNDO
        self.sealer = ReceiptSealer(b"of this world")
        self.printer = ScriptedPrinter()
        self.press = PlainPress()
        self.random = random.Random(1)
        self.engine: Engine
        self.journal: SqliteJournal
        self.states: list[CheckoutState] = []

    @asynccontextmanager
    async def running(self, **limits: float) -> AsyncIterator[World]:
        settings = JournalSettings(self.folder / "journal.sqlite3", self.folder / "journal.key", reserve_bytes=1 << 16)
        self.journal = await open_journal(settings, self.clock)
        checkout = PixFlowSettings("KX", screen_s=limits.get("screen_s", 60.0), close_limit_s=5.0, close_again_s=0.5)
        self.engine = Engine(
            Ports(
                self.journal,
                tuple(self.banks),
                self.printer,
                self.press,
                self.clock,
                self.random,
                payer=self.payer,
                terminals=tuple(self.terminals),
                sealer=self.sealer,
            ),
            EngineSettings(
                checkout,
                self.late_payment,
                ChargeSettings(make_limit_s=limits.get("make_s", 40.0), ask_again_s=0.5, request_life_s=1.0),
                PollSettings(first_s=1.0, slowest_s=2.0),
                QueueSettings(patience_s=limits.get("patience_s", 120.0), look_again_s=0.5),
                RefundSettings(again_s=0.5, slowest_s=2.0, request_life_s=1.0),
                SweepSettings(every_s=limits.get("sweep_s", 600.0)),
                payouts=self.payout_limits,
                ticket_unknown=self.ticket_unknown,
                ticket_failed=self.ticket_failed,
                card=CardFlowSettings(
                    choose_s=limits.get("choose_s", 60.0),
                    ask_limit_s=40.0,
                    ask_again_s=0.5,
                    silence_limit_s=limits.get("silence_s", 300.0),
                    typing_limit_s=limits.get("typing_s", 900.0),
                ),
                settlements=SettlementSettings(again_s=0.5, slowest_s=2.0),
                health=GatheringSettings(stuck_s=limits.get("stuck_s", 900.0)),
            ),
        )
        self.engine.checkout.subscribe(self.states.append)
        tasks: list[asyncio.Task[Any]] = []

        def spawn(coro: Any, name: str) -> asyncio.Task[Any]:
            tasks.append(asyncio.create_task(coro, name=name))
            return tasks[-1]

        await self.engine.start(spawn, "test")
        try:
            yield self
        finally:
            await self.engine.close(limits.get("close_s", 5.0))
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert [each for each in ended if isinstance(each, Exception)] == []

    @property
    def state(self) -> CheckoutState:
        return self.engine.checkout.state

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a published state that fulfils the condition; fails by time-out."""
        changed = asyncio.Event()
        stop = self.engine.checkout.subscribe(lambda _: changed.set())
        async with asyncio.timeout(5):
            while not condition():
                await changed.wait()
                changed.clear()
        stop()

    async def stage(self, *stages: Stage) -> CheckoutState:
        await self.until(lambda: self.state.stage in stages)
        return self.state

    async def open(self) -> str:
        await self.engine.checkout.open(BASKET, PaymentChoice(Method.PIX), "pt")
        return self.bank.only_txid if self.bank.charges else ""

    async def open_card(self, method: Method = Method.CREDIT, installments: int = 1) -> str:
        """Ask for a card; the sale's id once the terminal has it, or the sale is over."""
        await self.engine.checkout.open(BASKET, PaymentChoice(method, installments), "pt")
        await self.until(lambda: self.state.stage not in (Stage.IDLE, Stage.PREPARING))
        return self.state.sale_id

    async def states_of(self, sale_id: str) -> dict[str, str]:
        """The state of each of the sale's machines, attentions apart; the newest of a kind wins."""
        subjects = await self.journal.of_sale(sale_id)
        return {each.machine.value: each.state for each in subjects if each.machine is not Machine.ATTENTION}

    async def subject(self, subject_id: str) -> Subject:
        found = await self.journal.get(subject_id)
        assert found is not None
        return found

    async def ends(self, txid: str) -> tuple[str, str]:
        """States of the attempt and of its sale."""
        attempt = await self.subject(txid)
        return attempt.state, (await self.subject(attempt.sale_id)).state

    async def attentions(self, state: str = "open") -> list[str]:
        return [each.text("trouble") for each in await self.journal.find(Machine.ATTENTION, state)]

    @property
    def basket(self) -> Basket:
        return BASKET

    @property
    def bank_poller(self) -> PixPoller:
        """The poll loop of the first bank."""
        return next(iter(self.engine.banks)).poller


async def wait_for_state(world: World, subject_id: str, state: str) -> None:
    async with asyncio.timeout(5):
        while (await world.subject(subject_id)).state != state:
            await world.clock.sleep(0.5)


async def wait_until(world: World, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await world.clock.sleep(0.5)
