"""What a bank says of a charge, turned into journal: the only writer of attempts, and of paid sales.

Everything here is serialised by one lock and reads the journal afresh, so that the poll loop, a cancellation, the
sweep and recovery may all bring the same news: it is recorded once. Money that gives no ticket opens an attention and
the compensation that will settle it, in the transaction that records the money.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum

from totem.domain.catalogue import Basket
from totem.domain.errors import ChargeNotFound, IllegalTransition, Outcome, RequestRefused, StaleState, Trouble
from totem.domain.machine import (
    ATTEMPT_UNRESOLVED,
    AttemptState,
    AttentionState,
    Machine,
    SaleState,
    TicketState,
)
from totem.domain.ports import Charge, ChargeRequest, ChargeStatus, Clock, Journal, PixProvider, Random, ReceivedPix
from totem.domain.records import Note, Record, Subject
from totem.services import steps
from totem.services.allocation import Allocation, Claim, LatePolicy, Paid, Return, allocate, claim_of
from totem.services.banks import Banks
from totem.services.ids import attention_id_of, new_refund_id, ticket_id_of

log = logging.getLogger(__name__)


class News(StrEnum):
    """What a bank's answer meant for the sale."""

    NOTHING = "nothing"
    """Still waiting, or already known."""
    PART = "part"
    """One of several cards paid its part."""
    TICKET = "ticket"
    """Paid, and the ticket is queued."""
    RETURNED = "returned"
    """Money came that gives no ticket by itself: it goes back, or a technician is told."""
    OVER = "over"
    """The charge is gone and no money came."""


@dataclass(frozen=True, slots=True)
class Verdict:
    news: News
    sale_id: str
    trouble: Trouble | None = None
    goes_back: bool = False
    """Its way back is begun by the kiosk itself; otherwise a technician decides."""


@dataclass(frozen=True, slots=True)
class PaymentSettings:
    kiosk_id: str
    late_payment: LatePolicy = LatePolicy.HONOUR_WHILE_SHOWN


