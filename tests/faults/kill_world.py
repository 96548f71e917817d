"""The world around a kiosk that dies: a bank and a printer that live on, and the books that must agree in the end."""

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
from providers.pix.sicredi import SicrediSettings
from providers.sim.bank import SicrediBank
from providers.sim.faults import Fault, Operation, PayAt
from tests.faults.kiosk_child import PRICE_CENTS, Errand
from tests.faults.telling import Stage
from tests.faults.watch import Kill, tear
from totem.services.journal import verify

KILLED = -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Story:
    """`act` of the kiosk's first life. The customer pays `pays_cents` at the first question about the charge, or while
    the kiosk is dead, if the code was displayed by then; None never pays."""

    name: str
    act: str
    pays_cents: int | None
    pays_alive: bool
    end: str
    """How it ends without a kill."""

    @property
    def key(self) -> int | None:
        return self.pays_cents


class World:
    """A bank and a printer that outlive the kiosks of one telling of a story."""

    def __init__(self, folder: Path, bank: SicrediBank, printer: SimulatedPrinter, stage: Stage, story: Story) -> None:
        authority = stage.authority
        assert authority is not None
        self._zygote = stage.zygote
        self._story = story
        self._lives = 0
        self.bank = bank
        self.printer = printer
        account = SicrediSettings(
            client_id=bank.settings.client_id,
            client_secret=bank.settings.client_secret,
            certificate=authority.client.cert,
            key=authority.client.key,
            ca=authority.ca,
            pix_key=bank.settings.keys[0],
            base_url=bank.base_url,
            calls_per_minute=6000,
            public_roots=False,
        )
        self.errand = Errand(folder, account, printer.port)

    # --- what happens -----------------------------------------------------------------------------------------------

    async def live(self, act: str = "") -> list[str]:
        """One life to its end; its moments."""
        code = await self._live(act, None)
        assert code == 0, f"a kiosk ended with {code}"
        return self.errand.moments_file.read_text(encoding="utf-8").splitlines()

    async def die(self, kill: Kill, act: str = "") -> None:
        """One life that ends at that moment; then bank and printer do what they were asked, and the customer pays."""
        code = await self._live(act, kill)
        assert code == KILLED, f"a life that never came to {kill} ended with {code}"
        await self._rest()
        if kill.torn is not None:
            tear(self.errand.journal, self.errand.side, kill)
        self.bank.clear_faults()
        self._pay_what_was_shown()

    async def _live(self, act: str, kill: Kill | None) -> int:
        self._lives += 1
        return await self._zygote.live(replace(self.errand, act=act, kill=kill, seed=self._lives))

    async def _rest(self) -> None:
        """What the dead kiosk sent before is carried out; nothing of it comes later."""
        for _ in range(3):
            await asyncio.sleep(0)
            await asyncio.gather(*tuple(self.bank._wire._tasks), return_exceptions=True)
        await self.printer.until(lambda: self.printer.snapshot()["connections"] == 0)

    def _pay_what_was_shown(self) -> None:
        """The phone has the code if it was on a screen: the money goes out while the kiosk is dead."""
        if self._story.pays_cents is None:
            return
        for kind, txid in self._rows("SELECT kind, subject_id FROM entries"):
            if kind == "charge.displayed" and not self.bank.ledger()["pix"]:
                self.bank.pay(txid=txid, amount_cents=self._story.pays_cents)

    # --- what can be seen -------------------------------------------------------------------------------------------

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        if not self.errand.journal.path.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.errand.journal.path}?mode=ro", uri=True)) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'subjects'").fetchone():
                return []
            return db.execute(query).fetchall()

    def state(self) -> str:
        """All that a recovery can tell apart, without ids and times: journal, ledger and paper."""
        subjects = Counter(self._rows("SELECT machine, state FROM subjects"))
        notes = Counter(kind for (kind,) in self._rows("SELECT kind FROM entries WHERE machine = ''"))
        told = {kind: count for kind, count in notes.items() if kind not in _IDLE_NOTES}
        ledger = self.bank.ledger()
        charges = sorted((charge["status"], charge["amount_cents"]) for charge in ledger["charges"])
        refunds = [(each["status"], each["amount_cents"]) for pix in ledger["pix"] for each in pix["refunds"]]
        paper = [ticket.complete for ticket in self.printer.tickets()]
        paid = sorted(pix["amount_cents"] for pix in ledger["pix"])
        return repr((sorted(subjects.items()), sorted(told.items()), charges, paid, sorted(refunds), paper))

    async def check(self) -> str:
        """Ledger, paper and journal agree; returns what became of the money, for the count."""
        report = verify(self.errand.journal.path, self.errand.journal.key_file)
        assert report.ok, report.faults
        return _Books(self).judge()


