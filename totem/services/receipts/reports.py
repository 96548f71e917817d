"""The day's closing as numbers, for the receipt that a technician prints and for whatever else shows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from totem.domain.money import Money, total


@dataclass(frozen=True, slots=True)
class ReportRow:
    """`label` is printed as it is; among methods, `pix`, `credit` and `debit` are put into words."""

    label: str
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class DayReport:
    """One kiosk's day, by its local calendar: what `totem.services.receipts.closing` finds in the journal.

    Every list holds the same sales, so their sums agree. `first_number` and `last_number` are None for a day without
    tickets; `void_numbers` are tickets that were taken back. `refunded` is the part of `total` that went back.
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

    @property
    def sales(self) -> int:
        return sum(row.count for row in self.by_method)

    @property
    def total(self) -> Money:
        """Raises ValueError where rows mix currencies."""
        amounts = [row.amount for row in self.by_method]
        return total(amounts, amounts[0].currency) if amounts else Money(0)
