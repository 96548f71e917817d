"""A card as the customer types it on the kiosk's own keys: four fields in memory, judged, masked and wiped.

What may be painted is decided here, and it is dots. PCI DSS 3.4.1 lets a screen show a number's beginning and its last
four digits, but a kiosk's screen is looked at by the next in the queue, by a camera and by remote support, and several
pictures of it must not add up to a card either: a picture each time another group of digits is readable would. So every
field is masked; only the character typed last is shown, for a moment, and a whole number that was left keeps its last
four digits. Expiry, code and name never show more than that one character.

Python's strings cannot be overwritten. The fields are arrays of bytes, which can, and which never grow, for growing
leaves copies behind; text is made of them only where brand and check digit are computed and where the card is handed
over, and lives no longer than that call.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from totem.domain.card_numbers import (
    LONGEST_NUMBER,
    CardBrand,
    brand_of,
    code_length,
    group,
    luhn_ok,
    number_lengths,
    number_ok,
)
from totem.domain.cards import KeyedCard

DOT: Final = "•"
"""A character that was typed."""
PLACE: Final = "_"
"""One that is still missing."""
LONGEST_NAME: Final = 26
"""ISO/IEC 7813: as much of a name as a card's stripe holds."""
_EXPIRY_DIGITS: Final = 4
_LONGEST_LIFE_Y: Final = 20
"""No card is issued for longer: a year past it was typed wrongly."""
_USUAL_NUMBER: Final = 16
"""Places drawn before anything tells how long the number is."""


class Field(StrEnum):
    """In the order in which they are asked."""

    NUMBER = "number"
    EXPIRY = "expiry"
    CODE = "code"
    NAME = "name"


class Fault(StrEnum):
    """Why a field cannot be right; each has its sentence."""

    NONE = ""
    NUMBER_SHORT = "number_short"
    NUMBER_WRONG = "number_wrong"
    EXPIRY_SHORT = "expiry_short"
    EXPIRY_WRONG = "expiry_wrong"
    EXPIRED = "expired"
    CODE_SHORT = "code_short"
    NAME_SHORT = "name_short"


_ORDER: Final = tuple(Field)
_MAY_HOLD: Final[Mapping[Field, frozenset[str]]] = {
    **dict.fromkeys((Field.NUMBER, Field.EXPIRY, Field.CODE), frozenset(string.digits)),
    Field.NAME: frozenset(string.ascii_uppercase + " "),
}


class _Cells:
    """What was typed into one field."""

    __slots__ = ("_bytes", "used")

    def __init__(self) -> None:
        self._bytes = bytearray(LONGEST_NAME)
        self.used = 0

    def push(self, character: str) -> None:
        self._bytes[self.used] = ord(character)
        self.used += 1

    def pop(self) -> None:
        if self.used:
            self.used -= 1
            self._bytes[self.used] = 0

    def text(self) -> str:
        return self._bytes[: self.used].decode("ascii")

    def wipe(self) -> None:
        self._bytes[:] = bytes(LONGEST_NAME)
        self.used = 0


