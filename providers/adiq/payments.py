"""Adiq's payments after they were made: asked about, captured, cancelled, given back.

Everything is read before it is changed, because no call of Adiq's is safe to repeat.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from providers.adiq.answers import Payment
from providers.adiq.calls import AdiqCalls, days_of
from providers.adiq.results import sale_outcome, sale_result, trace_of, transaction_status, unknown
from providers.adiq.settings import AdiqSettings
from providers.adiq.states import GIVEN_BACK, OPEN, PAID, TransactionStatus
from providers.http.card_errors import card_error
from totem.domain.cards import CardOutcome, CardReference, CardResult
from totem.domain.errors import (
    ChargeNotFound,
    OutcomeUnknown,
    ProviderError,
    RequestRefused,
    TerminalRefused,
    TerminalSilent,
    TerminalUnreachable,
    Trouble,
)
from totem.domain.money import Money
from totem.domain.ports import Clock

log = logging.getLogger(__name__)

_ME: Final = "adiq"


class AdiqPayments:
    """By the reference that the journal has. Calls raise a CardError, but for `find`."""

    def __init__(self, settings: AdiqSettings, calls: AdiqCalls, clock: Clock) -> None:
        self._settings = settings
        self._patience = settings.patience
        self._calls = calls
        self._clock = clock

    async def status(self, reference: CardReference) -> CardResult:
        """By its id where that was stored, else by its order number.

        NOT_SENT only where Adiq twice has no such order, long after a payment could still have been on its way.
        """
        try:
            payment = await self._known(reference)
            if payment is None and self._is_ripe(reference):
                await self._clock.sleep(self._patience.second_look_s)
                payment = await self._known(reference)
                if payment is None:
                    trouble = Trouble.TERMINAL_UNREACHABLE
                    return CardResult(CardOutcome.NOT_SENT, trouble=trouble, code="absent twice")
        except ProviderError as exc:
            raise card_error(exc, _ME) from exc
        if payment is None:
            return unknown("not there yet")
        return sale_result(payment, self._settings, reference.amount)

    async def capture(self, reference: CardReference) -> None:
        """Capture a pre-authorisation; one that was captured is left as it is."""
        payment, status = await self._read(reference)
        if status is TransactionStatus.AUTHORIZED:
            try:
                payment = await self._calls.capture(payment.payment_id, _amount_of(payment, reference))
                status = await self._status_after(payment)
            except ProviderError as exc:
                raise card_error(exc, _ME) from exc
        if status in PAID:
            return
        if status in OPEN or status is TransactionStatus.AUTHORIZED:
            raise TerminalSilent(f"{_ME}: {reference.attempt_id}: not captured yet: {status}")
        raise TerminalRefused(f"{_ME}: {reference.attempt_id}: cannot be captured: {status}", code=status)

    async def undo(self, reference: CardReference) -> None:
        """Cancel what was authorised, or captured meanwhile; what is cancelled or was declined is undone already."""
        payment, status = await self._read(reference)
        if status is TransactionStatus.AUTHORIZED or status in PAID:
            try:
                payment = await self._calls.cancel(payment.payment_id, _amount_of(payment, reference))
                status = await self._status_after(payment)
            except ProviderError as exc:
                raise card_error(exc, _ME) from exc
        if status not in GIVEN_BACK and status is not TransactionStatus.DECLINED:
            raise TerminalSilent(f"{_ME}: {reference.attempt_id}: not cancelled yet: {status}")

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        """Cancel the whole, or a part of it. Read first, because nothing in the call makes it safe to repeat."""
        try:
            payment = await self._payment(reference)
        except ProviderError as exc:
            raise TerminalUnreachable(f"{_ME}: {refund_id}: not sent: it could not be read first: {exc}") from exc
        status = transaction_status(payment, self._settings)
        if status in GIVEN_BACK:
            return _given_back(payment, amount)
        if status not in PAID and status is not TransactionStatus.AUTHORIZED:
            return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code=status)
        is_part = payment.amount is not None and amount.amount_cents < payment.amount
        try:
            cancelled = await self._calls.cancel(payment.payment_id, amount)
            status = await self._status_after(cancelled)
        except OutcomeUnknown as exc:
            log.warning("adiq: %s: %s", refund_id, exc)
            return unknown("cancel", payment)
        except RequestRefused as exc:
            log.warning("adiq: %s: %s", refund_id, exc)
            return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code=exc.kind)
        except ProviderError as exc:
            raise card_error(exc, _ME) from exc
        done = status in GIVEN_BACK or (is_part and status in PAID)
        return _given_back(cancelled, amount) if done else unknown(status, cancelled)

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:
        """UNKNOWN unless the whole payment is given back: of a part whose answer was lost Adiq tells nothing."""
        try:
            payment = await self._payment(reference)
        except ProviderError as exc:
            raise card_error(exc, _ME) from exc
        status = transaction_status(payment, self._settings)
        if status in GIVEN_BACK:
            return _given_back(payment, reference.amount)
        log.info("adiq: %s: not given back yet: %s", refund_id, status)
        return unknown(status, payment)

    def _is_ripe(self, reference: CardReference) -> bool:
        if reference.sent_at is None:
            return False
        return self._clock.now() - reference.sent_at >= timedelta(seconds=self._patience.absence_s)

    async def find(self, order_number: str, sent_at: datetime) -> Payment | None:
        """Of several payments with one order number, the one that took money, else one that still may.

        None where Adiq has none. Raises ProviderError where it does not say.
        """
        days = days_of(sent_at, timedelta(seconds=self._patience.absence_s))
        found = await self._calls.find(order_number, days)
        if len(found) > 1:
            log.warning("adiq: %d payments with one order number", len(found))
        order = (CardOutcome.APPROVED, CardOutcome.UNKNOWN, CardOutcome.PENDING)
        outcomes = [(sale_outcome(each, self._settings), each) for each in found]
        ranked = sorted(outcomes, key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
        return ranked[0][1] if ranked else None

    async def _known(self, reference: CardReference) -> Payment | None:
        """None where Adiq has no such order. Raises ProviderError where it does not say."""
        known = reference.trace.get("payment_id")
        if known:
            return await self._calls.get(known)
        if reference.sent_at is None:
            raise OutcomeUnknown("no payment id was stored, and no time to search from")
        return await self.find(reference.attempt_id, reference.sent_at)

    async def _payment(self, reference: CardReference) -> Payment:
        payment = await self._known(reference)
        if payment is None:
            raise ChargeNotFound("no payment with that order number")
        return payment

    async def _read(self, reference: CardReference) -> tuple[Payment, TransactionStatus]:
        """For a settlement. Raises a CardError."""
        try:
            payment = await self._payment(reference)
        except ProviderError as exc:
            raise card_error(exc, _ME) from exc
        return payment, transaction_status(payment, self._settings)

    async def _status_after(self, changed: Payment) -> TransactionStatus:
        """Of what was captured or cancelled; an answer without a status is asked about.

        Raises OutcomeUnknown alone: the change was made, whatever becomes of the question.
        """
        try:
            fresh = changed if changed.status else await self._calls.get(changed.payment_id)
        except ProviderError as exc:
            raise OutcomeUnknown(f"changed, and not read since: {exc}") from exc
        return transaction_status(fresh, self._settings)


def _amount_of(payment: Payment, reference: CardReference) -> Money:
    return reference.amount if payment.amount is None else Money(payment.amount, reference.amount.currency)


def _given_back(payment: Payment, amount: Money) -> CardResult:
    return CardResult(CardOutcome.APPROVED, amount=amount, nsu=payment.nsu, trace=trace_of(payment))
