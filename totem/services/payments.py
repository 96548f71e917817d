"""What the bank says of a charge, turned into journal: the only writer of attempts, and of paid sales.

Everything here is serialised by one lock and reads the journal afresh, so that the poll loop, a cancellation and
recovery may all bring the same news: it is recorded once.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum

from totem.domain.catalogue import Basket
from totem.domain.errors import ChargeNotFound, IllegalTransition, Outcome, RequestRefused, Trouble
from totem.domain.machine import ATTEMPT_UNRESOLVED, AttemptState, Machine, SaleState
from totem.domain.ports import Charge, ChargeRequest, ChargeStatus, Clock, Journal, PixProvider
from totem.domain.records import Note, Record, Subject
from totem.services import steps
from totem.services.ids import attention_id_of

log = logging.getLogger(__name__)


class News(StrEnum):
    """What a bank's answer meant for the sale."""

    NOTHING = "nothing"
    """Still waiting, or already known."""
    TICKET = "ticket"
    """Paid, and the ticket is queued."""
    ATTENTION = "attention"
    """Money came that gives no ticket by itself: a technician is told."""
    OVER = "over"
    """The charge is gone and no money came."""


@dataclass(frozen=True, slots=True)
class Verdict:
    news: News
    sale_id: str
    trouble: Trouble | None = None


