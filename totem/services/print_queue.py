"""The ticket queue of the kiosk: from `queued` in the journal to paper, each ticket once, at one printer or its spare.

Tickets go in order to the first printer that can take them. One of which no byte left moves on to the next; one that a
printer holds (paper, cover, cutter) is waited for there; one whose fate nobody knows becomes `unknown` with a named
attention. That one is printed again only by choice, with the same number and the mark of a second copy.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar

from totem.domain.errors import JournalError, JournalWriteFailed, StaleState, TotemError, Trouble
from totem.domain.machine import TicketState
from totem.domain.ports import Clock, Journal, Printer, PrintOutcome, PrintResult
from totem.domain.records import Subject
from totem.services.errands import Asker, Errand, FirstPrint, Papers, PrintClaimed
from totem.services.printing import (
    OnPrintNews,
    PrintNews,
    QueueSettings,
    ReprintAnswer,
    ReturnSale,
    WithoutPaper,
)
from totem.services.stations import Choice, Desk, Desks, Station, Work, trouble_of
from totem.services.ticket_book import TicketBook, is_news

__all__ = [
    "Asker",
    "PrintNews",
    "PrintQueue",
    "QueueSettings",
    "ReprintAnswer",
    "Station",
    "WithoutPaper",
    "trouble_of",
]

log = logging.getLogger(__name__)
_T = TypeVar("_T")

HEAD_START_S = 0.3
"""For so long a ticket prints before its picture for the screen is drawn."""
_FIRST_COPY_ID: Final = 9000
_COPY_IDS: Final = 1000
"""Job ids of second copies: a printer's late word about the first must not pass for theirs."""


