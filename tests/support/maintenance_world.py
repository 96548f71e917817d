"""Maintenance over a scripted world's engine, for tests of its services."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import assets
from tests.support.world import World
from totem.config.pin import HashCost, PinFile
from totem.domain.ports import Printer, PrinterStatus
from totem.services.health.words import HealthWords
from totem.services.journal.search import find_sales
from totem.services.maintenance.door import Door, DoorSettings
from totem.services.maintenance.evidence import Witnesses
from totem.services.maintenance.journal_desk import JournalFiles
from totem.services.maintenance.machine import MachineServices
from totem.services.maintenance.money import MoneyServices
from totem.services.maintenance.office import Desks, Maintenance, Tools
from totem.services.maintenance.pin import PinLock
from totem.services.maintenance.providers import BankServices, ProbeSettings
from totem.services.maintenance.sticks import Sticks
from totem.services.maintenance.views import (
    ConfigVerdict,
    ConfigView,
    PrintAct,
    Stick,
    Version,
)
from totem.services.maintenance.visit import ShellVisit
from totem.services.receipts.documents import Document
from totem.services.texts import load_texts

PIN = "482915"
CHEAP = HashCost(memory_kib=64, passes=1, lanes=1)


class PlainPages:
    """Pages as a word."""

    async def page(self, printer: Printer, status: PrinterStatus, act: PrintAct) -> bytes:
        return act.value.encode()

    async def document(self, printer: Printer, document: Document) -> bytes:
        return type(document).__name__.encode()

    async def picture(self, printer: Printer, document: Document) -> bytes:
        return b"PNG " + await self.document(printer, document)


@dataclass
class PlainShelf:
    """One file in use, one on a stick, and perhaps one that was good."""

    faults: tuple[str, ...] = ()
    good: Path | None = None
    puts: list[Path] = field(default_factory=list)

    async def view(self) -> ConfigView:
        return ConfigView(Path("totem.toml"), ())

    async def candidates(self) -> tuple[Path, ...]:
        return (Path("totem.toml"), Path("stick/totem.toml"))

    async def check(self, path: Path) -> ConfigVerdict:
        return ConfigVerdict(path, self.faults, changed=("kiosk.name",))

    async def put(self, path: Path) -> None:
        self.puts.append(path)

    async def last_good(self) -> Path | None:
        return self.good


class Office:
    """What the tests of the desks share. Made inside `world.running()`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.restarts = 0
        self.tasks: list[asyncio.Task[Any]] = []
        self.sticks: list[Path] = []
        self.shelf = PlainShelf()
        self.certificate = date(2026, 12, 1)
        self.lock = PinLock(
            world.journal, PinFile(world.folder / "technician.pin", CHEAP), world.clock, world.engine.ports.random
        )
        self.tools = self._tools()
        self.door = Door(world.journal, self.lock, world.clock, world.engine.ports.random, DoorSettings(timeout_s=60.0))
        self.control = Maintenance(self.door, self.tools)

    def desks(self, session: str = "T-TEST") -> Desks:
        return Desks(ShellVisit(self.world.journal, session), self.tools)

    async def enter(self) -> Maintenance:
        await self.lock.set(PIN, "test")
        assert (await self.control.unlock(PIN)).is_right
        return self.control

    async def acts(self) -> list[str]:
        """The kinds of all notes of technicians, in order, without those of the PIN."""
        with_sales = [entry for entry in await self._entries() if entry.startswith("technician.")]
        return [kind for kind in with_sales if not kind.startswith("technician.pin_")]

    async def _entries(self) -> list[str]:
        journal = self.world.journal
        return await journal._call(
            lambda: [row[0] for row in journal._writer.db.execute("SELECT kind FROM entries ORDER BY seq")]
        )

    def _tools(self) -> Tools:
        engine, folder = self.world.engine, self.world.folder
        journal = self.world.journal
        wanted = engine.payments.compensations_wanted
        return Tools(
            journal=journal,
            clock=self.world.clock,
            random=engine.ports.random,
            queue=engine.queue,
            pages=PlainPages(),
            banks=BankServices(engine.banks, engine.payments, engine.charges, self._certificate_end, self._spawn),
            probe=ProbeSettings("KX", limit_s=60.0),
            money=MoneyServices(engine.returns, engine.payouts, wanted),
            witnesses=Witnesses(engine.banks, engine.payments, engine.terminals, engine.settlements, wanted),
            admin=engine.card_admin,
            cards=engine.cards,
            in_use=lambda: False,
            find_sales=lambda wanted, limit: asyncio.to_thread(find_sales, journal.path, wanted, limit),
            sticks=Sticks(self._find_sticks),
            files=JournalFiles(journal.path, folder / "journal.key", folder / "journal.head"),
            shelf=self.shelf,
            machine=MachineServices(engine.closure, self._version, self._restart, self._spawn),
            board=engine.board,
            load_words=self._words,
        )

    async def _certificate_end(self, _: str) -> date:
        return self.certificate

    async def _find_sticks(self) -> tuple[Stick, ...]:
        return tuple(Stick(path, path.name, 10**9) for path in self.sticks)

    async def _version(self) -> Version:
        return Version("0", "3", "test", "KX")

    async def _words(self) -> HealthWords:
        return HealthWords(load_texts(assets.path("i18n/health")))

    def _restart(self) -> None:
        self.restarts += 1

    def _spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        self.tasks.append(asyncio.create_task(work, name=name))
        return self.tasks[-1]
