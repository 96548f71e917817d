"""A card on the acquirer's page: what it posts back reaches the gateway once, and only while the page is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.scripted_terminal import READER, ScriptedTerminal
from tests.support.world import World
from totem.domain.cards import (
    CardCapabilities,
    CardEvent,
    CardOutcome,
    CardResult,
    CardSale,
    KeyedCard,
    Prompt,
    PromptKind,
    WebPage,
)
from totem.domain.errors import CardError, Trouble
from totem.domain.machine import AttemptState
from totem.services.state import Method, PaymentChoice, Stage

PAGE = WebPage("https://page.example/pay", (("posID", "90051"),), "https://kiosk.example/answer/abc")


class AnswerRefused(CardError):
    trouble = Trouble.CARD_UNKNOWN


@dataclass
class PageGateway(ScriptedTerminal):
    """Shows a page; the first answer that says `ok` is an approval."""

    name: str = "gopag"
    capabilities: CardCapabilities = READER
    got: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    refuses: bool = False
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        self.sales.append(sale)
        yield Prompt(PromptKind.WEB_PAGE, page=PAGE)
        await self.arrived.wait()
        yield Prompt(PromptKind.PROCESSING, can_cancel=False)
        if self.cancelled:
            yield CardResult(CardOutcome.CANCELLED, trouble=Trouble.CARD_CANCELLED)
            return
        self.ledger[self.key(sale)] = "approved"
        yield self.approved(sale)

    async def cancel(self, attempt_id: str) -> None:
        self.cancelled = True
        self.arrived.set()

    async def supply(self, attempt_id: str, card: KeyedCard) -> None:
        raise AssertionError("a page asks for no typed card")

    async def returned(self, attempt_id: str, fields: Mapping[str, str]) -> None:
        self.got.append((attempt_id, fields))
        if self.refuses:
            raise AnswerRefused("not ours")
        self.arrived.set()


@pytest.fixture
def gateway() -> PageGateway:
    return PageGateway()


@pytest.fixture
def world(tmp_path: Path, gateway: PageGateway) -> World:
    made = World(tmp_path)
    made.terminals = [gateway]
    return made


async def on_page(world: World) -> str:
    sale_id = await world.open_card()
    await page_shown(world)
    return sale_id


async def page_shown(world: World) -> None:
    def has_page() -> bool:
        card = world.state.card
        return card is not None and card.prompt.page is not None

    await world.until(has_page)


async def test_the_answer_goes_to_the_gateway_of_the_sale(world: World, gateway: PageGateway) -> None:
    async with world.running():
        sale_id = await on_page(world)
        await world.engine.checkout.returned({"messageType": "8"})
        await world.stage(Stage.COMPLETED)
        assert gateway.got == [(gateway.sales[0].attempt_id, {"messageType": "8"})]
        assert (await world.states_of(sale_id))["attempt"] == AttemptState.APPROVED


async def test_a_second_answer_is_dropped(world: World, gateway: PageGateway) -> None:
    gateway.refuses = True
    async with world.running():
        await on_page(world)
        await world.engine.checkout.returned({"first": "1"})
        await world.engine.checkout.returned({"second": "2"})
        assert [fields for _, fields in gateway.got] == [{"first": "1"}]
        await world.engine.checkout.cancel()
        await world.stage(Stage.CHOOSING_AGAIN)


async def test_an_answer_without_a_page_goes_nowhere(world: World, gateway: PageGateway) -> None:
    async with world.running():
        await world.engine.checkout.returned({"messageType": "8"})
        await on_page(world)
        gateway.arrived.set()
        await world.stage(Stage.COMPLETED)
        await world.engine.checkout.returned({"messageType": "8"})
        assert gateway.got == []


async def test_the_next_attempt_takes_an_answer_of_its_own(world: World, gateway: PageGateway) -> None:
    async with world.running():
        await on_page(world)
        await world.engine.checkout.cancel()
        await world.stage(Stage.CHOOSING_AGAIN)
        gateway.cancelled, gateway.arrived = False, asyncio.Event()
        await world.engine.checkout.pay_again(PaymentChoice(Method.CREDIT))
        await page_shown(world)
        await world.engine.checkout.returned({"messageType": "8"})
        await world.stage(Stage.COMPLETED)
        assert len(gateway.got) == 1
        assert gateway.got[0][0] == gateway.sales[1].attempt_id
