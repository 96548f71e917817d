"""One day as the journal has it: what its closing is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from totem.domain.records import JsonValue


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A local day, and the moments between which it lies (aware; the end is not in it)."""

    day: date
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class PaidPart:
    """An attempt of a sale, or the settlement of one: in which state it is, and what it asked."""

    machine: str
    id: str
    state: str
    provider: str = ""
    method: str = ""
    amount_cents: int = 0
    attempt: str = ""
    """Of a settlement: whose it is, "" where the sale has only one."""


@dataclass(frozen=True, slots=True)
class DayTicket:
    """A ticket of that day, with its sale and what paid it, oldest attempt first."""

    number: int
    ticket_state: str
    sale_id: str
    sale_state: str
    sale: Mapping[str, JsonValue]
    parts: tuple[PaidPart, ...]


@dataclass(frozen=True, slots=True)
class DayMovement:
    """Money that moved on that day, summed: `kind` is received, undone or given_back."""

    kind: str
    provider: str
    method: str
    currency: str
    count: int
    amount_cents: int


@dataclass(frozen=True, slots=True)
class DayBook:
    tickets: tuple[DayTicket, ...]
    movements: tuple[DayMovement, ...]
    attentions: tuple[tuple[str, int], ...]
    """Open now, whenever they were opened: code and how many."""
