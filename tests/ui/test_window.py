"""The real window under real touches: every key does what it says, and the ring closes in the next frame."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickItem

from tests.ui.pictures import CODE, Shot, shots
from tests.ui.studio import Studio, studio
from tests.ui.touches import find, middle, press, release, tap
from totem.domain.money import Money
from totem.runtime import Runtime
from totem.services.state import CheckoutState, Method, PaymentChoice, Stage, TicketOnScreen

pytestmark = pytest.mark.qt


@pytest.fixture(params=["portrait", "landscape"])
async def stage(request: pytest.FixtureRequest, runtime: Runtime) -> AsyncIterator[Studio]:
    with studio(request.param, runtime) as made:
        async with asyncio.timeout(10):
            await made.kiosk.first_frame.wait()
        yield made


def shot(stage: Studio, name: str) -> Shot:
    return next(each for each in shots(stage.clock.monotonic()) if each.name == name)


async def test_a_sale_is_chosen_by_touch(stage: Studio) -> None:
    assert stage.kiosk.window.property("screen") == "attract"
    assert stage.kiosk.idle
    await tap(stage, "key.begin")
    assert stage.kiosk.window.property("screen") == "services"
    await tap(stage, "card.lavagem-simples")
    await tap(stage, "plus.pneus")
    await tap(stage, "plus.pneus")
    await tap(stage, "minus.pneus")
    assert stage.kiosk.model.board.value("totalCents") == 6000
    await tap(stage, "key.next")
    assert stage.kiosk.window.property("screen") == "method"
    await tap(stage, "key.back")
    await tap(stage, "key.next")
    await tap(stage, "key.method.pix")
    await asyncio.sleep(0)
    assert stage.checkout.calls == [("open", PaymentChoice(Method.PIX), "pt")]
    assert stage.checkout.opened[0].total == Money(6000)


async def test_any_touch_begins_and_presses_nothing_more(stage: Studio) -> None:
    at = QPoint(60, 300)
    await press(stage, at)
    await release(stage, at)
    assert stage.kiosk.window.property("screen") == "services"
    assert stage.kiosk.model.board.value("count") == 0


async def test_languages_and_looks_by_touch(stage: Studio) -> None:
    await tap(stage, "key.language.es")
    assert stage.kiosk.model.board.value("language") == "es"
    await tap(stage, "key.language.en")
    assert stage.kiosk.model.words.value("frame.back") == "Back"
    for key, name in (("key.contrast", "highContrast"), ("key.text", "largeText")):
        await tap(stage, key)
        assert stage.kiosk.model.theme.value(name) is True
        await tap(stage, key)
        assert stage.kiosk.model.theme.value(name) is False
    await tap(stage, "key.reach")
    assert stage.kiosk.model.board.value("lowReach") is True
    assert middle(find(stage, "key.language.pt")).y() > stage.kiosk.window.height() / 2
    await tap(stage, "key.help")
    await tap(stage, "key.help.close")
    assert stage.kiosk.model.board.value("overlay") == ""


async def test_the_touch_that_wakes_presses_no_key(stage: Studio) -> None:
    await tap(stage, "key.begin")
    at = middle(find(stage, "card.pneus"))
    stage.clock.advance(70.0)
    stage.kiosk.model.tick()
    await stage.frame()
    assert stage.kiosk.model.board.value("overlay") == "idle"
    await press(stage, at)
    assert stage.kiosk.model.board.value("overlay") == ""
    await release(stage, at)
    assert stage.kiosk.model.board.value("count") == 0
    await tap(stage, "card.pneus")
    assert stage.kiosk.model.board.value("count") == 1


async def test_the_code_on_the_screen_is_the_banks_own(stage: Studio) -> None:
    for variant in ("plain", "contrast", "large", "low"):
        await stage.show(shot(stage, "pix"), "pt", variant)
        read = zxingcpp.read_barcodes(as_pillow(stage.kiosk.window.grabWindow()))
        assert [code.text for code in read] == [CODE]


async def test_cancel_is_asked_and_sent_by_touch(stage: Studio) -> None:
    await stage.show(shot(stage, "pix"), "pt")
    await tap(stage, "key.moretime")
    await tap(stage, "key.cancel")
    await tap(stage, "key.cancel.no")
    await tap(stage, "key.cancel")
    await tap(stage, "key.cancel.yes")
    await asyncio.sleep(0)
    assert stage.checkout.calls[-2:] == [("more_time",), ("cancel",)]


async def test_the_tick_is_in_the_frame_after_the_payment(stage: Studio) -> None:
    """No wait in between: the very next frame is green where the code was."""
    await stage.show(shot(stage, "pix"), "pt")
    paid = CheckoutState(Stage.PRINTING, "s1", Money(12000), ticket=TicketOnScreen(42))
    stage.checkout.publish(paid)
    assert stage.kiosk.window.property("screen") == "printing"
    await stage.frame()
    green = QImage(stage.kiosk.window.grabWindow())
    shade = str(stage.kiosk.model.theme.value("paid")).lower()
    rows = range(0, green.height(), 16)
    assert any(green.pixelColor(x, y).name() == shade for x in range(0, green.width(), 16) for y in rows)


async def test_the_result_is_left_by_touch(stage: Studio) -> None:
    await stage.show(shot(stage, "thanks"), "pt")
    await tap(stage, "key.done")
    await asyncio.sleep(0)
    assert stage.checkout.calls[-1] == ("acknowledge",)
    assert stage.kiosk.window.property("screen") == "attract"


async def test_a_trouble_that_cost_nothing_is_tried_again_by_touch(stage: Studio) -> None:
    await stage.show(shot(stage, "trouble-expired"), "pt")
    await tap(stage, "key.retry")
    await asyncio.sleep(0)
    assert stage.kiosk.window.property("screen") == "method"


async def test_a_pressed_key_sinks_in_the_next_frame(stage: Studio) -> None:
    await tap(stage, "key.begin")
    await tap(stage, "card.pneus")
    key = find(stage, "key.next")
    at = middle(key)
    before = stage.kiosk.window.grabWindow().pixelColor(at + QPoint(0, 45))
    await press(stage, at)
    during = stage.kiosk.window.grabWindow().pixelColor(at + QPoint(0, 45))
    await release(stage, at)
    assert during.lightness() < before.lightness()


async def test_a_still_screen_draws_no_frames(stage: Studio) -> None:
    """Once the first screen rests, half a second goes by without a frame; an endless animation never lets it."""
    await stage.show(shot(stage, "attract"), "pt")
    frames: list[None] = []
    stage.kiosk.window.frameSwapped.connect(lambda: frames.append(None))
    async with asyncio.timeout(60):  # what is made ahead for the first touch may still draw a few
        while True:
            frames.clear()
            await asyncio.sleep(0.5)
            if not frames:
                return


async def test_kiosk_mode_has_no_cursor_and_no_frame(runtime: Runtime) -> None:
    with studio("portrait", runtime, windowed=False) as stage:
        await stage.kiosk.first_frame.wait()
        assert stage.kiosk.window.cursor().shape() == Qt.CursorShape.BlankCursor
        assert stage.kiosk.window.flags() & Qt.WindowType.FramelessWindowHint
        assert isinstance(find(stage, "key.begin"), QQuickItem)


async def test_a_kiosk_cannot_be_closed_and_a_window_can(runtime: Runtime) -> None:
    with studio("portrait", runtime, windowed=False) as stage:
        await stage.kiosk.first_frame.wait()
        stage.kiosk.window.close()
        assert stage.kiosk.window.isVisible()
        assert not stage.kiosk.closed.is_set()
    with studio("portrait", runtime) as stage:
        await stage.kiosk.first_frame.wait()
        stage.kiosk.window.close()
        assert stage.kiosk.closed.is_set()


async def test_the_owners_logo_is_shown(runtime: Runtime, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50"><rect width="200" height="50"/></svg>'
    )
    with studio("portrait", runtime, logo=logo) as stage:
        await stage.show(shot(stage, "services"), "pt")
        ink = stage.kiosk.window.grabWindow().pixelColor(80, 100)
        assert ink.name() == "#000000"


async def test_a_brand_that_is_no_colour_is_refused(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="colour"), studio("portrait", runtime, brand_color="blue"):
        raise AssertionError("a window was made")


def as_pillow(image: QImage) -> Image.Image:
    flat = image.convertToFormat(QImage.Format.Format_RGB888)
    data = bytes(flat.constBits())
    return Image.frombytes("RGB", (flat.width(), flat.height()), data, "raw", "RGB", flat.bytesPerLine())
