"""What a card terminal says of a payment, turned into journal: the only writer of card attempts and settlements.

Serialised by the lock that Pix uses too, and read afresh each time: the stream of the sale, a question after a lost
link and recovery may all bring the same news, which is recorded once. The decision to confirm or to undo is a step of
its own, never reconsidered (the design's rules 1 to 4).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from totem.domain.cards import CardOutcome, CardReceipts, CardResult, CardSale
from totem.domain.errors import IllegalTransition, StaleState, Trouble
from totem.domain.machine import (
    ATTEMPT_UNRESOLVED,
    AttemptState,
    Machine,
    SaleState,
    SettlementState,
    TicketState,
)
from totem.domain.ports import Clock, Journal, Random
from totem.domain.records import Note, Record, Step, Subject
from totem.services import card_steps, steps
from totem.services.ids import attention_id_of, new_refund_id, settlement_id_of, ticket_id_of
from totem.services.payments import News, Verdict
from totem.services.terminals import Terminals

log = logging.getLogger(__name__)


class CardFate(StrEnum):
    """What becomes of an approved card whose ticket did not come out, or of which nobody knows."""

    UNDO = "undo"
    CONFIRM = "confirm"


class Sealer(Protocol):
    """Keeps an acquirer's receipts unreadable in the journal's file."""

    def seal(self, receipts: CardReceipts) -> str: ...

    def unseal(self, sealed: str) -> CardReceipts: ...


@dataclass(frozen=True, slots=True)
class CardPolicy:
    kiosk_id: str
    ticket_unknown: CardFate = CardFate.UNDO
    ticket_failed: CardFate = CardFate.UNDO
    """PayGo's papers differ on it: self-service undoes what it did not release (Roteiro, steps 41-42)."""


