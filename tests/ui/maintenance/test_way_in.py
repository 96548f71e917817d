"""Nothing leads to a technician's screens but the gesture and the PIN; and no customer meets them."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from itertools import product

import pytest
from PySide6.QtCore import QPoint, Qt

from tests.support.fake_maintenance import PIN
from tests.ui.maintenance.bench import STAY_S, Bench, bench
from tests.ui.pictures import Shot, shots
from tests.ui.touches import find, press, release, strike
from totem.runtime import Runtime
from totem.services.maintenance.views import Entry, PinAnswer
from totem.services.state import CheckoutState, Stage
from totem.ui.maintenance.gesture import Corner
from totem.ui.maintenance.visit import WARNING_S

pytestmark = [
    pytest.mark.qt,
    # The test library's own word on keys that write no letter.
    pytest.mark.qt_log_ignore("keyToAscii Unhandled key code"),
]

MODIFIERS = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.MetaModifier,
)


@pytest.fixture
async def kiosk(runtime: Runtime) -> AsyncIterator[Bench]:
    """As it stands in a shop: no frame, no cursor, no way to close it."""
    with bench(runtime, windowed=False) as made:
        await made.stage.kiosk.first_frame.wait()
        yield made


def led_to(made: Bench, name: str) -> Shot:
    return next(each for each in shots(made.stage.clock.monotonic()) if each.name == name)


CHORDS = (
    *(Qt.Key(key) for key in range(Qt.Key.Key_F1.value, Qt.Key.Key_F12.value + 1)),
    *(Qt.Key(key) for key in range(Qt.Key.Key_A.value, Qt.Key.Key_Z.value + 1)),
    Qt.Key.Key_Escape,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Space,
    Qt.Key.Key_Return,
    Qt.Key.Key_Delete,
)


async def every_key(made: Bench) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # some keys have an older name as well
        alone = [(key, MODIFIERS[0]) for key in Qt.Key]
        await strike(made.stage, [*alone, *product(CHORDS, MODIFIERS[1:])])


@pytest.mark.parametrize("name", ["attract", "services", "pix", "trouble-bank", "out-of-service"])
async def test_no_key_of_a_keyboard_leads_in_or_out(kiosk: Bench, name: str) -> None:
    shot = led_to(kiosk, name)
    await kiosk.stage.show(shot, "pt")
    await every_key(kiosk)
    assert kiosk.screen == shot.screen
    assert kiosk.stage.kiosk.window.isVisible()
    assert not kiosk.stage.kiosk.closed.is_set()
    assert kiosk.control.calls == []


async def test_no_key_of_a_keyboard_passes_the_door(kiosk: Bench) -> None:
    await kiosk.gesture()
    await kiosk.until("maintenance.pin")
    await every_key(kiosk)
    await strike(
        kiosk.stage, [(Qt.Key(ord(digit)), MODIFIERS[0]) for digit in PIN] + [(Qt.Key.Key_Return, MODIFIERS[0])]
    )
    assert kiosk.screen == "maintenance.pin"
    assert kiosk.model.board.value("pinDots") == 0
    assert kiosk.control.calls == []


@pytest.mark.parametrize("name", ["attract", "trouble-bank", "out-of-service"])
async def test_the_gesture_leads_to_the_door_and_no_further(kiosk: Bench, name: str) -> None:
    await kiosk.stage.show(led_to(kiosk, name), "pt")
    await kiosk.gesture()
    await kiosk.until("maintenance.pin")
    assert not kiosk.stage.kiosk.idle
    assert kiosk.control.calls == []
    with pytest.raises(LookupError):
        find(kiosk.stage, "key.nav.sales")


@pytest.mark.parametrize("name", ["services", "method", "pix", "card-present", "printing", "held", "ticket-unknown"])
async def test_no_gesture_amid_a_sale(kiosk: Bench, name: str) -> None:
    await kiosk.stage.show(led_to(kiosk, name), "pt")
    for corner in (Corner.TOP_LEFT, Corner.TOP_RIGHT, Corner.BOTTOM_RIGHT):
        await kiosk.touch_corner(corner)
        kiosk.stage.kiosk.model.closeOverlay()
    await kiosk.touch_corner(Corner.BOTTOM_LEFT)
    assert not kiosk.stage.kiosk.maintenance.is_open


async def test_another_order_is_a_customers(kiosk: Bench) -> None:
    await kiosk.gesture(Corner.TOP_LEFT, Corner.BOTTOM_RIGHT, Corner.TOP_RIGHT, Corner.BOTTOM_LEFT)
    assert not kiosk.stage.kiosk.maintenance.is_open
    assert kiosk.screen in {"attract", "services"}


async def test_a_slow_order_is_a_customers(kiosk: Bench) -> None:
    for corner in Corner:
        await kiosk.touch_corner(corner)
        kiosk.stage.clock.advance(3.0)
    assert not kiosk.stage.kiosk.maintenance.is_open


async def test_a_corner_begins_as_any_other_touch(kiosk: Bench) -> None:
    await kiosk.touch_corner(Corner.TOP_LEFT)
    assert kiosk.screen == "services"


async def test_wrong_pins_until_it_is_locked(kiosk: Bench) -> None:
    kiosk.control.answers = [
        PinAnswer(Entry.WRONG, 2),
        PinAnswer(Entry.WRONG, 1),
        PinAnswer(Entry.WRONG, 0, 30),
    ]
    await kiosk.gesture()
    await kiosk.until("maintenance.pin")
    await kiosk.stage.frame()
    for _ in range(3):
        await kiosk.type_pin("111222")
    assert kiosk.model.board.value("pinWait") == "0:30"
    await kiosk.type_pin(PIN)
    assert kiosk.control.calls == [("unlock",)] * 3
    kiosk.stage.clock.advance(29.5)
    kiosk.model.visit.touch()
    kiosk.model.visit.tick()
    await kiosk.stage.frame()
    assert kiosk.model.board.value("pinWait") == "0:01"
    kiosk.stage.clock.advance(1.0)
    kiosk.model.visit.tick()
    await kiosk.stage.frame()
    await kiosk.type_pin(PIN)
    await kiosk.until("maintenance.overview")


async def test_the_door_that_nobody_goes_through_closes(kiosk: Bench) -> None:
    await kiosk.gesture()
    await kiosk.until("maintenance.pin")
    kiosk.stage.clock.advance(31.0)
    kiosk.model.visit.tick()
    assert kiosk.screen == "attract"
    await kiosk.stage.frame()
    assert kiosk.stage.kiosk.idle


async def test_time_locks_after_a_warning_and_the_next_customer_sees_nothing(kiosk: Bench) -> None:
    await kiosk.enter()
    await kiosk.go("machine")
    kiosk.stage.clock.advance(STAY_S - WARNING_S + 1)
    kiosk.model.visit.tick()
    await kiosk.stage.frame()
    assert kiosk.model.board.value("over") == "warning"
    at = QPoint(540, 300)
    await press(kiosk.stage, at)  # it answers the warning, and presses nothing under it
    await release(kiosk.stage, at)
    assert kiosk.model.board.value("over") == ""
    kiosk.stage.clock.advance(STAY_S + 1)
    kiosk.model.visit.tick()
    await asyncio.sleep(0)
    assert kiosk.screen == "attract"
    assert ("lock",) in kiosk.control.calls
    await kiosk.stage.frame()
    await kiosk.tap("key.begin")
    assert kiosk.screen == "services"
    assert kiosk.stage.kiosk.model.board.value("count") == 0


async def test_what_locks_the_kiosk_closes_the_screens(kiosk: Bench) -> None:
    await kiosk.enter()
    await kiosk.control.lock()
    assert kiosk.screen == "attract"


async def test_nobody_begins_a_sale_while_a_technician_is_there(kiosk: Bench) -> None:
    await kiosk.enter()
    kiosk.stage.kiosk.model.begin()
    assert kiosk.stage.kiosk.model.screen == "attract"
    await kiosk.tap("key.leave")
    assert kiosk.screen == "attract"
    await kiosk.stage.frame()
    await kiosk.tap("key.begin")
    assert kiosk.screen == "services"


async def test_what_happens_behind_goes_on_and_is_seen_after(kiosk: Bench) -> None:
    await kiosk.enter()
    kiosk.stage.checkout.publish(CheckoutState(Stage.OUT_OF_SERVICE))
    assert kiosk.screen == "maintenance.overview"
    await kiosk.tap("key.leave")
    assert kiosk.screen == "out_of_service"


async def test_a_kiosk_without_services_has_nothing_to_maintain(kiosk: Bench) -> None:
    kiosk.stage.kiosk.maintenance.control = None
    await kiosk.gesture()
    assert not kiosk.stage.kiosk.maintenance.is_open


async def test_the_pin_is_in_nothing_that_is_shown(kiosk: Bench) -> None:
    await kiosk.gesture()
    await kiosk.until("maintenance.pin")
    await kiosk.stage.frame()
    for digit in PIN:
        await kiosk.tap(f"key.pin.{digit}")
    shown = repr(kiosk.model.visit.present(1)) + repr(kiosk.model.visit.__dict__)
    assert kiosk.model.board.value("pinDots") == len(PIN)
    assert PIN not in shown
    assert repr(list(PIN)) not in shown


async def test_scrambled_keys_open_too(runtime: Runtime) -> None:
    from totem.ui.maintenance.settings import MaintenanceSettings

    with bench(runtime, maintenance=MaintenanceSettings(scrambled=True)) as made:
        await made.stage.kiosk.first_frame.wait()
        await made.enter()
        assert made.screen == "maintenance.overview"
