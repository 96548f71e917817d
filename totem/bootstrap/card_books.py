"""The books of the card acquirers as evidence: each transaction that the kiosk asked for, as money that came or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from providers.vinti4.references import references_of
from totem.bootstrap.evidence import EvidenceUnreadable, JournalView

_TAKEN: Final = frozenset({"pending", "confirmed", "approved", "cancelled", "undone"})
_KEPT: Final = frozenset({"pending", "confirmed", "approved"})


@dataclass(frozen=True, slots=True)
class CardMoney:
    """One transaction in an acquirer's own books. `attempt` is the journal's id of it, "" where nobody here asked."""

    terminal: str
    id: str
    attempt: str
    amount_cents: int
    state: str
    """`pending` (taken, unconfirmed), `confirmed`, `undone`, `denied`, `cancelled` (given back after), `approved`."""
    refunded_cents: int = 0
    is_foreign: bool = False

    @property
    def was_taken(self) -> bool:
        return self.state in _TAKEN

    @property
    def kept_cents(self) -> int:
        """What the acquirer still owes the shop."""
        return self.amount_cents - self.refunded_cents if self.state in _KEPT else 0


@dataclass(frozen=True, slots=True)
class CardBooks:
    transactions: tuple[CardMoney, ...]
    violations: tuple[str, ...]
    """What the kiosk did at the terminal and should not have done."""


def read_card_books(name: str, answer: Mapping[str, Any], journal: JournalView, kiosk_id: str = "") -> CardBooks:
    """One simulated terminal's `ledger`; `kiosk_id` for one that knows us by references made of it. Raises
    EvidenceUnreadable."""
    attempts = {each.id: each.id for each in journal.of("attempt")}
    attempts |= {str(each.cents("number")): each.id for each in journal.of("attempt") if each.cents("number")}
    if name == "vinti4":
        attempts |= {references_of(kiosk_id, each.id).merchant_ref: each.id for each in journal.of("attempt")}
    try:
        transactions = tuple(
            CardMoney(
                terminal=name,
                id=str(each["id"]),
                attempt=attempts.get(str(each["request"]), ""),
                amount_cents=int(each["amount_cents"]),
                state=str(each["state"]),
                refunded_cents=int(each.get("refunded_cents", 0)),
                is_foreign=each.get("origin", "kiosk") == "foreign",
            )
            for each in answer["transactions"]
            if each.get("operation", "sale") == "sale"
        )
        return CardBooks(transactions, tuple(str(each) for each in answer.get("violations", ())))
    except (KeyError, TypeError, ValueError) as error:
        raise EvidenceUnreadable(f"ledger of {name}: {error!r}") from error
