"""What goes wrong at a Smart POS, by name, once or at every time: {"name": "slow", "delay_s": 2}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class FaultName(StrEnum):
    """Those that concern a sale concern a refund too, where `on` is `refund`."""

    SALE_LOST = "sale_lost"
    """The link breaks as the request is read: nothing is stored, nothing begun."""
    ANSWER_LOST = "answer_lost"
    """Stored and begun, and the link breaks in place of the answer. It goes on without the kiosk."""
    ANSWER_SILENT = "answer_silent"
    """Stored and begun; the answer does not come, and the link stays."""
    LINK_LOST_BEFORE_APPROVAL = "link_lost_before_approval"
    """The link breaks with the card in the reader; the acquirer approves."""
    LINK_LOST_AFTER_APPROVAL = "link_lost_after_approval"
    """Approved and stored; the link breaks in place of the result."""
    RESULT_SILENT = "result_silent"
    """Approved and stored; the result is not told, and the link stays."""
    NO_END = "no_end"
    """The acquirer does not answer: it stays processing until `resolve`."""
    DECLINED = "declined"
    SLOW = "slow"
    """The result comes `delay_s` after it was stored."""
    HALF_LINE = "half_line"
    """Half of the result, then the link ends."""
    GARBAGE = "garbage"
    """The result is no JSON."""
    BAD_MAC = "bad_mac"
    """The result bears a wrong MAC (a terminal without a secret sends garbage)."""
    DUPLICATE = "duplicate"
    """The result comes twice."""
    FOREIGN_ID = "foreign_id"
    """Before the result comes one of a transaction that this kiosk never asked for: approved, for 1 cent."""
    AMOUNT_DIFFERS = "amount_differs"
    """Approved for `value` cents more, 100 where it is empty."""
    AMOUNT_AS_TEXT = "amount_as_text"
    """The result's amount is a text."""
    UNKNOWN_STATUS = "unknown_status"
    """The result's status is a word of tomorrow; asked again, it tells the true one."""
    INTERNAL = "internal"
    """Begun, and answered with `error` `internal`, executed unknown."""
    OLD_VERSION = "old_version"
    """The next handshake finds no common version."""
    BAD_PROOF = "bad_proof"
    """The next handshake's proof is wrong: an impostor."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`count` is how many times it befalls, None for every time. `on` is `sale` or `refund`, "" for `sale`."""

    name: FaultName
    count: int | None = 1
    on: str = ""
    value: str = ""
    delay_s: float = 0.0


class FaultPlan:
    """The scripted faults that are still to come, oldest first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._armed.append(fault)

    def clear(self) -> None:
        self._armed.clear()

    def use(self, name: FaultName, on: str = "sale") -> Fault | None:
        """The oldest fault of that name, one less of it left; None where none is armed."""
        for index, fault in enumerate(self._armed):
            if fault.name is name and (fault.on or "sale") == on:
                if fault.count is not None:
                    left = (replace(fault, count=fault.count - 1),) if fault.count > 1 else ()
                    self._armed[index : index + 1] = left
                return fault
        return None


def fault_of_json(plain: Mapping[str, Any]) -> Fault:
    """Raises ValueError, KeyError or TypeError where it is none."""
    known = {"name", "count", "on", "value", "delay_s"}
    if set(plain) - known:
        raise ValueError(f"not of a fault: {sorted(set(plain) - known)}")
    count = plain.get("count", 1)
    if count is not None and (type(count) is not int or count < 1):
        raise ValueError(f"count is a number from 1 on, or null: {count!r}")
    return Fault(
        FaultName(plain["name"]),
        count,
        str(plain.get("on", "")),
        str(plain.get("value", "")),
        float(plain.get("delay_s", 0.0)),
    )
