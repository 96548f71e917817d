"""The demo's stage: the very kiosk of production on the simulators, and the hands that may touch it from outside."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from PySide6.QtGui import QPointingDevice
from PySide6.QtQuick import QQuickView

import assets
from providers.sim.control import ControlClient
from totem.bootstrap.acts import KioskLimits
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.evidence import EvidenceUnreadable, JournalEntry, last_entry, read_entries
from totem.bootstrap.example import TomlValue, write_configuration
from totem.bootstrap.folder import JOURNAL
from totem.bootstrap.kiosk import open_kiosk
from totem.bootstrap.options import PROVIDERS, TERMINALS, DemoOptions
from totem.bootstrap.setups import Setup
from totem.bootstrap.tuning import Tuning
from totem.config.loader import load
from totem.domain.errors import JournalWriteFailed
from totem.domain.records import Note
from totem.domain.texts import LANGUAGES
from totem.runtime import Runtime
from totem.services.clock import SystemClock
from totem.services.journal import SqliteJournal
from totem.ui.demo.album import Album
from totem.ui.demo.driver import DriverError, TouchDriver, new_touch_device
from totem.ui.demo.page_hands import PageHands
from totem.ui.demo.phone import read_codes
from totem.ui.demo.stall import StallMeter

FIRST_POLL_S: Final = 0.4
"""How soon the simulated bank is asked; a real one is left more time."""

REFUND_AGAIN_S: Final = 0.3
"""How soon it is asked about a refund."""
PREFIXES: Final = {"sicredi": "bank", "inter": "inter"}
"""Of each bank's acts in the simulators' control."""
MOST_INSTALLMENTS: Final = 3
_PLACES: Final = ("bank", "second")

_CALLS_PER_MINUTE: Final = 600
_FILLINGS: Final = (1000, 200, 1)
_MOST_FILLINGS: Final = 64


class JumpingClock(SystemClock):
    """The system's clock, whose date can be set; the time that passes cannot."""

    def __init__(self) -> None:
        self._off_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self._off_by

    def jump(self, hours: float) -> None:
        self._off_by += timedelta(hours=hours)


