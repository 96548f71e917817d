"""Batches of journal records, one pure function for each thing that happens to a card payment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from totem.domain.cards import CardKind, CardOutcome, CardReference, CardResult, CardSale
from totem.domain.errors import Trouble
from totem.domain.machine import AttemptState, AttentionState, CompensationState, Machine, SettlementState
from totem.domain.money import Currency, Money
from totem.domain.records import JsonValue, Note, Record, Step, Subject
from totem.services import steps
from totem.services.ids import settlement_id_of

RECEIVED = "card.received"
ORPHAN = "card.orphan"
CARD = "card"
"""`kind` of a compensation that a terminal carries out."""

ENDINGS: Mapping[CardOutcome, AttemptState] = {
    CardOutcome.DECLINED: AttemptState.DECLINED,
    CardOutcome.CANCELLED: AttemptState.CANCELLED,
    CardOutcome.EXPIRED: AttemptState.EXPIRED,
    CardOutcome.NOT_SENT: AttemptState.NOT_SENT,
}
"""Outcomes in which no money moved."""

TROUBLES: Mapping[CardOutcome, Trouble] = {
    CardOutcome.DECLINED: Trouble.CARD_DECLINED,
    CardOutcome.CANCELLED: Trouble.CARD_CANCELLED,
    CardOutcome.EXPIRED: Trouble.CARD_TIMEOUT,
    CardOutcome.NOT_SENT: Trouble.TERMINAL_UNREACHABLE,
}


def trouble_of(result: CardResult) -> Trouble:
    return result.trouble or TROUBLES.get(result.outcome, Trouble.CARD_UNKNOWN)


def intended(sale_id: str, terminal: str, sale: CardSale) -> Step:
    """A card is about to be asked for at that terminal, under the ids that are stored here first."""
    return Step(
        Machine.ATTEMPT,
        sale.attempt_id,
        sale_id,
        None,
        AttemptState.INTENDED,
        {
            "amount_cents": sale.amount.amount_cents,
            "currency": sale.amount.currency.name,
            "method": sale.kind.value,
            "provider": terminal,
            "number": sale.number,
            "installments": sale.installments,
        },
    )


def approved(attempt: Subject, result: CardResult, received_cents: int, receipts: str, now: datetime) -> list[Record]:
    """Proven money, in the amount that the terminal named; `receipts` are sealed, "" for none."""
    data: dict[str, JsonValue] = {
        "received_cents": received_cents,
        "paid_at": now.isoformat(),
        "nsu": result.nsu,
        "authorization": result.authorization,
        "brand": result.brand,
        "last_digits": result.last_digits,
        "trace": dict(result.trace),
        "needs_confirmation": result.needs_confirmation,
    }
    if receipts:
        data["receipts"] = receipts
    received: dict[str, JsonValue] = {"amount_cents": received_cents, "at": now.isoformat(), "nsu": result.nsu}
    return [
        steps.move(attempt, AttemptState.APPROVED, **data),
        Note(RECEIVED, attempt.sale_id, attempt.id, received, unique=attempt.id),
    ]


def settlement_born(attempt: Subject, *, needed: bool) -> Step:
    state = SettlementState.DECIDING if needed else SettlementState.NONE_NEEDED
    return Step(Machine.SETTLEMENT, settlement_id_of(attempt.id), attempt.sale_id, None, state, {"attempt": attempt.id})


def undo_decided(attempt: Subject, reason: Trouble) -> Step:
    """For a settlement born in the same batch."""
    return Step(
        Machine.SETTLEMENT,
        settlement_id_of(attempt.id),
        attempt.sale_id,
        SettlementState.DECIDING,
        SettlementState.UNDOING,
        {"reason": reason.value},
    )


def refund_intended(attempt: Subject, refund_id: str, amount_cents: int, reason: Trouble, attention_id: str) -> Step:
    return Step(
        Machine.COMPENSATION,
        refund_id,
        attempt.sale_id,
        None,
        CompensationState.INTENDED,
        {
            "kind": CARD,
            "reference": attempt.id,
            "amount_cents": amount_cents,
            "provider": attempt.text("provider"),
            "reason": reason.value,
            "attention": attention_id,
        },
    )


def has_ended(compensation: Subject) -> bool:
    """Nothing more is expected of it: done, or its money went back under another id."""
    return compensation.state == CompensationState.DONE or bool(compensation.text("superseded_by"))


def attentions_settled(subjects: tuple[Subject, ...], about: str, evidence: str) -> list[Record]:
    """Every open attention about that subject."""
    return [
        steps.attention_settled(each, evidence)
        for each in subjects
        if each.machine is Machine.ATTENTION and each.state == AttentionState.OPEN and each.text("subject") == about
    ]


def reference_of(attempt: Subject) -> CardReference:
    """The attempt as its terminal is asked about it."""
    trace = attempt.data.get("trace")
    known = {key: str(value) for key, value in trace.items()} if isinstance(trace, dict) else {}
    return CardReference(
        attempt.id,
        attempt.number("number"),
        Money(attempt.number("amount_cents"), Currency[attempt.text("currency")]),
        CardKind(attempt.text("method")),
        attempt.number("installments", 1),
        known,
        attempt.born_at,
    )


def is_card(attempt: Subject) -> bool:
    return attempt.machine is Machine.ATTEMPT and attempt.text("method") in frozenset(CardKind)


def taken_cents(subjects: tuple[Subject, ...], attempt_id: str) -> int:
    """How much of it is on its way back, or is back."""
    return sum(
        each.number("amount_cents")
        for each in subjects
        if each.machine is Machine.COMPENSATION
        and each.text("reference") == attempt_id
        and each.state in steps.COMPENSATION_COUNTS
    )
