"""What the journal stores: steps of the machines and notes, and the views read back from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from totem.domain.machine import Machine

JsonValue = str | int | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
"""JSON without floats: money and times must not be rounded by their storage."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of one subject. `data` is laid over what the subject already has.

    `expected` is the state the writer believes the subject to be in (None: not yet born); the journal refuses
    the whole batch with StaleState when it is another.
    """

    machine: Machine
    subject_id: str
    sale_id: str
    expected: str | None
    to: str
    data: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A fact that moves no machine: `kind` names it (`"kiosk.started"`, `"charge.displayed"`, `"pix.received"`).

    `unique` is "" or a key that may be noted once only per kind (an endToEndId): a second one is refused with
    StaleState, so that no money is counted twice.
    """

    kind: str
    sale_id: str = ""
    subject_id: str = ""
    data: Mapping[str, JsonValue] = field(default_factory=dict)
    unique: str = ""


Record = Step | Note


@dataclass(frozen=True, slots=True)
class Subject:
    """A machine's subject as it stands: its state and all of its data."""

    machine: Machine
    id: str
    sale_id: str
    state: str
    data: Mapping[str, JsonValue]
    born_at: datetime
    updated_at: datetime

    def text(self, key: str) -> str:
        """The stored string, "" where there is none. Raises TypeError where something else is stored."""
        value = self.data.get(key, "")
        if not isinstance(value, str):
            raise TypeError(f"{self.machine} {self.id}: {key} is not text")
        return value

    def number(self, key: str, default: int = 0) -> int:
        """The stored whole number. Raises TypeError where something else is stored."""
        value = self.data.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{self.machine} {self.id}: {key} is not a number")
        return value

    def flag(self, key: str) -> bool:
        return self.data.get(key) is True


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal as written."""

    seq: int
    at: datetime
    kind: str
    """`"sale"`, `"attempt"`, ... for a step, the note's own kind otherwise."""
    sale_id: str
    subject_id: str
    state: str
    """The state reached; "" for a note."""
    data: Mapping[str, JsonValue]
