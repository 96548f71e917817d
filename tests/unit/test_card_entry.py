"""A card typed key by key: what is taken, judged, shown and forgotten."""

from __future__ import annotations

import copy
import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.domain.card_numbers import CardBrand
from totem.ui.card_entry import DOT, CardEntry, Fault, Field

TODAY = date(2026, 11, 30)
VISA, AMEX, ELO = "4111111111111111", "378282246310005", "6362970000457013"


def typed(*fields: str) -> CardEntry:
    """Each but the last is typed and left."""
    entry = CardEntry()
    for place, text in enumerate(fields):
        for character in text:
            entry.press(character)
        if place < len(fields) - 1:
            entry.next(TODAY)
    return entry


def test_a_whole_card_is_handed_over_and_forgotten() -> None:
    entry = typed(VISA, "1230", "123", "MARIA DA SILVA ")
    assert entry.next(TODAY)
    card = entry.take()
    assert (card.number, card.expiry_month, card.expiry_year) == (VISA, 12, 2030)
    assert (card.security_code, card.holder) == ("123", "MARIA DA SILVA")
    assert entry.is_empty
    assert entry.present is Field.NUMBER
    assert [entry.shown(field).strip("_/ ") for field in Field] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        (("411111",), Fault.NUMBER_SHORT),
        (("",), Fault.NUMBER_SHORT),
        (("4111111111111112",), Fault.NUMBER_WRONG),
        (("37828224631000",), Fault.NUMBER_SHORT),
        ((VISA, "12"), Fault.EXPIRY_SHORT),
        ((VISA, "1330"), Fault.EXPIRY_WRONG),
        ((VISA, "0030"), Fault.EXPIRY_WRONG),
        ((VISA, "1247"), Fault.EXPIRY_WRONG),
        ((VISA, "1026"), Fault.EXPIRED),
        ((VISA, "1230", "12"), Fault.CODE_SHORT),
        ((AMEX, "1230", "123"), Fault.CODE_SHORT),
        ((VISA, "1230", "123", " "), Fault.NAME_SHORT),
    ],
)
def test_what_cannot_be_right_is_said_and_not_left(fields: tuple[str, ...], fault: Fault) -> None:
    entry = typed(*fields)
    before = entry.present
    assert not entry.next(TODAY)
    assert entry.fault is fault
    assert entry.present is before
    entry.press("1")
    entry.erase()
    assert entry.fault is Fault.NONE


def test_a_card_is_good_until_the_last_day_of_its_month() -> None:
    assert typed(VISA, "1126").judge(Field.EXPIRY, date(2026, 11, 30)) is Fault.NONE
    assert typed(VISA, "1126").judge(Field.EXPIRY, date(2026, 12, 1)) is Fault.EXPIRED


def test_a_month_of_one_digit_gets_its_nought() -> None:
    entry = typed(VISA, "927", "123", "ANA")
    assert entry.next(TODAY)
    card = entry.take()
    assert (card.expiry_month, card.expiry_year) == (9, 2027)


def test_only_what_belongs_there_is_taken() -> None:
    entry = CardEntry()
    assert not any(entry.press(each) for each in ("A", " ", "", "12", "²", "-"))
    assert typed(AMEX).press("1") is False
    entry = typed(VISA, "1230", "123", "A")
    assert not entry.press("1")
    assert not entry.press("É")
    assert entry.press(" ")
    assert not entry.press(" ")
    assert sum(entry.press("B") for _ in range(40)) == 24


def test_brand_and_lengths_follow_the_number() -> None:
    assert typed("6").brand is CardBrand.UNKNOWN
    assert typed(AMEX).brand is CardBrand.AMEX
    assert typed(ELO).brand is CardBrand.ELO
    assert typed("37").shown(Field.NUMBER) == f"{DOT * 2}__ ______ _____"
    assert typed("5555").shown(Field.NUMBER) == f"{DOT * 4} ____ ____ ____"
    assert typed(AMEX, "").shown(Field.CODE) == "____"


def test_a_code_that_another_brand_made_wrong_is_asked_again() -> None:
    entry = typed(VISA, "1230", "123", "ANA")
    entry.go(Field.NUMBER)
    entry.clear()
    for digit in AMEX:
        entry.press(digit)
    assert not entry.next(TODAY)
    assert (entry.present, entry.fault) == (Field.CODE, Fault.NONE)
    entry.press("4")
    assert entry.next(TODAY)


def test_a_field_that_became_wrong_behind_the_customer_is_said() -> None:
    entry = typed(VISA, "1230", "123", "ANA")
    entry.go(Field.EXPIRY)
    entry.clear()
    entry.go(Field.NAME)
    assert not entry.next(TODAY)
    assert (entry.present, entry.fault) == (Field.EXPIRY, Fault.EXPIRY_SHORT)


@given(st.text(alphabet="0123456789", min_size=1, max_size=19), st.booleans())
def test_a_number_being_typed_shows_one_digit_at_most(digits: str, reveal: bool) -> None:
    entry = typed(digits)
    shown = entry.shown(Field.NUMBER, reveal=reveal)
    assert [each for each in shown if each.isdigit()] == ([digits[shown.count(DOT)]] if reveal else [])


def test_what_was_left_shows_no_more_than_the_last_four() -> None:
    entry = typed(VISA, "1230", "123", "ANA")
    assert entry.shown(Field.NUMBER, reveal=True) == f"{DOT * 4} {DOT * 4} {DOT * 4} 1111"
    assert entry.shown(Field.EXPIRY, reveal=True) == f"{DOT * 2}/{DOT * 2}"
    assert entry.shown(Field.CODE, reveal=True) == DOT * 3
    assert entry.shown(Field.NAME, reveal=True) == f"{DOT * 2}A"
    assert entry.shown(Field.NAME) == DOT * 3
    wrong = typed("4111111111111112")
    wrong.go(Field.CODE)
    assert wrong.shown(Field.NUMBER) == " ".join([DOT * 4] * 4)


def test_nothing_of_it_is_in_a_repr_or_a_copy() -> None:
    entry = typed(VISA, "1230", "123", "ANA")
    assert repr(entry) == "CardEntry(...)"
    for copying in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            copying(entry)


def test_wiping_overwrites_the_memory_itself() -> None:
    entry = typed(VISA, "1230", "123", "ANA")
    cells = [each._bytes for each in entry._typed.values()]
    assert any(any(each) for each in cells)
    entry.wipe()
    assert not any(any(each) for each in cells)
    entry = typed("42")
    (number, *_) = (each._bytes for each in entry._typed.values())
    entry.erase()
    assert number[:2] == b"4\0"
