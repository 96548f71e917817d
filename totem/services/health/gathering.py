"""What the running services know anyway, laid on the board: banks, printers, card terminals, and open business."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from totem.domain.errors import JournalError, ProviderError, Trouble
from totem.domain.machine import AttentionState, CompensationState, Machine, SettlementState
from totem.domain.ports import Clock, Journal, PixProvider
from totem.domain.records import Subject
from totem.services.banks import Bank, Banks
from totem.services.health.board import Checkup, HealthBoard
from totem.services.health.signs import Area, Part, Sign, part
from totem.services.health.telling import bank_part, network_parts, printer_part, terminal_part
from totem.services.health.vocabulary import Word
from totem.services.metering import LastWord
from totem.services.state import CheckoutState, Stage
from totem.services.stations import Station
from totem.services.terminals import Terminals

log = logging.getLogger(__name__)

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class GatheringSettings:
    """Seconds. `stuck_s`: business that is open for longer is told as stuck."""

    look_s: float = 5.0
    printer_s: float = 30.0
    """How often a printer is asked while nobody looks at the board; it is asked `look_s` apart while somebody does."""
    stuck_s: float = 900.0
    knock_s: float = 20.0
    """How long a bank may take to answer a technician."""
    seldom_s: float = 3600.0
    """How often certificates and disk are looked at."""


Glance = Callable[[], tuple[Part, ...]]
"""Something in memory."""
Knock = Callable[[PixProvider], Awaitable[None]]
"""Ask a bank for what cannot exist; raises the ProviderError that tells how it was received."""


@dataclass(frozen=True, slots=True)
class Sights:
    """What bootstrap knows how to look at beside the services: in memory, seldom, or only when it is asked for."""

    glances: tuple[Glance, ...] = ()
    seldom: tuple[Checkup, ...] = ()
    on_demand: tuple[Checkup, ...] = ()
    knock: Knock | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """What runs in this kiosk; `shown` is the checkout's state at this moment."""

    journal: Journal
    banks: Banks
    terminals: Terminals
    stations: tuple[Station, ...]
    shown: Callable[[], CheckoutState]


