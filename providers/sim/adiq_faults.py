"""Scripted faults of the simulated Adiq: what goes wrong, at which of its requests. They travel as JSON.

{"operation": "create", "kind": "answer_lost", "first": 1, "count": 1}
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from providers.sim.wire import Delivery


class Operation(StrEnum):
    TOKEN = "token"  # noqa: S105 - the name of an operation
    TOKENISE = "tokenise"
    KEEP = "keep"
    CREATE = "create"
    GET = "get"
    FIND = "find"
    CAPTURE = "capture"
    CANCEL = "cancel"
    BINS = "bins"
    ANY = "any"


class Kind(StrEnum):
    """What befalls a request."""

    SLOW = "slow"
    """Carried out at once, answered after `delay_s`."""
    ANSWER_LOST = "answer_lost"
    """Carried out; the connection is reset in place of the answer."""
    HALF = "half"
    """Carried out; the answer stops in its middle."""
    RESET = "reset"
    """Not carried out; the connection is reset."""
    NEVER = "never"
    """Silence on an open connection; carried out where `carried_out` says so."""
    STATUS = "status"
    """Answered with `code` in one of Adiq's shapes; carried out where `carried_out`."""
    HTML = "html"
    """A proxy's page with `code`; carried out where `carried_out`."""

    UNKNOWN_STATUS = "unknown_status"
    """The answer has a status that no document names."""
    HIDDEN = "hidden"
    """A search finds nothing: the index is behind."""
    AMOUNT_DIFFERS = "amount_differs"
    """`cents` more (or less) than was asked are taken."""
    AUTHORIZED_ONLY = "authorized_only"
    """Authorised, and left so, though it was to be captured at once."""
    DECLINED = "declined"
    PENDING = "pending"
    """Open at first; captured (or authorised, as it was asked for) `delay_s` later."""


_BEFORE: Final = {Kind.RESET: Delivery.RESET}
_AFTER: Final = {Kind.ANSWER_LOST: Delivery.RESET, Kind.HALF: Delivery.HALF}


@dataclass(frozen=True, slots=True)
class AdiqFault:
    """`kind` at the `first`-th request of `operation` and at `count` of them in all; None: until cleared."""

    operation: Operation
    kind: Kind
    first: int = 1
    count: int | None = 1
    delay_s: float = 0.0
    code: int = 503
    retry_after_s: int | None = None
    carried_out: bool = False
    cents: int = 100

    def __post_init__(self) -> None:
        if self.first < 1 or (self.count is not None and self.count < 1):
            raise ValueError("first and count begin at 1")
        if self.delay_s < 0:
            raise ValueError("delay_s is not negative")

    def acts_on(self, number: int) -> bool:
        return number >= self.first and (self.count is None or number < self.first + self.count)

    @property
    def lost_before(self) -> Delivery | None:
        """How the connection ends where the request is not carried out; None where it is looked at."""
        if self.kind is Kind.NEVER and not self.carried_out:
            return Delivery.NEVER
        return _BEFORE.get(self.kind)

    @property
    def lost_after(self) -> Delivery | None:
        """How the answer of a request that was carried out is lost; None where it arrives."""
        if self.kind is Kind.NEVER and self.carried_out:
            return Delivery.NEVER
        return _AFTER.get(self.kind)


@dataclass(slots=True)
class AdiqPlan:
    """The faults in force. Requests are counted from the moment that the plan was made."""

    faults: tuple[AdiqFault, ...] = ()
    _seen: dict[int, int] = field(default_factory=dict)

    def take(self, operation: Operation) -> tuple[AdiqFault, ...]:
        """Count one request of that operation, and name what befalls it, in the order of the script."""
        found = []
        for index, fault in enumerate(self.faults):
            if fault.operation not in {operation, Operation.ANY}:
                continue
            self._seen[index] = self._seen.get(index, 0) + 1
            if fault.acts_on(self._seen[index]):
                found.append(fault)
        return tuple(found)


def many_from_json(values: Iterable[Mapping[str, Any]]) -> tuple[AdiqFault, ...]:
    """Raises ValueError saying what is wrong."""
    return tuple(_from_json(value) for value in values)


def _from_json(value: Mapping[str, Any]) -> AdiqFault:
    known = {each.name for each in dataclasses.fields(AdiqFault)}
    if unknown := sorted(set(value) - known):
        raise ValueError(f"a fault knows nothing of {', '.join(unknown)}")
    try:
        return TypeAdapter(AdiqFault).validate_python(dict(value))
    except ValidationError as error:
        raise ValueError(f"not a fault: {value!r} ({error})") from error
