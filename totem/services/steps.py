"""Batches of journal records, one pure function for each thing that happens to a Pix sale."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from totem.domain.catalogue import Basket
from totem.domain.errors import Trouble
from totem.domain.machine import (
    AttemptState,
    AttentionState,
    CompensationState,
    Machine,
    SaleState,
    SettlementState,
    TicketState,
)
from totem.domain.ports import Charge, ChargeRequest, ReceivedPix
from totem.domain.records import JsonValue, Note, Record, Step, Subject
from totem.services.allocation import Return
from totem.services.ids import attention_id_of, settlement_id_of, ticket_id_of

RECEIVED = "pix.received"
DISPLAYED = "charge.displayed"
CANCEL_REQUESTED = "cancel.requested"
UNMATCHED = "pix.unmatched"
SWEPT = "pix.swept"
IN_HAND = "ticket.in_hand"
"""The customer said at the screen that the ticket came out."""
PROBE = "probe"
"""`method` of a technician's smallest real charge: whatever is paid for such a sale goes back."""
STARTED = "kiosk.started"
STOPPED = "kiosk.stopped"

COMPENSATION_COUNTS = (
    CompensationState.INTENDED,
    CompensationState.SENT,
    CompensationState.UNKNOWN,
    CompensationState.DONE,
)
"""States in which a compensation's cents are gone, or may be: all but refused."""


def move(subject: Subject, to: str, **data: JsonValue) -> Step:
    """The step of a known subject from where it stands."""
    return Step(subject.machine, subject.id, subject.sale_id, subject.state, to, data)


def sale_begins(sale_id: str, basket: Basket, language: str, method: str = "pix") -> tuple[Record, ...]:
    """The sale is open, and no bank has heard of it yet."""
    lines: list[JsonValue] = [
        {
            "service": line.service.id,
            "name": line.service.name(language),
            "quantity": line.quantity,
            "price_cents": line.service.price.amount_cents,
        }
        for line in basket.lines
    ]
    amount: dict[str, JsonValue] = {"amount_cents": basket.total.amount_cents, "currency": basket.currency.name}
    return (
        Step(Machine.SALE, sale_id, sale_id, None, SaleState.CHOOSING, {"lines": lines, "language": language}),
        Step(Machine.SALE, sale_id, sale_id, SaleState.CHOOSING, SaleState.OPEN, {**amount, "method": method}),
    )