class CardEntry:
    """One card being typed. Nothing of it is in its repr, in an exception or in a copy."""

    __slots__ = ("_present", "_typed", "fault")

    def __init__(self) -> None:
        self._typed: dict[Field, _Cells] = {field: _Cells() for field in Field}
        self._present = Field.NUMBER
        self.fault = Fault.NONE
        """What is wrong with the present field, once the customer wanted to go on."""

    # --- typing -----------------------------------------------------------------------------------------------------

    @property
    def present(self) -> Field:
        return self._present

    @property
    def is_last(self) -> bool:
        return self._present is _ORDER[-1]

    def press(self, character: str) -> bool:
        """One character more; False where it does not belong there, or the field is full."""
        typed = self._typed[self._present]
        if character not in _MAY_HOLD[self._present] or typed.used >= self._most(self._present):
            return False
        if character == " " and typed.text()[-1:] in {"", " "}:
            return False
        if self._present is Field.EXPIRY and not typed.used and character not in "01":
            typed.push("0")  # a month of one digit
        typed.push(character)
        self.fault = Fault.NONE
        return True

    def erase(self) -> None:
        """The last character goes."""
        self._typed[self._present].pop()
        self.fault = Fault.NONE

    def clear(self) -> None:
        """All of the present field goes."""
        self._typed[self._present].wipe()
        self.fault = Fault.NONE

    def go(self, field: Field) -> None:
        """To any field, to type it anew or to look at what is there."""
        self._present = field
        self.fault = Fault.NONE

    def next(self, today: date) -> bool:
        """The present field is done: on to the first one that is not. True once all of them are right.

        `today` is the date where the kiosk stands. Where the present field cannot be right, `fault` says why.
        """
        self.fault = self.judge(self._present, today)
        if self.fault is not Fault.NONE:
            return False
        wrong = next((field for field in _ORDER if self.judge(field, today) is not Fault.NONE), None)
        if wrong is None:
            return True
        # A field that was right before (a code, before the number became another brand's) is said to be wrong now.
        visited = _ORDER.index(wrong) < _ORDER.index(self._present)
        self.go(wrong)
        if visited:
            self.fault = self.judge(wrong, today)
        return False

    # --- judging ----------------------------------------------------------------------------------------------------

    @property
    def brand(self) -> CardBrand:
        return brand_of(self._text(Field.NUMBER))

    def judge(self, field: Field, today: date) -> Fault:
        """Why the field cannot be right as it stands; NONE where it can."""
        match field:
            case Field.NUMBER:
                return self._judge_number()
            case Field.EXPIRY:
                return self._judge_expiry(today)
            case Field.CODE:
                whole = self._typed[field].used == code_length(self.brand)
                return Fault.NONE if whole else Fault.CODE_SHORT
            case Field.NAME:
                return Fault.NONE if self._text(field).strip() else Fault.NAME_SHORT

    def _judge_number(self) -> Fault:
        number = self._text(Field.NUMBER)
        if number_ok(number):
            return Fault.NONE
        short = len(number) < number_lengths(self.brand)[0] or (
            luhn_ok(number) and len(number) < number_lengths(self.brand)[-1]
        )
        return Fault.NUMBER_SHORT if short else Fault.NUMBER_WRONG

    def _judge_expiry(self, today: date) -> Fault:
        typed = self._text(Field.EXPIRY)
        if len(typed) < _EXPIRY_DIGITS:
            return Fault.EXPIRY_SHORT
        month, year = self._expiry()
        if not 1 <= month <= 12 or year > today.year + _LONGEST_LIFE_Y:
            return Fault.EXPIRY_WRONG
        # A card is good until the last day of its month.
        return Fault.EXPIRED if (year, month) < (today.year, today.month) else Fault.NONE

    def _expiry(self) -> tuple[int, int]:
        typed = self._text(Field.EXPIRY)
        return int(typed[:2]), 2000 + int(typed[2:])

    def _most(self, field: Field) -> int:
        match field:
            case Field.NUMBER:
                return max(number_lengths(self.brand), default=LONGEST_NUMBER)
            case Field.EXPIRY:
                return _EXPIRY_DIGITS
            case Field.CODE:
                return code_length(self.brand)
            case Field.NAME:
                return LONGEST_NAME

    # --- showing ----------------------------------------------------------------------------------------------------

    def shown(self, field: Field, *, reveal: bool = False) -> str:
        """What may be painted: dots, places that are still empty, and at most one character or the last four digits.

        `reveal`: the character typed last in the present field is still to be seen.
        """
        typed = self._text(field)
        seen = 0
        if field is not self._present:
            seen = 4 if field is Field.NUMBER and number_ok(typed) else 0
        elif reveal and typed:
            seen = 1
        hidden = DOT * (len(typed) - seen) + typed[len(typed) - seen :]
        if field is Field.NAME:
            return "".join(" " if one == " " else shown for one, shown in zip(typed, hidden, strict=True))
        whole = hidden + PLACE * (self._places(field) - len(typed))
        if field is Field.NUMBER:
            return group(whole, self.brand)
        return f"{whole[:2]}/{whole[2:]}" if field is Field.EXPIRY else whole

    def _places(self, field: Field) -> int:
        """How many places are drawn: no more than the usual ones, until more are typed."""
        if field is not Field.NUMBER:
            return self._most(field)
        lengths = number_lengths(self.brand)
        usual = _USUAL_NUMBER if _USUAL_NUMBER in lengths else lengths[-1]
        return next((each for each in (usual, *lengths) if each >= self._typed[field].used), lengths[-1])

    # --- handing over -----------------------------------------------------------------------------------------------

    def take(self) -> KeyedCard:
        """The card, for the gateway; nothing of it stays here. Only once `next` said that all is right."""
        month, year = self._expiry()
        card = KeyedCard(
            self._text(Field.NUMBER), month, year, self._text(Field.CODE), " ".join(self._text(Field.NAME).split())
        )
        self.wipe()
        return card

    def wipe(self) -> None:
        """Overwrite and forget everything; the first field is asked again."""
        for typed in self._typed.values():
            typed.wipe()
        self._present, self.fault = Field.NUMBER, Fault.NONE

    @property
    def is_empty(self) -> bool:
        return not any(typed.used for typed in self._typed.values())

    def _text(self, field: Field) -> str:
        return self._typed[field].text()

    def __repr__(self) -> str:
        return "CardEntry(...)"

    def __reduce__(self) -> str:
        raise TypeError("a card's data are never copied out of memory")