class CardPayments:
    """Raises JournalError where a step could not be stored."""

    def __init__(
        self,
        journal: Journal,
        terminals: Terminals,
        clock: Clock,
        random: Random,
        policy: CardPolicy,
        sealer: Sealer,
        lock: asyncio.Lock,
        compensations_wanted: asyncio.Event,
    ) -> None:
        self._journal = journal
        self._terminals = terminals
        self._clock = clock
        self._random = random
        self._policy = policy
        self._sealer = sealer
        self._lock = lock
        self._compensations_wanted = compensations_wanted
        self.settling_wanted = asyncio.Event()
        """Set whenever a settlement may be decided or carried out; whoever does it clears it."""

    # --- beginning --------------------------------------------------------------------------------------------------

    async def intend(self, sale_id: str, terminal: str, sale: CardSale) -> None:
        """Store the intent: the ids are in the journal before the terminal hears of them."""
        await self._journal.append(card_steps.intended(sale_id, terminal, sale))

    async def begun(self, attempt_id: str) -> None:
        """The terminal has it."""
        async with self._lock:
            attempt = await self.attempt(attempt_id)
            if attempt.state == AttemptState.INTENDED:
                await self._journal.append(steps.move(attempt, AttemptState.PENDING))

    async def note_cancel(self, attempt_id: str) -> None:
        attempt = await self.attempt(attempt_id)
        await self._journal.append(Note(steps.CANCEL_REQUESTED, attempt.sale_id, attempt_id))

    # --- judging ----------------------------------------------------------------------------------------------------

    async def judge(self, attempt_id: str, result: CardResult, *, shown: bool) -> Verdict:
        """Record what the terminal said. `shown`: its customer stands before the screen and gets the goods.

        Nothing but a way back comes of an approval that nobody waits for.
        """
        async with self._lock:
            attempt = await self.attempt(attempt_id)
            if attempt.state == AttemptState.APPROVED:
                return Verdict(News.NOTHING, attempt.sale_id)
            if result.outcome is CardOutcome.APPROVED:
                return await self._approved(attempt, result, shown=shown)
            return await self._not_approved(attempt, result, shown=shown)

    async def _approved(self, attempt: Subject, result: CardResult, *, shown: bool) -> Verdict:
        sale = await self._sale_of(attempt)
        asked_cents = attempt.number("amount_cents")
        received_cents = result.amount.amount_cents if result.amount is not None else asked_cents
        receipts = self._sealer.seal(result.receipts) if result.receipts != CardReceipts() else ""
        records = card_steps.approved(attempt, result, received_cents, receipts, self._clock.now())
        records.append(card_steps.settlement_born(attempt, needed=result.needs_confirmation))
        records.extend(await self._unknown_is_known(attempt, "the terminal approved it"))
        fits = result.amount is not None and received_cents == asked_cents
        if shown and fits and sale.state in (SaleState.OPEN, SaleState.PARTLY_PAID):
            return await self._paid(attempt, sale, records, receipts, result)
        reason = Trouble.CARD_NOT_DELIVERED if fits else Trouble.CARD_AMOUNT_DIFFERS
        back = self._way_back(attempt, received_cents, reason, result)
        records.extend(back)
        goes_back = result.needs_confirmation or self._can_refund(attempt, result.trace)
        if sale.state in (SaleState.OPEN, SaleState.PARTLY_PAID, SaleState.ABANDONED):
            records.append(steps.move(sale, SaleState.COMPENSATING if goes_back else SaleState.NEEDS_ATTENTION))
        await self._journal.append(*records)
        self._wake()
        return Verdict(News.RETURNED, sale.id, reason, goes_back)

    async def _paid(
        self, attempt: Subject, sale: Subject, records: list[Record], receipts: str, result: CardResult
    ) -> Verdict:
        """The whole sale with this card, or one more part of it."""
        others_cents = sum(each.number("received_cents") for each in await self.standing(sale.id))
        left_cents = sale.number("amount_cents") - others_cents - attempt.number("amount_cents")
        if left_cents > 0:
            if sale.state == SaleState.OPEN:
                records.append(steps.move(sale, SaleState.PARTLY_PAID))
            await self._journal.append(*records)
            return Verdict(News.PART, sale.id)
        day = self._clock.now().astimezone().strftime("%Y-%m-%d")
        number = await self._journal.highest_ticket_number(day) + 1
        sealed = [each.text("receipts") for each in await self.standing(sale.id)] + [receipts]
        records.extend(
            steps.ticket_ordered(
                sale,
                number,
                day,
                attempt,
                receipts=tuple(each for each in sealed if each),
                card={"brand": result.brand, "nsu": result.nsu, "authorization": result.authorization},
            )
        )
        await self._journal.append(*records)
        self._wake()
        log.info("card paid sale=%s attempt=%s", sale.id, attempt.id)
        return Verdict(News.TICKET, sale.id)

    async def _not_approved(self, attempt: Subject, result: CardResult, *, shown: bool) -> Verdict:
        to = card_steps.ENDINGS.get(result.outcome)
        if to is None:
            if result.outcome is CardOutcome.UNKNOWN and attempt.state in (AttemptState.INTENDED, AttemptState.PENDING):
                await self._journal.append(steps.move(attempt, AttemptState.UNKNOWN, reason=Trouble.CARD_UNKNOWN.value))
            return Verdict(News.NOTHING, attempt.sale_id)
        if attempt.state not in ATTEMPT_UNRESOLVED:
            return Verdict(News.OVER, attempt.sale_id)
        if attempt.state == AttemptState.PENDING and to is AttemptState.NOT_SENT:
            to = AttemptState.CANCELLED  # it had it, and knows nothing of it any more: there is no arrow back to unsent
        trouble = card_steps.trouble_of(result)
        records: list[Record] = [steps.move(attempt, to, reason=trouble.value, code=result.code)]
        records.extend(await self._unknown_is_known(attempt, f"the terminal says {result.outcome}"))
        if not shown:
            records.extend(await self._sale_is_over(attempt, trouble))
        await self._journal.append(*records)
        return Verdict(News.OVER, attempt.sale_id, trouble)

    async def _sale_is_over(self, attempt: Subject, trouble: Trouble) -> list[Record]:
        """Nobody stands before its screen any more, and nothing else of the sale is awaited."""
        subjects = await self._journal.of_sale(attempt.sale_id)
        sale = next((each for each in subjects if each.machine is Machine.SALE), None)
        others = [
            each
            for each in subjects
            if each.machine is Machine.ATTEMPT and each.id != attempt.id and each.state in ATTEMPT_UNRESOLVED
        ]
        if sale is None or sale.state != SaleState.OPEN or others:
            return []
        return [steps.move(sale, SaleState.ABANDONED, reason=trouble.value)]

    async def _unknown_is_known(self, attempt: Subject, evidence: str) -> list[Record]:
        subjects = await self._journal.of_sale(attempt.sale_id)
        wanted = attention_id_of(attempt.id, Trouble.CARD_UNKNOWN.value)
        asked = tuple(each for each in subjects if each.id == wanted)
        return card_steps.attentions_settled(asked, attempt.id, evidence)

    async def name_unknown(self, attempt_id: str) -> None:
        """The terminal does not say: the attempt is unknown, and a technician is shown it until somebody knows."""
        async with self._lock:
            attempt = await self.attempt(attempt_id)
            if attempt.state not in ATTEMPT_UNRESOLVED:
                return
            records: list[Record] = []
            if attempt.state != AttemptState.UNKNOWN:
                records.append(steps.move(attempt, AttemptState.UNKNOWN, reason=Trouble.CARD_UNKNOWN.value))
            if await self._journal.get(attention_id_of(attempt.id, Trouble.CARD_UNKNOWN.value)) is None:
                records.append(steps.attention_opened(attempt, Trouble.CARD_UNKNOWN, self._clock.now()))
            if records:
                await self._journal.append(*records)

    # --- the way back -----------------------------------------------------------------------------------------------

    async def undelivered(self, sale_id: str, trouble: Trouble) -> bool:
        """Not a byte of the ticket was printed, and nobody waits for it any more: the owner's setting decides.

        True where the money goes back; see `return_sale`.
        """
        if self._policy.ticket_failed is CardFate.UNDO:
            return await self.return_sale(sale_id, trouble)
        async with self._lock:
            await self._settle_all(sale_id, SettlementState.CONFIRMING, ())
        return False

    async def return_sale(self, sale_id: str, trouble: Trouble, *, delivered: bool = False) -> bool:
        """Undo or give back every card of the sale, and revoke its ticket in the same transaction (rule 3).

        False where a ticket is sending, unknown or printed, or nothing can go back; then nothing was changed.
        `delivered`: somebody knows that a ticket may be out, and gives the money back all the same.
        """
        async with self._lock:
            subjects = await self._journal.of_sale(sale_id)
            ticket = next((each for each in subjects if each.machine is Machine.TICKET), None)
            sale = next((each for each in subjects if each.machine is Machine.SALE), None)
            revocable = ticket is None or ticket.state in (TicketState.QUEUED, TicketState.FAILED, TicketState.REVOKED)
            back = self._all_back(subjects, trouble)
            if sale is None or not back or not (revocable or delivered):
                return False
            records: list[Record] = []
            if ticket is not None and revocable and ticket.state != TicketState.REVOKED:
                records.append(steps.move(ticket, TicketState.REVOKED))
            if ticket is not None:
                records.extend(
                    card_steps.attentions_settled(subjects, ticket.id, "the money goes back, and no ticket is printed")
                )
            if sale.state not in (SaleState.COMPENSATING, SaleState.ABANDONED):
                records.append(steps.move(sale, SaleState.COMPENSATING))
            try:
                await self._journal.append(*records, *back)
            except StaleState:
                log.info("sale=%s goes on: its ticket began to print meanwhile", sale_id)
                return False
            self._wake()
            return True

    def _all_back(self, subjects: tuple[Subject, ...], trouble: Trouble) -> list[Record]:
        """Each approved card by the way that is left for it: undone while undecided, refunded after."""
        states = {each.id: each for each in subjects}
        records: list[Record] = []
        for attempt in subjects:
            if not card_steps.is_card(attempt) or attempt.state != AttemptState.APPROVED:
                continue
            settlement = states.get(settlement_id_of(attempt.id))
            state = settlement.state if settlement is not None else SettlementState.NONE_NEEDED
            left_cents = attempt.number("received_cents") - card_steps.taken_cents(subjects, attempt.id)
            if settlement is not None and state == SettlementState.DECIDING:
                records.append(steps.move(settlement, SettlementState.UNDOING, reason=trouble.value))
                records.append(self._attention(attempt, trouble, left_cents))
            elif (
                state not in _UNDONE
                and left_cents > 0
                and self._can_refund(attempt, card_steps.reference_of(attempt).trace)
            ):
                records.extend(self._refund(attempt, left_cents, trouble))
        return records

    def _way_back(self, attempt: Subject, cents: int, reason: Trouble, result: CardResult) -> list[Record]:
        """For an approval recorded in the same batch."""
        if result.needs_confirmation:
            return [card_steps.undo_decided(attempt, reason), self._attention(attempt, reason, cents)]
        if self._can_refund(attempt, result.trace):
            return self._refund(attempt, cents, reason)
        return [self._attention(attempt, Trouble.CARD_NOT_UNDONE, cents)]

    def _refund(self, attempt: Subject, cents: int, reason: Trouble) -> list[Record]:
        refund_id = new_refund_id(self._policy.kiosk_id, self._random)
        attention = self._attention(attempt, reason, cents, key=refund_id)
        return [attention, card_steps.refund_intended(attempt, refund_id, cents, reason, attention.subject_id)]

    def _attention(self, attempt: Subject, trouble: Trouble, cents: int, key: str = "") -> Step:
        return steps.attention_opened(
            attempt, trouble, self._clock.now(), key, amount_cents=cents, nsu=attempt.text("nsu")
        )

    # --- deciding ---------------------------------------------------------------------------------------------------

    async def decide(self, sale_id: str) -> None:
        """The decision, where the ticket's fate is known: printed confirms. Told as often as one likes."""
        async with self._lock:
            ticket = await self._journal.get(ticket_id_of(sale_id))
            if ticket is not None and ticket.state == TicketState.PRINTED:
                await self._settle_all(sale_id, SettlementState.CONFIRMING, ())

    async def decide_unknown(self, sale_id: str) -> bool:
        """Nobody knows whether the ticket came out, and nobody asks for another: the owner's setting decides.

        True where the card is undone.
        """
        async with self._lock:
            ticket = await self._journal.get(ticket_id_of(sale_id))
            sale = await self._journal.get(sale_id)
            if ticket is None or sale is None or ticket.state not in (TicketState.UNKNOWN, TicketState.SENDING):
                return False
            if self._policy.ticket_unknown is CardFate.CONFIRM:
                await self._settle_all(sale_id, SettlementState.CONFIRMING, ())
                return False
            void = steps.attention_opened(
                ticket, Trouble.CARD_TICKET_VOID, self._clock.now(), number=ticket.number("number")
            )
            extra: list[Record] = [void]
            if sale.state != SaleState.COMPENSATING:
                extra.append(steps.move(sale, SaleState.COMPENSATING))
            return await self._settle_all(sale_id, SettlementState.UNDOING, tuple(extra))

    async def has_ticket(self, sale_id: str) -> None:
        """The customer said that the ticket came out, against an own interest: its card is confirmed."""
        async with self._lock:
            await self._settle_all(sale_id, SettlementState.CONFIRMING, ())

    async def confirm_parts(self, sale_id: str) -> None:
        """A second card is about to be asked for: the terminal holds one transaction open at a time (PayGo, TXT)."""
        async with self._lock:
            await self._settle_all(sale_id, SettlementState.CONFIRMING, ())

    async def _settle_all(self, sale_id: str, to: SettlementState, extra: tuple[Record, ...]) -> bool:
        """One decision for all that is undecided; False where nothing is, and then nothing is recorded."""
        deciding = [
            each
            for each in await self._journal.of_sale(sale_id)
            if each.machine is Machine.SETTLEMENT and each.state == SettlementState.DECIDING
        ]
        if deciding:
            await self._journal.append(*(steps.move(each, to) for each in deciding), *extra)
            self._wake()
        return bool(deciding)

    # --- reading ----------------------------------------------------------------------------------------------------

    async def attempt(self, attempt_id: str) -> Subject:
        """Raises IllegalTransition where the journal has no such attempt."""
        attempt = await self._journal.get(attempt_id)
        if attempt is None or attempt.machine is not Machine.ATTEMPT:
            raise IllegalTransition(f"no attempt {attempt_id} in the journal")
        return attempt

    async def language_of(self, sale_id: str) -> str:
        """The customer's."""
        sale = await self._journal.get(sale_id)
        return (sale.text("language") if sale is not None else "") or "pt"

    async def standing(self, sale_id: str) -> tuple[Subject, ...]:
        """The sale's approved cards that are not undone, nor on their way back."""
        subjects = await self._journal.of_sale(sale_id)
        gone = {each.id for each in subjects if each.machine is Machine.SETTLEMENT and each.state in _UNDONE}
        return tuple(
            each
            for each in subjects
            if card_steps.is_card(each)
            and each.state == AttemptState.APPROVED
            and settlement_id_of(each.id) not in gone
            and not card_steps.taken_cents(subjects, each.id)
        )

    async def _sale_of(self, attempt: Subject) -> Subject:
        sale = await self._journal.get(attempt.sale_id)
        if sale is None:
            raise IllegalTransition(f"attempt {attempt.id} belongs to no sale")
        return sale

    def _can_refund(self, attempt: Subject, trace: Mapping[str, str]) -> bool:
        """Whether its terminal can give it back by itself, with what it told of that approval."""
        terminal = self._terminals.find(attempt.text("provider"))
        if terminal is None or not terminal.capabilities.can_refund:
            return False
        return all(trace.get(name) for name in terminal.capabilities.refund_needs)

    def _wake(self) -> None:
        self.settling_wanted.set()
        self._compensations_wanted.set()


_UNDONE = (SettlementState.UNDOING, SettlementState.UNDONE)
