"""What an acquirer knows of card transactions, on disk: the truth that a kiosk's journal is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from hardware.sim.json_lines import append_line, read_lines


class TransactionState(StrEnum):
    """Where one transaction stands at the acquirer."""

    PENDING = "pending"
    """Approved, and waiting to be confirmed or undone."""
    CONFIRMED = "confirmed"
    """The money is the merchant's."""
    UNDONE = "undone"
    DENIED = "denied"
    CANCELLED = "cancelled"
    """Confirmed once, and given back whole by a later cancellation."""


@dataclass(frozen=True, slots=True)
class CardTransaction:
    """One transaction. `id` is what the acquirer settles by; `request` is the client's own number of it."""

    id: str
    request: str
    amount_cents: int
    at: datetime
    state: TransactionState
    operation: str = "sale"
    """Or `cancellation`, whose `original` is the id of the sale."""
    kind: str = "credit"
    installments: int = 1
    network: str = ""
    brand: str = ""
    nsu: str = ""
    authorization: str = ""
    origin: str = "kiosk"
    """`foreign` where somebody else made it."""
    original: str = ""
    reason: str = ""
    """Why it was denied or ended as it did."""
    settled_at: datetime | None = None
    settled_by: str = ""
    """`kiosk`, `hand` for the acquirer's own menu, `self` where no confirmation was asked for."""
    confirmations: int = 0
    """How often a confirmation or an undo of it arrived."""
    refunded_cents: int = 0

    def as_json(self) -> dict[str, Any]:
        """Only what JSON knows; moments are RFC 3339."""
        plain = asdict(self)
        plain["at"] = self.at.isoformat()
        plain["settled_at"] = self.settled_at.isoformat() if self.settled_at is not None else None
        return plain

    @classmethod
    def of_json(cls, plain: dict[str, Any]) -> CardTransaction:
        """The inverse of `as_json`. Raises ValueError, KeyError or TypeError."""
        settled = plain.get("settled_at")
        return cls(
            **{
                **plain,
                "at": datetime.fromisoformat(plain["at"]),
                "settled_at": datetime.fromisoformat(settled) if settled is not None else None,
                "state": TransactionState(plain["state"]),
            }
        )


class CardLedger:
    """Append-only lines of JSON, one for each change; the last line of an id counts. None for `path` keeps no file.

    A line is stored before the change is told to anybody.
    """

    def __init__(self, path: Path | None, changed: Callable[[], None]) -> None:
        self._path = path
        self._changed = changed
        self._known: dict[str, CardTransaction] = dict(_stored(path)) if path is not None else {}

    def __iter__(self) -> Iterator[CardTransaction]:
        """Oldest first."""
        return iter(tuple(self._known.values()))

    def __len__(self) -> int:
        return len(self._known)

    def get(self, transaction_id: str) -> CardTransaction | None:
        return self._known.get(transaction_id)

    def find(self, request: str) -> CardTransaction | None:
        """By the client's own number."""
        return next((one for one in self._known.values() if one.request == request), None)

    def put(self, transaction: CardTransaction) -> CardTransaction:
        """Store a new transaction, or the new state of a known one."""
        if self._path is not None:
            append_line(self._path, transaction.as_json())
        self._known[transaction.id] = transaction
        self._changed()
        return transaction

    def change(self, transaction: CardTransaction, **changes: Any) -> CardTransaction:
        return self.put(replace(transaction, **changes))


def read_ledger(path: Path) -> tuple[CardTransaction, ...]:
    """All transactions of a ledger's file, oldest first; for a judge that has no simulator at hand."""
    return tuple(dict(_stored(path)).values())


def _stored(path: Path) -> Iterator[tuple[str, CardTransaction]]:
    for plain in read_lines(path):
        transaction = CardTransaction.of_json(plain)
        yield transaction.id, transaction
