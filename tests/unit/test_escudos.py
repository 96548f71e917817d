"""A kiosk in escudos and without Pix: one card method, a sale to its ticket, and its way back in the same money."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.scripted_terminal import READER, ScriptedTerminal, declined
from tests.support.world import World, wait_until
from totem.domain.cards import CardKind
from totem.domain.catalogue import Basket, Service
from totem.domain.errors import Trouble
from totem.domain.machine import CompensationState, Machine, SaleState
from totem.domain.money import Currency, Money, format_money
from totem.services.state import Method, PaymentChoice, Stage

PRICE = Money(1500, Currency.CVE)
BASKET = Basket(currency=Currency.CVE).with_quantity(Service("wash", {"pt": "Lavagem"}, PRICE), 1)
CARD = PaymentChoice(Method.CARD)
PAGE = replace(READER, kinds=frozenset({CardKind.CARD}), most_installments=1)


class PageTerminal(ScriptedTerminal):
    refunded: Money | None = None

    async def refund(self, reference, refund_id, amount):  # type: ignore[no-untyped-def]
        self.refunded = amount
        return await super().refund(reference, refund_id, amount)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.banks = []
    made.terminals = [PageTerminal(name="vinti4", capabilities=PAGE)]
    return made


async def test_only_the_card_is_offered_and_sells(world: World) -> None:
    async with world.running():
        checkout = world.engine.checkout
        assert [offer.method for offer in checkout.offers(PRICE)] == [Method.CARD]
        await checkout.open(BASKET, PaymentChoice(Method.PIX), "pt")
        assert world.state.stage is Stage.IDLE
        await checkout.open(BASKET, CARD, "pt")
        done = await world.stage(Stage.COMPLETED)
        assert done.amount == PRICE
        (sold,) = world.terminals[0].sales
        assert (sold.amount, sold.kind) == (PRICE, CardKind.CARD)


async def test_after_a_decline_only_the_card_may_be_tried_again(world: World) -> None:
    world.terminals[0].answers = [declined()]
    async with world.running():
        await world.engine.checkout.open(BASKET, CARD, "pt")
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert [offer.method for offer in again.offers] == [Method.CARD]


async def test_the_money_goes_back_in_escudos(world: World) -> None:
    terminal = world.terminals[0]
    async with world.running():
        await world.engine.checkout.open(BASKET, CARD, "pt")
        sale = (await world.stage(Stage.COMPLETED)).sale_id
        assert await world.engine.returns.return_sale(sale, Trouble.REFUND_ASKED, delivered=True)
        await wait_until(world, lambda: terminal.refunded is not None)
        assert terminal.refunded == PRICE
        await world.engine.refunds.wait_quiet()
        assert (await world.subject(sale)).state == SaleState.COMPLETED
        assert len(await world.journal.find(Machine.COMPENSATION, CompensationState.DONE)) == 1


@pytest.mark.parametrize(
    ("language", "text"), [("pt", "1.500$00"), ("en", "1,500 CVE"), ("es", "1.500 CVE"), ("fr", "1\u202f500 CVE")]
)
def test_escudos_are_written_as_each_language_does(language: str, text: str) -> None:
    assert format_money(PRICE, language) == text.replace(" CVE", "\N{NO-BREAK SPACE}CVE")
