"""SIGKILL at every moment of the journal of a sale, and again at every moment of the recovery that follows.

The moments are enumerated by the journal itself: before each commit, after it, and after its head is sealed. Bank and
printer live on in another process, as they do when a kiosk loses its power. Points are counted, none is skipped.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hardware.sim.printer import SimulatedPrinter
from providers.pix.sicredi import SicrediSettings
from providers.sim.bank import SicrediBank
from providers.sim.ca import CertificateSet, certificates
from providers.sim.faults import Fault, Operation, PayAt
from tests.faults.kiosk_child import PRICE_CENTS, Errand
from tests.faults.zygote import Zygote
from totem.services.journal import verify

KILLED = -signal.SIGKILL
AT_ONCE = 4
"""Stories told side by side: most of a life is waiting for its disk, its bank and its printer."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("authority"))


@dataclass(frozen=True, slots=True)
class Stage:
    """What the stories of one test share."""

    folder: Path
    authority: CertificateSet
    zygote: Zygote


class World:
    """A bank and a printer that outlive the kiosks of one story."""

    def __init__(self, folder: Path, bank: SicrediBank, printer: SimulatedPrinter, stage: Stage) -> None:
        authority = stage.authority
        self._zygote = stage.zygote
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

    async def live(self, act: str = "", kill_at: int = 0) -> int:
        """One life of the kiosk; its exit code."""
        self.errand.moments_file.unlink(missing_ok=True)
        code = await self._zygote.live(replace(self.errand, act=act, kill_at=kill_at))
        assert code in (0, KILLED), f"a kiosk ended with {code}"
        return code

    def moments(self) -> int:
        return len(self.errand.moments_file.read_text(encoding="utf-8").splitlines())

    def customer_pays_what_was_shown(self) -> None:
        """The phone has the code if it was on a screen: the money goes out while the kiosk is dead."""
        for txid in self._displayed():
            self.bank.pay(txid=txid)

    def _displayed(self) -> list[str]:
        if not self.errand.journal.path.exists():
            return []
        with sqlite3.connect(f"file:{self.errand.journal.path}?mode=ro", uri=True) as db:
            rows = db.execute("SELECT subject_id FROM entries WHERE kind = 'charge.displayed'").fetchall()
        return [row[0] for row in rows]

    def check(self) -> str:
        """Ledger, paper and journal agree; returns what became of the money, for the count."""
        report = verify(self.errand.journal.path, self.errand.journal.key_file)
        assert report.ok, report.faults
        with sqlite3.connect(f"file:{self.errand.journal.path}?mode=ro", uri=True) as db:
            states = db.execute("SELECT machine, state, id FROM subjects").fetchall()
        attempts = [state for machine, state, _ in states if machine == "attempt"]
        tickets = [state for machine, state, _ in states if machine == "ticket"]
        named = [subject for machine, state, subject in states if machine == "attention" and state == "open"]
        paid = [pix["amount_cents"] for pix in self.bank.ledger()["pix"]]
        whole = [ticket for ticket in self.printer.tickets() if ticket.complete]
        assert not self.printer.unknown
        assert len(paid) <= 1
        assert len(whole) <= 1, "two tickets for one sale"
        if paid:
            assert paid == [PRICE_CENTS]
            assert attempts == ["approved"]
            assert len(tickets) == 1
            assert (tickets == ["printed"]) != bool(named), (tickets, named)
            assert whole or named
            return "named" if named else "ticket"
        assert whole == []
        assert tickets == []
        assert not set(attempts) & {"approved", "pending", "unknown", "intended"}
        return "nothing paid"


@asynccontextmanager
async def new_world(stage: Stage, *, pays: bool) -> AsyncIterator[World]:
    folder = stage.folder / secrets.token_hex(4)
    folder.mkdir()
    bank, printer = SicrediBank(stage.authority), SimulatedPrinter()
    await bank.start()
    await printer.start()
    if pays:
        bank.set_faults([Fault(Operation.GET_CHARGE, PayAt("before"))])
    try:
        yield World(folder, bank, printer, stage)
    finally:
        await bank.stop()
        await printer.stop()
        shutil.rmtree(folder)


@pytest.mark.parametrize("act", ["pay", "cancel"])
async def test_the_money_is_accounted_for(
    act: str, tmp_path: Path, authority: CertificateSet, capsys: pytest.CaptureFixture[str]
) -> None:
    ends: Counter[str] = Counter()
    async with AsyncExitStack() as stack:
        zygotes = [await stack.enter_async_context(Zygote()) for _ in range(AT_ONCE)]
        stages = [Stage(tmp_path, authority, zygote) for zygote in zygotes]
        async with new_world(stages[0], pays=act == "pay") as world:
            assert await world.live(act) == 0
            moments = world.moments()
            assert world.check() == ("ticket" if act == "pay" else "nothing paid")
        assert moments % 3 == 0, "three moments for each commit"
        assert moments >= 15
        left = iter(range(1, moments + 1))

        async def work(stage: Stage) -> None:
            for first in left:
                ends.update(await kill_and_recover(stage, act, first))

        async with asyncio.TaskGroup() as workers:
            for stage in stages:
                workers.create_task(work(stage))
    with capsys.disabled():
        told = f"{act}: {moments} moments of the sale, {ends.total()} points with recovery's: {dict(ends)}"
        print(f"\n{told}")  # noqa: T201 - the count is the proof


async def kill_and_recover(stage: Stage, act: str, first: int) -> Counter[str]:
    """Die at one moment of the sale; then recover whole, and once more for each moment of that recovery."""
    ends: Counter[str] = Counter()
    second, moments = 0, 1
    while second <= moments:
        async with new_world(stage, pays=act == "pay") as world:
            assert await world.live(act, kill_at=first) == KILLED
            world.customer_pays_what_was_shown()
            if second:
                assert await world.live(kill_at=second) == KILLED, f"no moment {second} in the recovery after {first}"
            assert await world.live() == 0
            if not second:
                moments = world.moments()
            ends[world.check()] += 1
        second += 1
    return ends
