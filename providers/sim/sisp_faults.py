"""Scripted faults of the simulated SISP. They travel as JSON: {"kind": "answer_lost", "count": 1}."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError


class Kind(StrEnum):
    """What befalls. The first group happens once the customer pays on the page."""

    DECLINED = "declined"
    """The issuer refuses; a signed answer of error says so."""
    AMOUNT_DIFFERS = "amount_differs"
    """`amount` more is taken, and the signed answer says so."""
    FORGED = "forged"
    """Nothing is taken; what comes back says success, and its fingerprint is of somebody who does not know the code."""
    REPLAYED = "replayed"
    """Nothing is taken; the signed answer of an earlier transaction comes back once more."""
    ANSWER_LOST = "answer_lost"
    """Taken; the page thanks the customer and posts nothing."""
    RESPONSE_UNKNOWN = "response_unknown"
    """Taken; the signed answer's `merchantResp` is a letter that no document names."""

    SLOW = "slow"
    """Every page and query comes `delay_s` later."""
    STATUS_FAILS = "status_fails"
    """The query says that it failed (`result` false)."""
    STATUS_DOWN = "status_down"
    """The query is answered with a proxy's page, 503."""
    STATUS_SILENT = "status_silent"
    """The query is not answered: the connection is reset."""
    STATUS_LATE = "status_late"
    """The query does not know of a payment yet."""

    REFUND_REFUSED = "refund_refused"
    """A signed answer of error."""
    REFUND_LOST = "refund_lost"
    """Carried out; the connection is reset in place of the answer."""
    REFUND_NOT_DONE = "refund_not_done"
    """Not carried out; the connection is reset."""


@dataclass(frozen=True, slots=True)
class SispFault:
    """`count` None: from now on, until the faults are cleared."""

    kind: Kind
    count: int | None = 1
    amount: int = 100
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError("count begins at 1")
        if self.delay_s < 0:
            raise ValueError("delay_s is not negative")


@dataclass(slots=True)
class SispPlan:
    faults: tuple[SispFault, ...] = ()
    _used: dict[int, int] = field(default_factory=dict)

    def take(self, *kinds: Kind) -> SispFault | None:
        """The first of those that is still in force; it is used up by one."""
        for index, fault in enumerate(self.faults):
            used = self._used.get(index, 0)
            if fault.kind in kinds and (fault.count is None or used < fault.count):
                self._used[index] = used + 1
                return fault
        return None


def from_json(value: Mapping[str, Any]) -> SispFault:
    """Raises ValueError saying what is wrong."""
    known = {each.name for each in dataclasses.fields(SispFault)}
    if unknown := sorted(set(value) - known):
        raise ValueError(f"a fault knows nothing of {', '.join(unknown)}")
    try:
        return TypeAdapter(SispFault).validate_python(dict(value))
    except ValidationError as error:
        raise ValueError(f"not a fault: {value!r} ({error})") from error


def many_from_json(values: Iterable[Mapping[str, Any]]) -> tuple[SispFault, ...]:
    return tuple(from_json(value) for value in values)
