"""The card's screens under real touches, and the ticket's code read back from the glass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import zxingcpp

from tests.ui.checks import walk
from tests.ui.pictures import METHODS, OPTIONS, TICKET_CODE, card_state
from tests.ui.studio import Studio, studio
from tests.ui.test_window import as_pillow, shot
from tests.ui.touches import find, tap
from totem.domain.cards import PromptKind
from totem.runtime import Runtime
from totem.services.state import Method, PaymentChoice, Stage

pytestmark = pytest.mark.qt


@pytest.fixture(params=["portrait", "landscape"])
async def stage(request: pytest.FixtureRequest, runtime: Runtime) -> AsyncIterator[Studio]:
    with studio(request.param, runtime) as made:
        async with asyncio.timeout(10):
            await made.kiosk.first_frame.wait()
        yield made


def screen(stage: Studio) -> object:
    return stage.kiosk.window.property("screen")


async def test_credit_in_parts_by_touch(stage: Studio) -> None:
    stage.checkout.offered = METHODS
    await tap(stage, "key.begin")
    await tap(stage, "card.lavagem-completa")
    await tap(stage, "key.next")
    await tap(stage, "key.method.credit")
    assert screen(stage) == "installments"
    await tap(stage, "key.back")
    await tap(stage, "key.method.credit")
    await tap(stage, "key.plan.12")
    await asyncio.sleep(0)
    assert stage.checkout.calls == [("open", PaymentChoice(Method.CREDIT, 12), "pt")]


async def test_debit_by_touch(stage: Studio) -> None:
    await stage.show(shot(stage, "method-cards"), "pt")
    await tap(stage, "key.method.debit")
    await asyncio.sleep(0)
    assert stage.checkout.calls == [("open", PaymentChoice(Method.DEBIT), "pt")]


async def test_the_card_is_cancelled_by_one_touch(stage: Studio) -> None:
    await stage.show(shot(stage, "card-present"), "pt")
    await tap(stage, "key.help")
    assert stage.kiosk.model.board.value("overlay") == "help"
    await tap(stage, "key.help.close")
    await tap(stage, "key.cancel")
    await asyncio.sleep(0)
    assert stage.checkout.calls == [("cancel",)]
    await stage.show(shot(stage, "card-cancelling"), "pt")
    assert not find(stage, "key.cancel").isEnabled()
    await stage.show(shot(stage, "card-processing"), "pt")
    assert not find(stage, "key.cancel").isEnabled()


async def test_the_terminals_menu_is_answered_by_touch(stage: Studio) -> None:
    await stage.show(shot(stage, "card-menu"), "pt")
    last = len(OPTIONS) - 1
    await tap(stage, f"key.option.{last}")
    await tap(stage, "key.option.0")
    await asyncio.sleep(0)
    assert stage.checkout.calls == [("choose", last)]


async def test_a_long_menu_is_turned_by_pages(stage: Studio) -> None:
    await stage.show(shot(stage, "card-menu-many"), "pt")
    with pytest.raises(LookupError):
        find(stage, "key.option.16")
    for _ in range(20):
        if not find(stage, "key.choices.down").isEnabled():
            break
        await tap(stage, "key.choices.down")
        await stage.frame()
    await tap(stage, "key.option.16")
    await asyncio.sleep(0)
    assert stage.checkout.calls == [("choose", 16)]


async def test_a_declined_card_goes_on_by_touch(stage: Studio) -> None:
    await stage.show(shot(stage, "again-declined"), "pt")
    await tap(stage, "key.retry")
    await asyncio.sleep(0)
    await stage.show(shot(stage, "again-declined"), "pt")
    await tap(stage, "key.method.pix")
    await asyncio.sleep(0)
    await stage.show(shot(stage, "again-declined"), "pt")
    await tap(stage, "key.method.credit")
    await tap(stage, "key.plan.1")
    await asyncio.sleep(0)
    await stage.show(shot(stage, "again-declined"), "pt")
    await tap(stage, "key.giveup")
    await asyncio.sleep(0)
    assert [call for call in stage.checkout.calls if call[0] != "open"] == [
        ("pay_again", PaymentChoice(Method.CREDIT, 3)),
        ("pay_again", PaymentChoice(Method.PIX)),
        ("pay_again", PaymentChoice(Method.CREDIT)),
        ("cancel",),
    ]


async def test_the_customer_says_whether_the_ticket_came(stage: Studio) -> None:
    await stage.show(shot(stage, "ticket-unknown"), "pt")
    await tap(stage, "key.ticket.reprint")
    await asyncio.sleep(0)
    assert stage.checkout.calls == [("reprint",)]
    await stage.show(shot(stage, "ticket-unknown-late"), "pt")
    with pytest.raises(LookupError):
        find(stage, "key.ticket.reprint")
    await tap(stage, "key.ticket.yes")
    await asyncio.sleep(0)
    assert stage.checkout.calls[-1] == ("acknowledge",)
    assert screen(stage) == "attract"


async def test_the_tickets_code_is_read_from_the_screen(stage: Studio) -> None:
    for variant in ("plain", "contrast", "large", "low"):
        await stage.show(shot(stage, "paperless"), "pt", variant)
        read = zxingcpp.read_barcodes(as_pillow(stage.kiosk.window.grabWindow()))
        assert [code.text for code in read] == [TICKET_CODE]
    await tap(stage, "key.done")
    await asyncio.sleep(0)
    assert stage.checkout.calls[-1] == ("acknowledge",)


async def test_the_picture_moves_and_rests_and_is_held_by_a_touch(runtime: Runtime) -> None:
    """Its ways follow one another; held, it draws no more frames."""
    with studio("portrait", runtime, reduced_motion=False) as stage:
        await stage.kiosk.first_frame.wait()
        stage.checkout.publish(card_state(Stage.CARD, PromptKind.PRESENT_CARD))
        await stage.frame()
        window = stage.kiosk.window
        whole = window.contentItem().mapRectToScene(window.contentItem().childrenRect())
        picture = next(
            seen.item for seen in walk(window.contentItem(), whole) if seen.item.property("presenting") is not None
        )
        turned = asyncio.Event()
        way = picture.property("way")

        def note_turn() -> None:
            if picture.property("way") != way:
                turned.set()

        stage.kiosk.window.frameSwapped.connect(note_turn)
        async with asyncio.timeout(30):
            await turned.wait()
        picture.setProperty("held", True)
        frames: list[None] = []
        window.frameSwapped.connect(lambda: frames.append(None))
        async with asyncio.timeout(60):
            while True:
                frames.clear()
                await asyncio.sleep(0.5)
                if not frames:
                    return
