"""What the demo's judge can find wrong, by stable names, for tests and for people who read a report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Finding(StrEnum):
    PAID_UNKNOWN_TO_JOURNAL = "paid_unknown_to_journal"
    CHARGE_UNKNOWN_TO_JOURNAL = "charge_unknown_to_journal"
    PAID_NOT_APPROVED = "paid_not_approved"
    PAID_WITHOUT_GOODS = "paid_without_goods"
    """Money that neither gave a ticket nor went back nor has an open name."""
    GOODS_WITHOUT_MONEY = "goods_without_money"
    """A ticket came out, and its price was given back."""
    APPROVED_WITHOUT_PAYMENT = "approved_without_payment"
    APPROVED_TWICE = "approved_twice"
    AMOUNT_DIFFERS = "amount_differs"
    PAYMENT_NOT_RECORDED = "payment_not_recorded"
    PAYMENT_INVENTED = "payment_invented"
    WRONG_PRINTER = "wrong_printer"
    WRONG_BANK = "wrong_bank"
    REFUND_UNKNOWN_TO_JOURNAL = "refund_unknown_to_journal"
    REFUND_INVENTED = "refund_invented"
    REFUND_DIFFERS = "refund_differs"
    REFUNDED_TOO_MUCH = "refunded_too_much"
    REFUND_NOT_NAMED = "refund_not_named"
    """A compensation whose attention is open or settled otherwise than the bank's word allows."""
    NOT_COMPENSATED = "not_compensated"
    UNMATCHED_NOT_NAMED = "unmatched_not_named"
    UNMATCHED_MOVED = "unmatched_moved"
    FOREIGN_MOVED = "foreign_moved"
    FOREIGN_RECORDED = "foreign_recorded"
    CARD_LEFT_PENDING = "card_left_pending"
    CARD_SETTLED_OTHERWISE = "card_settled_otherwise"
    TERMINAL_MISUSED = "terminal_misused"
    """The kiosk spoke to a terminal as its protocol does not allow."""
    TICKET_WITHOUT_PAYMENT = "ticket_without_payment"
    TICKET_NOT_ON_PAPER = "ticket_not_on_paper"
    TICKET_NOT_NAMED = "ticket_not_named"
    """Of unknown fate, and no attention tells of it."""
    PAPER_NOT_IN_JOURNAL = "paper_not_in_journal"
    PAPER_TWICE = "paper_twice"
    PAPER_NOT_CUT = "paper_not_cut"
    PAPER_BROKEN = "paper_broken"
    NUMBER_TWICE = "number_twice"
    CODE_DIFFERS = "code_differs"
    CODE_UNREAD = "code_unread"
    CODE_BROKEN = "code_broken"
    ILLEGAL_STEP = "illegal_step"
    UNRESOLVED = "unresolved"
    SALES_COUNT = "sales_count"
    WRONG_END = "wrong_end"
    WRONG_WAY = "wrong_way"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `subject` is the id it concerns."""

    finding: Finding
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.finding.value} {self.subject}: {self.detail}"
