"""What goes wrong at PayGo, by name, once or at every time. Faults travel as JSON: {"name": "slow", "delay_s": 2}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class FaultName(StrEnum):
    """ "Taken" means that PayGo has read the request; "carried out", that the acquirer's ledger has it."""

    NO_STS_LEFT = "no_sts_left"
    """The request is not taken: its file stays, or the socket stays silent. PayGo is not there, it seems."""
    NO_STS_TAKEN = "no_sts_taken"
    """Taken and forgotten: neither acknowledged nor carried out."""
    NO_STS_APPROVED = "no_sts_approved"
    """Taken and approved; nothing of it comes back."""
    VANISH_AFTER_STS = "vanish_after_sts"
    """Acknowledged, then nothing: no answer, nothing carried out. A socket stays open and silent."""
    POWER_LOSS_IN_SALE = "power_loss_in_sale"
    """Acknowledged, then the power fails with the card in the reader: every link breaks, nothing carried out."""
    POWER_LOSS_AFTER_APPROVAL = "power_loss_after_approval"
    """Approved, then the power fails: the answer is lost, every link breaks, the transaction is pending."""
    LOCKED_FILE = "locked_file"
    """A scanner holds the answer's file for `delay_s`: it is there and cannot be opened. Folder only."""
    PLANTED_ORPHAN = "planted_orphan"
    """At once: an approved answer of a sale that nobody here asked for lies in Resp. A socket learns it at the next
    sale, as a pending transaction."""
    NO_ECHO_001 = "no_echo_001"
    """The answer's 001 is another number than the request's, as in the kit's own samples."""
    CONFIRM_729 = "confirm_729"
    """Field 729 of an approval: `value` 1 (final by itself), 2, or absent."""
    AMOUNT_DIFFERS = "amount_differs"
    """Approved for another amount: `value` cents more, 100 where it is empty."""
    SLOW = "slow"
    """The answer comes `delay_s` after the card was read."""
    HALF_MESSAGE = "half_message"
    """Carried out; half of the answer comes, the rest after `delay_s`, or never (then a socket ends)."""
    RESET = "reset"
    """Carried out; the connection is reset in place of the answer. In the folder the answer never comes."""
    GARBAGE = "garbage"
    """Carried out; the answer is no field message."""
    CNF_NOT_ACKNOWLEDGED = "cnf_not_acknowledged"
    """CNF and NCN are carried out, and their .sts does not come."""
    CNF_LOST = "cnf_lost"
    """CNF and NCN are taken and forgotten."""
    MESSAGES = "messages"
    """What PayGo shows comes on the wire, too: messages with 030 and without 009, before the answer. Socket only."""
    DENIED = "denied"
    """The issuer says no, whatever the amount."""
    DIRTY_RECEIPT = "dirty_receipt"
    """The receipt's lines bear a whole card number and an expiry, as no receipt should."""


_SETTLEMENTS = frozenset({"CNF", "NCN"})
_OPERATIONS = frozenset({"CRT", "CNC", "ADM"})
_ALL = frozenset({"ATV", "CRT", "CNC", "ADM", "CDP", "CNF", "NCN"})
_COMMANDS: Mapping[FaultName, frozenset[str]] = {
    FaultName.NO_STS_LEFT: _ALL,
    FaultName.NO_STS_TAKEN: _ALL,
    FaultName.NO_STS_APPROVED: frozenset({"CRT"}),
    FaultName.CNF_NOT_ACKNOWLEDGED: _SETTLEMENTS,
    FaultName.CNF_LOST: _SETTLEMENTS,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`count` is how many messages it befalls, None for all. `on` is one command; "" for those that the name means."""

    name: FaultName
    count: int | None = 1
    on: str = ""
    value: str = ""
    delay_s: float = 0.0

    def concerns(self, command: str) -> bool:
        return command == self.on if self.on else command in _COMMANDS.get(self.name, _OPERATIONS)


class FaultPlan:
    """The scripted faults that are still to come, oldest first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._armed.append(fault)

    def clear(self) -> None:
        self._armed.clear()

    def armed(self, name: FaultName) -> bool:
        return any(fault.name is name for fault in self._armed)

    def use(self, name: FaultName, command: str) -> Fault | None:
        """The oldest fault of that name for that command, one less of it left; None where none is armed."""
        for index, fault in enumerate(self._armed):
            if fault.name is name and fault.concerns(command):
                self._spend(index, fault)
                return fault
        return None

    def _spend(self, index: int, fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count > 1:
            self._armed[index] = replace(fault, count=fault.count - 1)
        else:
            del self._armed[index]


def fault_of_json(plain: Mapping[str, Any]) -> Fault:
    """Raises ValueError or TypeError where it is none."""
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
