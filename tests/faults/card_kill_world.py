"""The world around a kiosk that dies in a card sale: PayGo with its acquirer's ledger, and a printer, that live on."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hardware.sim.card_ledger import CardTransaction, TransactionState
from hardware.sim.paygo.faults import Fault
from hardware.sim.paygo.settings import PaygoSettings
from hardware.sim.paygo.simulator import SimulatedPaygo
from hardware.sim.printer import SimulatedPrinter
from tests.faults.kiosk_child import Errand
from tests.faults.lives import Lives
from tests.faults.telling import Stage
from totem.services.journal import verify


@dataclass(frozen=True, slots=True)
class CardStory:
    """`fault` befalls the sale's first life, and none after."""

    name: str
    end: str
    fault: Fault | None = None
    act: str = "card"

    @property
    def key(self) -> str:
        return self.name


class CardWorld(Lives):
    """PayGo and a printer that outlive the kiosks of one telling of a story."""

    def __init__(self, folder: Path, paygo: SimulatedPaygo, printer: SimulatedPrinter, stage: Stage) -> None:
        super().__init__(Errand(folder, None, printer.port, paygo.port), stage)
        self.paygo = paygo
        self.printer = printer

    async def rest(self) -> None:
        """What the dead kiosk sent before is carried out; nothing of it comes later."""
        async with asyncio.timeout(10):
            await self.paygo.until(lambda: self.paygo.is_idle)
            await self.printer.until(lambda: self.printer.snapshot()["connections"] == 0)
        self.paygo.clear_faults()

    # --- what can be seen -------------------------------------------------------------------------------------------

    def state(self) -> str:
        """All that a recovery can tell apart, without ids and times: journal, ledger and paper."""
        ledger = [(each.state, each.amount_cents) for each in self.sales]
        paper = [ticket.complete for ticket in self.printer.tickets()]
        return repr((*self.told(), ledger, paper))

    @property
    def sales(self) -> tuple[CardTransaction, ...]:
        return tuple(each for each in self.paygo.transactions() if each.operation == "sale")

    async def check(self) -> str:
        """Ledger, paper and journal agree; returns what became of the money. What is unknown, the next sale settles."""
        end = self._judge()
        if end == "unknown, and named":
            await self.live("card")
            assert self._judge(more_sales=True) != end, "the next sale did not settle it"
        return end

    def _judge(self, *, more_sales: bool = False) -> str:
        report = verify(self.errand.journal.path, self.errand.journal.key_file)
        assert report.ok, report.faults
        return _Books(self).judge(more_sales=more_sales)


class _Books:
    """The three books side by side."""

    def __init__(self, world: CardWorld) -> None:
        self.subjects = world.rows("SELECT machine, state, id, sale_id FROM subjects")
        self.sales = world.sales
        self.whole = [ticket for ticket in world.printer.tickets() if ticket.complete and ticket.qr_payloads]
        self.unknown = world.printer.unknown
        self.attentions = [
            subject.rsplit("/", 1)[-1]
            for machine, state, subject, _ in self.subjects
            if machine == "attention" and state == "open"
        ]

    def states(self, machine: str) -> list[str]:
        return sorted(state for each, state, _, _ in self.subjects if each == machine)

    def taken(self, state: TransactionState) -> int:
        return sum(each.state is state for each in self.sales)

    def judge(self, *, more_sales: bool) -> str:
        assert not self.unknown
        assert not set(self.states("settlement")) & {"deciding", "confirming", "undoing"}
        assert not set(self.states("compensation")) & {"intended", "sent", "unknown"}
        assert len({code for ticket in self.whole for code in ticket.qr_payloads}) == len(self.whole), "printed twice"
        confirmed, pending = self.taken(TransactionState.CONFIRMED), self.taken(TransactionState.PENDING)
        assert self.states("settlement").count("confirmed") == confirmed, "a confirmation of which one book is silent"
        assert self.states("ticket").count("printed") == confirmed, "a confirmation without a ticket, or the reverse"
        assert len(self.whole) >= confirmed
        if more_sales:
            assert not pending
            assert "TEF-005" not in self.attentions or "unknown" in self.states("attempt")
            return "settled"
        return self._of_one_sale(confirmed, pending)

    def _of_one_sale(self, confirmed: int, pending: int) -> str:
        if "unknown" in self.states("attempt"):
            assert "TEF-005" in self.attentions, "an unknown card that nobody is told of"
            assert not self.whole
            return "unknown, and named"
        assert not pending, "left pending without a name"
        assert not set(self.states("attempt")) & {"intended", "pending"}
        if confirmed:
            assert (self.states("sale"), self.attentions) == (["completed"], [])
            return "ticket"
        if "unknown" in self.states("ticket"):
            assert "TEF-010" in self.attentions, "a number that is void, and nobody knows"
            assert self.states("settlement") == ["undone"]
            return "undone, its number void"
        assert not self.whole, "a ticket without its money"
        assert not set(self.attentions) - {"TEF-014"}
        undone = self.taken(TransactionState.UNDONE)
        assert set(self.states("sale")) <= ({"compensated"} if "approved" in self.states("attempt") else {"abandoned"})
        return "undone" if undone else "nothing taken"


@asynccontextmanager
async def new_card_world(stage: Stage, story: CardStory) -> AsyncIterator[CardWorld]:
    folder = stage.folder / secrets.token_hex(4)
    folder.mkdir()
    paygo, printer = SimulatedPaygo(PaygoSettings(), folder / "acquirer.jsonl"), SimulatedPrinter()
    await paygo.start()
    await printer.start()
    if story.fault is not None:
        paygo.script(story.fault)
    try:
        yield CardWorld(folder, paygo, printer, stage)
    finally:
        await paygo.close()
        await printer.stop()
        shutil.rmtree(folder)
