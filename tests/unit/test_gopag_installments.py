"""Instalments: no centavo lost, none smaller than the least."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from totem.domain.installments import plans
from totem.domain.money import MAX_AMOUNT_CENTS, Money

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
