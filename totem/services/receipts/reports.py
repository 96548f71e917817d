"""The day's closing as numbers, for the receipt that a technician prints and for whatever else shows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from totem.domain.money import Money, total


@dataclass(frozen=True, slots=True)
class ReportRow:
    """`label` is printed as it is; among methods, `pix`, `credit` and `debit` are put into words.

    `count` is of sales; one that two cards paid counts with the first, and its amount with both.
    """

    label: str
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """What moved at one provider by one method on that day, as its own books have it, whatever became of the sale.

    `label` is the provider as people know it, `provider` as the journal does. `undone` are approvals that were taken
    back before they were final; `given_back` are refunds that were carried out on that day, of whatever day's sale.
    """

    provider: str
    label: str
    method: str
    received: Money
    received_count: int
    undone: Money
    undone_count: int
    given_back: Money
    given_back_count: int

    @property
    def kept_cents(self) -> int:
        """May be below zero on a day that gave back more than it took."""
        return self.received.amount_cents - self.undone.amount_cents - self.given_back.amount_cents


@dataclass(frozen=True, slots=True)
class DayReport:
    """One kiosk's day, by its local calendar: what `totem.services.receipts.closing` finds in the journal.

    The lists of sales hold the same sales, so their sums agree. `first_number` and `last_number` are None for a day
    without tickets; `void_numbers` are tickets that were taken back. `refunded` is the part of `total` that went back.
    """

    day: date
    made_at: datetime
    by_method: tuple[ReportRow, ...]
    by_provider: tuple[ReportRow, ...] = ()
    by_service: tuple[ReportRow, ...] = ()
    first_number: int | None = None
    last_number: int | None = None
    void_numbers: tuple[int, ...] = ()
    refunds: int = 0
    refunded: Money | None = None
    open_attentions: int = 0
    language: str = "pt"
    money: tuple[MoneyRow, ...] = ()
    attentions: tuple[tuple[str, int], ...] = ()
    """Open now, by code."""

    @property
    def sales(self) -> int:
        return sum(row.count for row in self.by_method)

    @property
    def total(self) -> Money:
        """Raises ValueError where rows mix currencies."""
        amounts = [row.amount for row in self.by_method]
        return total(amounts, amounts[0].currency) if amounts else Money(0)

    @property
    def undone(self) -> tuple[int, Money | None]:
        """How many cards were undone, and for how much; None for none."""
        rows = [row for row in self.money if row.undone_count]
        if not rows:
            return 0, None
        return sum(row.undone_count for row in rows), total([row.undone for row in rows], rows[0].undone.currency)
