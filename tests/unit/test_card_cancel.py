"""Taking a card sale back at the kiosk: when it is offered, and whose word counts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.scripted_terminal import ScriptedTerminal
from tests.support.world import World
from totem.domain.cards import Prompt, PromptKind
from totem.domain.errors import Trouble
from totem.services.state import Stage


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.terminals = [ScriptedTerminal()]
    return made


async def test_cancelling_is_asked_and_the_terminal_has_the_last_word(world: World) -> None:
    tef = world.terminals[0]
    tef.waits = asyncio.Event()
    async with world.running():
        await world.open_card()
        await world.until(lambda: world.state.can_cancel and world.state.stage is Stage.CARD)
        await world.engine.checkout.cancel()
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert again.trouble is not None
        assert again.trouble.trouble is Trouble.CARD_CANCELLED
        assert tef.ledger == {}


def _prompt(world: World) -> PromptKind | None:
    return world.state.card.prompt.kind if world.state.card is not None else None


async def test_the_cancel_key_never_comes_and_goes_and_comes(world: World) -> None:
    """A finger that is down while it goes touches nothing: it is there once the terminal offers it."""
    terminal = world.terminals[0]
    terminal.prompts = (Prompt(PromptKind.CONNECTING, can_cancel=False), Prompt(PromptKind.PRESENT_CARD))
    terminal.waits = asyncio.Event()
    async with world.running():
        await world.open_card()
        await world.until(lambda: _prompt(world) is PromptKind.PRESENT_CARD)
        shown = [state.can_cancel for state in world.states if state.stage is Stage.CARD]
        assert shown == sorted(shown)
        terminal.waits.set()
        await world.stage(Stage.COMPLETED)
