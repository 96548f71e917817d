"""The world around a kiosk that dies while a reader takes a card: its acquirer's books and a printer, that live on."""

from __future__ import annotations

import asyncio
import random
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from hardware.sim.printer import SimulatedPrinter
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from hardware.sim.smart_pos.store import PosStatus
from providers.gopag.settings import GopagPatience, GopagSettings
from providers.sim.ca import CertificateSet
from providers.sim.gopag import GopagSimulator
from providers.sim.gopag_ledger import Customer
from tests.faults.kiosk_child import CardErrand, Errand
from tests.faults.lives import Lives
from tests.faults.reader_watch import GopagErrand, SmartPosErrand
from tests.faults.telling import Stage
from totem.services.journal import verify

SECRET: Final = "um-segredo-de-exemplo-bem-longo-"
QUICK: Final = GopagPatience(
    poll_s=0.005, lock_s=0.2, margin_s=0.2, absence_s=0.0, search_s=0.2, second_look_s=0.01, calls_per_minute=60_000
)
"""GoPag's own times are minutes. What was sent before a death is carried out before the next life begins, so that an
absence counts at once; and a recovery asks as often whenever it starts, so that its moments are found again."""
_TAPS_AFTER_S: Final = 0.05
"""Long enough for the kiosk to store that its sale has begun."""


class Reader(Protocol):
    @property
    def errand(self) -> CardErrand: ...

    async def rest(self) -> None:
        """Until what a dead kiosk sent is carried out."""
        ...

    def sales(self) -> list[str]:
        """What became of each at the acquirer: `approved`, `refunded`, or anything else, by which nothing was taken."""
        ...


class SmartPosReader:
    def __init__(self, pos: SimulatedSmartPos) -> None:
        self._pos = pos
        self.errand: CardErrand = SmartPosErrand(pos.port, SECRET)

    async def rest(self) -> None:
        await self._pos.until(lambda: not self._pos.is_linked)
        await self._pos.until(lambda: all(each.status is not PosStatus.PROCESSING for each in self._pos.transactions()))

    def sales(self) -> list[str]:
        known = self._pos.transactions()
        back = {each.original for each in known if each.original and each.status is PosStatus.APPROVED}
        return ["refunded" if each.id in back else each.status.value for each in known if not each.original]


@asynccontextmanager
async def smart_pos(folder: Path, _: CertificateSet) -> AsyncIterator[Reader]:
    pos = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET, auto_delay_s=_TAPS_AFTER_S), folder / "pos.jsonl")
    # A store younger than the sale could have forgotten it, and its "not found" would prove nothing.
    pos.store.renew(datetime.now(UTC) - timedelta(hours=1))
    await pos.start()
    yield SmartPosReader(pos)
    await pos.close()


class GopagReader:
    def __init__(self, simulator: GopagSimulator, made: CertificateSet) -> None:
        self._simulator = simulator
        settings = simulator.settings
        self.errand: CardErrand = GopagErrand(
            GopagSettings(
                token=settings.access_token,
                marketplace=settings.marketplace,
                seller=settings.seller,
                terminal=settings.terminals[0].id,
                certificate=made.client.cert,
                key=made.client.key,
                ca=made.ca,
                base_url=simulator.base_url,
                can_void=True,
                patience=QUICK,
                public_roots=False,
            )
        )

    async def rest(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            await asyncio.gather(*tuple(self._simulator._wire._tasks), return_exceptions=True)

    def sales(self) -> list[str]:
        known = self._simulator.ledger()["transactions"]
        return [
            "refunded" if each["voided_cents"] else "approved" if each["status"] == "succeeded" else each["status"]
            for each in known
        ]


@asynccontextmanager
async def gopag(_: Path, made: CertificateSet) -> AsyncIterator[Reader]:
    simulator = GopagSimulator(made, rng=random.Random(5))
    await simulator.start()
    simulator.set_customer(Customer.APPROVES)
    yield GopagReader(simulator, made)
    await simulator.stop()


READERS: Final = {"smartpos": smart_pos, "gopag": gopag}


@dataclass(frozen=True, slots=True)
class ReaderStory:
    """An approved sale at the reader of that name."""

    name: str
    end: str = "ticket"
    act: str = "card"

    @property
    def key(self) -> str:
        return self.name


class ReaderWorld(Lives):
    """A reader's acquirer and a printer that outlive the kiosks of one telling of a story."""

    def __init__(self, errand: Errand, reader: Reader, printer: SimulatedPrinter, stage: Stage) -> None:
        super().__init__(errand, stage)
        self.reader = reader
        self.printer = printer

    async def rest(self) -> None:
        async with asyncio.timeout(10):
            await self.reader.rest()
            await self.printer.until(lambda: self.printer.snapshot()["connections"] == 0)

    def state(self) -> str:
        """All that a recovery can tell apart, without ids and times: journal, books and paper."""
        return repr((*self.told(), self.reader.sales(), [ticket.complete for ticket in self.printer.tickets()]))

    async def check(self) -> str:
        """Books, paper and journal agree; returns what became of the money."""
        report = verify(self.errand.journal.path, self.errand.journal.key_file)
        assert report.ok, report.faults
        assert not self.printer.unknown
        return _Books(self).judge()


class _Books:
    """The three books side by side, at the end of a story."""

    def __init__(self, world: ReaderWorld) -> None:
        self.subjects = world.rows("SELECT machine, state, id FROM subjects")
        self.sales = world.reader.sales()
        self.whole = [ticket for ticket in world.printer.tickets() if ticket.complete and ticket.qr_payloads]
        self.named = [
            subject.rsplit("/", 1)[-1]
            for machine, state, subject in self.subjects
            if machine == "attention" and state == "open"
        ]

    def states(self, machine: str) -> list[str]:
        return sorted(state for each, state, _ in self.subjects if each == machine)

    def judge(self) -> str:
        assert not set(self.states("attempt")) & {"intended", "pending", "unknown"}
        kept, back = self.sales.count("approved"), self.sales.count("refunded")
        assert kept + back <= 1, "charged twice"
        assert len(self.whole) <= 1, "two tickets for one sale"
        assert self.states("attempt").count("approved") == kept + back, "an approval of which one book is silent"
        assert self.states("compensation").count("done") == back, "a refund of which one book is silent"
        if kept:
            return self._kept()
        assert not self.whole, "a ticket without its money"
        assert not self.named
        assert set(self.states("sale")) <= {"compensated" if back else "abandoned"}
        return "given back" if back else "nothing taken"

    def _kept(self) -> str:
        if self.states("ticket") == ["printed"]:
            assert (self.states("sale"), len(self.whole), self.named) == (["completed"], 1, [])
            return "ticket"
        assert self.named, "money kept without goods, and nobody is told"
        if "unknown" in self.states("ticket"):
            assert (self.states("sale"), self.named) == (["needs_attention"], ["PRN-007"])
            return "ticket unknown, and named"
        # Cut between its step and its call: nobody voids unasked what may have been voided.
        assert self.states("compensation") == ["unknown"], "money kept without goods or a way back"
        return "refund unknown, and named"


@asynccontextmanager
async def new_reader_world(stage: Stage, story: ReaderStory) -> AsyncIterator[ReaderWorld]:
    folder = stage.folder / secrets.token_hex(4)
    folder.mkdir()
    assert stage.authority is not None
    printer = SimulatedPrinter()
    await printer.start()
    try:
        async with READERS[story.name](folder, stage.authority) as reader:
            yield ReaderWorld(Errand(folder, None, printer.port, card=reader.errand), reader, printer, stage)
    finally:
        await printer.stop()
        shutil.rmtree(folder)
