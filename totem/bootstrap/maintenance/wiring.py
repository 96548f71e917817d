"""Maintenance over a kiosk's engine: the same desks for the screen, for the control socket and for a shell command."""

from __future__ import annotations

import asyncio
import functools
import platform
from collections.abc import Callable
from datetime import date
from pathlib import Path

import assets
from totem import __version__
from totem.bootstrap.engine import Engine, Ports, Spawn
from totem.bootstrap.maintenance.drives import find_sticks
from totem.bootstrap.maintenance.pages import PrinterPages
from totem.bootstrap.press import EncoderPress
from totem.bootstrap.tuning import is_simulated
from totem.config.loader import Configuration
from totem.config.pin import PinFile
from totem.domain.records import Subject
from totem.services.health.board import HealthBoard
from totem.services.health.signs import Area
from totem.services.health.words import HealthWords
from totem.services.journal.search import Wanted, find_sales
from totem.services.maintenance.door import Door, DoorSettings
from totem.services.maintenance.evidence import Witnesses
from totem.services.maintenance.journal_desk import JournalFiles
from totem.services.maintenance.machine import MachineServices
from totem.services.maintenance.money import MoneyServices
from totem.services.maintenance.office import Tools
from totem.services.maintenance.pin import PinLock
from totem.services.maintenance.printers import Pages
from totem.services.maintenance.providers import BankServices, ProbeSettings
from totem.services.maintenance.settings_desk import ConfigurationShelf
from totem.services.maintenance.sticks import Sticks
from totem.services.maintenance.views import Version
from totem.services.state import Stage
from totem.services.texts import load_texts

PIN_FILE = "technician.pin"
DOOR_GRACE_S = 30.0
"""The screen warns and locks by itself; the door behind it locks a little later, whatever the screen does."""

_FREE = (Stage.IDLE, Stage.OUT_OF_SERVICE, Stage.COMPLETED, Stage.STOPPED)


def pin_file(configuration: Configuration) -> PinFile:
    return PinFile(configuration.settings.journal.directory / PIN_FILE)


def pin_lock(configuration: Configuration, ports: Ports) -> PinLock:
    return PinLock(ports.journal, pin_file(configuration), ports.clock, ports.random)


def door(configuration: Configuration, ports: Ports, lock: PinLock) -> Door:
    settings = DoorSettings(configuration.settings.maintenance.timeout_s + DOOR_GRACE_S)
    return Door(ports.journal, lock, ports.clock, ports.random, settings)


def tools(
    configuration: Configuration,
    engine: Engine,
    shelf: ConfigurationShelf,
    spawn: Spawn,
    restart: Callable[[], None] | None,
) -> Tools:
    """`restart` ends the program to be started anew; None where none runs."""
    ports, settings = engine.ports, configuration.settings
    journal = settings.journal
    wanted = engine.payments.compensations_wanted
    certificate_end = functools.partial(_certificate_end, engine.board)
    version = functools.partial(_version, configuration)
    return Tools(
        journal=ports.journal,
        clock=ports.clock,
        random=ports.random,
        queue=engine.queue,
        pages=_pages(configuration, ports),
        banks=BankServices(engine.banks, engine.payments, engine.charges, certificate_end, spawn),
        probe=ProbeSettings(settings.kiosk.id),
        money=MoneyServices(engine.returns, engine.payouts, wanted),
        witnesses=Witnesses(engine.banks, engine.payments, engine.terminals, engine.settlements, wanted),
        admin=engine.card_admin,
        cards=engine.cards,
        in_use=lambda: engine.checkout.state.stage not in _FREE,
        find_sales=functools.partial(_find_sales, journal.path),
        sticks=Sticks(find_sticks),
        files=JournalFiles(journal.path, journal.key_file, journal.head_path),
        shelf=shelf,
        machine=MachineServices(engine.closure, version, restart, spawn),
        board=engine.board,
        load_words=load_health_words,
    )


def _pages(configuration: Configuration, ports: Ports) -> Pages:
    presses = {ports.printer.name: ports.press} | {spare.name: spare.press for spare in ports.spares}
    encoding = {name: press for name, press in presses.items() if isinstance(press, EncoderPress)}
    return PrinterPages(configuration, encoding, ports.clock)


async def load_health_words() -> HealthWords:
    return HealthWords(await asyncio.to_thread(lambda: load_texts(assets.path("i18n/health"))))


async def _find_sales(path: Path, wanted: Wanted, limit: int) -> tuple[tuple[Subject, ...], ...]:
    return await asyncio.to_thread(find_sales, path, wanted, limit)


async def _certificate_end(board: HealthBoard, bank: str) -> date | None:
    """As the board saw it last."""
    part = board.find(Area.CERTIFICATE, bank)
    dates = [str(sign.values["date"]) for sign in part.signs if "date" in sign.values] if part is not None else []
    return date.fromisoformat(dates[0]) if dates else None


async def _version(configuration: Configuration) -> Version:
    system = await asyncio.to_thread(platform.platform)
    kiosk_id = configuration.settings.kiosk.id
    return Version(__version__, platform.python_version(), system, kiosk_id, is_simulated(configuration))
