"""Brand, check digit, grouping and code length, from the digits alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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

DIGITS = st.text("0123456789", min_size=0, max_size=LONGEST_NUMBER)


def _with_check(body: str) -> str:
    """Exactly one last digit fits; found by trying, not by the code under test's own sum."""
    fitting = [body + digit for digit in "0123456789" if luhn_ok(body + digit)]
    assert len(fitting) == 1
    return fitting[0]


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4111111111111111", CardBrand.VISA),
        ("5555555555554444", CardBrand.MASTERCARD),
        ("2223000048400011", CardBrand.MASTERCARD),
        ("378282246310005", CardBrand.AMEX),
        ("6362970000457013", CardBrand.ELO),
        ("4514160000000003", CardBrand.ELO),
        ("6062826786276634", CardBrand.HIPERCARD),
        ("30569309025904", CardBrand.DINERS),
        ("3530111333300000", CardBrand.JCB),
        ("6011111111111117", CardBrand.DISCOVER),
        ("5078601912345600019", CardBrand.AURA),
    ],
)
def test_published_test_numbers(number: str, brand: CardBrand) -> None:
    assert brand_of(number) is brand
    assert len(number) in number_lengths(brand)


@pytest.mark.parametrize(
    "number", ["4111111111111111", "5555555555554444", "378282246310005", "6362970000457013", "79927398713"]
)
def test_published_numbers_check(number: str) -> None:
    assert luhn_ok(number)


@given(st.text("0123456789", min_size=1, max_size=LONGEST_NUMBER - 1), st.data())
def test_luhn_finds_every_wrong_digit(body: str, data: st.DataObject) -> None:
    number = _with_check(body)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not luhn_ok(number[:place] + wrong + number[place + 1 :])


@given(st.text("0123456789", min_size=2, max_size=LONGEST_NUMBER - 1), st.data())
def test_luhn_finds_swapped_neighbours(body: str, data: st.DataObject) -> None:
    """All but 09 and 90, which the sum cannot tell apart."""
    number = _with_check(body)
    place = data.draw(st.integers(0, len(number) - 2))
    pair = number[place : place + 2]
    swapped = number[:place] + pair[::-1] + number[place + 2 :]
    assert luhn_ok(swapped) == (pair[0] == pair[1] or pair in {"09", "90"})


@given(DIGITS, st.text(min_size=0, max_size=4))
def test_brand_never_changes_after_six_digits(head: str, tail: str) -> None:
    assert brand_of(head + "0" * 6) is brand_of((head + "0" * 6)[:6])
    if not (tail.isascii() and tail.isdigit()) and tail:
        assert brand_of(head + tail) is CardBrand.UNKNOWN


@given(st.text("0123456789", min_size=6, max_size=6))
@example("200000")
@example("431274")
@example("384100")
def test_short_prefix_never_names_a_brand_of_other_digits(six: str) -> None:
    """What is shown early is what it becomes, or gives way to Elo or Hipercard, whose ranges lie inside others'."""
    final = brand_of(six)
    for length in range(6):
        early = brand_of(six[:length])
        assert early in {final, CardBrand.UNKNOWN} or final in {CardBrand.ELO, CardBrand.HIPERCARD}


@given(DIGITS, st.sampled_from(list(CardBrand)))
def test_grouping_keeps_every_digit(digits: str, brand: CardBrand) -> None:
    grouped = group(digits, brand)
    assert grouped.replace(" ", "") == digits
    assert grouped == grouped.strip()
    assert "  " not in grouped


def test_grouping_as_embossed() -> None:
    assert group("4111111111111111", CardBrand.VISA) == "4111 1111 1111 1111"
    assert group("378282246310005", CardBrand.AMEX) == "3782 822463 10005"
    assert group("30569309025904", CardBrand.DINERS) == "3056 930902 5904"
    assert group("41111", CardBrand.VISA) == "4111 1"
    assert group("", CardBrand.UNKNOWN) == ""


def test_code_lengths() -> None:
    assert {brand: code_length(brand) for brand in CardBrand if code_length(brand) != 3} == {CardBrand.AMEX: 4}


def test_whole_numbers_have_length_and_check_digit() -> None:
    assert number_ok("4111111111111111")
    assert not number_ok("4111111111111112")
    assert not number_ok(_with_check("41111111111111"))
    assert not number_ok("378282246310005"[:-1])
    assert not number_ok("")


@pytest.mark.parametrize("text", ["", " ", "41111111-1111", "²²²²²²", "١٢٣٤٥٦", "4 111"])
def test_anything_but_ascii_digits_is_nothing(text: str) -> None:
    assert brand_of(text) is CardBrand.UNKNOWN
    assert not luhn_ok(text)
