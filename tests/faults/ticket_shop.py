"""A kiosk that only prints: real journal, payments, queue and driver, on simulated printers that outlive it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from hardware.printer.conversation import PrinterLimits
from hardware.printer.driver import EscPosPrinter
from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.links import NetworkLink
from hardware.printer.profile import EPSON_80
from hardware.sim.printer import SimPrinterSettings, SimulatedPrinter
from tests.support.scripted import ScriptedBank
from totem.bootstrap.engine import Engine, EngineSettings, Ports
from totem.bootstrap.evidence import JournalView, PaperTicket, read_journal
from totem.bootstrap.paper import read_ticket
from totem.bootstrap.press import EncoderPress
from totem.bootstrap.tuning import texts_of_assets
from totem.domain.catalogue import Basket, Service
from totem.domain.money import Money
from totem.domain.ports import ChargeRequest, PrintResult
from totem.services.clock import SystemClock
from totem.services.ids import new_sale_id, new_txid
from totem.services.journal import JournalSettings, SqliteJournal, open_journal
from totem.services.payments import PixPayments
from totem.services.pix_flow import PixFlowSettings
from totem.services.print_queue import Asker, PrintQueue, QueueSettings, ReprintAnswer, Station
from totem.services.refunds import RefundSettings
from totem.services.ticket import TicketSettings

SERVICE = Service("wash", {"pt": "Lavagem completa"}, Money(4500))
BASKET = Basket().with_quantity(SERVICE, 1)
KIOSK = "LAB"

LIMITS = PrinterLimits(
    connect_s=0.2,
    status_s=0.15,
    write_s=0.2,
    job_s=0.8,
    poll_s=0.03,
    settle_s=0.03,
    silence_s=0.3,
    drain_s=0.2,
    close_s=1.0,
    chunk_bytes=256,
)
"""Small chunks, so that a job has many middles; short waits, so that a thousand jobs fit a minute."""
QUEUE = QueueSettings(patience_s=0.8, look_again_s=0.03, reprint_window_s=1.0)
# The scripted bank answers at once or never got it: nothing of a dead kiosk can still be carried out.
REFUNDS = RefundSettings(again_s=0.05, slowest_s=0.2, request_life_s=0.0)

QUEUED_ONLY = replace(EPSON_80, name="queued-only", has_process_id=False)
"""Confirms by GS r alone, as lesser printers do."""


class TicketShop:
    """Open it, sell, close it, any number of times; its printers are the world's."""

    def __init__(self, folder: Path, encoders: dict[str, ReceiptEncoder], chance: random.Random) -> None:
        self.folder = folder
        self.clock = SystemClock()
        self.chance = chance
        self.bank = ScriptedBank(self.clock)
        self.main = SimulatedPrinter()
        self.spare = SimulatedPrinter(SimPrinterSettings(has_process_id=False))
        self.settings = QUEUE
        self.limits = LIMITS
        self._encoders = encoders
        self._texts = texts_of_assets()
        self.journal: SqliteJournal
        self.engine: Engine
        self._printers: list[EscPosPrinter] = []
        self._tasks: list[asyncio.Task[Any]] = []

    @staticmethod
    def encoders() -> dict[str, ReceiptEncoder]:
        """Made once for all shops: they cost more than the rest of a shop."""
        return {profile.name: ReceiptEncoder(profile, {}) for profile in (EPSON_80, QUEUED_ONLY)}

    # --- its life ---------------------------------------------------------------------------------------------------

    async def start_printers(self) -> None:
        for printer in (self.main, self.spare):
            await printer.start()

    async def stop_printers(self) -> None:
        for printer in (self.main, self.spare):
            await printer.stop()

    async def open(self) -> None:
        """A new program on the same journal; recovery is done when this returns."""
        settings = JournalSettings(self.journal_file, self.folder / "journal.key", reserve_bytes=1 << 16)
        self.journal = await open_journal(settings, self.clock)
        self._printers, self._tasks = [], []
        main, spare = self._station("main", self.main), self._station("spare", self.spare, QUEUED_ONLY.name)
        self.engine = Engine(
            Ports(self.journal, (self.bank,), main.printer, main.press, self.clock, self.chance, spares=(spare,)),
            EngineSettings(PixFlowSettings(KIOSK), queue=self.settings, refunds=REFUNDS),
        )
        await self.engine.start(lambda coro, _: self.spawn(coro), "lab")

    @property
    def queue(self) -> PrintQueue:
        return self.engine.queue

    @property
    def payments(self) -> PixPayments:
        return self.engine.payments

    async def close(self) -> None:
        """As a power cut leaves it, whatever still runs: the queue stops where it stands."""
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        wrong = [each for each in ended if isinstance(each, BaseException)]
        assert all(isinstance(each, asyncio.CancelledError) for each in wrong), wrong
        for printer in self._printers:
            await printer.close()
        await self.journal.close()

    def spawn(self, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(coro)
        self._tasks.append(task)
        return task

    def _station(self, name: str, printer: SimulatedPrinter, profile: str = EPSON_80.name) -> Station:
        encoder = self._encoders[profile]
        driver = EscPosPrinter(name, NetworkLink("127.0.0.1", printer.port), encoder.profile, self.limits)
        self._printers.append(driver)
        press = EncoderPress(encoder, driver, TicketSettings("LAVA JATO"), self._texts, "pt")
        return Station(driver, press)

    # --- what happens in it -----------------------------------------------------------------------------------------

    async def pay(self) -> str:
        """A sale that the bank was paid for, its ticket queued in the journal and not yet given to the queue."""
        sale_id = new_sale_id(KIOSK, self.clock.now(), self.chance)
        request = ChargeRequest(new_txid(KIOSK, self.chance), BASKET.total, 600)
        await self.payments.begin(sale_id, BASKET, "pt")
        await self.payments.intend(sale_id, self.bank.name, request)
        await self.bank.create_charge(request)
        self.bank.pay(request.txid)
        await self.payments.judge(await self.bank.get_charge(request.txid), shown=True)
        return sale_id

    async def sell(self) -> tuple[str, PrintResult | None]:
        """A sale from its payment to the end of its ticket."""
        sale_id = await self.pay()
        self.queue.add(sale_id)
        return sale_id, await self.queue.end_of(sale_id)

    async def reprint(self, sale_id: str, by: Asker) -> tuple[ReprintAnswer, PrintResult | None]:
        answer = await self.queue.reprint(sale_id, by)
        return answer, await self.queue.end_of(sale_id)

    # --- what can be seen -------------------------------------------------------------------------------------------

    @property
    def journal_file(self) -> Path:
        return self.folder / "journal.sqlite3"

    def view(self) -> JournalView:
        """The journal's file, read by somebody else."""
        return read_journal(self.journal_file)

    def paper(self) -> list[PaperTicket]:
        """All strips of both printers; one that hangs in the slot is not cut."""
        strips = [("main", each) for each in self.main.tickets()] + [("spare", each) for each in self.spare.tickets()]
        read = [(read_ticket(f"{name}-{strip.index}", strip.data), strip) for name, strip in strips]
        return [replace(paper, is_cut=strip.complete) for paper, strip in read]
