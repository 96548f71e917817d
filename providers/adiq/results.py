"""An Adiq payment in the domain's words, by the tables of `states`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from providers.adiq.answers import Payment
from providers.adiq.errors import is_of_card
from providers.adiq.requests import CaptureType
from providers.adiq.settings import AdiqSettings
from providers.adiq.states import TransactionStatus, outcome_of, status_of
from totem.domain.cards import CardOutcome, CardReceipts, CardResult
from totem.domain.errors import CardError, Outcome, RequestRefused, Trouble
from totem.domain.money import Money

_TROUBLES: Final = {
    CardOutcome.DECLINED: Trouble.CARD_DECLINED,
    CardOutcome.CANCELLED: Trouble.CARD_CANCELLED,
    CardOutcome.EXPIRED: Trouble.CARD_TIMEOUT,
    CardOutcome.UNKNOWN: Trouble.CARD_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class CardShown:
    """What a receipt may show of the card."""

    brand: str = ""
    last_digits: str = ""


def transaction_status(payment: Payment, settings: AdiqSettings) -> TransactionStatus:
    """By its status; without one, by the return codes that the owner was told are approvals, else pending."""
    if payment.status or payment.return_code not in settings.approved_codes or not payment.return_code:
        return status_of(payment.status)
    captured = capture_of(payment, settings) is CaptureType.AUTOMATIC
    return TransactionStatus.CAPTURED if captured else TransactionStatus.AUTHORIZED


def capture_of(payment: Payment, settings: AdiqSettings) -> CaptureType:
    """As the payment itself says; the setting may have changed since it was made."""
    told = payment.capture_type.lower()
    return CaptureType(told) if told in set(CaptureType) else settings.capture


def sale_outcome(payment: Payment, settings: AdiqSettings) -> CardOutcome:
    return outcome_of(transaction_status(payment, settings), capture_of(payment, settings))


def sale_result(payment: Payment, settings: AdiqSettings, asked: Money, card: CardShown | None = None) -> CardResult:
    """`asked` stands for an amount that the answer leaves out."""
    outcome, shown = sale_outcome(payment, settings), card or CardShown()
    approved = outcome is CardOutcome.APPROVED
    return CardResult(
        outcome,
        amount=asked if payment.amount is None else Money(payment.amount, asked.currency),
        nsu=payment.nsu,
        authorization=payment.authorization_code,
        brand=shown.brand,
        last_digits=shown.last_digits,
        needs_confirmation=approved and capture_of(payment, settings) is CaptureType.AFTER_TICKET,
        trace=trace_of(payment),
        # The API brings no lines for paper.
        receipts=CardReceipts(wants_customer=False),
        message="" if approved else payment.description,
        code="" if approved else payment.return_code or payment.status,
        trouble=_TROUBLES.get(outcome),
    )


def trace_of(payment: Payment) -> dict[str, str]:
    """What later acts and the day's closing need; neither cavv nor xid, which only prove an authentication."""
    told = {
        "payment_id": payment.payment_id,
        "capture_type": payment.capture_type,
        "tid": payment.tid,
        "eci": payment.eci,
        "status": payment.status,
    }
    return {name: text for name, text in told.items() if text}


def refused(error: RequestRefused) -> CardResult:
    """A typed refusal: of the card, which is a decline, or of our request, which then was not carried out."""
    told = error.violations[0].partition(": ")[2] if error.violations else ""
    if is_of_card(error):
        return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_DECLINED, code=error.kind, message=told)
    return CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_REFUSED, code=error.kind or str(error.status))


def result_of_error(error: CardError) -> CardResult:
    """NOT_SENT where the error proves it, else UNKNOWN."""
    outcome = CardOutcome.NOT_SENT if error.outcome is Outcome.NOT_SENT else CardOutcome.UNKNOWN
    code = getattr(error, "terminal_code", "")
    return CardResult(outcome, trouble=error.trouble, code=code if isinstance(code, str) else "")


def unknown(code: str, payment: Payment | None = None) -> CardResult:
    trace = {} if payment is None else trace_of(payment)
    return CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN, code=code, trace=trace)