class PixPayments:
    """Begins, judges and closes charges. Raises JournalError where a step could not be stored."""

    def __init__(
        self,
        journal: Journal,
        banks: Banks,
        clock: Clock,
        random: Random,
        settings: PaymentSettings,
        lock: asyncio.Lock | None = None,
    ) -> None:
        """`lock` is shared with whoever else writes payments of the same sales."""
        self._journal = journal
        self._banks = banks
        self._clock = clock
        self._random = random
        self._settings = settings
        self._lock = lock or asyncio.Lock()
        self._new_money = asyncio.Event()

    @property
    def compensations_wanted(self) -> asyncio.Event:
        """Set whenever a compensation was journalled; whoever carries them out clears it."""
        return self._new_money

    # --- beginning --------------------------------------------------------------------------------------------------

    async def begin(self, sale_id: str, basket: Basket, language: str, method: str = "pix") -> None:
        """Open the sale. No charge of it exists yet."""
        await self._journal.append(*steps.sale_begins(sale_id, basket, language, method))

    async def intend(self, sale_id: str, bank: str, request: ChargeRequest) -> None:
        """Store the intent: the txid is in the journal before the bank hears of it."""
        await self._journal.append(steps.charge_intended(sale_id, bank, request))

    async def shown(self, charge: Charge, copia_e_cola: str) -> None:
        """Store that the code goes on the screen now: from here on the charge blocks every other of its sale."""
        async with self._lock:
            attempt = await self._attempt(charge.txid)
            await self._journal.append(*steps.charge_shown(attempt, charge, copia_e_cola))

    async def creation_failed(self, txid: str, outcome: Outcome, trouble: Trouble) -> None:
        """The charge could not be made, and nobody saw its code. Unknown stays unknown."""
        to = AttemptState.NOT_SENT if outcome is Outcome.NOT_SENT else AttemptState.UNKNOWN
        async with self._lock:
            attempt = await self._attempt(txid)
            if attempt.state in (AttemptState.INTENDED, AttemptState.UNKNOWN) and attempt.state != to:
                await self._append((steps.move(attempt, to, reason=trouble.value),))

    async def give_up_sale(self, sale_id: str, trouble: Trouble) -> None:
        """No bank made a charge that could be shown."""
        async with self._lock:
            sale = await self._journal.get(sale_id)
            if sale is not None and sale.state == SaleState.OPEN:
                await self._append((steps.move(sale, SaleState.ABANDONED, reason=trouble.value),))

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

    async def judge(self, charge: Charge, *, shown: bool, gone_as: AttemptState | None = None) -> Verdict:
        """Record what the bank says of a charge.

        `shown`: somebody waits for the ticket of this sale. `gone_as` is the state to give the attempt where the
        charge is removed or closed without money: CANCELLED or EXPIRED as the reason was; None takes CANCELLED.
        """
        async with self._lock:
            attempt, sale = await self._attempt_and_sale(charge.txid)
            paid = await self._paid(charge.payments)
            if any(each.fresh for each in paid):
                return await self._money_came(attempt, sale, charge, paid, shown=shown)
            if attempt.state == AttemptState.APPROVED:
                return Verdict(News.NOTHING, attempt.sale_id)
            return await self._no_money_yet(attempt, sale, charge, gone_as)

    async def _paid(self, payments: tuple[ReceivedPix, ...]) -> tuple[Paid, ...]:
        return tuple(
            [
                Paid(
                    pix.end_to_end_id,
                    pix.amount.amount_cents,
                    fresh=not await self._journal.is_noted(steps.RECEIVED, pix.end_to_end_id),
                )
                for pix in payments
            ]
        )

    async def _money_came(
        self, attempt: Subject, sale: Subject, charge: Charge, paid: tuple[Paid, ...], *, shown: bool
    ) -> Verdict:
        """New money on this charge: ticket, way back or attention, in the transaction that records it."""
        divided = await self._divide(attempt, sale, paid, shown=shown)
        fresh = {each.end_to_end_id for each in paid if each.fresh}
        came = tuple(pix for pix in charge.payments if pix.end_to_end_id in fresh)
        records: list[Record] = list(steps.received_notes(attempt.sale_id, attempt.id, came))
        if attempt.state != AttemptState.APPROVED:
            records.extend(steps.attempt_approved(attempt, charge))
        refundable = self._can_refund(attempt.text("provider"))
        if divided.claim is not Claim.NOTHING:
            records.extend(await self._ticket_records(attempt, sale, divided.claim))
        elif sale.state in (SaleState.OPEN, SaleState.ABANDONED):
            records.append(steps.move(sale, SaleState.COMPENSATING if refundable else SaleState.NEEDS_ATTENTION))
        for each in divided.returns:
            records.extend(self._return_records(attempt, each, refundable=refundable))
        await self._append(tuple(records))
        self._new_money.set()
        log.info("money sale=%s txid=%s claim=%s returns=%d", sale.id, attempt.id, divided.claim, len(divided.returns))
        return _verdict(sale.id, divided, goes_back=refundable)

    async def _divide(self, attempt: Subject, sale: Subject, paid: tuple[Paid, ...], *, shown: bool) -> Allocation:
        waits = sale.state in (SaleState.OPEN, SaleState.ABANDONED)
        given_up = sale.state == SaleState.ABANDONED
        claim = claim_of(given_up=given_up, shown=shown, policy=self._settings.late_payment)
        if sale.text("method") == steps.PROBE:
            claim = Claim.NOTHING  # a technician's smallest charge: there are no goods for it
        already_paid = attempt.state == AttemptState.APPROVED or not waits
        return allocate(attempt.number("amount_cents"), paid, claim, already_paid=already_paid)

    async def _ticket_records(self, attempt: Subject, sale: Subject, claim: Claim) -> tuple[Record, ...]:
        day = self._clock.now().astimezone().strftime("%Y-%m-%d")
        number = await self._journal.highest_ticket_number(day) + 1
        records = steps.ticket_ordered(sale, number, day, attempt, to_claim=claim is Claim.KEEP)
        if claim is Claim.PRINT:
            return records
        return (*records, steps.attention_opened(sale, Trouble.LATE_MONEY, self._clock.now(), number=number))

    def _return_records(self, attempt: Subject, back: Return, *, refundable: bool) -> tuple[Record, ...]:
        attention = steps.attention_opened(
            attempt, back.trouble, self._clock.now(), back.end_to_end_id, amount_cents=back.amount_cents
        )
        if not refundable:
            return (attention,)
        refund_id = new_refund_id(self._settings.kiosk_id, self._random)
        return (attention, steps.compensation_intended(attempt, refund_id, back, attention.subject_id))

    def _can_refund(self, bank_name: str) -> bool:
        bank = self._banks.find(bank_name)
        return bank is not None and bank.provider.capabilities.can_refund

    async def _no_money_yet(
        self, attempt: Subject, sale: Subject, charge: Charge, gone_as: AttemptState | None
    ) -> Verdict:
        removed = charge.status in (ChargeStatus.REMOVED_BY_RECEIVER, ChargeStatus.REMOVED_BY_PSP)
        if not removed:
            return Verdict(News.NOTHING, sale.id)
        to = gone_as or AttemptState.CANCELLED
        if attempt.state in ATTEMPT_UNRESOLVED:
            reason = Trouble.EXPIRED if to is AttemptState.EXPIRED else Trouble.CANCELLED
            await self._append(await self._over_records(attempt, to, sale, reason))
        return Verdict(News.OVER, sale.id)

    async def _over_records(
        self, attempt: Subject, to: AttemptState, sale: Subject, reason: Trouble
    ) -> tuple[Record, ...]:
        """The attempt ends without money; so does its sale, unless another charge of it still waits."""
        others = [
            each
            for each in await self._journal.of_sale(sale.id)
            if each.machine is Machine.ATTEMPT and each.id != attempt.id and each.state in ATTEMPT_UNRESOLVED
        ]
        return steps.no_money(attempt, to, None if others else sale, reason)

    # --- giving a paid sale back ------------------------------------------------------------------------------------

    async def return_sale(self, sale_id: str, trouble: Trouble, *, delivered: bool = False) -> bool:
        """Give back all that is left of a sale's money, and revoke its ticket in the same transaction (rule 3).

        False where a ticket is sending, unknown or printed, or nothing is left to return: then nothing was changed.
        `delivered`: a technician knows that a ticket may be out, and gives the money back all the same.
        """
        async with self._lock:
            subjects = await self._journal.of_sale(sale_id)
            sale = next((each for each in subjects if each.machine is Machine.SALE), None)
            ticket = next((each for each in subjects if each.machine is Machine.TICKET), None)
            returns = await self._left_to_return(sale_id, subjects, trouble)
            revocable = ticket is None or ticket.state in _REVOCABLE
            if sale is None or not returns or not (revocable or delivered):
                return False
            records: list[Record] = []
            if ticket is not None and revocable and ticket.state != TicketState.REVOKED:
                records.append(steps.move(ticket, TicketState.REVOKED))
            if sale.state != SaleState.COMPENSATING:
                records.append(steps.move(sale, SaleState.COMPENSATING))
            records.extend(
                steps.attention_settled(each, "the money goes back, and no ticket is printed for it")
                for each in subjects
                if each.machine is Machine.ATTENTION and each.state == AttentionState.OPEN and _is_of_ticket(each)
            )
            for attempt, back in returns:
                records.extend(self._return_records(attempt, back, refundable=True))
            try:
                await self._append(tuple(records))
            except StaleState:
                log.info("sale=%s goes on: its ticket began to print meanwhile", sale_id)
                return False
            self._new_money.set()
            return True

    async def _left_to_return(
        self, sale_id: str, subjects: tuple[Subject, ...], trouble: Trouble
    ) -> list[tuple[Subject, Return]]:
        attempts = {each.id: each for each in subjects if each.machine is Machine.ATTEMPT}
        taken: dict[str, int] = {}
        for each in subjects:
            if each.machine is Machine.COMPENSATION and each.state in steps.COMPENSATION_COUNTS:
                reference = each.text("reference")
                taken[reference] = taken.get(reference, 0) + each.number("amount_cents")
        returns = []
        for entry in await self._journal.entries(sale_id):
            attempt = attempts.get(entry.subject_id)
            if entry.kind == steps.RECEIVED and attempt is not None and self._can_refund(attempt.text("provider")):
                reference, received_cents = str(entry.data["end_to_end_id"]), int(str(entry.data["amount_cents"]))
                left_cents = received_cents - taken.get(reference, 0)
                if left_cents > 0:
                    returns.append((attempt, Return(reference, left_cents, trouble)))
        return returns

    # --- closing ----------------------------------------------------------------------------------------------------

    async def close(self, txid: str, gone_as: AttemptState, *, shown: bool) -> Verdict:
        """Remove the charge and read it again: the bank's last word wins (#324).

        Raises ProviderError where the bank does not say; then nothing was recorded.
        """
        provider = await self.provider_of(txid)
        try:
            await provider.cancel_charge(txid)
        except RequestRefused as error:
            # Paid or removed meanwhile: the question below tells which.
            log.info("removal refused txid=%s kind=%s", txid, error.kind)
        except ChargeNotFound:
            return await self._never_was(provider, txid)
        return await self.judge(await provider.get_charge(txid), shown=shown, gone_as=gone_as)

    async def _never_was(self, provider: PixProvider, txid: str) -> Verdict:
        """The bank has no such charge. One answer is no proof (the design's "absence"): a second is asked for."""
        try:
            charge = await provider.get_charge(txid)
        except ChargeNotFound:
            async with self._lock:
                attempt, sale = await self._attempt_and_sale(txid)
                if attempt.state not in (AttemptState.INTENDED, AttemptState.UNKNOWN):
                    return Verdict(News.NOTHING, attempt.sale_id)
                records = await self._over_records(attempt, AttemptState.NOT_SENT, sale, Trouble.NOT_FOUND)
                await self._append(records)
            return Verdict(News.OVER, attempt.sale_id)
        return await self.judge(charge, shown=False, gone_as=AttemptState.CANCELLED)

    # --- reading ----------------------------------------------------------------------------------------------------

    async def provider_of(self, txid: str) -> PixProvider:
        """The bank that was asked for the charge. Raises StaleState where the configuration no longer names it."""
        attempt = await self._attempt(txid)
        bank = self._banks.find(attempt.text("provider"))
        if bank is None:
            raise StaleState(f"charge {txid} is at {attempt.text('provider')}, which is not configured any more")
        return bank.provider

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


_REVOCABLE = (TicketState.QUEUED, TicketState.FAILED, TicketState.REVOKED)


def _is_of_ticket(attention: Subject) -> bool:
    """Named by the print queue while the ticket waited for its printer."""
    return attention.text("subject") == ticket_id_of(attention.sale_id)


def _verdict(sale_id: str, divided: Allocation, *, goes_back: bool) -> Verdict:
    trouble = divided.returns[0].trouble if divided.returns else None
    if divided.claim is Claim.PRINT:
        return Verdict(News.TICKET, sale_id, trouble, goes_back)
    return Verdict(News.RETURNED, sale_id, trouble or Trouble.LATE_MONEY, goes_back)
