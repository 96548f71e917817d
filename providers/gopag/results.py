"""A GoPag transaction in the domain's words, by a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from providers.gopag.models import Transaction
from totem.domain.cards import CardOutcome, CardReceipts, CardResult
from totem.domain.errors import CardError, Outcome, Trouble


@dataclass(frozen=True, slots=True)
class Row:
    """None in a column: whatever it says, or nothing."""

    status: str
    outcome: CardOutcome
    captured: bool | None = None
    voided: bool | None = None
    refunded: bool | None = None
    error_code: str | None = None


# The first row that fits. What fits none is pending: a status that GoPag adds later is no end.
SALE_ROWS: Final = (
    Row("pending", CardOutcome.PENDING),
    # Authorised alone is not paid.
    Row("pre_authorized", CardOutcome.PENDING),
    Row("succeeded", CardOutcome.CANCELLED, voided=True),
    # Given back in whole or in part, and not by this attempt: somebody must look.
    Row("succeeded", CardOutcome.UNKNOWN, refunded=True),
    Row("succeeded", CardOutcome.PENDING, captured=False),
    Row("succeeded", CardOutcome.APPROVED),
    # Failed or cancelled, and captured all the same: a contradiction is no end.
    Row("failed", CardOutcome.PENDING, captured=True),
    Row("failed", CardOutcome.EXPIRED, error_code="timeout"),
    Row("failed", CardOutcome.EXPIRED, error_code="expired"),
    Row("failed", CardOutcome.DECLINED),
    Row("canceled", CardOutcome.CANCELLED, voided=True),
    Row("canceled", CardOutcome.PENDING, captured=True),
    Row("canceled", CardOutcome.CANCELLED),
    Row("refunded", CardOutcome.CANCELLED, voided=True),
    Row("refunded", CardOutcome.UNKNOWN),
)

_TROUBLES: Final = {
    CardOutcome.DECLINED: Trouble.CARD_DECLINED,
    CardOutcome.CANCELLED: Trouble.CARD_CANCELLED,
    CardOutcome.EXPIRED: Trouble.CARD_TIMEOUT,
    CardOutcome.UNKNOWN: Trouble.CARD_UNKNOWN,
}


def outcome_of(transaction: Transaction) -> CardOutcome:
    for row in SALE_ROWS:
        pairs = (
            (row.captured, transaction.captured),
            (row.voided, transaction.voided),
            (row.refunded, transaction.refunded),
            (row.error_code, transaction.error_code),
        )
        if row.status == transaction.status and all(wanted in {None, told} for wanted, told in pairs):
            return row.outcome
    return CardOutcome.PENDING


def is_given_back(transaction: Transaction) -> bool:
    return transaction.voided is True or transaction.refunded is True or transaction.status == "refunded"


def sale_result(transaction: Transaction) -> CardResult:
    outcome = outcome_of(transaction)
    return CardResult(
        outcome,
        amount=transaction.amount,
        nsu=transaction.nsu,
        authorization=transaction.payment_authorization.authorization_code,
        brand=transaction.brand,
        last_digits=transaction.last_digits,
        trace=trace_of(transaction),
        # The reader shows its own slip on its screen; the API brings no lines.
        receipts=CardReceipts(wants_customer=False),
        message=transaction.error_message,
        code=transaction.error_code or (transaction.status if outcome is not CardOutcome.APPROVED else ""),
        trouble=_TROUBLES.get(outcome),
    )


def trace_of(transaction: Transaction) -> dict[str, str]:
    """What later acts and the day's closing need; nothing of the card but how it was read."""
    moments = {
        "created_at": transaction.created_at,
        "approved_at": transaction.approved_at,
        "failed_at": transaction.failed_at,
        "updated_at": transaction.updated_at,
    }
    told = {
        "transaction_id": transaction.id,
        "entry_mode": transaction.entry_mode,
        "sales_receipt": transaction.sales_receipt,
        "transaction_number": transaction.transaction_number,
        **{name: moment.isoformat() if moment is not None else "" for name, moment in moments.items()},
    }
    return {name: text for name, text in told.items() if text}


def result_of_error(error: CardError) -> CardResult:
    """NOT_SENT where the error proves it, else UNKNOWN."""
    outcome = CardOutcome.NOT_SENT if error.outcome is Outcome.NOT_SENT else CardOutcome.UNKNOWN
    code = getattr(error, "terminal_code", "")
    return CardResult(outcome, trouble=error.trouble, code=code if isinstance(code, str) else "")


def unknown(code: str, transaction_id: str = "") -> CardResult:
    trace = {"transaction_id": transaction_id} if transaction_id else {}
    return CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN, code=code, trace=trace)