class PixPayments:
    """Begins, judges and closes charges. Raises JournalError where a step could not be stored."""

    def __init__(self, journal: Journal, provider: PixProvider, clock: Clock) -> None:
        self._journal = journal
        self._provider = provider
        self._clock = clock
        self._lock = asyncio.Lock()

    async def begin(self, sale_id: str, basket: Basket, language: str, request: ChargeRequest) -> None:
        """Store sale and intent. The txid is in the journal before the bank hears of it."""
        await self._journal.append(*steps.sale_begins(sale_id, basket, language, self._provider.name, request))

    async def shown(self, charge: Charge, copia_e_cola: str) -> None:
        """Store that the code goes on the screen now: from here on the charge blocks every other of its sale."""
        async with self._lock:
            attempt = await self._attempt(charge.txid)
            await self._journal.append(*steps.charge_shown(attempt, charge, copia_e_cola))

    async def creation_failed(self, txid: str, outcome: Outcome, trouble: Trouble) -> None:
        """The charge could not be made. Unknown stays unknown; both give up the sale, whose code nobody saw."""
        to = AttemptState.NOT_SENT if outcome is Outcome.NOT_SENT else AttemptState.UNKNOWN
        async with self._lock:
            attempt, sale = await self._attempt_and_sale(txid)
            if attempt.state in (AttemptState.INTENDED, AttemptState.UNKNOWN):
                await self._append(steps.no_money(attempt, to, sale, trouble))

    async def mark_unknown(self, txid: str, trouble: Trouble) -> None:
        """The bank does not say: the attempt is unknown and the sale stays open until somebody knows."""
        async with self._lock:
            attempt = await self._attempt(txid)
            if attempt.state in (AttemptState.INTENDED, AttemptState.PENDING):
                await self._append((steps.move(attempt, AttemptState.UNKNOWN, reason=trouble.value),))

    async def give_up_asking(self, txid: str) -> None:
        """The questions are used up: what is still unresolved gets a name that a technician is shown."""
        async with self._lock:
            attempt = await self._attempt(txid)
            waiting = attempt.state in ATTEMPT_UNRESOLVED
            known = await self._journal.get(attention_id_of(txid, Trouble.UNKNOWN.value))
            if waiting and known is None:
                await self._append((steps.attention_opened(attempt, Trouble.UNKNOWN, self._clock.now()),))

    async def note_cancel(self, txid: str) -> None:
        attempt = await self._attempt(txid)
        await self._append((Note(steps.CANCEL_REQUESTED, attempt.sale_id, txid),))

    # --- judging ----------------------------------------------------------------------------------------------------

    async def judge(self, charge: Charge, *, honour: bool, gone_as: AttemptState | None = None) -> Verdict:
        """Record what the bank says of a charge.

        `honour`: somebody waits for the ticket of this sale. `gone_as` is the state to give the attempt where the
        charge is removed or closed without money: CANCELLED or EXPIRED as the reason was; None leaves it waiting.
        """
        async with self._lock:
            attempt, sale = await self._attempt_and_sale(charge.txid)
            fresh = await self._fresh_notes(attempt, charge)
            if fresh:
                return await self._money_came(attempt, sale, charge, fresh, honour)
            if attempt.state == AttemptState.APPROVED:
                return Verdict(News.NOTHING, attempt.sale_id)
            return await self._no_money_yet(attempt, sale, charge, gone_as)

    async def _fresh_notes(self, attempt: Subject, charge: Charge) -> tuple[Note, ...]:
        notes = steps.received_notes(attempt, charge.payments)
        return tuple([note for note in notes if not await self._journal.is_noted(note.kind, note.unique)])

    async def _money_came(
        self, attempt: Subject, sale: Subject, charge: Charge, fresh: tuple[Note, ...], honour: bool
    ) -> Verdict:
        """New money on this charge: exactly one of ticket or attention, in the transaction that records it."""
        asked = attempt.number("amount_cents")
        received = sum(pix.amount.amount_cents for pix in charge.payments)
        trouble = _trouble_of(attempt, sale, charge, asked, received, honour)
        records: list[Record] = list(fresh)
        if attempt.state != AttemptState.APPROVED:
            records.extend(steps.attempt_approved(attempt, charge))
        gives_ticket = received >= asked and _may_deliver(sale, honour) and attempt.state != AttemptState.APPROVED
        if gives_ticket:
            records.extend(await self._ticket_records(sale))
        elif sale.state in (SaleState.OPEN, SaleState.ABANDONED):
            records.append(steps.move(sale, SaleState.NEEDS_ATTENTION))
        if trouble is not None:
            records.append(
                steps.attention_opened(
                    attempt, trouble, self._clock.now(), fresh[0].unique, asked_cents=asked, received_cents=received
                )
            )
        await self._append(tuple(records))
        log.info("money sale=%s txid=%s received_cents=%d asked_cents=%d", sale.id, attempt.id, received, asked)
        return Verdict(News.TICKET if gives_ticket else News.ATTENTION, sale.id, trouble)

    async def _ticket_records(self, sale: Subject) -> tuple[Record, ...]:
        day = self._clock.now().astimezone().strftime("%Y-%m-%d")
        number = await self._journal.highest_ticket_number(day) + 1
        return steps.ticket_ordered(sale, number, day)

    async def _no_money_yet(
        self, attempt: Subject, sale: Subject, charge: Charge, gone_as: AttemptState | None
    ) -> Verdict:
        removed = charge.status in (ChargeStatus.REMOVED_BY_RECEIVER, ChargeStatus.REMOVED_BY_PSP)
        if not removed:
            return Verdict(News.NOTHING, sale.id)
        to = gone_as or AttemptState.CANCELLED
        if attempt.state in (AttemptState.INTENDED, AttemptState.PENDING, AttemptState.UNKNOWN):
            reason = Trouble.EXPIRED if to is AttemptState.EXPIRED else Trouble.CANCELLED
            await self._append(steps.no_money(attempt, to, sale, reason))
        return Verdict(News.OVER, sale.id)

    # --- closing ----------------------------------------------------------------------------------------------------

    async def close(self, txid: str, gone_as: AttemptState, *, honour: bool) -> Verdict:
        """Remove the charge and read it again: the bank's last word wins (#324).

        Raises ProviderError where the bank does not say; then nothing was recorded.
        """
        try:
            await self._provider.cancel_charge(txid)
        except RequestRefused as error:
            # Paid or removed meanwhile: the question below tells which.
            log.info("removal refused txid=%s kind=%s", txid, error.kind)
        except ChargeNotFound:
            return await self._never_was(txid)
        return await self.judge(await self._provider.get_charge(txid), honour=honour, gone_as=gone_as)

    async def _never_was(self, txid: str) -> Verdict:
        """The bank has no such charge. One answer is no proof (the design's "absence"): a second is asked for."""
        try:
            charge = await self._provider.get_charge(txid)
        except ChargeNotFound:
            async with self._lock:
                attempt, sale = await self._attempt_and_sale(txid)
                if attempt.state not in (AttemptState.INTENDED, AttemptState.UNKNOWN):
                    return Verdict(News.NOTHING, attempt.sale_id)
                await self._append(steps.no_money(attempt, AttemptState.NOT_SENT, sale, Trouble.NOT_FOUND))
            return Verdict(News.OVER, attempt.sale_id)
        return await self.judge(charge, honour=False, gone_as=AttemptState.CANCELLED)

    # --- reading ----------------------------------------------------------------------------------------------------

    async def _attempt(self, txid: str) -> Subject:
        attempt = await self._journal.get(txid)
        if attempt is None or attempt.machine is not Machine.ATTEMPT:
            raise IllegalTransition(f"no attempt {txid} in the journal")
        return attempt

    async def _attempt_and_sale(self, txid: str) -> tuple[Subject, Subject]:
        attempt = await self._attempt(txid)
        sale = await self._journal.get(attempt.sale_id)
        if sale is None:
            raise IllegalTransition(f"attempt {txid} belongs to no sale")
        return attempt, sale

    async def _append(self, records: tuple[Record, ...]) -> None:
        if records:
            await self._journal.append(*records)


def _may_deliver(sale: Subject, honour: bool) -> bool:
    return honour and sale.state in (SaleState.OPEN, SaleState.ABANDONED)


def _trouble_of(
    attempt: Subject, sale: Subject, charge: Charge, asked: int, received: int, honour: bool
) -> Trouble | None:
    """The name of what is not right about this money, or None for a plain payment."""
    if attempt.state == AttemptState.APPROVED:
        return Trouble.PAID_TWICE
    if received != asked:
        return Trouble.PAID_TWICE if received > asked and len(charge.payments) > 1 else Trouble.AMOUNT_DIFFERS
    return None if _may_deliver(sale, honour) else Trouble.LATE_MONEY
