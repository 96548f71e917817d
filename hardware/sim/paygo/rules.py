"""What each command must carry, and in what form: PayGo's field table as a strict reader keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from hardware.sim.paygo.message import Message, decode

_IDENTITY = ("733", "735", "736", "738")
_REQUEST = ("001", "003", "004", "706", "716", *_IDENTITY)
_REQUIRED = {
    "ATV": ("001",),
    "ADM": ("001",),
    "CDP": ("001",),
    "CRT": _REQUEST,
    "CNC": (*_REQUEST, "012", "022", "023", "027"),
    # PayGo's own samples of CNF and NCN name the program beside the control code.
    "CNF": ("001", "027", *_IDENTITY),
    "NCN": ("001", "027", *_IDENTITY),
}
_FORMS = {
    "001": re.compile(r"\d{1,10}"),
    "002": re.compile(r".{1,12}"),
    "003": re.compile(r"0*[1-9]\d{0,11}"),
    "004": re.compile(r"0"),
    "012": re.compile(r".{1,40}"),
    "013": re.compile(r".{1,6}"),
    "018": re.compile(r"\d{1,2}"),
    "022": re.compile(r"\d{8}"),
    "023": re.compile(r"\d{6}"),
    "027": re.compile(r"\S.{0,29}"),
    "706": re.compile(r"\d{1,3}"),
    "716": re.compile(r"\S.{0,127}"),
    "717": re.compile(r"\d{12}"),
    "730": re.compile(r"\d{1,2}"),
    "731": re.compile(r"0?[0-3]"),
    "732": re.compile(r"0?[0-4]"),
    "733": re.compile(r"\d{1,3}"),
    "735": re.compile(r"\S.{0,127}"),
    "736": re.compile(r"\S.{0,127}"),
    "738": re.compile(r"\S.{0,63}"),
    "739": re.compile(r"\d{1,4}"),
}
_FIXED_AMOUNT = 4
_MOST_INSTALLMENTS = 99
FINANCED = ("2", "3")
"""Field 732: instalments by the issuer or by the shop."""


class ViolationKind(StrEnum):
    """What a client did that PayGo does not take."""

    FORM = "form"
    """A line that is no `AAA-BBB = value`, a wrong line end, a wrong first or last line, a field twice."""
    ASCII = "ascii"
    COMMAND = "command"
    MISSING = "missing"
    VALUE = "value"
    REUSED_ID = "reused_id"
    """The same 001 for a second operation."""
    UNKNOWN_CONTROL = "unknown_control"
    """CNF or NCN of a 027 that PayGo never gave."""
    DECISION_CHANGED = "decision_changed"
    """CNF after NCN, or the other way round."""
    PARALLEL = "parallel"
    """An operation while another is under way."""
    ORIGINAL = "original"
    """CNC whose values are not those of the sale."""
    LEFTOVER = "leftover"
    """A command while the answer of an earlier one still lay in Resp."""
    FLOOD = "flood"


@dataclass(frozen=True, slots=True)
class Violation:
    """`field` is the field's number or "" where it is none; `door` is `folder` or `socket`."""

    kind: ViolationKind
    command: str
    field: str = ""
    door: str = ""


def read(raw: bytes, door: str) -> tuple[Message, tuple[Violation, ...]]:
    """The message, and all that is wrong with it as it stands alone."""
    message, faults = decode(raw)
    found = [
        Violation(
            ViolationKind.ASCII if fault.rule == "ascii" else ViolationKind.FORM, message.command, fault.field[:3], door
        )
        for fault in faults
    ]
    required = _REQUIRED.get(message.command)
    if required is None:
        found.append(Violation(ViolationKind.COMMAND, message.command, "000", door))
        return message, tuple(found)
    found += [
        Violation(ViolationKind.MISSING, message.command, number, door)
        for number in required
        if message.get(number) is None
    ]
    found += [Violation(ViolationKind.VALUE, message.command, number, door) for number in _wrong_values(message)]
    return message, tuple(found)


def _wrong_values(message: Message) -> list[str]:
    wrong = [
        number
        for number, form in _FORMS.items()
        if (value := message.get(number)) is not None and form.fullmatch(value) is None
    ]
    if message.command == "CRT" and not wrong:
        capabilities = message.get("706")
        if capabilities is not None and not int(capabilities) & _FIXED_AMOUNT:
            wrong.append("706")
        wrong += _wrong_installments(message)
    return wrong


def _wrong_installments(message: Message) -> list[str]:
    count = int(message.text("018") or "1")
    financed = message.text("732")[-1:] in FINANCED
    is_debit = message.text("731")[-1:] == "2"
    if count > _MOST_INSTALLMENTS or count == 0:
        return ["018"]
    if is_debit and count > 1:
        return ["018"]
    if (count > 1) != financed:
        return ["732"]
    return []
