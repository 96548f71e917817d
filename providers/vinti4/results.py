"""What SISP told, in the domain's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from providers.http.plain_text import plain_text
from providers.vinti4.answers import PageResult
from providers.vinti4.receipt import receipts_of
from providers.vinti4.references import References
from totem.domain.cards import CardOutcome, CardResult
from totem.domain.errors import CardError, Outcome, Trouble
from totem.domain.money import MAX_AMOUNT_CENTS, Currency, Money

REFUND_NEEDS: Final = frozenset({"transaction_id", "clearing_period"})
"""Of a trace: only a signed answer brings them."""
NETWORK: Final = "vinti4"
"""What a ticket names as the brand: SISP's answers name none."""

_TROUBLES: Final = {
    CardOutcome.DECLINED: Trouble.CARD_DECLINED,
    CardOutcome.CANCELLED: Trouble.CARD_CANCELLED,
    CardOutcome.EXPIRED: Trouble.CARD_TIMEOUT,
    CardOutcome.UNKNOWN: Trouble.CARD_UNKNOWN,
    CardOutcome.PENDING: Trouble.CARD_UNKNOWN,
}


def signed_result(result: PageResult, references: References, language: str) -> CardResult | None:
    """Of an answer whose signature is right. None where it names no end: then the status query is asked."""
    answer = result.answer
    if result.success:
        amount = _escudos(answer.amount)
        return CardResult(
            CardOutcome.APPROVED,
            amount=amount,
            nsu=plain_text(answer.transaction_id),
            authorization=plain_text(answer.message_id),
            brand=NETWORK,
            last_digits=answer.last_digits,
            trace=_trace(result, references),
            receipts=receipts_of(answer, result.dcc, language),
        )
    if not result.names_an_end:
        return None
    return CardResult(
        CardOutcome.DECLINED,
        message=plain_text(result.message),
        code=plain_text(answer.error_code),
        trouble=Trouble.CARD_DECLINED,
        trace=trace_of(references, "signed"),
    )


def status_result(references: References, asked: Money) -> CardResult:
    """Paid, as the status query alone says. It names no amount: the request's own was signed, so it is that one.

    Without transactionID and clearingPeriod there is no way to a refund.
    """
    return CardResult(
        CardOutcome.APPROVED,
        amount=asked,
        nsu=references.merchant_ref,
        brand=NETWORK,
        trace=trace_of(references, "status"),
    )


def ended(outcome: CardOutcome, references: References, code: str) -> CardResult:
    return CardResult(outcome, trouble=_TROUBLES[outcome], code=code, trace=trace_of(references, "status"))


def not_sent(error: CardError) -> CardResult:
    outcome = CardOutcome.NOT_SENT if error.outcome is Outcome.NOT_SENT else CardOutcome.UNKNOWN
    return CardResult(outcome, trouble=error.trouble, code=str(getattr(error, "terminal_code", "")))


def trace_of(references: References, known_by: str) -> dict[str, str]:
    return {
        "merchant_ref": references.merchant_ref,
        "merchant_session": references.merchant_session,
        "known_by": known_by,
    }


def _trace(result: PageResult, references: References) -> dict[str, str]:
    answer, dcc = result.answer, result.dcc
    told = {
        **trace_of(references, "signed"),
        "transaction_id": plain_text(answer.transaction_id),
        "clearing_period": plain_text(answer.clearing_period),
        "message_id": plain_text(answer.message_id),
        "time_stamp": plain_text(answer.time_stamp),
        "reload_code": plain_text(answer.reload_code),
    }
    if dcc.enabled:
        figures = {"amount": dcc.amount, "rate": dcc.rate, "markup": dcc.markup}
        told |= {f"dcc_{name}": f"{number:f}" for name, number in figures.items() if number is not None}
        told["dcc_currency"] = dcc.currency or ""
    return {name: text for name, text in told.items() if text}


def _escudos(text: str) -> Money | None:
    """Whole escudos; None for an amount that is none, which no sale's can be."""
    number = Decimal(text) if text else Decimal(-1)
    whole = int(number)
    return Money(whole, Currency.CVE) if number == whole and 0 <= whole <= MAX_AMOUNT_CENTS else None
