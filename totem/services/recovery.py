"""What the kiosk does at start, before any customer: every sale that was cut in half gets its end.

Judged by the journal and the bank alone (the design's rule 2). Each step looks at states only, so that a recovery
which is itself cut off is simply done again.
"""

from __future__ import annotations

import logging
from datetime import datetime

from totem.domain.errors import ChargeNotFound, ProviderError, Trouble
from totem.domain.machine import AttemptState, Machine, SaleState, TicketState
from totem.domain.ports import Clock, Journal
from totem.domain.records import Note, Record, Subject
from totem.services import card_steps, steps
from totem.services.banks import Bank, Banks, Health
from totem.services.charges import ChargeMaker
from totem.services.naming import named
from totem.services.payments import News, PixPayments, Verdict
from totem.services.print_queue import PrintQueue
from totem.services.printing import ReturnSale

log = logging.getLogger(__name__)

_WITHOUT_MONEY = (AttemptState.NOT_SENT, AttemptState.DECLINED, AttemptState.CANCELLED, AttemptState.EXPIRED)


class Recovery:
    """One pass at start. Raises JournalError where what it finds cannot be recorded: then the kiosk must not sell."""

    def __init__(
        self,
        journal: Journal,
        banks: Banks,
        payments: PixPayments,
        charges: ChargeMaker,
        queue: PrintQueue,
        return_sale: ReturnSale,
        clock: Clock,
        honour_window_s: float = 120.0,
    ) -> None:
        self._journal = journal
        self._banks = banks
        self._payments = payments
        self._charges = charges
        self._queue = queue
        self._return_sale = return_sale
        self._clock = clock
        self._honour_window_s = honour_window_s

    async def run(self, version: str) -> None:
        await self._journal.append(Note(steps.STARTED, data={"version": version}))
        for ticket in await self._journal.find(Machine.TICKET, TicketState.SENDING):
            await self._ticket_was_cut(ticket)
        for ticket in await self._journal.find(Machine.TICKET, TicketState.QUEUED, TicketState.FAILED):
            await self._ticket_never_began(ticket)
        unresolved = (AttemptState.INTENDED, AttemptState.PENDING, AttemptState.UNKNOWN)
        for attempt in await self._journal.find(Machine.ATTEMPT, *unresolved):
            if not card_steps.is_card(attempt):
                await self._resolve(attempt)
        for sale in await self._journal.find(Machine.SALE, SaleState.OPEN):
            await self._abandon_if_over(sale)

    # --- tickets ----------------------------------------------------------------------------------------------------

    async def _ticket_was_cut(self, ticket: Subject) -> None:
        """Bytes may have left: it is neither printed again nor refunded by itself."""
        sale = await self._journal.get(ticket.sale_id)
        records: list[Record] = [
            steps.move(ticket, TicketState.UNKNOWN),
            # A second copy that was cut: the first is named already.
            *await named(self._journal, self._clock, ticket, Trouble.PRINT_UNKNOWN, number=ticket.number("number")),
        ]
        if sale is not None and sale.state in (SaleState.PAID, SaleState.DELIVERING):
            records.append(steps.move(sale, SaleState.NEEDS_ATTENTION))
        await self._journal.append(*records)
        log.warning("ticket %s was cut while printing", ticket.id)

    async def _ticket_never_began(self, ticket: Subject) -> None:
        sale = await self._journal.get(ticket.sale_id)
        if sale is None or sale.state not in (SaleState.PAID, SaleState.DELIVERING) or ticket.flag("to_claim"):
            return
        paid_s_ago = await self._paid_s_ago(sale.id)
        if paid_s_ago is not None:
            self._queue.add(sale.id, paid_s_ago)
            return
        if await self._return_sale(sale.id, Trouble.LATE_MONEY):
            return
        records: list[Record] = []
        if ticket.state == TicketState.QUEUED:
            records.append(steps.move(ticket, TicketState.FAILED))
        records.append(steps.move(sale, SaleState.NEEDS_ATTENTION))
        records.append(steps.attention_opened(ticket, Trouble.LATE_MONEY, self._clock.now()))
        await self._journal.append(*records)

    async def _paid_s_ago(self, sale_id: str) -> float | None:
        """How long ago the sale's Pix came, or None where nobody waits for the ticket any more, or a card is undone."""
        for subject in await self._journal.of_sale(sale_id):
            if card_steps.is_card(subject) and subject.state == AttemptState.APPROVED:
                return None
            if subject.machine is Machine.ATTEMPT and subject.state == AttemptState.APPROVED:
                return self._within_window(datetime.fromisoformat(subject.text("paid_at")))
        return None

    def _within_window(self, paid_at: datetime) -> float | None:
        """Seconds since then, or None outside the window; a time ahead of our clock is outside: the clock is wrong."""
        ago_s = (self._clock.now() - paid_at).total_seconds()
        return max(ago_s, 0.0) if -5.0 <= ago_s <= self._honour_window_s else None

    # --- charges ----------------------------------------------------------------------------------------------------

    async def _resolve(self, attempt: Subject) -> None:
        """Ask the bank once now; what it does not answer is asked on by its poll loop, without holding up the start."""
        bank = self._banks.find(attempt.text("provider"))
        if bank is None:
            await self._payments.give_up_asking(attempt.id)
            return
        if bank.breaker.health is Health.OPEN:
            # It failed for the charges before this one: a customer at the screen does not wait for it once more.
            await self._ask_on(bank, attempt)
            return
        try:
            verdict = await self._ask(bank, attempt)
        except ChargeNotFound:
            log.info("the bank does not know txid=%s yet", attempt.id)
        except ProviderError as error:
            log.warning("not resolved at start txid=%s code=%s", attempt.id, error.code)
            bank.breaker.failed(error)
        else:
            if verdict.news is News.NOTHING:
                self._charges.remove_unseen(attempt.id, bank)
            return
        await self._ask_on(bank, attempt)

    async def _ask_on(self, bank: Bank, attempt: Subject) -> None:
        await self._payments.mark_unknown(attempt.id, Trouble.UNKNOWN)
        self._charges.remove_unseen(attempt.id, bank)

    async def _ask(self, bank: Bank, attempt: Subject) -> Verdict:
        charge = await bank.provider.get_charge(attempt.id)
        paid_s_ago = self._within_window(charge.payments[-1].at) if charge.payments else None
        verdict = await self._payments.judge(charge, shown=paid_s_ago is not None, gone_as=AttemptState.CANCELLED)
        if verdict.news is News.TICKET:
            self._queue.add(verdict.sale_id, paid_s_ago or 0.0)
        if verdict.news is not News.NOTHING:
            return verdict
        return await self._payments.close(attempt.id, AttemptState.CANCELLED, shown=False)

    async def _abandon_if_over(self, sale: Subject) -> None:
        subjects = await self._journal.of_sale(sale.id)
        attempts = [subject for subject in subjects if subject.machine is Machine.ATTEMPT]
        if all(attempt.state in _WITHOUT_MONEY for attempt in attempts):
            fresh = await self._journal.get(sale.id)
            if fresh is not None and fresh.state == SaleState.OPEN:
                await self._journal.append(steps.move(fresh, SaleState.ABANDONED))
