"""What is printed, one type a receipt, with nothing of how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from totem.domain.cards import CardReceipts
from totem.domain.money import Currency, Money
from totem.domain.records import Subject
from totem.services.receipts.reports import DayReport


class Copy(StrEnum):
    """Whose card receipt it is."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class TicketSlip:
    """The goods: `sale` and its `ticket` as the journal holds them. One that was revoked says so at its top."""

    sale: Subject
    ticket: Subject


@dataclass(frozen=True, slots=True)
class CardSlip:
    """The acquirer's own `lines`, of no holder, expiry or full number, below our head. `method`: credit or debit.

    `amount` is None where several cards paid: then only the lines know how much this one did.
    """

    sale_id: str
    copy: Copy
    lines: tuple[str, ...]
    at: datetime
    method: str
    amount: Money | None = None
    installments: int = 1
    language: str = "pt"


@dataclass(frozen=True, slots=True)
class RefundSlip:
    """Money that went back. `number` is that of a ticket which is void with it, None where none was printed."""

    sale_id: str
    refund_id: str
    amount: Money
    at: datetime
    method: str
    number: int | None = None
    language: str = "pt"


@dataclass(frozen=True, slots=True)
class NoticeSlip:
    """For the customer of a sale with which the kiosk cannot go on."""

    reference: str
    language: str = "pt"


@dataclass(frozen=True, slots=True)
class SelfTestSlip:
    """What a technician looks at: `chart` are the rows of the code page; `conditions` the printer's state, by name."""

    printer: str
    profile: str
    columns: int
    dots: int
    code_page: str
    chart: tuple[str, ...]
    at: datetime
    conditions: tuple[str, ...] = ()
    raw: bytes = b""
    language: str = "pt"


Document = TicketSlip | CardSlip | RefundSlip | DayReport | NoticeSlip | SelfTestSlip


def card_slips(
    sale: Subject,
    ticket: Subject,
    receipts: Sequence[CardReceipts],
    *,
    merchant: bool = False,
    second_copy: bool = False,
) -> tuple[CardSlip, ...]:
    """The copies that the acquirer asks for on paper, in its order; the shop's only where `merchant` says so.

    A second copy is the customer's alone.
    """
    amount = Money(sale.number("amount_cents"), Currency[sale.text("currency")]) if len(receipts) == 1 else None
    wanted = [
        (copy, lines)
        for each in receipts
        for copy, lines, is_wanted in (
            (Copy.CUSTOMER, each.customer, each.wants_customer),
            (Copy.MERCHANT, each.merchant, each.wants_merchant and merchant and not second_copy),
        )
        if is_wanted and lines
    ]
    return tuple(
        CardSlip(
            sale.id,
            copy,
            lines,
            ticket.born_at,
            sale.text("method"),
            amount,
            sale.number("installments", 1),
            sale.text("language") or "pt",
        )
        for copy, lines in wanted
    )
