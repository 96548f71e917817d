"""Instalments: no centavo lost, none smaller than the least."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from totem.domain.installments import plans, splits
from totem.domain.money import MAX_AMOUNT_CENTS, Currency, Money

AMOUNTS = st.integers(min_value=0, max_value=MAX_AMOUNT_CENTS)


@given(AMOUNTS, st.integers(min_value=1, max_value=12), st.integers(min_value=1, max_value=100_000))
def test_each_plan_adds_up_and_is_large_enough(cents: int, most: int, least_cents: int) -> None:
    found = plans(Money(cents), most, least_cents)
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
    assert 1 <= len(found) <= most
    for number, each, first in found:
        assert first.amount_cents + each.amount_cents * (number - 1) == cents
        assert 0 <= first.amount_cents - each.amount_cents < number
        assert number == 1 or each.amount_cents >= least_cents
    if len(found) < most:
        assert cents // (len(found) + 1) < least_cents


def test_the_pages_example() -> None:
    found = plans(Money(15000), 12, 500)
    assert len(found) == 12
    assert found[:3] == (
        (1, Money(15000), Money(15000)),
        (2, Money(7500), Money(7500)),
        (3, Money(5000), Money(5000)),
    )
    assert found[6] == (7, Money(2142), Money(2148))


def test_the_least_instalment() -> None:
    assert [number for number, _, _ in plans(Money(1499), 12, 500)] == [1, 2]
    assert [number for number, _, _ in plans(Money(1500), 12, 500)] == [1, 2, 3]
    assert [number for number, _, _ in plans(Money(1), 12, 500)] == [1]


@given(st.integers(0, 10_000_000), st.sampled_from(list(Currency)))
def test_two_cards_pay_the_whole_and_neither_too_little(cents: int, currency: Currency) -> None:
    amount = Money(cents, currency)
    found = splits(amount, 500)
    assert all(first + second == amount for first, second in found)
    assert all(min(first, second).amount_cents >= 500 for first, second in found)
    assert len(set(found)) == len(found)
    assert bool(found) == (cents >= 1000)


def test_two_cards_are_asked_for_round_sums() -> None:
    assert [first.amount_cents for first, _ in splits(Money(4501), 500)] == [2300, 3000, 1500, 3400, 1100]
    assert splits(Money(4500), 500)[0] == (Money(2250), Money(2250))
    assert splits(Money(1000), 500) == ((Money(500), Money(500)),)