_IDLE_NOTES = ("kiosk.started", "kiosk.stopped", "pix.swept")


class _Books:
    """The three books side by side, at the end of a story."""

    def __init__(self, world: World) -> None:
        rows = world._rows("SELECT machine, state, id FROM subjects")
        self.subjects = [(str(machine), str(state), str(subject)) for machine, state, subject in rows]
        self.ledger = world.bank.ledger()
        self.whole = [ticket for ticket in world.printer.tickets() if ticket.complete]
        self.unknown = world.printer.unknown

    def states(self, machine: str) -> list[str]:
        return sorted(state for each, state, _ in self.subjects if each == machine)

    def judge(self) -> str:
        assert not self.unknown
        assert not [charge for charge in self.ledger["charges"] if charge["status"] == "ATIVA"], "can still be paid"
        assert not set(self.states("attempt")) & {"intended", "pending", "unknown"}
        assert not set(self.states("compensation")) & {"intended", "sent", "unknown"}
        assert len(self.whole) <= 1, "two tickets for one sale"
        assert len(self.states("ticket")) <= 1
        paid_cents = sum(pix["amount_cents"] for pix in self.ledger["pix"])
        returned_cents = self._returned_cents()
        named = self.states("attention").count("open")
        if not paid_cents:
            assert self.states("attempt").count("approved") == 0
            assert (self.whole, self.states("ticket"), named) == ([], [], 0)
            assert set(self.states("sale")) <= {"abandoned"}
            return "nothing paid"
        assert self.states("attempt").count("approved") == 1
        if self.states("ticket") == ["printed"]:
            assert len(self.whole) == 1
            assert (paid_cents - returned_cents, named) == (PRICE_CENTS, 0)
            assert self.states("sale") == ["completed"]
            return "ticket"
        if self.states("ticket") == ["unknown"]:
            assert (paid_cents, returned_cents, named) == (PRICE_CENTS, 0, 1)
            assert self.states("sale") == ["needs_attention"]
            return "named"
        assert set(self.states("ticket")) <= {"revoked"}
        assert (self.whole, named) == ([], 0)
        assert returned_cents == paid_cents
        assert self.states("sale") == ["compensated"]
        return "refund"

    def _returned_cents(self) -> int:
        """What the ledger gave back: once for each Pix, and by the journal's own ids."""
        returned: dict[str, int] = {}
        for pix in self.ledger["pix"]:
            assert len(pix["refunds"]) <= 1, "two refunds of one Pix"
            for refund in pix["refunds"]:
                assert refund["status"] == "DEVOLVIDO"
                returned[refund["id"]] = refund["amount_cents"]
        done = {subject for machine, state, subject in self.subjects if machine == "compensation" and state == "done"}
        assert done == set(returned), "the journal's refunds are not the bank's"
        return sum(returned.values())


@asynccontextmanager
async def new_world(stage: Stage, story: Story) -> AsyncIterator[World]:
    folder = stage.folder / secrets.token_hex(4)
    folder.mkdir()
    assert stage.authority is not None
    bank, printer = SicrediBank(stage.authority), SimulatedPrinter()
    await bank.start()
    await printer.start()
    if story.pays_alive:
        bank.set_faults([Fault(Operation.GET_CHARGE, PayAt("before", story.pays_cents))])
    try:
        yield World(folder, bank, printer, stage, story)
    finally:
        await bank.stop()
        await printer.stop()
        shutil.rmtree(folder)
