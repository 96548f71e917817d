"""The world around a kiosk that dies in a card sale: an acquirer with its books, and a printer, that live on."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hardware.sim.printer import SimulatedPrinter
from tests.faults.acquirers import Acquirer, NewAcquirer, Taken
from tests.faults.kiosk_child import Errand
from tests.faults.telling import Stage
from tests.faults.watch import Kill, tear
from totem.services.journal import verify

KILLED = -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class CardStory:
    """What befalls the sale's first life, the acquirer brings, and nothing befalls the others."""

    name: str
    end: str
    acquirer: NewAcquirer
    confirms: bool = True
    """Whether an approval waits for a word of the kiosk's."""
    act: str = "card"

    @property
    def key(self) -> str:
        return self.name


class CardWorld:
    """An acquirer and a printer that outlive the kiosks of one telling of a story."""

    def __init__(
        self, folder: Path, acquirer: Acquirer, printer: SimulatedPrinter, stage: Stage, *, confirms: bool
    ) -> None:
        self._zygote = stage.zygote
        self._lives = 0
        self._acquirer = acquirer
        self._confirms = confirms
        self.printer = printer
        self.errand = Errand(folder, None, printer.port, acquirer.at)

    # --- what happens -----------------------------------------------------------------------------------------------

    async def live(self, act: str = "") -> list[str]:
        """One life to its end; its moments."""
        code = await self._live(act, None)
        assert code == 0, f"a kiosk ended with {code}"
        return self.errand.moments_file.read_text(encoding="utf-8").splitlines()

    async def die(self, kill: Kill, act: str = "") -> None:
        """One life that ends at that moment; then acquirer and printer do what they were asked."""
        code = await self._live(act, kill)
        assert code == KILLED, f"a life that never came to {kill} ended with {code}"
        await self._rest()
        if kill.torn is not None:
            tear(self.errand.journal, self.errand.side, kill)

    async def _live(self, act: str, kill: Kill | None) -> int:
        self._lives += 1
        return await self._zygote.live(replace(self.errand, act=act, kill=kill, seed=self._lives))

    async def _rest(self) -> None:
        """What the dead kiosk sent before is carried out; nothing of it comes later."""
        async with asyncio.timeout(10):
            await self._acquirer.rest()
            await self.printer.until(lambda: self.printer.snapshot()["connections"] == 0)

    # --- what can be seen -------------------------------------------------------------------------------------------

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if not self.errand.journal.path.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.errand.journal.path}?mode=ro", uri=True)) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'subjects'").fetchone():
                return []
            return db.execute(query).fetchall()

    def state(self) -> str:
        """All that a recovery can tell apart, without ids and times: journal, ledger and paper."""
        subjects = Counter(self.rows("SELECT machine, state FROM subjects"))
        notes = Counter(kind for (kind,) in self.rows("SELECT kind FROM entries WHERE machine = ''"))
        told = {kind: count for kind, count in notes.items() if kind not in _IDLE_NOTES}
        ledger = [(each.state, each.amount_cents) for each in self.sales]
        paper = [ticket.complete for ticket in self.printer.tickets()]
        return repr((sorted(subjects.items()), sorted(told.items()), ledger, paper))

    @property
    def sales(self) -> list[Taken]:
        return self._acquirer.sales()

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
        books = _Books(self)
        return books.judge(more_sales=more_sales) if self._confirms else books.judge_without_confirmations()


_IDLE_NOTES = ("kiosk.started", "kiosk.stopped", "pix.swept")


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

    def taken(self, state: str) -> int:
        return sum(each.state == state for each in self.sales)

    def judge_without_confirmations(self) -> str:
        """What was approved is kept for a ticket, or went back; recovery asks until it knows."""
        assert not self.unknown
        assert not set(self.states("attempt")) & {"intended", "pending", "unknown"}
        assert not set(self.states("compensation")) & {"intended", "sent", "unknown"}
        kept, back = self.taken("approved"), self.taken("refunded")
        assert self.states("attempt").count("approved") == kept + back, "an approval of which one book is silent"
        assert self.states("compensation").count("done") == back, "a refund of which one book is silent"
        if kept and "unknown" in self.states("ticket"):
            assert (self.states("sale"), self.attentions) == (["needs_attention"], ["PRN-007"])
            return "kept, its ticket unknown and named"
        assert self.states("ticket").count("printed") == kept, "money kept without a ticket, or the reverse"
        if kept:
            assert (self.states("sale"), self.attentions) == (["completed"], [])
            assert len(self.whole) == 1
            return "ticket"
        assert not self.whole, "a ticket without its money"
        assert not self.attentions
        assert set(self.states("sale")) <= {"compensated" if back else "abandoned"}
        return "given back" if back else "nothing taken"

    def judge(self, *, more_sales: bool) -> str:
        assert not self.unknown
        assert not set(self.states("settlement")) & {"deciding", "confirming", "undoing"}
        assert not set(self.states("compensation")) & {"intended", "sent", "unknown"}
        assert len({code for ticket in self.whole for code in ticket.qr_payloads}) == len(self.whole), "printed twice"
        confirmed, pending = self.taken("confirmed"), self.taken("pending")
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
        undone = self.taken("undone")
        assert set(self.states("sale")) <= ({"compensated"} if "approved" in self.states("attempt") else {"abandoned"})
        return "undone" if undone else "nothing taken"


@asynccontextmanager
async def new_card_world(stage: Stage, story: CardStory) -> AsyncIterator[CardWorld]:
    folder = stage.folder / secrets.token_hex(4)
    folder.mkdir()
    printer = SimulatedPrinter()
    await printer.start()
    try:
        async with story.acquirer(folder, stage.authority) as acquirer:
            yield CardWorld(folder, acquirer, printer, stage, confirms=story.confirms)
    finally:
        await printer.stop()
        shutil.rmtree(folder)