class Stage:
    """One run: opened with a kiosk on it, which may be closed and opened again on the same journal."""

    def __init__(self, runtime: Runtime, options: DemoOptions, folder: Path, endpoints: Endpoints) -> None:
        self._runtime = runtime
        self._options = options
        self._folder = folder
        self._banks: tuple[str, ...] = PROVIDERS[:1]
        self._limits = KioskLimits()
        self._cards: dict[str, TomlValue] = {"terminals": [each for each in options.methods if each != "pix"]}
        self._endpoints = endpoints
        self._control = ControlClient(endpoints.control.url, endpoints.control.token, timeout_s=30.0)
        self._kiosk = AsyncExitStack()
        self._journal: SqliteJournal | None = None
        self._driver: TouchDriver | None = None
        self._window: QQuickView | None = None
        self._touch: QPointingDevice | None = None
        self._random = random.Random(options.seed)  # noqa: S311 - a seed repeats the run; no real money is near
        self.clock = JumpingClock()
        self.album = Album(folder / "screens")
        self.stall = StallMeter()

    @property
    def driver(self) -> TouchDriver:
        """The customer's hands and eyes. Raises RuntimeError while no kiosk is open."""
        if self._driver is None:
            raise RuntimeError("no kiosk is open")
        return self._driver

    def page_hands(self) -> PageHands:
        """Those on the acquirer's page. Raises RuntimeError while no kiosk is open."""
        return PageHands(self.driver)

    @property
    def window(self) -> QQuickView:
        """The open kiosk's window. Raises RuntimeError while none is open."""
        if self._window is None:
            raise RuntimeError("no kiosk is open")
        return self._window

    async def act(self, name: str, values: Mapping[str, object]) -> dict[str, Any]:
        """One act of the simulators, or one question to them; `bank.` is this run's first bank, `second.` the other."""
        whose, dot, what = name.partition(".")
        if whose in _PLACES:
            others = [bank for bank in PROVIDERS if bank != self._banks[0]]
            whose = PREFIXES[(self._banks[0], *others)[_PLACES.index(whose)]]
        return await self._control.acall(f"{whose}{dot}{what}", **values)

    async def ledgers(self) -> dict[str, dict[str, Any]]:
        """The books of every simulated bank and card acquirer, by its name in the configuration."""
        prefixes = {**PREFIXES, **{terminal: terminal for terminal in TERMINALS}}
        return {name: await self._control.acall(f"{prefix}.ledger") for name, prefix in prefixes.items()}

    async def last_entry(self) -> int:
        """The newest row of the journal's file as it lies there; 0 while there is none that can be read."""
        try:
            return await asyncio.to_thread(last_entry, self._folder / JOURNAL)
        except EvidenceUnreadable:
            return 0

    async def entries_since(self, seq: int) -> tuple[JournalEntry, ...]:
        """The rows behind that one; none while the file cannot be read."""
        try:
            return await asyncio.to_thread(read_entries, self._folder / JOURNAL, seq)
        except EvidenceUnreadable:
            return ()

    def use(self, setup: Setup) -> None:
        """What the kiosk has, from its next opening on."""
        self._banks = setup.banks
        self._limits = setup.scenario.limits
        self._cards = {"terminals": [] if setup.method == "pix" else [setup.method]}
        if setup.scenario.ticket_unknown:
            self._cards["ticket_unknown"] = setup.scenario.ticket_unknown

    async def open(self) -> None:
        """Open the kiosk as production does, and put the customer before it."""
        configuration = load(write_configuration(self._folder, self._endpoints, self._changes()))
        runtime = Runtime()
        runtime.on_failure(self._runtime.report)
        self._kiosk.push_async_callback(runtime.close)
        kiosk = await self._kiosk.enter_async_context(open_kiosk(configuration, runtime, self._tuning(), windowed=True))
        journal = kiosk.engine.ports.journal
        self._journal = journal if isinstance(journal, SqliteJournal) else None
        self._touch = self._touch or new_touch_device()
        self._driver = TouchDriver(
            kiosk.window.window,
            source=kiosk.window.model,
            touch=self._touch,
            stall=self.stall,
            decode=read_codes,
            album=self.album,
        )
        self._window = kiosk.window.window
        if self._options.headless:
            self.stall.start()

    async def close(self) -> None:
        """Close the kiosk in order; safe to call when it is closed."""
        self.stall.stop()
        if self._driver is not None:
            self._driver.let_go()
            self._driver = None
        self._journal = self._window = None
        await self._kiosk.aclose()

    async def picture_of_failure(self) -> None:
        """What stood on the screen when the play stopped."""
        if self._driver is not None:
            with suppress(DriverError):
                await self._driver.screenshot("failure")

    async def end(self) -> None:
        """Close everything, and wait until every picture is on disk."""
        await self.close()
        await self.album.close()
        await self._control.aclose()

    async def fill_disk(self, full: bool) -> None:
        """Let the journal's disk be full to the last byte, or have room again. SQLite itself refuses then."""
        journal = self._journal
        if journal is None:
            raise RuntimeError("no kiosk with a journal on a disk is open")
        await journal.limit_pages(0 if full else None)
        if not full:
            return
        # What is left in the pages that are there already is filled up, so that no further step finds a gap.
        for size in _FILLINGS:
            with suppress(JournalWriteFailed):
                for _ in range(_MOST_FILLINGS):
                    await journal.append(Note("demo.filling", data={"text": "x" * size}))

    def _tuning(self) -> Tuning:
        limits = self._limits
        return Tuning(
            clock=self.clock,
            random=self._random,
            charge_life_s=limits.charge_life_s,
            screen_s=limits.screen_s,
            first_poll_s=FIRST_POLL_S,
            refund_again_s=REFUND_AGAIN_S,
            sweep_s=limits.sweep_s,
            patience_s=limits.patience_s,
            make_limit_s=limits.make_s,
            close_limit_s=limits.close_s,
            terminal_silence_s=limits.terminal_silence_s,
        )

    def _languages(self) -> list[TomlValue]:
        in_cabo_verde = self._cards["terminals"] == ["vinti4"] or self._options.language == "fr"
        return ["pt", "en", "fr"] if in_cabo_verde else list(LANGUAGES)

    def _changes(self) -> dict[str, dict[str, TomlValue]]:
        changes: dict[str, dict[str, TomlValue]] = {
            "screen": {"width_px": self._options.width_px, "height_px": self._options.height_px},
            "kiosk": {"language": self._options.language, "languages": self._languages()},
            "polling": {"calls_per_minute": _CALLS_PER_MINUTE, "first_s": 1.0, "slowest_s": 2.0},
        }
        changes["pix"] = {"providers": list(self._banks)}
        if self._cards["terminals"] == ["vinti4"]:
            # A kiosk of Cabo Verde: escudos, and no Pix.
            changes["pix"] = {"providers": []}
            changes["catalogue"] = {"file": str(assets.path("config/catalogue-cv.toml"))}
        if self._limits.tef_folder:
            changes["cards.tef"] = {"channel": "folder", "folder": str(self._endpoints.tef.folder)}
        if self._limits.capture_after_ticket:
            changes["cards.adiq"] = {"capture": "after_ticket"}
        if self._limits.read_timeout_s is not None:
            changes["cards.adiq.timeouts"] = {"read_s": self._limits.read_timeout_s}
        changes["cards"] = {**self._cards, "most_installments": MOST_INSTALLMENTS}
        spare = self._endpoints.spare
        if self._limits.spare_printer:
            changes["printer.spare"] = {
                "driver": "network",
                "host": spare.host,
                "port": spare.port,
                "name": "Impressora reserva",
            }
        if self._limits.without_paper:
            changes["ticket"] = {"without_paper": self._limits.without_paper}
        endpoints = {"sicredi": self._endpoints.bank, "inter": self._endpoints.inter}
        for name, bank in endpoints.items():
            if self._limits.wrong_certificate:
                foreign: dict[str, TomlValue] = {"certificate": str(bank.foreign_certificate)}
                changes[f"pix.{name}"] = {**foreign, "key": str(bank.foreign_key)}
            if self._limits.read_timeout_s is not None:
                changes[f"pix.{name}.timeouts"] = {"read_s": self._limits.read_timeout_s}
        return changes
