"""A card typed by real touches on the real window, and what of it can be seen, heard and left behind."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtQuick import QQuickItem

from tests.ui.pictures import card_state
from tests.ui.studio import Studio, studio
from tests.ui.test_window import shot
from tests.ui.touches import find, strike, tap
from totem.domain.cards import PromptKind
from totem.runtime import Runtime
from totem.services.state import CheckoutState, Stage
from totem.ui.viewmodel import WARNING_S

pytestmark = pytest.mark.qt

NUMBER, EXPIRY, CODE, NAME = "4532015112830366", "1230", "123", "MARIA SILVA"
IDLE_S = 60.0


@pytest.fixture
async def stage(runtime: Runtime) -> AsyncIterator[Studio]:
    with studio("portrait", runtime) as made:
        async with asyncio.timeout(10):
            await made.kiosk.first_frame.wait()
        await made.show(shot(made, "key-card-empty"), "pt")
        yield made


async def type_in(stage: Studio, text: str) -> None:
    for character in text:
        await tap(stage, "key.pad.space" if character == " " else f"key.pad.{character}")


async def type_number(stage: Studio) -> None:
    await type_in(stage, NUMBER)
    await tap(stage, "key.pad.next")
    await type_in(stage, EXPIRY[:3])


def press_all(stage: Studio, *fields: str) -> None:
    """The same without fingers, where the touches are not what is tested."""
    pad = stage.kiosk.model.pad
    for place, text in enumerate(fields):
        for character in text:
            pad.press(character)
        if place < len(fields) - 1:
            pad.next()


def is_empty(stage: Studio) -> bool:
    return stage.kiosk.model.pad.is_empty


@pytest.mark.parametrize("orientation", ["portrait", "landscape"])
async def test_a_card_is_typed_by_touch_and_handed_over(orientation: str, runtime: Runtime) -> None:
    with studio(orientation, runtime) as stage:
        async with asyncio.timeout(10):
            await stage.kiosk.first_frame.wait()
        await stage.show(shot(stage, "key-card-empty"), "pt")
        for text in (NUMBER, EXPIRY, CODE, NAME):
            await type_in(stage, text)
            await tap(stage, "key.pad.next")
        await asyncio.sleep(0)
        (card,) = stage.checkout.supplied
        assert (card.number, card.expiry_month, card.expiry_year) == (NUMBER, 12, 2030)
        assert (card.security_code, card.holder) == (CODE, NAME)
        card.wipe()
        assert is_empty(stage)
        assert not find(stage, "key.pad.next").isEnabled()
        assert not find(stage, "key.pad.1").isEnabled()
        assert stage.checkout.calls == [("supply",)]


async def test_a_slip_is_mended_by_touch(stage: Studio) -> None:
    await type_in(stage, "4222")
    await tap(stage, "key.pad.erase")
    await tap(stage, "key.pad.clear")
    await type_in(stage, NUMBER[:-1] + "2")
    await tap(stage, "key.pad.next")
    assert stage.kiosk.model.pad.board.value("fault") == "number_wrong"
    await tap(stage, "key.pad.erase")
    await type_in(stage, NUMBER[-1])
    await tap(stage, "key.pad.next")
    assert stage.kiosk.model.pad.board.value("field") == "expiry"
    await tap(stage, "key.field.number")
    assert stage.kiosk.model.pad.board.value("field") == "number"
    assert stage.kiosk.model.pad.board.value("brand") == "Visa"


async def test_left_alone_the_card_is_asked_about_then_wiped_and_given_up(stage: Studio) -> None:
    await type_number(stage)
    model = stage.kiosk.model
    stage.clock.advance(IDLE_S + 1)
    model.tick()
    await stage.frame()
    assert model.board.value("overlay") == "idle"
    await tap(stage, "key.stay")
    assert not is_empty(stage)
    assert model.board.value("overlay") == ""
    stage.clock.advance(IDLE_S + 1)
    model.tick()
    stage.clock.advance(WARNING_S)
    model.tick()
    await asyncio.sleep(0)
    assert is_empty(stage)
    assert model.board.value("overlay") == ""
    assert stage.checkout.calls == [("cancel",)]


async def test_cancelling_wipes_at_once(stage: Studio) -> None:
    await type_number(stage)
    await tap(stage, "key.cancel")
    await asyncio.sleep(0)
    assert is_empty(stage)
    assert stage.checkout.calls == [("cancel",)]
    asked = card_state(Stage.CARD, PromptKind.KEY_CARD, asked=True)
    stage.checkout.publish(asked)
    assert stage.kiosk.screen == "card"
    stage.kiosk.model.pad.press("4")
    assert is_empty(stage)


@pytest.mark.parametrize(
    "state",
    [
        CheckoutState(),
        card_state(Stage.CARD, PromptKind.PROCESSING),
        card_state(Stage.CHOOSING_AGAIN, PromptKind.KEY_CARD),
        CheckoutState(Stage.OUT_OF_SERVICE),
    ],
    ids=["another customer", "at the bank", "given up", "out of service"],
)
async def test_nothing_stays_once_nobody_waits_for_a_card(stage: Studio, state: CheckoutState) -> None:
    press_all(stage, NUMBER, EXPIRY, CODE, "MARIA")
    assert not is_empty(stage)
    stage.checkout.publish(state)
    assert is_empty(stage)
    assert _shown(stage) == ("____ ____ ____ ____", "__/__", "___", "")


async def test_closing_the_window_wipes(runtime: Runtime) -> None:
    with studio("portrait", runtime) as stage:
        await stage.kiosk.first_frame.wait()
        await stage.show(shot(stage, "key-card-empty"), "pt")
        press_all(stage, NUMBER, EXPIRY)
        assert not is_empty(stage)
        pad = stage.kiosk.model.pad
    assert pad._entry.is_empty


async def test_a_gateway_that_asks_again_finds_empty_fields(stage: Studio) -> None:
    press_all(stage, NUMBER, EXPIRY, CODE, NAME)
    stage.kiosk.model.pad.next()
    await asyncio.sleep(0)
    asked = card_state(Stage.CARD, PromptKind.KEY_CARD)
    stage.checkout.publish(replace(asked, can_cancel=True))
    assert is_empty(stage)
    press_all(stage, NUMBER, EXPIRY, CODE, NAME)
    stage.kiosk.model.pad.next()
    await asyncio.sleep(0)
    assert len(stage.checkout.supplied) == 2


async def test_what_was_typed_last_is_hidden_by_time(stage: Studio) -> None:
    press_all(stage, "42")
    assert _shown(stage)[0] == "•2__ ____ ____ ____"
    stage.clock.advance(1.0)
    stage.checkout.publish(stage.checkout.state)
    assert _shown(stage)[0] == "••__ ____ ____ ____"


async def test_an_attached_keyboard_types_nothing(stage: Studio) -> None:
    keys = (*(Qt.Key(ord(digit)) for digit in NUMBER), Qt.Key.Key_Return)
    await strike(stage, [(key, Qt.KeyboardModifier.NoModifier) for key in keys])
    assert is_empty(stage)
    assert QGuiApplication.focusObject() is None or not QGuiApplication.focusObject().inherits("QQuickTextInput")


async def test_nothing_that_qml_or_a_reader_of_the_screen_has_holds_a_value(stage: Studio) -> None:
    secrets = (NUMBER, NUMBER[:6], NUMBER[4:12], EXPIRY, "12/30", CODE, NAME, "MARIA", "SILVA")
    fields = (NUMBER, EXPIRY, CODE, NAME)
    for text in fields:
        press_all(stage, text)
        await stage.frame()
        told = list(_everything_in(stage.kiosk.window.contentItem()))
        assert any("•" in each for each in told)
        assert [each for each in told if any(secret in each.replace(" ", "") for secret in secrets)] == []
        if text is not NAME:
            stage.kiosk.model.pad.next()
    assert QGuiApplication.clipboard().text() == ""


def _shown(stage: Studio) -> tuple[str, ...]:
    return tuple(str(stage.kiosk.model.pad.board.value(name)) for name in ("number", "expiry", "code", "name"))


def _everything_in(item: QObject) -> Iterator[str]:
    """Every text of every item: its properties and what it tells accessibility."""
    meta = item.metaObject()
    for place in range(meta.propertyCount()):
        known = meta.property(place)
        if str(known.typeName()) == "QString":
            yield str(item.property(str(known.name())))
    interface = QAccessible.queryAccessibleInterface(item)
    if interface is not None:
        for kind in (QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Value):
            yield interface.text(kind)
    if isinstance(item, QQuickItem):
        for child in item.childItems():
            yield from _everything_in(child)


def test_the_screen_has_no_text_field_and_prints_nothing() -> None:
    folder = Path(__file__).parents[2] / "totem" / "ui" / "qml"
    for name in ("screens/KeyCard", "components/CardKeys", "components/CardFace", "components/MaskedCells"):
        source = (folder / f"{name}.qml").read_text(encoding="utf-8")
        assert re.findall(r"TextInput|TextEdit|TextField|TextArea|console\.|print\(|Keys\.|focus:", source) == []
