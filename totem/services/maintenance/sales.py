"""Sales as a technician finds, reads, reprints and gives them back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from totem.domain.errors import JournalWriteFailed
from totem.domain.machine import AttentionState, Machine, SettlementState, TicketState
from totem.domain.money import Money
from totem.domain.ports import Clock, Journal, PrintResult
from totem.domain.records import Entry, Subject
from totem.services import steps
from totem.services.errands import Asker, keeps_its_money
from totem.services.journal.movements import RECEIVED_KINDS
from totem.services.journal.search import Wanted
from totem.services.maintenance.attentions import Attentions
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.money import MoneyDesk, refused_references
from totem.services.maintenance.query import read_query
from totem.services.maintenance.rows import sale_row, story_lines
from totem.services.maintenance.sale_views import (
    AttentionView,
    Evidence,
    RefundEnd,
    ReprintResult,
    SaleRow,
    SaleStory,
)
from totem.services.maintenance.visit import Visit
from totem.services.print_queue import PrintQueue
from totem.services.printing import ReprintAnswer

MOST_ROWS: Final = 50
REPRINT_LIMIT_S: Final = 75.0
"""The queue gives a reprint up after a minute without a printer."""

FindSales = Callable[[Wanted, int], Awaitable[tuple[tuple[Subject, ...], ...]]]
"""All subjects of each sale found, newest first; off the event loop. Raises sqlite3.Error or OSError."""

_NOT_GRANTED: Final = {
    ReprintAnswer.NO_TICKET: ReprintResult.NO_TICKET,
    ReprintAnswer.NOT_NOW: ReprintResult.NOT_NOW,
    ReprintAnswer.MONEY_WENT_BACK: ReprintResult.MONEY_WENT_BACK,
}
_ENDS: Final = {
    PrintResult.PRINTED: ReprintResult.PRINTED,
    PrintResult.UNKNOWN: ReprintResult.UNKNOWN,
    PrintResult.HELD: ReprintResult.WAITING,
    PrintResult.NOT_SENT: ReprintResult.NOT_PRINTED,
}
_UNDONE: Final = (SettlementState.UNDOING, SettlementState.UNDONE)


class Sales:
    """Implements `totem.services.maintenance.control.SaleDesk`."""

    def __init__(
        self,
        visit: Visit,
        journal: Journal,
        find: FindSales,
        queue: PrintQueue,
        money: MoneyDesk,
        attentions: Attentions,
        clock: Clock,
    ) -> None:
        self._visit = visit
        self._journal = journal
        self._find = find
        self._queue = queue
        self._money = money
        self._attentions = attentions
        self._clock = clock

    async def search(self, text: str = "", day: date | None = None) -> tuple[SaleRow, ...]:
        self._visit.check()
        wanted = read_query(text, day, self._clock.now().astimezone().date())
        try:
            found = await self._find(wanted, MOST_ROWS)
        except (sqlite3.Error, OSError) as error:
            raise JournalWriteFailed(f"the journal cannot be read: {error}") from error
        rows = [sale_row(subjects) for subjects in found]
        return tuple(row for row in rows if row is not None)

    async def story(self, sale_id: str) -> SaleStory:
        self._visit.check()
        subjects = await self._journal.of_sale(sale_id)
        row = sale_row(subjects)
        if row is None:
            raise MaintenanceRefused(Reason.NOT_FOUND, f"não há venda {sale_id}")
        attentions = [
            await self._attentions.view(each)
            for each in subjects
            if each.machine is Machine.ATTENTION and each.state == AttentionState.OPEN
        ]
        entries = await self._journal.entries(sale_id)
        left_cents = _left_cents(subjects, entries)
        return SaleStory(
            row,
            story_lines(entries, row.amount.currency),
            tuple(attentions),
            Money(left_cents, row.amount.currency) if left_cents > 0 else None,
            can_reprint=_can_reprint(subjects),
            can_pay_out=bool(refused_references(subjects)) and self._money.can_pay_out,
        )

    async def reprint(self, sale_id: str) -> ReprintResult:
        self._visit.check()
        if await self._journal.get(sale_id) is None:
            raise MaintenanceRefused(Reason.NOT_FOUND, f"não há venda {sale_id}")
        await self._visit.begin("reprint", sale_id)
        answer = await self._queue.reprint(sale_id, Asker.TECHNICIAN)
        if answer is not ReprintAnswer.ACCEPTED:
            return _NOT_GRANTED.get(answer, ReprintResult.NOT_NOW)
        try:
            async with asyncio.timeout(REPRINT_LIMIT_S):
                end = await self._queue.end_of(sale_id)
        except TimeoutError:
            return ReprintResult.WAITING
        return _ENDS[end or PrintResult.NOT_SENT]

    async def refund(self, sale_id: str, reason: str, pin: str, *, pix_key: str = "") -> RefundEnd:
        return await self._money.refund(sale_id, reason, pin, pix_key)

    async def attentions(self) -> tuple[AttentionView, ...]:
        return await self._attentions.all()

    async def evidence(self, attention_id: str) -> Evidence:
        return await self._attentions.ask(attention_id)

    async def settle(self, attention_id: str, reason: str = "") -> AttentionView:
        return await self._attentions.settle(attention_id, reason)


def _left_cents(subjects: tuple[Subject, ...], entries: tuple[Entry, ...]) -> int:
    """What came and has neither gone back nor is on its way."""
    gone = {each.text("attempt") for each in subjects if each.machine is Machine.SETTLEMENT and each.state in _UNDONE}
    received = [each for each in entries if each.kind in RECEIVED_KINDS and each.subject_id not in gone]
    taken = [
        each.number("amount_cents")
        for each in subjects
        if each.machine is Machine.COMPENSATION and each.state in steps.COMPENSATION_COUNTS
    ]
    return sum(int(str(each.data["amount_cents"])) for each in received) - sum(taken)


def _can_reprint(subjects: tuple[Subject, ...]) -> bool:
    """As far as one sees beforehand; the queue has the last word."""
    sale = next((each for each in subjects if each.machine is Machine.SALE), None)
    ticket = next((each for each in subjects if each.machine is Machine.TICKET), None)
    if sale is None or ticket is None or not keeps_its_money(sale, subjects):
        return False
    waits = ticket.state == TicketState.QUEUED and ticket.flag("to_claim")
    return waits or ticket.state in (TicketState.PRINTED, TicketState.UNKNOWN, TicketState.FAILED)
