"""Gives a settled card sale back by its terminal (TEF: CNC; mPOS: void). `Refunds` calls `advance`."""

from __future__ import annotations

import logging

from totem.domain.cards import CardOutcome, CardResult, CardTerminal
from totem.domain.errors import CardError, Outcome, Trouble
from totem.domain.machine import AttentionState, CompensationState, Machine, SaleState, TicketState
from totem.domain.money import Money
from totem.domain.ports import Clock, Journal, Random
from totem.domain.records import Record, Subject
from totem.services import card_steps, steps
from totem.services.ids import attention_id_of, new_refund_id
from totem.services.terminals import Terminals

log = logging.getLogger(__name__)

_MOST_TRIES = 3
"""Ids under which one payment is given back, before a technician is told."""


class CardRefunds:
    """A refund whose fate is unknown is asked about and never sent again: a terminal has no idempotency key for it."""

    def __init__(self, kiosk_id: str, journal: Journal, terminals: Terminals, clock: Clock, random: Random) -> None:
        self._kiosk_id = kiosk_id
        self._journal = journal
        self._terminals = terminals
        self._clock = clock
        self._random = random
        self._unsent: set[str] = set()
        """Provably never sent: they may be sent at the next round."""

    async def advance(self, compensation: Subject) -> None:
        """One step on; whatever the terminal says is recorded."""
        attempt = await self._journal.get(compensation.text("reference"))
        terminal = self._terminals.find(compensation.text("provider"))
        if attempt is None or terminal is None:
            await self._refused(compensation, "the configuration no longer names this terminal")
            return
        again = compensation.id in self._unsent
        try:
            result = await self._ask(terminal, attempt, compensation)
        except CardError as error:
            if error.outcome is Outcome.NOT_SENT and (compensation.state == CompensationState.INTENDED or again):
                self._unsent.add(compensation.id)
            log.warning("card refund waits id=%s code=%s %s", compensation.id, error.code, error)
            return
        await self._follow(compensation.id, result)

    async def _ask(self, terminal: CardTerminal, attempt: Subject, compensation: Subject) -> CardResult:
        reference = card_steps.reference_of(attempt)
        if compensation.state != CompensationState.INTENDED and compensation.id not in self._unsent:
            return await terminal.refund_status(reference, compensation.id)
        # `unknown` is stored before the call: a power cut in mid-call must not lead to a second refund unasked.
        if compensation.state == CompensationState.INTENDED:
            await self._journal.append(steps.move(compensation, CompensationState.UNKNOWN))
        self._unsent.discard(compensation.id)
        amount = Money(compensation.number("amount_cents"), reference.amount.currency)
        return await terminal.refund(reference, compensation.id, amount)

    async def _follow(self, compensation_id: str, result: CardResult) -> None:
        fresh = await self._journal.get(compensation_id)
        if fresh is None or fresh.state in (CompensationState.DONE, CompensationState.REFUSED):
            return
        if result.outcome is CardOutcome.APPROVED:
            await self._done(fresh, result)
        elif result.outcome is CardOutcome.NOT_SENT and await self._anew(fresh):
            log.info("card refund id=%s never reached its terminal, and is asked for anew", compensation_id)
        elif result.outcome in (CardOutcome.DECLINED, CardOutcome.CANCELLED, CardOutcome.NOT_SENT):
            await self._refused(fresh, result.message or result.code or result.outcome.value)
        else:
            await self._name_unknown(fresh)

    async def _anew(self, compensation: Subject) -> bool:
        """The terminal says that it never had it, and takes its id no more (a kiosk that died before sending).

        The same money goes back under another id, in the same transaction. False where that was tried often enough.
        """
        subjects = await self._journal.of_sale(compensation.sale_id)
        attempt = next((each for each in subjects if each.id == compensation.text("reference")), None)
        tried = sum(each.text("reference") == compensation.text("reference") for each in subjects)
        if attempt is None or tried >= _MOST_TRIES:
            return False
        refund_id = new_refund_id(self._kiosk_id, self._random)
        refused = steps.move(compensation, CompensationState.REFUSED, refusal="not_sent", superseded_by=refund_id)
        intended = card_steps.refund_intended(
            attempt,
            refund_id,
            compensation.number("amount_cents"),
            Trouble(compensation.text("reason")),
            compensation.text("attention"),
        )
        await self._journal.append(refused, intended)
        return True

    async def _name_unknown(self, compensation: Subject) -> None:
        """Nobody says yet whether the money went back: a technician is shown it until somebody does."""
        if await self._journal.get(attention_id_of(compensation.id, Trouble.CARD_UNKNOWN.value)) is None:
            opened = steps.attention_opened(compensation, Trouble.CARD_UNKNOWN, self._clock.now())
            await self._journal.append(opened)

    async def _done(self, compensation: Subject, result: CardResult) -> None:
        subjects = await self._journal.of_sale(compensation.sale_id)
        records: list[Record] = [steps.move(compensation, CompensationState.DONE, nsu=result.nsu)]
        attention = await self._journal.get(compensation.text("attention"))
        if attention is not None and attention.state == AttentionState.OPEN:
            records.append(steps.attention_settled(attention, f"refund {compensation.id}: {result.nsu or 'approved'}"))
        records.extend(card_steps.attentions_settled(subjects, compensation.id, "the terminal approved the refund"))
        records.extend(_sale_rests(subjects, compensation))
        await self._journal.append(*records)

    async def _refused(self, compensation: Subject, reason: str) -> None:
        """The attention of the money stays open, and another names the refusal."""
        records: list[Record] = [steps.move(compensation, CompensationState.REFUSED, refusal=reason)]
        trouble = Trouble.CARD_REFUND_REFUSED
        if await self._journal.get(attention_id_of(compensation.id, trouble.value)) is None:
            records.append(steps.attention_opened(compensation, trouble, self._clock.now(), reason=reason))
        sale = await self._journal.get(compensation.sale_id)
        if sale is not None and sale.state == SaleState.COMPENSATING:
            records.append(steps.move(sale, SaleState.NEEDS_ATTENTION))
        await self._journal.append(*records)


def _sale_rests(subjects: tuple[Subject, ...], done: Subject) -> list[Record]:
    sale = next((each for each in subjects if each.machine is Machine.SALE), None)
    open_ones = [
        each
        for each in subjects
        if (each.machine is Machine.COMPENSATION and each.id != done.id and not card_steps.has_ended(each))
        or (each.machine is Machine.SETTLEMENT and each.state == "undoing")
    ]
    if sale is None or sale.state != SaleState.COMPENSATING or open_ones:
        return []
    printed = any(each.machine is Machine.TICKET and each.state == TicketState.PRINTED for each in subjects)
    return [steps.move(sale, SaleState.COMPLETED if printed else SaleState.COMPENSATED)]
