"""Adiq's states as tables: its status, or its event, to the transaction's, and that to what it means for an attempt.

Anything that no row knows is pending. Paid is captured or approved; authorised alone is not, and where the payment was
asked for as a pre-authorisation it waits for its ticket. PENDING and REFUNDED, which the mapping's table of invoices
leaves out, have their rows here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from providers.adiq.requests import CaptureType
from totem.domain.cards import CardOutcome


class TransactionStatus(StrEnum):
    CREATED = "CREATED"
    AUTHORIZED = "AUTHORIZED"
    CAPTURED = "CAPTURED"
    SETTLED = "SETTLED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"
    PENDING = "PENDING"


OF_STATUS: Final = {
    "CREATED": TransactionStatus.CREATED,
    "AUTHORIZED": TransactionStatus.AUTHORIZED,
    "CAPTURED": TransactionStatus.CAPTURED,
    "APPROVED": TransactionStatus.SETTLED,
    "DECLINED": TransactionStatus.DECLINED,
    "CANCELLED": TransactionStatus.CANCELLED,
    "REFUNDED": TransactionStatus.REFUNDED,
    "PENDING": TransactionStatus.PENDING,
}

OF_EVENT: Final = {
    "PAYMENT_CREATED": TransactionStatus.CREATED,
    "PAYMENT_AUTHORIZED": TransactionStatus.AUTHORIZED,
    "PAYMENT_CAPTURED": TransactionStatus.CAPTURED,
    "PAYMENT_APPROVED": TransactionStatus.SETTLED,
    "PAYMENT_DECLINED": TransactionStatus.DECLINED,
    "PAYMENT_CANCELLED": TransactionStatus.CANCELLED,
    "PAYMENT_REFUNDED": TransactionStatus.REFUNDED,
}

OUTCOMES: Final = {
    TransactionStatus.CREATED: CardOutcome.PENDING,
    TransactionStatus.AUTHORIZED: CardOutcome.PENDING,
    TransactionStatus.CAPTURED: CardOutcome.APPROVED,
    TransactionStatus.SETTLED: CardOutcome.APPROVED,
    TransactionStatus.DECLINED: CardOutcome.DECLINED,
    TransactionStatus.CANCELLED: CardOutcome.CANCELLED,
    # Given back in whole or in part, and not by this attempt: somebody must look.
    TransactionStatus.REFUNDED: CardOutcome.UNKNOWN,
    TransactionStatus.PENDING: CardOutcome.PENDING,
}

OUTCOMES_BEFORE_CAPTURE: Final = {**OUTCOMES, TransactionStatus.AUTHORIZED: CardOutcome.APPROVED}
"""Of a payment that was asked for as a pre-authorisation: approved, and waiting for `confirm` (capture) or `undo`."""

PAID: Final = frozenset({TransactionStatus.CAPTURED, TransactionStatus.SETTLED})
GIVEN_BACK: Final = frozenset({TransactionStatus.CANCELLED, TransactionStatus.REFUNDED})
OPEN: Final = frozenset({TransactionStatus.CREATED, TransactionStatus.PENDING})


def status_of(word: str) -> TransactionStatus:
    """Of a status; letters' case is not looked at, for Adiq's own differ in it."""
    return OF_STATUS.get(word.upper(), TransactionStatus.PENDING)


def status_of_event(event_type: str) -> TransactionStatus:
    return OF_EVENT.get(event_type.upper(), TransactionStatus.PENDING)


def outcome_of(status: TransactionStatus, capture: CaptureType) -> CardOutcome:
    rows = OUTCOMES_BEFORE_CAPTURE if capture is CaptureType.AFTER_TICKET else OUTCOMES
    return rows[status]
