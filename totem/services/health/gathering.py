"""What the running services know anyway, laid on the board: banks, printers, card terminals, and open business."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from totem.domain.errors import JournalError, Trouble
from totem.domain.machine import AttentionState, CompensationState, Machine, SettlementState
from totem.domain.ports import Clock, Journal
from totem.domain.records import Subject
from totem.services.banks import Banks
from totem.services.health.board import HealthBoard
from totem.services.health.signs import Area, Part, Sign, part
from totem.services.health.telling import bank_part, network_part, printer_part, terminal_part
from totem.services.health.vocabulary import Word
from totem.services.state import CheckoutState, Stage
from totem.services.stations import Station
from totem.services.terminals import Terminals

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class GatheringSettings:
    """Seconds. `stuck_s`: business that is open for longer is told as stuck."""

    look_s: float = 5.0
    printer_s: float = 30.0
    """How often a printer is asked while nobody looks at the board; it is asked `look_s` apart while somebody does."""
    stuck_s: float = 900.0


class Gathering:
    """Two loops over things in memory and a few indexed questions to the journal. They ask no bank and no terminal."""

    def __init__(
        self,
        board: HealthBoard,
        journal: Journal,
        banks: Banks,
        terminals: Terminals,
        stations: Sequence[Station],
        shown: Callable[[], CheckoutState],
        clock: Clock,
        settings: GatheringSettings,
    ) -> None:
        self._board = board
        self._journal = journal
        self._banks = banks
        self._terminals = terminals
        self._stations = tuple(stations)
        self._shown = shown
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

    async def services(self) -> tuple[Part, ...]:
        """Everything but the printers, from memory and from the journal."""
        banks = [bank_part(bank.name, bank.provider.last_word) for bank in self._banks]
        terminals = [terminal_part(each, self._terminals.seen(each.name)) for each in self._terminals]
        return (self._sales(), network_part(banks), *banks, *terminals, *await self._business())

    async def printers(self) -> tuple[Part, ...]:
        """Each asked now."""
        return tuple(await asyncio.gather(*(self._printer(each) for each in self._stations)))

    async def terminals(self) -> tuple[Part, ...]:
        """Each asked now, unless a customer is at the kiosk: a card may be at one of them."""
        if self._shown().stage is not Stage.IDLE:
            return ()
        for terminal in self._terminals:
            self._terminals.saw(terminal.name, await terminal.health())
        return tuple(terminal_part(each, self._terminals.seen(each.name)) for each in self._terminals)

    async def _printer(self, station: Station) -> Part:
        return printer_part(station.name, await station.printer.status(), station.driver)

    def _sales(self) -> Part:
        state = self._shown()
        if state.stage is not Stage.OUT_OF_SERVICE:
            return part(Area.SALES, "", Word.SALES_OPEN)
        trouble = state.trouble.trouble if state.trouble is not None else Trouble.INTERNAL
        return part(Area.SALES, "", Word.SALES_STOPPED, code=trouble.value)

    # --- open business ----------------------------------------------------------------------------------------------

    async def _business(self) -> tuple[Part, ...]:
        """A journal that cannot take the next sale, or does not answer at all, is a sign of its own."""
        try:
            told = await self._settlements(), await self._refunds(), await self._attentions()
            await self._journal.check_room()
        except JournalError as error:
            sign = Sign(Word.JOURNAL_FAILS, {"reason": str(error)}, trouble=error.trouble)
            return (Part(Area.JOURNAL, "", (sign,)),)
        return (part(Area.JOURNAL, "", Word.JOURNAL_WRITES), *told)

    async def _settlements(self) -> Part:
        waiting = await self._journal.find(Machine.SETTLEMENT, SettlementState.CONFIRMING, SettlementState.UNDOING)
        words = Word.SETTLEMENTS_NONE, Word.SETTLEMENTS_WAITING, Word.SETTLEMENTS_STUCK
        return self._open(Area.SETTLEMENTS, waiting, words)

    async def _refunds(self) -> Part:
        open_ones = CompensationState.INTENDED, CompensationState.SENT, CompensationState.UNKNOWN
        waiting = await self._journal.find(Machine.COMPENSATION, *open_ones)
        return self._open(Area.REFUNDS, waiting, (Word.REFUNDS_NONE, Word.REFUNDS_WAITING, Word.REFUNDS_STUCK))

    async def _attentions(self) -> Part:
        count = len(await self._journal.find(Machine.ATTENTION, AttentionState.OPEN))
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
