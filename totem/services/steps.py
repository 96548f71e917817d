"""Batches of journal records, one pure function for each thing that happens to a Pix sale."""

from __future__ import annotations

from datetime import datetime

from totem.domain.catalogue import Basket
from totem.domain.errors import Trouble
from totem.domain.machine import (
    AttemptState,
    AttentionState,
    Machine,
    SaleState,
    SettlementState,
    TicketState,
)
from totem.domain.ports import Charge, ChargeRequest, ReceivedPix
from totem.domain.records import JsonValue, Note, Record, Step, Subject
from totem.services.ids import attention_id_of, settlement_id_of, ticket_id_of

RECEIVED = "pix.received"
DISPLAYED = "charge.displayed"
CANCEL_REQUESTED = "cancel.requested"
STARTED = "kiosk.started"
STOPPED = "kiosk.stopped"


def move(subject: Subject, to: str, **data: JsonValue) -> Step:
    """The step of a known subject from where it stands."""
    return Step(subject.machine, subject.id, subject.sale_id, subject.state, to, data)


def sale_begins(
    sale_id: str, basket: Basket, language: str, provider: str, request: ChargeRequest
) -> tuple[Record, ...]:
    """The sale is open and the charge intended: both stored before the bank hears of them."""
    lines: list[JsonValue] = [
        {
            "service": line.service.id,
            "name": line.service.name(language),
            "quantity": line.quantity,
            "price_cents": line.service.price.amount_cents,
        }
        for line in basket.lines
    ]
    amount: dict[str, JsonValue] = {
        "amount_cents": request.amount.amount_cents,
        "currency": request.amount.currency.name,
    }
    return (
        Step(Machine.SALE, sale_id, sale_id, None, SaleState.CHOOSING, {"lines": lines, "language": language}),
        Step(Machine.SALE, sale_id, sale_id, SaleState.CHOOSING, SaleState.OPEN, {**amount, "method": "pix"}),
        Step(
            Machine.ATTEMPT,
            request.txid,
            sale_id,
            None,
            AttemptState.INTENDED,
            {
                **amount,
                "method": "pix",
                "provider": provider,
                "txid": request.txid,
                "expires_in_s": request.expires_in_s,
                "message": request.message,
            },
        ),
    )


def charge_shown(attempt: Subject, charge: Charge, copia_e_cola: str) -> tuple[Record, ...]:
    """The bank has the charge, and its code is about to be shown."""
    pending = move(
        attempt,
        AttemptState.PENDING,
        copia_e_cola=copia_e_cola,
        created_at=charge.created_at.isoformat(),
        expires_in_s=charge.expires_in_s,
    )
    return (pending, Note(DISPLAYED, attempt.sale_id, attempt.id, unique=attempt.id))


def received_notes(attempt: Subject, payments: tuple[ReceivedPix, ...]) -> tuple[Note, ...]:
    return tuple(
        Note(
            RECEIVED,
            attempt.sale_id,
            attempt.id,
            {"end_to_end_id": pix.end_to_end_id, "amount_cents": pix.amount.amount_cents, "at": pix.at.isoformat()},
            unique=pix.end_to_end_id,
        )
        for pix in payments
    )


def attempt_approved(attempt: Subject, charge: Charge) -> tuple[Record, ...]:
    """Proven money. Pix has no confirmation step, so its settlement is none_needed."""
    first = charge.payments[0]
    received = sum(pix.amount.amount_cents for pix in charge.payments)
    return (
        move(
            attempt,
            AttemptState.APPROVED,
            end_to_end_id=first.end_to_end_id,
            received_cents=received,
            paid_at=first.at.isoformat(),
        ),
        Step(Machine.SETTLEMENT, settlement_id_of(attempt.id), attempt.sale_id, None, SettlementState.NONE_NEEDED),
    )


def ticket_ordered(sale: Subject, number: int, day: str) -> tuple[Record, ...]:
    """The sale is paid, and its ticket stands in the queue from the same moment."""
    return (
        move(sale, SaleState.PAID),
        Step(
            Machine.TICKET,
            ticket_id_of(sale.id),
            sale.id,
            None,
            TicketState.QUEUED,
            {"number": number, "day": day},
        ),
    )


def no_money(attempt: Subject, to: AttemptState, sale: Subject | None, reason: Trouble) -> tuple[Record, ...]:
    """The attempt ended without money; the sale, if it still waits for this one, is abandoned with it."""
    steps: list[Record] = []
    if attempt.state != to:
        steps.append(move(attempt, to, reason=reason.value))
    if sale is not None and sale.state == SaleState.OPEN:
        steps.append(move(sale, SaleState.ABANDONED, reason=reason.value))
    return tuple(steps)


def attention_opened(subject: Subject, trouble: Trouble, now: datetime, key: str = "", **data: JsonValue) -> Step:
    """What a technician is shown until it is settled with evidence or a typed reason.

    `key` tells two of the same trouble apart (an endToEndId); by default one subject has one.
    """
    return Step(
        Machine.ATTENTION,
        attention_id_of(key or subject.id, trouble.value),
        subject.sale_id,
        None,
        AttentionState.OPEN,
        {"trouble": trouble.value, "subject": subject.id, "since": now.isoformat(), **data},
    )


def attention_settled(attention: Subject, evidence: str) -> Step:
    return move(attention, AttentionState.SETTLED, evidence=evidence)


def ticket_sending(sale: Subject, ticket: Subject) -> tuple[Record, ...]:
    """The last look before the first byte: refused as a whole where sale or job is no longer as expected (rule 3)."""
    steps: list[Record] = [move(ticket, TicketState.SENDING)]
    if sale.state == SaleState.PAID:
        steps.append(move(sale, SaleState.DELIVERING))
    return tuple(steps)


def ticket_printed(sale: Subject | None, ticket: Subject) -> tuple[Record, ...]:
    steps: list[Record] = [move(ticket, TicketState.PRINTED)]
    if sale is not None and sale.state == SaleState.DELIVERING:
        steps.append(move(sale, SaleState.COMPLETED))
    return tuple(steps)
