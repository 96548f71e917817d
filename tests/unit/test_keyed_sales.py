"""A typed card from the screen to its gateway: handed over once, always wiped, never sent after a cancellation."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.scripted_gateway import ScriptedGateway
from tests.support.scripted_terminal import ScriptedTerminal, declined
from tests.support.world import World
from totem.domain.cards import KeyedCard, PromptKind
from totem.domain.errors import Trouble
from totem.domain.machine import AttemptState, SaleState
from totem.domain.records import Subject
from totem.services.state import Method, PaymentChoice, Stage

NUMBER = "4111111111111111"


def card() -> KeyedCard:
    return KeyedCard(NUMBER, 12, 2030, "123", "MARIA DA SILVA")


def is_wiped(card: KeyedCard) -> bool:
    try:
        return not card.number
    except ValueError:
        return True


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.terminals = [ScriptedGateway()]
    return made


async def until_asked(world: World) -> str:
    """Until the screen asks for a card; the sale's id."""
    sale_id = await world.open_card()
    await world.until(lambda: _kind(world) is PromptKind.KEY_CARD)
    return sale_id


def _kind(world: World) -> PromptKind | None:
    return world.state.card.prompt.kind if world.state.card is not None else None


async def test_a_typed_card_pays_and_is_wiped(world: World) -> None:
    gateway, typed = world.terminals[0], card()
    async with world.running():
        sale_id = await until_asked(world)
        await world.engine.checkout.supply(typed)
        await world.stage(Stage.COMPLETED)
        assert gateway.sent == [(NUMBER, 12, 2030, "123", "MARIA DA SILVA")]
        assert (await world.states_of(sale_id))["attempt"] == AttemptState.APPROVED
    assert is_wiped(typed)


async def test_a_second_card_is_not_taken_while_the_first_one_is_under_way(world: World) -> None:
    gateway, first, second = world.terminals[0], card(), card()
    gateway.waits = asyncio.Event()
    async with world.running():
        await until_asked(world)
        await world.engine.checkout.supply(first)
        await world.engine.checkout.supply(second)
        assert is_wiped(second)
        gateway.waits.set()
        await world.stage(Stage.COMPLETED)
        assert len(gateway.sent) == 1


async def test_a_card_that_is_asked_for_again_is_typed_again(world: World) -> None:
    gateway, first, second = world.terminals[0], card(), card()
    gateway.asks = 2
    async with world.running():
        await until_asked(world)
        await world.engine.checkout.supply(first)
        await world.until(lambda: is_wiped(first))
        await world.engine.checkout.supply(second)
        await world.stage(Stage.COMPLETED)
    assert len(gateway.sent) == 2
    assert is_wiped(second)


async def test_cancelled_before_anything_was_sent(world: World) -> None:
    gateway, late = world.terminals[0], card()
    async with world.running():
        sale_id = await until_asked(world)
        await world.engine.checkout.cancel()
        await world.engine.checkout.supply(late)
        assert is_wiped(late)
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert again.trouble is not None
        assert again.trouble.trouble is Trouble.CARD_CANCELLED
        assert (await world.states_of(sale_id))["attempt"] == AttemptState.CANCELLED
        await world.engine.checkout.cancel()
        assert (await world.states_of(sale_id))["sale"] == SaleState.ABANDONED
    assert gateway.sent == []


async def test_a_card_that_never_comes_is_a_cancelled_attempt(world: World) -> None:
    async with world.running(typing_s=20.0):
        sale_id = await until_asked(world)
        await world.stage(Stage.CHOOSING_AGAIN)
        assert (await world.states_of(sale_id))["attempt"] == AttemptState.CANCELLED
    assert world.terminals[0].sent == []


async def test_declined_and_unknown_leave_no_card_behind(world: World) -> None:
    gateway, first, second = world.terminals[0], card(), card()
    gateway.answers = [declined(), None]
    async with world.running():
        await until_asked(world)
        await world.engine.checkout.supply(first)
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert is_wiped(first)
        await world.engine.checkout.pay_again(PaymentChoice(Method.CREDIT))
        await world.until(lambda: _kind(world) is PromptKind.KEY_CARD)
        await world.engine.checkout.supply(second)
        await world.stage(Stage.STOPPED)
        assert again.sale_id == world.state.sale_id
    assert is_wiped(second)


async def test_a_gateway_that_breaks_tells_nothing_of_the_card(world: World, caplog: pytest.LogCaptureFixture) -> None:
    gateway, typed = world.terminals[0], card()
    gateway.breaks = RuntimeError(f"cannot take {NUMBER} of MARIA DA SILVA")
    async with world.running():
        sale_id = await until_asked(world)
        await world.engine.checkout.supply(typed)
        assert is_wiped(typed)
        await world.stage(Stage.CHOOSING_AGAIN)
        assert (await world.states_of(sale_id))["attempt"] == AttemptState.CANCELLED
    assert "RuntimeError" in caplog.text
    assert NUMBER not in caplog.text
    assert "MARIA" not in caplog.text


async def test_a_terminal_with_its_own_reader_takes_no_typed_card(world: World) -> None:
    waits, typed = asyncio.Event(), card()
    world.terminals = [ScriptedTerminal(waits=waits)]
    async with world.running():
        await world.open_card()
        await world.engine.checkout.supply(typed)
        assert is_wiped(typed)
        waits.set()
        await world.stage(Stage.COMPLETED)


async def test_nobody_waits_for_a_card_before_and_after_a_sale(world: World) -> None:
    typed = card()
    async with world.running():
        await world.engine.checkout.supply(typed)
        assert is_wiped(typed)


async def test_closing_down_wipes_what_is_under_way(world: World) -> None:
    gateway, typed = world.terminals[0], card()
    gateway.waits = asyncio.Event()
    async with world.running(close_s=0.2):
        await until_asked(world)
        await world.engine.checkout.supply(typed)
        await world.until(lambda: _kind(world) is PromptKind.PROCESSING)
    assert is_wiped(typed)


async def test_a_picture_that_comes_late_takes_nothing_from_the_next_customer(world: World) -> None:
    """A slow machine still draws the first one's ticket when the second one types a card."""
    gateway, may_draw, drawing = world.terminals[0], asyncio.Event(), asyncio.Event()
    draw = world.press.draw

    async def draw_late(sale: Subject, ticket: Subject) -> bytes:
        drawing.set()
        await may_draw.wait()
        return await draw(sale, ticket)

    world.press.draw = draw_late  # type: ignore[method-assign]
    async with world.running():
        await until_asked(world)
        await world.engine.checkout.supply(card())
        await world.stage(Stage.COMPLETED)
        await drawing.wait()
        await world.engine.checkout.acknowledge()
        second = await until_asked(world)
        may_draw.set()
        for _ in range(10):
            await asyncio.sleep(0)
        await world.engine.checkout.supply(card())
        await world.stage(Stage.COMPLETED)
        assert len(gateway.sent) == 2
        assert (await world.states_of(second))["attempt"] == AttemptState.APPROVED