@dataclass(slots=True)
class _Job:
    sale_id: str
    until_s: float
    errand: Errand
    on_screen: bool = False
    """Its customer stands before the kiosk, and has no ticket yet."""
    refused: set[str] = field(default_factory=set)
    """Printers that took no byte of it in this round."""
    result: PrintResult = PrintResult.NOT_SENT
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class PrintQueue:
    """Prints tickets that the journal says are queued. `add` wakes it; `run` has one worker for each printer.

    Raises ValueError where no station is given, or two of one name.
    """

    def __init__(
        self,
        journal: Journal,
        stations: Sequence[Station],
        clock: Clock,
        settings: QueueSettings,
        return_sale: ReturnSale,
        on_news: OnPrintNews,
    ) -> None:
        self._book = TicketBook(journal, clock)
        self._desks = Desks(stations)
        self._clock = clock
        self._settings = settings
        self._return_sale = return_sale
        self._on_news = on_news
        self._waiting: deque[_Job] = deque()
        self._jobs: dict[str, _Job] = {}
        """Those that have not ended, by their sale."""
        self._stirred = asyncio.Event()
        """A job came, or a printer came free."""
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._copies = 0
        self._last_unknown = ("", 0.0)

    # --- what others ask --------------------------------------------------------------------------------------------

    def add(self, sale_id: str, paid_s_ago: float | None = None) -> None:
        """Print the sale's ticket, unless its time runs out: `paid_s_ago` seconds of it are gone already.

        None: it was paid just now, by a customer who stands before the screen. One that is in work stays as it is.
        """
        until_s = self._clock.monotonic() + self._settings.patience_s - (paid_s_ago or 0.0)
        self._put(_Job(sale_id, until_s, FirstPrint(), on_screen=paid_s_ago is None))

    async def trouble(self) -> Trouble | None:
        """Why no ticket could be printed now; None where one can, or may at least be shown."""
        choice = await self._desks.choose()
        if choice.desk is not None or choice.soon or self._settings.without_paper is WithoutPaper.SCREEN:
            return None
        return choice.trouble or Trouble.PRINTER_OFFLINE

    def reprint_until_s(self, sale_id: str) -> float:
        """Until when (monotonic) the sale's customer may ask for the ticket once more; 0.0 where not."""
        unknown, since_s = self._last_unknown
        return since_s + self._settings.reprint_window_s if unknown == sale_id else 0.0

    async def reprint(self, sale_id: str, by: Asker) -> ReprintAnswer:
        """Print a ticket of unknown fate once more, or for a technician a printed one; marked, with the same number.

        For a technician too, and without the mark: one that never began, and waits for somebody to claim it. A customer
        may ask once, within the window. Raises JournalError where the wish could not be recorded: it is not granted.
        """
        if sale_id in self._jobs:
            return ReprintAnswer.NOT_NOW
        in_time = by is Asker.TECHNICIAN or self._clock.monotonic() < self.reprint_until_s(sale_id)
        errand = await self._book.ask_again(sale_id, by, in_time=in_time)
        if isinstance(errand, ReprintAnswer):
            return errand
        if by is Asker.CUSTOMER:
            self._last_unknown = ("", 0.0)
        self._put(_Job(sale_id, self._clock.monotonic() + self._settings.reprint_window_s, errand))
        return ReprintAnswer.ACCEPTED

    async def end_of(self, sale_id: str) -> PrintResult | None:
        """Wait for the end of the sale's job; None where it has none. NOT_SENT where nothing was printed."""
        job = self._jobs.get(sale_id)
        if job is None:
            return None
        await job.ended.wait()
        return job.result

    async def let_paper_go_first(self) -> None:
        """Until the tickets are out, a moment at most: a ticket's picture takes the processor that its paper needs."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEAD_START_S):
                await self._quiet.wait()

    async def wait_quiet(self) -> None:
        """Until every job that was added has ended, one way or another."""
        await self._quiet.wait()

    # --- between tickets --------------------------------------------------------------------------------------------

    @property
    def printers(self) -> tuple[str, ...]:
        """Their names, the main one first."""
        return tuple(desk.name for desk in self._desks)

    def printer(self, name: str) -> Printer:
        """Raises KeyError for a name that is none of `printers`; so do the two below."""
        return self._desks.named(name).station.printer

    def work(self, name: str) -> Work:
        return self._desks.named(name).work

    @asynccontextmanager
    async def borrow(self, name: str) -> AsyncIterator[Printer | None]:
        """A printer for what is no ticket: none is sent there meanwhile. None where it has one."""
        desk = self._desks.named(name)
        if desk.work is not Work.NONE:
            yield None
            return
        desk.work = Work.PRINTING
        try:
            yield desk.station.printer
        finally:
            desk.work = Work.NONE
            self._stirred.set()

    # --- the queue --------------------------------------------------------------------------------------------------

    def _put(self, job: _Job) -> None:
        if job.sale_id in self._jobs:
            return
        self._jobs[job.sale_id] = job
        self._waiting.append(job)
        self._quiet.clear()
        self._stirred.set()

    def _end(self, job: _Job) -> None:
        del self._jobs[job.sale_id]
        job.ended.set()
        if not self._jobs:
            self._quiet.set()

    async def run(self) -> None:
        """Gives jobs to printers; ends by cancellation, which leaves a ticket in `sending` to recovery."""
        async with asyncio.TaskGroup() as workers:
            while True:
                self._stirred.clear()
                if not self._waiting:
                    await self._stirred.wait()
                    continue
                job = self._waiting.popleft()
                desk = await self._guarded(job, self._find_desk(job))
                if desk is None:
                    self._end(job)
                elif desk.work is not Work.NONE:
                    # Borrowed while it was asked for its status.
                    self._waiting.appendleft(job)
                    await self._look_again()
                else:
                    desk.work, desk.trouble = Work.PRINTING, None
                    workers.create_task(self._work(job, desk), name=f"print-{desk.name}")

    async def _work(self, job: _Job, desk: Desk) -> None:
        try:
            goes_on = await self._guarded(job, self._print(job, desk))
        finally:
            desk.work, desk.trouble = Work.NONE, None
            self._stirred.set()
        if goes_on:
            job.refused.add(desk.name)
            self._waiting.appendleft(job)
        else:
            self._end(job)

    async def _guarded(self, job: _Job, act: Awaitable[_T]) -> _T | None:
        """What goes wrong with one ticket must not stop those after it. None where it did."""
        try:
            return await act
        except JournalWriteFailed as error:
            await self._cannot_store(job, error)
        except Exception as error:
            log.exception("ticket of sale=%s failed", job.sale_id)
            try:
                await self._give_up(job, error.trouble if isinstance(error, TotemError) else Trouble.INTERNAL)
            except StaleState:
                # Whoever moved it knows better; nothing was changed here.
                log.exception("sale=%s is another's by now", job.sale_id)
                await self._tell(job, PrintNews.GIVEN_UP, Trouble.INTERNAL)
            except JournalError as worse:
                await self._cannot_store(job, worse)
        return None

    async def _cannot_store(self, job: _Job, error: JournalError) -> None:
        log.error("print queue cannot store sale=%s", job.sale_id, exc_info=error)
        await self._on_news(job.sale_id, PrintNews.JOURNAL_FAILED, error.trouble)

    async def _find_desk(self, job: _Job) -> Desk | None:
        """The first printer that can take it; None where its time ran out first, or it may no longer be printed."""
        told: Trouble | None = None
        while await self._may_begin(job) is not None:
            choice = await self._desks.choose(job.refused)
            if self._clock.monotonic() >= job.until_s:
                await self._give_up(job, choice.trouble or told or Trouble.PRINTER_OFFLINE)
                return None
            if choice.desk is not None:
                return choice.desk
            job.refused.clear()
            if self._may_show(job, choice):
                await self._show(job)
                return None
            if choice.trouble not in (None, told):
                told = choice.trouble
                await self._held(job, told)
            await self._look_again()
        return None

    async def _may_begin(self, job: _Job) -> Papers | None:
        """Sale and ticket, if it may be printed by what the journal holds now; else the screen is told."""
        papers, subjects = await self._book.read(job.sale_id)
        if job.errand.may_begin(papers, subjects):
            return papers
        log.info("not printed: sale=%s is %s, ticket is %s", job.sale_id, papers.sale.state, papers.ticket.state)
        await self._tell_why_not(job, papers.ticket)
        return None

    def _may_show(self, job: _Job, choice: Choice) -> bool:
        wanted = self._settings.without_paper is WithoutPaper.SCREEN and not choice.soon
        return wanted and job.on_screen

    async def _look_again(self) -> None:
        """After a while, or as soon as a job comes or a printer comes free."""
        self._stirred.clear()
        sleeps = asyncio.ensure_future(self._clock.sleep(self._settings.look_again_s))
        stirs = asyncio.ensure_future(self._stirred.wait())
        try:
            await asyncio.wait({sleeps, stirs}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeps.cancel()
            stirs.cancel()
            await asyncio.gather(sleeps, stirs, return_exceptions=True)

    # --- one job at one printer -------------------------------------------------------------------------------------

    async def _print(self, job: _Job, desk: Desk) -> bool:
        """True where no byte of it left, so that it goes on to another printer."""
        printer, press = desk.station.printer, desk.station.press
        papers = await self._book.papers(job.sale_id)
        job_id = self._job_id(job, papers.ticket)
        data = await press.encode(papers.sale, papers.ticket, job_id, second_copy=job.errand.second_copy)
        fresh = await self._may_begin(job)
        if fresh is None:
            return False
        try:
            await self._book.sending(job.errand, fresh, desk.name)
        except StaleState:
            log.warning("ticket of sale=%s changed before its first byte", job.sale_id)
            await self._tell_why_not(job, (await self._book.papers(job.sale_id)).ticket)
            return False
        outcome = await self._until_known(job, desk, job_id, await printer.print(job_id, data))
        desk.saw(outcome.status)
        if outcome.result is PrintResult.NOT_SENT:
            await self._book.not_sent(job.errand, job.sale_id, desk.name)
            return True
        job.result = outcome.result
        if outcome.result is PrintResult.PRINTED:
            await self._printed(job, desk)
        else:
            await self._unknown(job, desk)
        return False

    def _job_id(self, job: _Job, ticket: Subject) -> int:
        """0-9999, by which the printer confirms."""
        if not job.errand.second_copy:
            return ticket.number("number") % 10_000
        self._copies += 1
        return _FIRST_COPY_ID + self._copies % _COPY_IDS

    async def _until_known(self, job: _Job, desk: Desk, job_id: int, outcome: PrintOutcome) -> PrintOutcome:
        """Ask on while the printer holds the job; its customer is kept waiting only so long."""
        until_s: float | None = self._clock.monotonic() + self._settings.patience_s
        while outcome.result is PrintResult.HELD:
            trouble = trouble_of(outcome.status)
            if trouble is not desk.trouble:
                desk.work, desk.trouble = Work.HELD, trouble
                self._stirred.set()
                await self._held(job, trouble)
            if until_s is not None and self._clock.monotonic() >= until_s:
                until_s = None
                await self._tell(job, PrintNews.LEFT_HELD, trouble)
            await self._clock.sleep(self._settings.look_again_s)
            outcome = await desk.station.printer.settle(job_id)
        return outcome

    async def _printed(self, job: _Job, desk: Desk) -> None:
        papers = await self._book.printed(job.errand, job.sale_id, desk.name)
        await self._tell(job, PrintNews.PRINTED)
        if desk.paper_is_low:
            await self._book.warn_of_paper(papers.ticket, desk.name)

    async def _unknown(self, job: _Job, desk: Desk) -> None:
        await self._book.unknown(job.errand, job.sale_id, desk.name)
        if job.on_screen:
            self._last_unknown = (job.sale_id, self._clock.monotonic())
        await self._tell(job, PrintNews.UNKNOWN, Trouble.PRINT_UNKNOWN)

    # --- endings without a printer ----------------------------------------------------------------------------------

    async def _show(self, job: _Job) -> None:
        """The ticket on the screen, for want of paper: stored before it is shown, and after."""
        await self._book.showing(job.sale_id)
        await self._on_news(job.sale_id, PrintNews.SHOWN, None)
        await self._book.shown(job.sale_id)
        job.result = PrintResult.PRINTED
        await self._on_news(job.sale_id, PrintNews.PRINTED, None)

    async def _give_up(self, job: _Job, trouble: Trouble) -> None:
        """The customer has waited long enough: nothing may come out of the slot for the next one (rule 2)."""
        if isinstance(job.errand, PrintClaimed):
            await self._book.given_up(job.sale_id, trouble)
        elif not isinstance(job.errand, FirstPrint):
            await self._tell(job, PrintNews.UNKNOWN, trouble)
        elif await self._return_sale(job.sale_id, trouble):
            await self._on_news(job.sale_id, PrintNews.GIVEN_BACK, trouble)
        else:
            await self._book.given_up(job.sale_id, trouble)
            await self._on_news(job.sale_id, PrintNews.GIVEN_UP, trouble)

    async def _tell_why_not(self, job: _Job, ticket: Subject) -> None:
        """Somebody else settled the sale before its first byte: the screen must not wait for a ticket."""
        revoked = ticket.state == TicketState.REVOKED
        await self._tell(job, PrintNews.GIVEN_BACK if revoked else PrintNews.GIVEN_UP, Trouble.REFUND_ASKED)

    async def _held(self, job: _Job, trouble: Trouble) -> None:
        await self._book.name(job.sale_id, trouble)
        await self._tell(job, PrintNews.HELD, trouble)

    async def _tell(self, job: _Job, news: PrintNews, trouble: Trouble | None = None) -> None:
        if is_news(job.errand):
            await self._on_news(job.sale_id, news, trouble)