class Gathering:
    """Loops over things in memory and a few indexed questions to the journal. They ask no bank and no terminal."""

    def __init__(
        self, board: HealthBoard, services: Services, sights: Sights, clock: Clock, settings: GatheringSettings
    ) -> None:
        """The board asks banks, terminals, printers and all sights too, when somebody has it examine."""
        board.ask_too(self.asked, self.printers, *sights.seldom, *sights.on_demand)
        self._services = services
        self._sights = sights
        self._knocked: dict[str, LastWord] = {}
        self._board = board
        self._clock = clock
        self._settings = settings

    async def run(self) -> None:
        """Look again and again; ends by cancellation."""
        while True:
            self._board.put(*await self.services())
            await self._clock.sleep(self._settings.look_s)

    async def watch_printers(self) -> None:
        """Ask each printer for its status, more often while somebody looks; ends by cancellation."""
        while True:
            self._board.put(*await self.printers())
            until_s = self._clock.monotonic() + self._settings.printer_s
            while self._clock.monotonic() < until_s:
                await self._clock.sleep(self._settings.look_s)
                if self._board.is_watched:
                    break

    async def watch_the_machine(self) -> None:
        """Certificates come nearer to their end, and disks fill up; ends by cancellation."""
        while self._sights.seldom:
            await self._board.ask(*self._sights.seldom)
            await self._clock.sleep(self._settings.seldom_s)

    async def services(self) -> tuple[Part, ...]:
        """Everything but the printers, from memory and from the journal."""
        banks = [self._bank(bank) for bank in self._services.banks]
        terminals = [terminal_part(each, self._services.terminals.seen(each.name)) for each in self._services.terminals]
        glances = [each for glance in self._sights.glances for each in glance()]
        return (self._sales(), *network_parts(banks), *banks, *terminals, *glances, *await self._business())

    async def asked(self) -> tuple[Part, ...]:
        """The same, after each bank and each terminal was asked."""
        await asyncio.gather(self._ask_terminals(), *(self._knock(bank) for bank in self._services.banks))
        return await self.services()

    async def printers(self) -> tuple[Part, ...]:
        """Each asked now."""
        return tuple(await asyncio.gather(*(self._printer(each) for each in self._services.stations)))

    async def _ask_terminals(self) -> None:
        """Unless a customer is at the kiosk: a card may be at one of them."""
        for terminal in self._services.terminals if self._services.shown().stage is Stage.IDLE else ():
            self._services.terminals.saw(terminal.name, await terminal.health())

    async def _knock(self, bank: Bank) -> None:
        if self._sights.knock is None:
            return
        try:
            async with asyncio.timeout(self._settings.knock_s):
                await self._sights.knock(bank.provider)
        except TimeoutError:
            bank.provider.left_unanswered()
        except ProviderError as error:
            log.info("bank %s was asked: %s %s", bank.name, error.code, error)
        if bank.provider.last_word is not None:
            self._knocked[bank.name] = bank.provider.last_word

    def _bank(self, bank: Bank) -> Part:
        last = bank.provider.last_word
        return bank_part(bank.name, last, knocked=last is not None and last is self._knocked.get(bank.name))

    async def _printer(self, station: Station) -> Part:
        return printer_part(station.place or station.name, await station.printer.status(), station.driver)

    def _sales(self) -> Part:
        state = self._services.shown()
        if state.stage is not Stage.OUT_OF_SERVICE:
            return part(Area.SALES, "", Word.SALES_OPEN)
        trouble = state.trouble.trouble if state.trouble is not None else Trouble.INTERNAL
        return part(Area.SALES, "", Word.SALES_STOPPED, code=trouble.value)

    # --- open business ----------------------------------------------------------------------------------------------

    async def _business(self) -> tuple[Part, ...]:
        """A journal that cannot take the next sale, or does not answer at all, is a sign of its own."""
        try:
            told = await self._settlements(), await self._refunds(), await self._attentions()
            await self._services.journal.check_room()
        except JournalError as error:
            sign = Sign(Word.JOURNAL_FAILS, {"reason": str(error)}, trouble=error.trouble)
            return (Part(Area.JOURNAL, "", (sign,)),)
        return (part(Area.JOURNAL, "", Word.JOURNAL_WRITES), *told)

    async def _settlements(self) -> Part:
        waiting = await self._services.journal.find(
            Machine.SETTLEMENT, SettlementState.CONFIRMING, SettlementState.UNDOING
        )
        words = Word.SETTLEMENTS_NONE, Word.SETTLEMENTS_WAITING, Word.SETTLEMENTS_STUCK
        return self._open(Area.SETTLEMENTS, waiting, words)

    async def _refunds(self) -> Part:
        open_ones = CompensationState.INTENDED, CompensationState.SENT, CompensationState.UNKNOWN
        waiting = await self._services.journal.find(Machine.COMPENSATION, *open_ones)
        return self._open(Area.REFUNDS, waiting, (Word.REFUNDS_NONE, Word.REFUNDS_WAITING, Word.REFUNDS_STUCK))

    async def _attentions(self) -> Part:
        count = len(await self._services.journal.find(Machine.ATTENTION, AttentionState.OPEN))
        if not count:
            return part(Area.ATTENTIONS, "", Word.ATTENTIONS_NONE)
        return part(Area.ATTENTIONS, "", Word.ATTENTIONS_OPEN, count=count)

    def _open(self, area: Area, waiting: Sequence[Subject], words: tuple[Word, Word, Word]) -> Part:
        """Nothing open, something open, or something that has been open for too long."""
        none, some, stuck = words
        if not waiting:
            return part(area, "", none)
        late = [each for each in waiting if self._is_stuck(each.born_at)]
        if late:
            minutes = int(self._settings.stuck_s // 60)
            return part(area, "", stuck, count=len(late), minutes=minutes)
        return part(area, "", some, count=len(waiting))

    def _is_stuck(self, since: datetime) -> bool:
        return (self._clock.now() - since) / _SECOND > self._settings.stuck_s
