"""The printers as a technician sees and tries them; a ticket that prints is never disturbed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from totem.domain.machine import TICKET_OPEN, Machine, SaleState, TicketState
from totem.domain.ports import Clock, Journal, Printer, PrinterStatus, PrintOutcome, PrintResult
from totem.domain.records import Subject
from totem.services.ids import reference_of
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.views import PrintAct, PrintEnd, PrinterView, WaitingTicket
from totem.services.maintenance.visit import Visit
from totem.services.print_queue import PrintQueue
from totem.services.receipts.documents import Document
from totem.services.stations import Work, trouble_of

HELD_LIMIT_S = 30.0
"""For so long a page that the printer holds (paper, cover) is waited for."""
_LOOK_AGAIN_S = 1.0
PAGE_JOB_ID = 0
"""Tickets are numbered from 1, so that a page is never taken for one of them."""
_AT_REST = (SaleState.COMPLETED, SaleState.COMPENSATED, SaleState.ABANDONED)


class Pages(Protocol):
    """What a printer is given that is no ticket. Works off the event loop; raises PrinterError."""

    async def page(self, printer: Printer, status: PrinterStatus, act: PrintAct) -> bytes: ...

    async def document(self, printer: Printer, document: Document) -> bytes: ...

    async def picture(self, printer: Printer, document: Document) -> bytes:
        """The same as a PNG, drawn from those bytes."""
        ...


class Printers:
    """Implements `totem.services.maintenance.control.PrinterDesk`."""

    def __init__(self, visit: Visit, journal: Journal, queue: PrintQueue, pages: Pages, clock: Clock) -> None:
        self._visit = visit
        self._journal = journal
        self._queue = queue
        self._pages = pages
        self._clock = clock

    async def look(self) -> tuple[PrinterView, ...]:
        self._visit.check()
        names = self._queue.printers
        views = await asyncio.gather(*(self._view(name) for name in names))
        return tuple(views)

    async def _view(self, name: str) -> PrinterView:
        is_spare = name != self._queue.printers[0]
        printer, work = self._queue.printer(name), self._queue.work(name)
        # A printer takes one conversation at a time: its ticket is not made to wait for a status.
        status = await printer.status() if work is Work.NONE else PrinterStatus()
        trouble = None if status.can_print else trouble_of(status)
        return PrinterView(name, status, trouble, busy=work is not Work.NONE, is_spare=is_spare)

    async def act(self, printer: str, act: PrintAct) -> PrintEnd:
        if printer not in self._queue.printers:
            raise MaintenanceRefused(Reason.NOT_FOUND, f"no printer {printer}")
        await self._visit.begin("printer", printer=printer, what=act.value)
        return await print_page(
            self._queue, printer, lambda one, status: self._pages.page(one, status, act), self._clock
        )

    async def waiting(self) -> tuple[WaitingTicket, ...]:
        self._visit.check()
        found = await self._journal.find(Machine.TICKET, *TICKET_OPEN)
        return tuple([_waiting(each) for each in found if await self._still_waits(each)])

    async def _still_waits(self, ticket: Subject) -> bool:
        """One of unknown fate whose sale was settled by a person waits for nobody."""
        sale = await self._journal.get(ticket.sale_id)
        return ticket.state != TicketState.UNKNOWN or sale is None or sale.state not in _AT_REST


def _waiting(ticket: Subject) -> WaitingTicket:
    return WaitingTicket(
        ticket.sale_id,
        reference_of(ticket.sale_id),
        ticket.number("number"),
        ticket.state,
        ticket.updated_at,
        to_claim=ticket.flag("to_claim"),
    )


class MakePage(Protocol):
    async def __call__(self, printer: Printer, status: PrinterStatus, /) -> bytes: ...


async def print_page(queue: PrintQueue, name: str, make: MakePage, clock: Clock) -> PrintEnd:
    """One page on that printer, between its tickets. Raises MaintenanceRefused (BUSY), or PrinterError."""
    async with queue.borrow(name) as printer:
        if printer is None:
            raise MaintenanceRefused(Reason.BUSY, f"printer {name} has a ticket")
        status = await printer.status()
        if not status.can_print:
            return PrintEnd(PrintResult.NOT_SENT, trouble_of(status))
        outcome = await _until_known(printer, await printer.print(PAGE_JOB_ID, await make(printer, status)), clock)
    printed = outcome.result is PrintResult.PRINTED
    return PrintEnd(outcome.result, None if printed else trouble_of(outcome.status))


async def _until_known(printer: Printer, outcome: PrintOutcome, clock: Clock) -> PrintOutcome:
    left = int(HELD_LIMIT_S / _LOOK_AGAIN_S)
    while outcome.result is PrintResult.HELD and left:
        left -= 1
        await clock.sleep(_LOOK_AGAIN_S)
        outcome = await printer.settle(PAGE_JOB_ID)
    return outcome


def first_able(views: Sequence[PrinterView]) -> str:
    """The printer for a page that any may print: the first that can, else the main one."""
    return next((each.name for each in views if each.trouble is None and not each.busy), views[0].name)
