"""The world around a kiosk that dies in a vinti4 sale: SISP with its ledger, the customer's page, and a printer."""

from __future__ import annotations

import asyncio
import re
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
from providers.sim.sisp import SispSimulator
from providers.sim.sisp_faults import Kind, SispFault
from providers.vinti4.settings import Vinti4Patience
from tests.faults.kiosk_child import Errand
from tests.faults.sisp_watch import BrowserDoor, Vinti4Errand
from tests.faults.telling import Stage
from tests.faults.watch import Kill, tear
from tests.support.sisp_browser import Browser, Customer
from tests.support.vinti4_rig import settings_of
from totem.services.journal import verify

KILLED = -signal.SIGKILL
NEVER_S = 1000.0
PATIENCE = Vinti4Patience(
    page_s=NEVER_S, poll_s=NEVER_S, signed_s=0.0, second_look_s=0.0, settle_s=0.0, life_s=0.0, refund_life_s=0.0
)
"""The page has come to its end when the next life begins, so nothing of it can still be paid: lives are 0."""


@dataclass(frozen=True, slots=True)
class Vinti4Story:
    """`fault` befalls the sale's first life."""

    name: str
    end: str
    fault: Kind | None = None
    act: str = "card"

    @property
    def key(self) -> str:
        """Nothing befalls a world any more once its first kiosk is dead: equal states of both stories go on alike."""
        return ""


class Vinti4World:
    """SISP, page and printer that outlive the kiosks of one telling of a story."""

    def __init__(
        self, folder: Path, sisp: SispSimulator, door: BrowserDoor, printer: SimulatedPrinter, stage: Stage
    ) -> None:
        authority = stage.authority
        assert authority is not None
        self._zygote = stage.zygote
        self._lives = 0
        self.sisp = sisp
        self.door = door
        self.printer = printer
        card = Vinti4Errand(settings_of(sisp, authority, kiosk="KILL", patience=PATIENCE), door.port)
        self.errand = Errand(folder, None, printer.port, card=card)

    # --- what happens -----------------------------------------------------------------------------------------------

    async def live(self, act: str = "") -> list[str]:
        """One life to its end; its moments: each commit, each message before and after it went, and a few of the
        printer's, which the other kill tests tell in full."""
        code = await self._live(act, None)
        assert code == 0, f"a kiosk ended with {code}"
        moments = self.errand.moments_file.read_text(encoding="utf-8").splitlines()
        return [moment for moment in moments if _TOLD.match(moment)]

    async def die(self, kill: Kill, act: str = "") -> None:
        """One life that ends at that moment; then SISP, page and printer do what they were asked."""
        code = await self._live(act, kill)
        assert code == KILLED, f"a life that never came to {kill} ended with {code}"
        async with asyncio.timeout(10):
            await self.door.rest()
            await self.printer.until(lambda: self.printer.snapshot()["connections"] == 0)
        self.sisp.clear_faults()
        if kill.torn is not None:
            tear(self.errand.journal, self.errand.side, kill)

    async def _live(self, act: str, kill: Kill | None) -> int:
        self._lives += 1
        return await self._zygote.live(replace(self.errand, act=act, kill=kill, seed=self._lives))

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
        ledger = [(each["code"], each["state"], each["refunded_cents"]) for each in self.books]
        paper = [ticket.complete for ticket in self.printer.tickets()]
        return repr((sorted(subjects.items()), sorted(told.items()), ledger, paper))

    @property
    def books(self) -> list[dict[str, Any]]:
        return list(self.sisp.ledger()["transactions"])

    async def check(self) -> str:
        """Ledger, paper and journal agree; returns what became of the money."""
        report = verify(self.errand.journal.path, self.errand.journal.key_file)
        assert report.ok, report.faults
        return _Books(self).judge()


_TOLD = re.compile(r"journal|page|printer before writing #(13|20|27)$|POST \S+ (before sending|sent|answer read) ")
"""Of the printer: the ticket's first write, one within it, and its last."""
_IDLE_NOTES = ("kiosk.started", "kiosk.stopped")
_OPEN = {
    "attempt": {"intended", "pending", "unknown"},
    "compensation": {"intended", "sent", "unknown"},
    "ticket": {"queued", "sending"},
    "sale": {"open", "paid", "delivering", "compensating"},
}


class _Books:
    """The three books side by side."""

    def __init__(self, world: Vinti4World) -> None:
        self.subjects = world.rows("SELECT machine, state, id FROM subjects")
        self.violations = world.sisp.ledger()["violations"]
        purchases = [each for each in world.books if each["code"] == "1"]
        self.taken = sum(each["amount_cents"] for each in purchases if each["state"] == "approved")
        self.back = sum(each["refunded_cents"] for each in purchases)
        self.whole = [ticket for ticket in world.printer.tickets() if ticket.complete and ticket.qr_payloads]
        self.unknown = world.printer.unknown

    def states(self, machine: str) -> list[str]:
        return sorted(state for each, state, _ in self.subjects if each == machine)

    @property
    def named(self) -> list[str]:
        return [
            subject.rsplit("/", 1)[-1]
            for machine, state, subject in self.subjects
            if machine == "attention" and state == "open"
        ]

    def judge(self) -> str:
        assert not self.unknown
        assert self.violations == [], "a form or a question that SISP does not take"
        for machine, states in _OPEN.items():
            assert not set(self.states(machine)) & states, f"a {machine} without an end: {self.states(machine)}"
        assert len(self.whole) <= 1, "printed twice"
        assert self.back in (0, self.taken)
        assert self.states("compensation").count("done") == (1 if self.back else 0), (
            "a refund of which one book is silent"
        )
        if not self.taken:
            assert (self.whole, self.named) == ([], [])
            assert set(self.states("sale")) <= {"abandoned"}
            assert "approved" not in self.states("attempt")
            return "nothing taken"
        assert self.states("attempt") == ["approved"], "taken, and the journal does not know"
        if self.back:
            assert not self.whole, "a ticket without its money"
            assert (self.states("sale"), self.named) == (["compensated"], [])
            return "given back"
        if self.states("ticket") == ["printed"]:
            assert (len(self.whole), self.states("sale"), self.named) == (1, ["completed"], [])
            return "ticket"
        assert self.named, "kept, and nobody is told"
        assert self.states("sale") == ["needs_attention"]
        return "kept, and named"


@asynccontextmanager
async def new_vinti4_world(stage: Stage, story: Vinti4Story) -> AsyncIterator[Vinti4World]:
    folder = stage.folder / secrets.token_hex(4)
    folder.mkdir()
    assert stage.authority is not None
    sisp, printer = SispSimulator(stage.authority), SimulatedPrinter()
    door = BrowserDoor(Browser(stage.authority.ca), Customer())
    for each in (sisp, door, printer):
        await each.start()
    if story.fault is not None:
        sisp.set_faults([SispFault(story.fault)])
    try:
        yield Vinti4World(folder, sisp, door, printer, stage)
    finally:
        await door.stop()
        await sisp.stop()
        await printer.stop()
        shutil.rmtree(folder)
