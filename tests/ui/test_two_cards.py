"""One sale by two cards as the screens' memory sees it: how it is divided, and what each of them is asked to pay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.ui.pictures import METHODS, again_state
from tests.ui.test_viewmodel import Kiosk
from totem.domain.errors import Trouble
from totem.domain.money import Money
from totem.runtime import Runtime
from totem.services.state import Method, PaymentChoice

pytestmark = pytest.mark.qt

PART = Money(8000)
FIRST = PaymentChoice(Method.CREDIT, 3, PART)


@pytest.fixture
async def kiosk(runtime: Runtime) -> AsyncIterator[Kiosk]:
    made = Kiosk(runtime, two_cards=True)
    made.checkout.offered = METHODS
    made.choose()
    made.model.next()
    yield made
    made.model.stop()


def ways(kiosk: Kiosk) -> list[str]:
    methods = kiosk.get("methods")
    assert isinstance(methods, list)
    return [each["id"] for each in methods]


def rows(kiosk: Kiosk) -> list[tuple[int, str]]:
    splits = kiosk.get("splits")
    assert isinstance(splits, list)
    return [(each["id"], each["text"]) for each in splits]


async def pay_the_first(kiosk: Kiosk) -> None:
    kiosk.model.choose("split")
    kiosk.model.chooseSplit(PART.amount_cents)
    kiosk.model.choose("credit")
    kiosk.model.chooseInstallments(3)
    await kiosk.until("screen", "method")


async def test_the_first_card_is_asked_for_its_part(kiosk: Kiosk) -> None:
    assert ways(kiosk) == ["pix", "credit", "debit", "split"]
    kiosk.model.choose("split")
    assert kiosk.get("screen") == "split"
    assert rows(kiosk)[:2] == [(6000, "R$\xa060,00 + R$\xa060,00"), (8000, "R$\xa080,00 + R$\xa040,00")]
    kiosk.model.chooseSplit(8000)
    assert (kiosk.get("screen"), ways(kiosk)) == ("method", ["credit", "debit"])
    assert kiosk.get("methodTitle") == "Primeiro cartão: R$\xa080,00"
    kiosk.model.choose("credit")
    assert (kiosk.get("screen"), kiosk.get("toPay")) == ("installments", "R$\xa080,00")
    kiosk.model.chooseInstallments(3)
    await kiosk.until("screen", "method")
    assert kiosk.checkout.calls == [("open", FIRST, "pt")]


async def test_what_is_left_is_paid_whole_by_the_next(kiosk: Kiosk) -> None:
    await pay_the_first(kiosk)
    kiosk.checkout.publish(again_state(kiosk.clock.monotonic(), None))
    kiosk.model.retry()
    await kiosk.until("screen", "again")
    assert kiosk.checkout.calls[-1] == ("pay_again", PaymentChoice(Method.CREDIT, 3))


async def test_a_declined_first_card_may_try_its_part_again_and_another_way_pays_all(kiosk: Kiosk) -> None:
    await pay_the_first(kiosk)
    declined = again_state(kiosk.clock.monotonic(), Trouble.CARD_DECLINED)
    kiosk.checkout.publish(declined)
    kiosk.model.retry()
    await kiosk.until("screen", "again")
    assert kiosk.checkout.calls[-1] == ("pay_again", FIRST)
    kiosk.checkout.publish(replace(declined, sale_id="s2"))
    kiosk.model.choose("debit")
    await kiosk.until("screen", "again")
    assert kiosk.checkout.calls[-1] == ("pay_again", PaymentChoice(Method.DEBIT))


def test_back_leads_the_way_it_came_and_forgets_the_part(kiosk: Kiosk) -> None:
    kiosk.model.choose("split")
    kiosk.model.chooseSplit(6000)
    kiosk.model.back()
    assert kiosk.get("screen") == "split"
    kiosk.model.back()
    assert (kiosk.get("screen"), ways(kiosk)) == ("method", ["pix", "credit", "debit", "split"])
    kiosk.model.back()
    assert kiosk.get("screen") == "services"


def test_an_amount_that_is_not_offered_is_no_part(kiosk: Kiosk) -> None:
    kiosk.model.chooseSplit(6000)
    assert kiosk.get("screen") == "method"
    kiosk.model.choose("split")
    kiosk.model.chooseSplit(12000)
    kiosk.model.chooseSplit(1)
    assert kiosk.get("screen") == "split"


def test_cards_that_go_while_it_is_asked_lead_back(kiosk: Kiosk) -> None:
    kiosk.model.choose("split")
    kiosk.checkout.offered = ((Method.PIX, 1),)
    kiosk.model.setLanguage("en")
    assert (kiosk.get("screen"), ways(kiosk)) == ("method", ["pix"])


async def test_without_the_owners_word_there_is_no_such_key(runtime: Runtime) -> None:
    plain = Kiosk(runtime)
    plain.checkout.offered = METHODS
    plain.choose()
    plain.model.next()
    assert ways(plain) == ["pix", "credit", "debit"]
    plain.model.choose("split")
    assert plain.get("screen") == "method"
    plain.model.stop()


def test_left_alone_it_goes_home_and_the_next_customer_finds_nothing_of_it(kiosk: Kiosk) -> None:
    kiosk.model.choose("split")
    kiosk.model.chooseSplit(6000)
    kiosk.pass_time(120)
    assert kiosk.get("screen") == "attract"
    kiosk.choose()
    kiosk.model.next()
    assert kiosk.get("toPay") == "R$\xa0120,00"