def charge_intended(sale_id: str, bank: str, request: ChargeRequest) -> Step:
    """A charge of that sale is about to be asked of that bank, under the txid that is stored here first."""
    return Step(
        Machine.ATTEMPT,
        request.txid,
        sale_id,
        None,
        AttemptState.INTENDED,
        {
            "amount_cents": request.amount.amount_cents,
            "currency": request.amount.currency.name,
            "method": "pix",
            "provider": bank,
            "txid": request.txid,
            "expires_in_s": request.expires_in_s,
            "message": request.message,
        },
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


def received_notes(
    sale_id: str, subject_id: str, payments: tuple[ReceivedPix, ...], bank: str = ""
) -> tuple[Note, ...]:
    """`bank` where no attempt says at which it was received."""
    told: dict[str, JsonValue] = {"provider": bank} if bank else {}
    return tuple(
        Note(
            RECEIVED,
            sale_id,
            subject_id,
            {
                "end_to_end_id": pix.end_to_end_id,
                "amount_cents": pix.amount.amount_cents,
                "at": pix.at.isoformat(),
                **told,
            },
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


def ticket_ordered(
    sale: Subject,
    number: int,
    day: str,
    paid_by: Subject,
    *,
    to_claim: bool = False,
    receipts: tuple[str, ...] = (),
    card: Mapping[str, str] | None = None,
) -> tuple[Record, ...]:
    """The sale is paid by that attempt, and its ticket stands in the queue from the same moment.

    One `to_claim` is printed only when somebody asks an attendant for it. `receipts` are a card acquirer's, sealed:
    they are printed behind the ticket, in the same job. `card`: what a ticket says of the card that paid.
    """
    data: dict[str, JsonValue] = {"number": number, "day": day, "to_claim": to_claim}
    if receipts:
        data["receipts"] = list(receipts)
    return (
        move(
            sale,
            SaleState.PAID,
            method=paid_by.text("method"),
            installments=paid_by.number("installments", 1),
            **(card or {}),
        ),
        Step(Machine.TICKET, ticket_id_of(sale.id), sale.id, None, TicketState.QUEUED, data),
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
    return attention_born(key or subject.id, subject.sale_id, trouble, now, subject=subject.id, **data)


def attention_born(key: str, sale_id: str, trouble: Trouble, now: datetime, **data: JsonValue) -> Step:
    """The same for money that belongs to no sale: `sale_id` is "" then."""
    return Step(
        Machine.ATTENTION,
        attention_id_of(key, trouble.value),
        sale_id,
        None,
        AttentionState.OPEN,
        {"trouble": trouble.value, "since": now.isoformat(), **data},
    )


def compensation_intended(attempt: Subject, refund_id: str, back: Return, attention_id: str) -> Step:
    """Money of that attempt goes back; the refund's id is stored before the bank hears of it."""
    return compensation_born(refund_id, attempt.sale_id, attempt.text("provider"), back, attention_id)


def compensation_born(refund_id: str, sale_id: str, bank: str, back: Return, attention_id: str) -> Step:
    return Step(
        Machine.COMPENSATION,
        refund_id,
        sale_id,
        None,
        CompensationState.INTENDED,
        {
            "reference": back.end_to_end_id,
            "amount_cents": back.amount_cents,
            "provider": bank,
            "reason": back.trouble.value,
            "attention": attention_id,
        },
    )


def attention_settled(attention: Subject, evidence: str) -> Step:
    return move(attention, AttentionState.SETTLED, evidence=evidence)


def ticket_sending(sale: Subject, ticket: Subject, **data: JsonValue) -> tuple[Record, ...]:
    """The last look before the first byte: refused as a whole where sale or job is no longer as expected (rule 3).

    `data` says by which printer. A failed ticket, of which no byte left, stands in the queue again first.
    """
    steps: list[Record] = []
    if ticket.state == TicketState.FAILED:
        steps.append(move(ticket, TicketState.QUEUED))
    sending = Step(Machine.TICKET, ticket.id, ticket.sale_id, TicketState.QUEUED, TicketState.SENDING, data)
    steps.append(sending)
    if sale.state == SaleState.PAID:
        steps.append(move(sale, SaleState.DELIVERING))
    return tuple(steps)


def ticket_printed(sale: Subject | None, ticket: Subject) -> tuple[Record, ...]:
    steps: list[Record] = [move(ticket, TicketState.PRINTED)]
    if sale is not None and sale.state == SaleState.DELIVERING:
        steps.append(move(sale, SaleState.COMPLETED))
    return tuple(steps)


# --- tickets once more, and without paper -----------------------------------------------------------------------------

REPRINT_ASKED = "ticket.reprint_asked"
REPRINTING = "ticket.reprinting"
REPRINTED = "ticket.reprinted"
PAPER_LOW = "printer.paper_low"


def ticket_unknown(sale: Subject, ticket: Subject, **data: JsonValue) -> tuple[Record, ...]:
    """Nobody knows whether it is on paper; the caller names it beside this."""
    steps: list[Record] = [move(ticket, TicketState.UNKNOWN, **data)]
    if sale.state in (SaleState.PAID, SaleState.DELIVERING):
        steps.append(move(sale, SaleState.NEEDS_ATTENTION))
    return tuple(steps)


def reprint_asked(ticket: Subject, by: str, *, once: bool) -> Note:
    """Somebody wants the ticket once more. `once`: a second such note is refused, whoever races for it."""
    return Note(REPRINT_ASKED, ticket.sale_id, ticket.id, {"by": by}, unique=f"{ticket.id}/{by}" if once else "")


def ticket_sending_again(sale: Subject, ticket: Subject, *, printer: str, by: str) -> tuple[Record, ...]:
    """A ticket of unknown fate goes to a printer by choice: the same number, marked as a second copy."""
    data: dict[str, JsonValue] = {
        "printer": printer,
        "second_copy": True,
        "copies": ticket.number("copies") + 1,
        "asked_by": by,
    }
    steps: list[Record] = [move(ticket, TicketState.SENDING, **data)]
    if sale.state == SaleState.NEEDS_ATTENTION:
        steps.append(move(sale, SaleState.DELIVERING))
    return tuple(steps)


def ticket_reprinting(ticket: Subject, *, printer: str, by: str) -> Note:
    """A marked copy of a printed ticket is about to be sent."""
    return Note(REPRINTING, ticket.sale_id, ticket.id, {"printer": printer, "by": by, "second_copy": True})


def ticket_reprinted(ticket: Subject, *, printer: str, by: str, result: str) -> Note:
    """What became of a marked copy: printed, unknown or not_sent."""
    data: dict[str, JsonValue] = {"printer": printer, "by": by, "second_copy": True, "result": result}
    return Note(REPRINTED, ticket.sale_id, ticket.id, data)


def ticket_showing(sale: Subject, ticket: Subject) -> tuple[Record, ...]:
    """No printer can print, and the owner sells on: the ticket is about to be shown on the screen instead.

    It takes the arrows of a printed one (sending: somebody may hold it from now on; printed: the customer has it), and
    says in its data that there is no paper. Cut off in between, it is unknown, as any ticket is.
    """
    return ticket_sending(sale, ticket, printer="", on_screen=True)


def ticket_shown(sale: Subject, ticket: Subject) -> tuple[Record, ...]:
    """It stands on the customer's screen."""
    steps: list[Record] = [move(ticket, TicketState.PRINTED, shown_on_screen=True)]
    if sale.state == SaleState.DELIVERING:
        steps.append(move(sale, SaleState.COMPLETED))
    return tuple(steps)


def paper_low(ticket: Subject, printer: str, day: str) -> Note:
    """The end of the paper is near: once a day and printer."""
    data: dict[str, JsonValue] = {"printer": printer, "day": day}
    return Note(PAPER_LOW, ticket.sale_id, ticket.id, data, unique=f"{printer}/{day}")
