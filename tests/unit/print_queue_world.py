"""A print queue on two scripted printers and a real journal, without screen, bank or restart."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.scaled_clock import ScaledClock
from tests.support.scripted import PlainPress, ScriptedBank, ScriptedPrinter
from totem.domain.catalogue import Basket, Service
from totem.domain.errors import Trouble
from totem.domain.machine import Machine
from totem.domain.money import Money
from totem.domain.ports import ChargeRequest, PrintOutcome
from totem.domain.records import Entry, Subject
from totem.services.allocation import LatePolicy
from totem.services.banks import Banks, BreakerSettings
from totem.services.ids import new_sale_id, new_txid, ticket_id_of
from totem.services.journal import JournalSettings, SqliteJournal, open_journal
from totem.services.payments import PaymentSettings, PixPayments
from totem.services.print_queue import PrintNews, PrintQueue, QueueSettings, Station
from totem.services.printing import ReturnSale

SETTINGS = QueueSettings(patience_s=60.0, look_again_s=0.5)
BASKET = Basket().with_quantity(Service("wash", {"pt": "Lavagem"}, Money(4500)), 1)


@dataclass
class MeddlingPress(PlainPress):
    """Something happens while a ticket is encoded."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    def __post_init__(self) -> None:
        super().__init__()

    async def encode(self, sale: Subject, ticket: Subject, job_id: int, *, second_copy: bool = False) -> bytes:
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            await act()
        return await super().encode(sale, ticket, job_id, second_copy=second_copy)


@dataclass
class SlowPrinter(ScriptedPrinter):
    """Takes a job, and prints it when it may."""

    name: str = "slow"
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    jobs: list[int] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None
    """Happens once its next job has begun."""

    async def print(self, job_id: int, data: bytes) -> PrintOutcome:
        self.jobs.append(job_id)
        self.began.set()
        await self.may_end.wait()
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            await act()
        return await super().print(job_id, data)


class QueueWorld:
    """`main` and `spare` print; `news` is what the checkout was told."""

    def __init__(self, journal: SqliteJournal, clock: ScaledClock) -> None:
        self.journal = journal
        self.clock = clock
        self.random = random.Random(1)
        self.bank = ScriptedBank(clock)
        self.main = SlowPrinter("main")
        self.main.may_end.set()
        self.spare = ScriptedPrinter("spare")
        self.press = MeddlingPress()
        self.news: list[tuple[PrintNews, Trouble | None]] = []
        self.heard: Callable[[str, PrintNews], Awaitable[None]] | None = None
        banks = Banks((self.bank,), clock, BreakerSettings())
        self.payments = PixPayments(journal, banks, clock, self.random, PaymentSettings("KX", LatePolicy.HONOUR))
        self.queue = self.new_queue()

    def new_queue(
        self,
        settings: QueueSettings = SETTINGS,
        *,
        spare: bool = True,
        return_sale: ReturnSale | None = None,
    ) -> PrintQueue:
        stations = (Station(self.main, self.press), *((Station(self.spare, PlainPress()),) if spare else ()))
        back = return_sale or self.payments.return_sale
        self.queue = PrintQueue(self.journal, stations, self.clock, settings, back, self._on_news)
        return self.queue

    async def _on_news(self, sale_id: str, news: PrintNews, trouble: Trouble | None) -> None:
        self.news.append((news, trouble))
        if self.heard is not None:
            await self.heard(sale_id, news)

    async def pay(self, *, to_claim: bool = False) -> str:
        """`to_claim`: its customer had left when the money came, and the owner honours it."""
        sale_id = new_sale_id("KX", self.clock.now(), self.random)
        request = ChargeRequest(new_txid("KX", self.random), BASKET.total, 600)
        await self.payments.begin(sale_id, BASKET, "pt")
        await self.payments.intend(sale_id, self.bank.name, request)
        await self.bank.create_charge(request)
        self.bank.pay(request.txid)
        if to_claim:
            await self.payments.give_up_sale(sale_id, Trouble.EXPIRED)
        await self.payments.judge(await self.bank.get_charge(request.txid), shown=not to_claim)
        return sale_id

    async def sell(self) -> str:
        """A paid sale whose ticket came to its end."""
        sale_id = await self.pay()
        self.queue.add(sale_id)
        await self.quiet()
        return sale_id

    async def quiet(self) -> None:
        async with asyncio.timeout(5):
            await self.queue.wait_quiet()

    async def until_news(self, news: PrintNews) -> None:
        async with asyncio.timeout(5):
            while news not in [told for told, _ in self.news]:
                await self.clock.sleep(0.1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[PrintQueue]:
        worker = asyncio.create_task(self.queue.run())
        try:
            yield self.queue
        finally:
            worker.cancel()
            (ended,) = await asyncio.gather(worker, return_exceptions=True)
            assert isinstance(ended, asyncio.CancelledError), ended

    # --- what is in the journal -------------------------------------------------------------------------------------

    async def ticket(self, sale_id: str) -> Subject:
        found = await self.journal.get(ticket_id_of(sale_id))
        assert found is not None
        return found

    async def states(self, sale_id: str) -> tuple[str, str]:
        """Of the sale and its ticket."""
        sale = await self.journal.get(sale_id)
        assert sale is not None
        return sale.state, (await self.ticket(sale_id)).state

    async def ticket_steps(self, sale_id: str) -> list[Entry]:
        return [each for each in await self.journal.entries(sale_id) if each.kind == "ticket"]

    async def attentions(self, sale_id: str, state: str) -> list[str]:
        subjects = await self.journal.of_sale(sale_id)
        found = [each for each in subjects if each.machine is Machine.ATTENTION and each.state == state]
        return [each.text("trouble") for each in found]


@asynccontextmanager
async def queue_world(folder: Path, factor: float = 100.0) -> AsyncIterator[QueueWorld]:
    clock = ScaledClock(factor)
    settings = JournalSettings(folder / "journal.sqlite3", folder / "journal.key", reserve_bytes=1 << 16)
    journal = await open_journal(settings, clock)
    try:
        yield QueueWorld(journal, clock)
    finally:
        await journal.close()
