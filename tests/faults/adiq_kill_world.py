"""The world around a kiosk that dies while a typed card is paid: Adiq with its ledger, and a printer, that live on."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hardware.sim.printer import SimulatedPrinter
from providers.adiq.requests import CaptureType
from providers.adiq.settings import AdiqPatience
from providers.http.client import Timeouts
from providers.sim.adiq import AdiqSimulator
from providers.sim.adiq_faults import AdiqFault
from tests.faults.adiq_watch import AdiqErrand
from tests.faults.kiosk_child import Errand
from tests.faults.lives import Lives
from tests.faults.telling import Stage
from tests.faults.watch import Kill
from tests.support.adiq_rig import settings_for
from totem.services.journal import verify

AT_ONCE = AdiqPatience(poll_s=0.005, second_look_s=0.0, absence_s=0.0, calls_per_minute=60_000)
"""Adiq is quiet when a life begins, so nothing of an earlier one can still be carried out: lives are 0."""


_AT_PRINTER = ("printer before writing #1", "printer written #1")


def deaths_of(moments: list[str]) -> list[Kill]:
    """Every commit and every message. The printer's other moments and torn writes are died at in `test_kill_points`."""
    return [Kill(each) for each in moments if not each.startswith("printer ") or each in _AT_PRINTER]


@dataclass(frozen=True, slots=True)
class AdiqStory:
    """`fault` befalls the sale's first life, and none after."""

    name: str
    end: str
    capture: CaptureType = CaptureType.AUTOMATIC
    fault: AdiqFault | None = None
    act: str = "card"

    @property
    def key(self) -> tuple[str, CaptureType]:
        return self.name, self.capture


class AdiqWorld(Lives):
    """Adiq and a printer that outlive the kiosks of one telling of a story."""

    def __init__(self, errand: Errand, adiq: AdiqSimulator, printer: SimulatedPrinter, stage: Stage) -> None:
        super().__init__(errand, stage)
        self.adiq = adiq
        self.printer = printer

    async def rest(self) -> None:
        """What the dead kiosk sent before is carried out; nothing of it comes later."""
        async with asyncio.timeout(10):
            for _ in range(3):
                await asyncio.sleep(0)
                await asyncio.gather(*tuple(self.adiq.wire._tasks), return_exceptions=True)
            await self.printer.until(lambda: self.printer.snapshot()["connections"] == 0)
        self.adiq.clear_faults()

    def state(self) -> str:
        """All that a recovery can tell apart, without ids and times: journal, ledger and paper."""
        ledger = [(each["status"], each["cancelled_cents"]) for each in self.payments]
        return repr((*self.told(), ledger, [ticket.complete for ticket in self.printer.tickets()]))

    @property
    def payments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.adiq.ledger()["payments"]
        return found

    async def check(self) -> str:
        """Ledger, paper and journal agree; returns what became of the money."""
        report = verify(self.errand.journal.path, self.errand.journal.key_file)
        assert report.ok, report.faults
        assert self.adiq.ledger()["violations"] == []
        return _Books(self).judge()


class _Books:
    """The three books side by side, at the end of a story."""

    def __init__(self, world: AdiqWorld) -> None:
        self.subjects = world.rows("SELECT machine, state, id FROM subjects")
        self.payments = world.payments
        self.whole = [ticket for ticket in world.printer.tickets() if ticket.complete and ticket.qr_payloads]
        self.unknown = world.printer.unknown
        self.named = [
            subject.rsplit("/", 1)[-1]
            for machine, state, subject in self.subjects
            if machine == "attention" and state == "open"
        ]

    def states(self, machine: str) -> list[str]:
        return sorted(state for each, state, _ in self.subjects if each == machine)

    def judge(self) -> str:
        assert not self.unknown
        assert len(self.payments) <= 1, "charged twice"
        assert len(self.whole) <= 1, "two tickets for one sale"
        assert not set(self.states("attempt")) & {"intended", "pending", "unknown"}
        assert not set(self.states("settlement")) & {"deciding", "confirming", "undoing"}
        status = self.payments[0]["status"] if self.payments else "nothing"
        if status in {"nothing", "DECLINED"}:
            assert "approved" not in self.states("attempt")
            assert (self.whole, self.states("ticket"), self.named) == ([], [], [])
            assert set(self.states("sale")) <= {"abandoned"}
            return "nothing taken"
        assert self.states("attempt") == ["approved"], "money that the journal does not know"
        if self.states("ticket") == ["printed"]:
            assert status == "CAPTURED", "goods without money"
            assert (self.states("sale"), len(self.whole), self.named) == (["completed"], 1, [])
            return "ticket"
        return self._without_ticket(status)

    def _without_ticket(self, status: str) -> str:
        void = "unknown" in self.states("ticket")
        if status == "CAPTURED":
            # Cut between its step and its call, or with the answer on its way: nobody sends it again unasked.
            assert self.states("compensation") == ["unknown"] or void
            assert self.named, "money kept without goods, and nobody is told"
            return "ticket unknown, and named" if self.states("compensation") == [] else "refund unknown, and named"
        assert status in {"CANCELLED", "REFUNDED"}, f"{status} without a ticket"
        assert self.states("compensation") in ([], ["done"])
        assert self.states("settlement") == (["none_needed"] if status == "REFUNDED" else ["undone"])
        if void:
            assert "TEF-010" in self.named, "a number that is void, and nobody knows"
            return "given back, its number void"
        assert not self.whole, "a ticket without its money"
        assert (self.states("sale"), self.named) == (["compensated"], [])
        return "given back"


@asynccontextmanager
async def new_adiq_world(stage: Stage, story: AdiqStory) -> AsyncIterator[AdiqWorld]:
    folder = stage.folder / secrets.token_hex(4)
    folder.mkdir()
    assert stage.authority is not None
    shift_s = _to_noon()
    adiq = AdiqSimulator(stage.authority, now=lambda: datetime.now(UTC) + timedelta(seconds=shift_s))
    printer = SimulatedPrinter()
    await adiq.start()
    await printer.start()
    adiq.set_faults([story.fault] if story.fault is not None else [])
    settings = settings_for(
        adiq, stage.authority, capture=story.capture, patience=AT_ONCE, timeouts=Timeouts(read_s=20.0, total_s=30.0)
    )
    try:
        errand = Errand(folder, None, printer.port, card=AdiqErrand(settings), shift_s=shift_s)
        yield AdiqWorld(errand, adiq, printer, stage)
    finally:
        await adiq.stop()
        await printer.stop()
        shutil.rmtree(folder)


def _to_noon() -> float:
    """How far it is to this day's noon in Brasília, far from every midnight."""
    now = datetime.now(UTC)
    return (now.replace(hour=15, minute=0, second=0, microsecond=0) - now).total_seconds()
