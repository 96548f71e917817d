"""A kiosk without a screen in a process of its own, which dies by SIGKILL at a numbered moment of its journal."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.printer.driver import EscPosPrinter
from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.links import NetworkLink
from hardware.printer.profile import EPSON_80
from providers.pix.sicredi import SicrediSettings, open_sicredi
from totem.bootstrap.engine import Engine, EngineSettings, Ports
from totem.bootstrap.tuning import texts_of_assets
from totem.bootstrap.press import EncoderPress
from totem.domain.catalogue import Basket, Service
from totem.domain.machine import ATTEMPT_UNRESOLVED, Machine
from totem.domain.money import Money
from totem.services.charges import ChargeSettings
from totem.services.checkout import CheckoutSettings
from totem.services.clock import SystemClock
from totem.services.journal import CommitPoint, JournalSettings, open_journal
from totem.services.poller import PollSettings
from totem.services.refunds import RefundSettings
from totem.services.state import CheckoutState, Stage
from totem.services.ticket import TicketSettings

PRICE_CENTS = 4500
SERVICE = Service("wash", {"pt": "Lavagem completa"}, Money(PRICE_CENTS))


@dataclass(frozen=True, slots=True)
class Errand:
    """What one life of the kiosk is to do. `act`: "pay" waits for the ticket, "cancel" cancels, "" only recovers."""

    folder: Path
    bank: SicrediSettings
    printer_port: int
    act: str = ""
    kill_at: int = 0
    """The moment of the journal at which it dies; 0: never."""
    seed: int = 1

    @property
    def journal(self) -> JournalSettings:
        return JournalSettings(self.folder / "journal.sqlite3", self.folder / "journal.key", reserve_bytes=1 << 16)

    @property
    def moments_file(self) -> Path:
        return self.folder / "moments"


def live(errand: Errand) -> None:
    """One life; what it counted lies in `moments_file` if it lived to its end."""
    moments: list[str] = []

    def at_point(point: CommitPoint, seq: int) -> None:
        moments.append(f"{seq} {point.value}")
        if len(moments) == errand.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(_life(errand, at_point))
    errand.moments_file.write_text("\n".join(moments), encoding="utf-8")


async def _life(errand: Errand, at_point: Any) -> None:
    clock = SystemClock()
    settings = errand.journal
    journal = await open_journal(
        JournalSettings(settings.path, settings.key_file, reserve_bytes=settings.reserve_bytes, at_point=at_point),
        clock,
    )
    printer = EscPosPrinter("kill", NetworkLink("127.0.0.1", errand.printer_port), EPSON_80)
    press = EncoderPress(ReceiptEncoder(EPSON_80, {}), printer, TicketSettings("LAVA JATO"), texts_of_assets(), "pt")
    provider = await open_sicredi(errand.bank, clock)
    engine = Engine(
        Ports(journal, (provider,), printer, press, clock, random.Random(errand.seed)),
        EngineSettings(
            CheckoutSettings("KILL"),
            charges=ChargeSettings(request_life_s=0.3),
            refunds=RefundSettings(again_s=0.05, slowest_s=0.1, request_life_s=0.3),
            polling=PollSettings(first_s=0.05, after_end_s=(0.2, 0.2, 0.4, 0.4, 1.0, 1.0)),
        ),
    )
    tasks: set[asyncio.Task[Any]] = set()

    def spawn(coro: Any, name: str) -> asyncio.Task[Any]:
        task = asyncio.create_task(coro, name=name)
        tasks.add(task)
        return task

    try:
        await engine.start(spawn, "kill-test")
        if errand.act:
            await _customer(engine, errand.act)
        await engine.queue.wait_quiet()
        while await journal.find(Machine.ATTEMPT, *ATTEMPT_UNRESOLVED):
            await clock.sleep(0.01)
        await engine.queue.wait_quiet()
        await engine.refunds.wait_quiet()
    finally:
        await engine.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _customer(engine: Engine, act: str) -> None:
    ended = asyncio.Event()

    def watch(state: CheckoutState) -> None:
        if state.stage in (Stage.COMPLETED, Stage.STOPPED, Stage.OUT_OF_SERVICE):
            ended.set()

    engine.checkout.subscribe(watch)
    await engine.checkout.open(Basket().with_quantity(SERVICE, 1), "pix", "pt")
    if act == "cancel":
        await engine.checkout.cancel()
    await ended.wait()
    await engine.checkout.acknowledge()
