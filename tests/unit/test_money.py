"""Money is whole minor units, from the wire to the screen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.domain.money import MAX_AMOUNT_CENTS, Currency, Money, format_money, total

cents = st.integers(0, MAX_AMOUNT_CENTS)
currencies = st.sampled_from(Currency)
SPACE, THIN = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


@given(cents, currencies)
def test_decimal_text_reads_back(amount_cents: int, currency: Currency) -> None:
    money = Money(amount_cents, currency)
    text = money.decimal_text
    assert Money.from_decimal_text(text, currency) == money
    assert Decimal(text).scaleb(currency.exponent) == amount_cents
    assert set(text) <= set("0123456789.")


@pytest.mark.parametrize(
    ("text", "amount_cents"),
    [("45.00", 4500), ("0.01", 1), ("0.00", 0), ("1045.10", 104510), ("00.10", 10), ("99999999.99", 9_999_999_999)],
)
def test_amounts_of_the_wire(text: str, amount_cents: int) -> None:
    assert Money.from_decimal_text(text).amount_cents == amount_cents


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "45", "45.", ".50", "45.0", "45.000", "-45.00", "+45.00", "4 5.00", "45,00", "1,045.00", "1_0.00"),
        *(
            "45.-1",
            "45.00 ",
            " 45.00",
            "4.5e1",
            "NaN",
            "inf",
            "٤٥.00",
            "45.٠٠",
            "45.00\n",
            "45.0x",
            "100000000.00",
            "²5.00",
        ),
    ],
)
def test_what_is_no_amount_of_reais(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount"):
        Money.from_decimal_text(text)


@pytest.mark.parametrize("text", ["45.00", "45.", "45.0", ""])
def test_escudos_have_no_cents(text: str) -> None:
    with pytest.raises(ValueError, match=r"CVE"):
        Money.from_decimal_text(text, Currency.CVE)
    assert Money.from_decimal_text("45", Currency.CVE).decimal_text == "45"


@given(st.text(max_size=12), currencies)
def test_any_text_is_an_amount_or_refused(text: str, currency: Currency) -> None:
    try:
        money = Money.from_decimal_text(text, currency)
    except ValueError:
        return
    assert money.decimal_text == text.lstrip("0").rjust(len(money.decimal_text), "0")


@pytest.mark.parametrize("amount", [45.0, "45", None, True, Decimal(45)])
def test_only_whole_numbers_are_money(amount: Any) -> None:
    with pytest.raises(TypeError):
        Money(amount)
    with pytest.raises(TypeError):
        Money(1) * amount


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT_CENTS + 1])
def test_range(amount: int) -> None:
    with pytest.raises(ValueError, match=r"range"):
        Money(amount)


@given(st.lists(st.integers(0, 10**6), max_size=20))
def test_total_is_the_sum(amounts: list[int]) -> None:
    assert total([Money(amount) for amount in amounts]) == Money(sum(amounts))
    assert total([], Currency.CVE) == Money(0, Currency.CVE)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_difference_and_order(one: int, other: int) -> None:
    high, low = max(one, other), min(one, other)
    assert Money(high) - Money(low) == Money(high - low)
    assert (Money(low) + Money(high - low)).amount_cents == high
    if high > low:
        with pytest.raises(ValueError, match=r"range"):
            Money(low) - Money(high)


def test_currencies_never_mix() -> None:
    reais, escudos = Money(1), Money(1, Currency.CVE)
    assert reais != escudos
    with pytest.raises(ValueError, match=r"mix"):
        reais + escudos
    with pytest.raises(ValueError, match=r"mix"):
        reais - escudos
    with pytest.raises(ValueError, match=r"mix"):
        total([reais, escudos])


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(104_500), "pt", f"R${SPACE}1.045,00"),
        (Money(104_500), "es", f"R${SPACE}1.045,00"),
        (Money(104_500), "en", f"R${SPACE}1,045.00"),
        (Money(104_500), "fr", f"R${SPACE}1{THIN}045,00"),
        (Money(104_500), "xx", f"R${SPACE}1.045,00"),
        (Money(5), "pt", f"R${SPACE}0,05"),
        (Money(0), "en", f"R${SPACE}0.00"),
        (Money(1_234_567, Currency.CVE), "pt", "1.234.567$00"),
        (Money(45, Currency.CVE), "en", f"45{SPACE}CVE"),
    ],
)
def test_as_a_person_reads_it(money: Money, language: str, text: str) -> None:
    assert format_money(money, language) == text


@given(cents, currencies, st.sampled_from(["pt", "en", "es", "fr"]))
def test_what_is_shown_is_the_whole_amount(amount_cents: int, currency: Currency, language: str) -> None:
    shown = format_money(Money(amount_cents, currency), language)
    assert " " not in shown, "no screen may break a line inside an amount"
    assert int("".join(sign for sign in shown.removesuffix("$00") if sign.isdigit())) == amount_cents
