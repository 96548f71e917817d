"""The live board of a running kiosk: what its services see is on it, and who looks hears of every change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.scripted_terminal import ScriptedTerminal
from tests.support.world import World
from totem.domain.errors import BankUnreachable, CredentialsRefused, Trouble
from totem.domain.ports import Condition
from totem.services.health.board import HealthBoard
from totem.services.health.signs import Area, Part, part
from totem.services.health.vocabulary import Level, Word
from totem.services.state import Stage


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    made.terminals = [ScriptedTerminal()]
    async with made.running(stuck_s=60.0):
        yield made


async def shows(world: World, area: Area, word: Word, name: str = "") -> Part:
    """Until the board has that sign there; fails by time-out."""
    board, changed = world.engine.board, asyncio.Event()
    leave = board.subscribe(lambda _: changed.set())
    async with asyncio.timeout(5):
        while True:
            changed.clear()
            found = board.find(area, name)
            if found is not None and any(sign.word is word for sign in found.signs):
                leave()
                return found
            await changed.wait()


async def test_a_kiosk_at_rest_is_green_everywhere(world: World) -> None:
    await world.engine.board.examine()
    parts = world.engine.board.parts
    assert {part.key for part in parts if part.level is not Level.GREEN} == set()
    areas = [part.area for part in parts]
    assert areas == sorted(areas, key=list(Area).index)
    assert set(areas) == {
        Area.SALES,
        Area.NETWORK,
        Area.PROVIDER,
        Area.PRINTER,
        Area.TERMINAL,
        Area.JOURNAL,
        Area.SETTLEMENTS,
        Area.REFUNDS,
        Area.ATTENTIONS,
    }


async def test_a_printer_is_told_as_it_changes(world: World) -> None:
    well = await shows(world, Area.PRINTER, Word.PRINTER_READY, "scripted")
    world.printer.conditions = {Condition.PAPER_OUT}
    out = await shows(world, Area.PRINTER, Word.PAPER_OUT, "scripted")
    assert well.since is not None
    assert out.since is not None
    assert out.since > well.since
    assert world.engine.board.level is Level.RED
    world.printer.conditions = set()
    await shows(world, Area.PRINTER, Word.PRINTER_READY, "scripted")


async def test_a_bank_is_as_its_last_call_ended(world: World) -> None:
    world.bank.fail("create", CredentialsRefused("no"))
    await world.open()
    await world.stage(Stage.STOPPED)
    refused = await shows(world, Area.PROVIDER, Word.PROVIDER_CREDENTIALS, "scripted")
    assert refused.signs[0].code == "PIX-003"
    assert (await shows(world, Area.NETWORK, Word.NETWORK_GOOD)).level is Level.GREEN
    await world.engine.checkout.acknowledge()
    world.bank.fail("create", BankUnreachable("no line"))
    await world.open()
    await world.stage(Stage.STOPPED)
    await shows(world, Area.NETWORK, Word.NETWORK_DOWN)


async def test_a_terminal_is_as_it_was_last_seen(world: World) -> None:
    terminal = world.terminals[0]
    await shows(world, Area.TERMINAL, Word.TERMINAL_READY, "tef")
    terminal.ready = False
    await world.engine.board.examine()
    assert (await shows(world, Area.TERMINAL, Word.TERMINAL_UNREACHABLE, "tef")).signs[0].code == "TEF-001"


async def test_money_that_waits_and_what_is_named_are_told(world: World) -> None:
    terminal = world.terminals[0]
    terminal.silent = 1_000
    await world.open_card()
    await world.stage(Stage.COMPLETED)
    waiting = await shows(world, Area.SETTLEMENTS, Word.SETTLEMENTS_WAITING)
    assert waiting.signs[0].values == {"count": 1}
    await shows(world, Area.SETTLEMENTS, Word.SETTLEMENTS_STUCK)
    await shows(world, Area.ATTENTIONS, Word.ATTENTIONS_OPEN)


async def test_a_kiosk_out_of_service_says_so(world: World) -> None:
    world.terminals[0].waits = asyncio.Event()
    await world.open_card()
    await world.journal.limit_pages(0)
    await shows(world, Area.JOURNAL, Word.JOURNAL_FAILS)
    world.terminals[0].waits.set()
    stopped = await shows(world, Area.SALES, Word.SALES_STOPPED)
    assert stopped.signs[0].values == {"code": Trouble.DISK_FULL.value}
    await world.journal.limit_pages(None)
    await shows(world, Area.JOURNAL, Word.JOURNAL_WRITES)


# --- the board itself -------------------------------------------------------------------------------------------------


async def test_a_figure_that_moves_does_not_make_a_part_new(world: World) -> None:
    board = HealthBoard(world.clock)
    heard: list[Part] = []
    leave = board.subscribe(heard.append)
    board.put(part(Area.DISK, "", Word.DISK_GOOD, mb=100))
    await world.clock.sleep(1)
    board.put(part(Area.DISK, "", Word.DISK_GOOD, mb=99))
    board.put(part(Area.DISK, "", Word.DISK_GOOD, mb=99))
    assert [each.signs[0].values["mb"] for each in heard] == [100, 99]
    assert heard[0].since == heard[1].since
    leave()
    board.put(part(Area.DISK, "", Word.DISK_FULL, mb=1))
    assert len(heard) == 2
    assert not board.is_watched


async def test_one_check_that_fails_hides_no_other_and_a_second_caller_waits_for_the_first(world: World) -> None:
    asked: list[str] = []

    async def broken() -> tuple[Part, ...]:
        raise RuntimeError("nobody knows why")

    async def good() -> tuple[Part, ...]:
        asked.append("good")
        await asyncio.sleep(0)
        return (part(Area.LOCK, "", Word.LOCK_HELD),)

    board = HealthBoard(world.clock, (broken, good))
    await asyncio.gather(board.examine(), board.examine())
    assert asked == ["good"]
    assert [each.area for each in board.parts] == [Area.LOCK]
