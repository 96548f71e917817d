"""All desks of maintenance behind one visit, and the whole of it behind the screen's door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from totem.domain.ports import Clock, Journal, Random
from totem.services.card_admin import CardAdmin
from totem.services.cards import CardPayments
from totem.services.health.board import HealthBoard
from totem.services.maintenance.attentions import Attentions
from totem.services.maintenance.capture import CaptureDesk
from totem.services.maintenance.closing import Closing
from totem.services.maintenance.control import Listener
from totem.services.maintenance.door import Door
from totem.services.maintenance.evidence import EvidenceDesk, Witnesses
from totem.services.maintenance.journal_desk import JournalFiles, JournalRoom
from totem.services.maintenance.machine import Machine, MachineServices
from totem.services.maintenance.money import MoneyDesk, MoneyServices
from totem.services.maintenance.overview import LoadWords, Survey
from totem.services.maintenance.printers import Pages, Printers
from totem.services.maintenance.providers import BankServices, ProbeSettings, Providers
from totem.services.maintenance.sales import FindSales, Sales
from totem.services.maintenance.settings_desk import ConfigurationShelf, SettingsDesk
from totem.services.maintenance.sticks import Sticks
from totem.services.maintenance.terminals import TerminalsDesk
from totem.services.maintenance.views import MaintenanceState, Overview, PinAnswer
from totem.services.maintenance.visit import Visit
from totem.services.print_queue import PrintQueue


@dataclass(frozen=True, slots=True)
class Tools:
    """What of the running kiosk, and of its machine, the desks work with."""

    journal: Journal
    clock: Clock
    random: Random
    queue: PrintQueue
    pages: Pages
    banks: BankServices
    probe: ProbeSettings
    money: MoneyServices
    witnesses: Witnesses
    admin: CardAdmin
    cards: CardPayments
    in_use: Callable[[], bool]
    """A customer's card has a terminal now."""
    find_sales: FindSales
    sticks: Sticks
    files: JournalFiles
    shelf: ConfigurationShelf
    machine: MachineServices
    board: HealthBoard
    load_words: LoadWords


class Desks:
    """For one visit: the screen's, or that of one command of the shell."""

    def __init__(self, visit: Visit, tools: Tools) -> None:
        journal, clock, queue = tools.journal, tools.clock, tools.queue
        self.printers = Printers(visit, journal, queue, tools.pages, clock)
        self.terminals = TerminalsDesk(
            visit,
            journal,
            tools.witnesses.terminals,
            tools.witnesses.settlements,
            tools.admin,
            tools.in_use,
            tools.banks.spawn,
        )
        self.providers = Providers(visit, journal, tools.banks, clock, tools.random, tools.probe)
        attentions = Attentions(visit, journal, EvidenceDesk(journal, tools.witnesses, clock))
        money = MoneyDesk(visit, journal, tools.money, clock)
        self.sales = Sales(visit, journal, tools.find_sales, queue, money, attentions, clock)
        self.captures = CaptureDesk(visit, journal, tools.cards, clock)
        self.closing = Closing(visit, journal, queue, tools.pages, self.printers.look, tools.sticks, clock)
        self.configuration = SettingsDesk(visit, tools.shelf)
        self.journal = JournalRoom(visit, tools.files, tools.sticks, clock)
        self.machine = Machine(visit, tools.machine)
        self.survey = Survey(visit, journal, tools.board, tools.load_words, clock)


class Maintenance:
    """Implements `totem.services.maintenance.control.MaintenanceControl` for the screen."""

    def __init__(self, door: Door, tools: Tools) -> None:
        self._door = door
        self._tools = tools
        self._desks = Desks(door, tools)
        tools.machine.on_change = self._tell
        self._tell()

    def _tell(self) -> None:
        machine = self._tools.machine
        self._door.change(out_of_service=machine.closure.is_out, restarting=machine.is_restarting)

    @property
    def state(self) -> MaintenanceState:
        return self._door.state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._door.subscribe(listener)

    @property
    def has_pin(self) -> bool:
        return self._door.has_pin

    async def unlock(self, pin: str) -> PinAnswer:
        return await self._door.unlock(pin)

    async def lock(self) -> None:
        await self._door.lock()

    def touched(self) -> None:
        self._door.touched()

    async def overview(self, language: str = "pt") -> Overview:
        return await self._desks.survey.overview(language)

    @property
    def printers(self) -> Printers:
        return self._desks.printers

    @property
    def terminals(self) -> TerminalsDesk:
        return self._desks.terminals

    @property
    def providers(self) -> Providers:
        return self._desks.providers

    @property
    def sales(self) -> Sales:
        return self._desks.sales

    @property
    def closing(self) -> Closing:
        return self._desks.closing

    @property
    def configuration(self) -> SettingsDesk:
        return self._desks.configuration

    @property
    def journal(self) -> JournalRoom:
        return self._desks.journal

    @property
    def machine(self) -> Machine:
        return self._desks.machine
