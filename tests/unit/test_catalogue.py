"""The catalogue and the basket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.domain.catalogue import Basket, Catalogue, Line, Service
from totem.domain.money import Currency, Money

WASH = Service("wash", {"pt": "Lavagem", "en": "Wash"}, Money(4500), {"pt": "Simples"})
WAX = Service("wax", {"pt": "Cera", "en": ""}, Money(1999), max_quantity=3)
AIR = Service("air", {"pt": "Ar"}, Money(0), max_quantity=1)
SERVICES = (WASH, WAX, AIR)


def test_texts_fall_back_to_portuguese() -> None:
    assert (WASH.name("en"), WASH.name("es"), WAX.name("en")) == ("Wash", "Lavagem", "Cera")
    assert (WASH.description("en"), WAX.description("en")) == ("Simples", "")


def test_find() -> None:
    catalogue = Catalogue(SERVICES)
    assert catalogue.find("wax") is WAX
    with pytest.raises(KeyError):
        catalogue.find("none")


def test_a_catalogue_has_distinct_ids_and_one_currency() -> None:
    with pytest.raises(ValueError, match=r"one id"):
        Catalogue((WASH, WASH))
    with pytest.raises(ValueError, match=r"CVE"):
        Catalogue(SERVICES, Currency.CVE)


def test_the_order_is_that_of_choosing() -> None:
    basket = Basket().with_quantity(WAX, 1).with_quantity(WASH, 2).with_quantity(WAX, 3)
    assert basket.lines == (Line(WAX, 3), Line(WASH, 2))
    assert basket.total == Money(3 * 1999 + 2 * 4500)
    assert basket.lines[1].total == Money(9000)


def test_a_basket_is_never_changed_in_place() -> None:
    empty = Basket()
    full = empty.with_quantity(WASH, 1)
    assert empty.is_empty
    assert not full.is_empty
    assert full.with_quantity(WASH, 0) == empty


def test_a_basket_of_escudos() -> None:
    coffee = Service("coffee", {"pt": "Café"}, Money(150, Currency.CVE))
    basket = Basket(currency=Currency.CVE)
    assert basket.total == Money(0, Currency.CVE)
    assert basket.with_quantity(coffee, 2).total == Money(300, Currency.CVE)


@given(st.lists(st.tuples(st.sampled_from(SERVICES), st.integers(-5, 20)), max_size=30))
def test_a_basket_equals_a_dictionary(changes: list[tuple[Service, int]]) -> None:
    basket, wanted = Basket(), dict[str, int]()
    for service, quantity in changes:
        basket = basket.with_quantity(service, quantity)
        held = max(0, min(quantity, service.max_quantity))
        wanted[service.id] = held
        assert basket.quantity_of(service.id) == held
    assert {line.service.id: line.quantity for line in basket.lines} == {key: n for key, n in wanted.items() if n}
    assert basket.total.amount_cents == sum(
        service.price.amount_cents * wanted.get(service.id, 0) for service in SERVICES
    )
