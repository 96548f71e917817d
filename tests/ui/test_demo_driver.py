"""The demo's hands and eyes: real touches, waits that hang on signals, pictures of a screen at rest."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QColor, QImage
from PySide6.QtQuick import QQuickItem, QQuickView

from totem.ui.demo.album import Album
from totem.ui.demo.driver import DriverError, TouchDriver, new_touch_device
from totem.ui.demo.phone import read_codes
from totem.ui.demo.stall import StallMeter
from totem.ui.images import draw_code

CODE = "00020101021226740014br.gov.bcb.pix2552payload.psp.com/3ec9d2f9-5f03-4e0e-820d-63a81e769e87"

SCENE = """
import QtQuick
Rectangle {
    id: root
    width: 600; height: 800; color: "white"
    property var taps: []
    property bool open: false
    property string code: ""

    component TouchKey: Rectangle {
        id: key
        width: 120; height: 80; color: "steelblue"
        TapHandler {
            acceptedDevices: PointerDevice.TouchScreen
            onTapped: root.taps = root.taps.concat([key.objectName])
        }
    }

    TouchKey { objectName: "one"; x: 20; y: 20 }
    TouchKey { objectName: "two"; x: 300; y: 20; onColorChanged: {} }
    TouchKey { objectName: "late"; x: 20; y: 200; enabled: root.open }
    TouchKey { objectName: "hidden"; x: 300; y: 200; visible: false }
    TouchKey { objectName: "outside"; x: 900; y: 200 }
    TouchKey {
        objectName: "moving"; y: 400
        NumberAnimation on x { from: 0; to: 450; duration: 250 }
    }
    Item {
        opacity: 0
        NumberAnimation on opacity { from: 0; to: 1; duration: 250 }
        Rectangle { id: fading; x: 20; y: 600; width: 100; height: 100; color: "black" }
        Text { x: 20; y: 600; text: "words"; color: "black" }
    }
    Image { x: 300; y: 480; width: 280; height: 280; smooth: false; source: root.code }
    Timer { interval: 120; running: true; onTriggered: root.open = true }
}
"""


class Screens(QObject):
    """What the kiosk's window tells of its screens."""

    screenChanged = Signal(str)  # noqa: N815 - as Qt writes it

    def __init__(self) -> None:
        super().__init__()
        self.screen = "first"

    def go(self, name: str) -> None:
        self.screen = name
        self.screenChanged.emit(name)


class Rig:
    def __init__(self, folder: Path) -> None:
        self.view = QQuickView()
        scene = folder / "scene.qml"
        scene.write_text(SCENE, encoding="utf-8")
        self.view.setSource(QUrl.fromLocalFile(str(scene)))
        self.view.show()
        self.root: QQuickItem = self.view.rootObject()
        self.screens = Screens()
        self.stall = StallMeter()
        self.album = Album(folder / "screens")
        self.driver = TouchDriver(
            self.view,
            source=self.screens,
            touch=new_touch_device(),
            stall=self.stall,
            decode=read_codes,
            album=self.album,
        )

    @property
    def taps(self) -> list[str]:
        value = self.root.property("taps")
        return list(value.toVariant() if hasattr(value, "toVariant") else value)


@asynccontextmanager
async def rig(folder: Path) -> AsyncIterator[Rig]:
    made = Rig(folder)
    try:
        yield made
    finally:
        await made.album.close()
        made.view.setSource(QUrl())
        made.view.close()
        made.view.destroy()


@pytest.mark.qt
async def test_a_tap_is_a_touch_on_the_thing_that_is_named(tmp_path: Path) -> None:
    async with rig(tmp_path) as one:
        await one.driver.tap("two")
        await one.driver.tap("one")
        assert one.taps == ["two", "one"]
        await one.driver.tap_at(QPoint(590, 790))
        assert one.taps == ["two", "one"]


@pytest.mark.qt
async def test_it_waits_for_a_key_to_be_enabled_and_to_stand_still(tmp_path: Path) -> None:
    async with rig(tmp_path) as one:
        await one.driver.tap("moving")
        await one.driver.tap("late")
        assert one.taps == ["moving", "late"]


@pytest.mark.qt
@pytest.mark.parametrize("name", ["hidden", "outside", "absent"])
async def test_what_a_customer_cannot_reach_is_not_touched(name: str, tmp_path: Path) -> None:
    async with rig(tmp_path) as one:
        with pytest.raises(DriverError, match=f"no {name} to touch on first"):
            await one.driver.tap(name, limit_s=0.2)
        assert one.taps == []


@pytest.mark.qt
async def test_screens_are_awaited_by_their_signal_and_remembered(tmp_path: Path) -> None:
    async with rig(tmp_path) as one:
        one.screens.go("second")
        assert await one.driver.wait_screen("second", "third") == "second"
        with pytest.raises(DriverError, match=r"waited 0\.1 s for third; the screen is second"):
            await one.driver.wait_screen("third", limit_s=0.1)
        one.screens.go("third")
        assert one.driver.trail == ("first", "second", "third")
        one.driver.let_go()
        one.screens.go("fourth")
        assert one.driver.trail == ("first", "second", "third")


@pytest.mark.qt
async def test_a_picture_is_taken_once_everything_has_faded_in(tmp_path: Path) -> None:
    async with rig(tmp_path) as one:
        image = await one.driver.screenshot("faded")
        assert image.pixelColor(60, 690) == QColor("black")
        await one.album.close()
        assert one.album.names == ("01-faded.png",)
        assert QImage(str(tmp_path / "screens" / "01-faded.png")).size() == image.size()


@pytest.mark.qt
async def test_the_code_is_read_from_the_pixels(tmp_path: Path) -> None:
    picture = tmp_path / "code.png"
    drawn, _ = draw_code(CODE)
    assert drawn.save(str(picture))
    async with rig(tmp_path) as one:
        blank = await one.driver.screenshot("blank")
        with pytest.raises(DriverError, match="no single QR code"):
            await one.driver.read_code(blank)
        one.root.setProperty("code", QUrl.fromLocalFile(str(picture)))
        assert await one.driver.read_code(await one.driver.screenshot("code")) == CODE


@pytest.mark.qt
async def test_words_on_the_screen_are_read(tmp_path: Path) -> None:
    async with rig(tmp_path) as one:
        await one.driver.settle()
        assert one.driver.words() == ("words",)
        assert {"one", "two"} <= one.driver.names()
        assert "hidden" not in one.driver.names()


def hold(seconds: float) -> None:
    """Hold the loop, as a careless callback would."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        continue


@pytest.mark.qt
async def test_a_held_loop_is_measured_but_not_the_demos_own_looking(tmp_path: Path) -> None:
    async with rig(tmp_path) as one:
        one.stall.start()
        for _ in range(3):
            await one.driver.frame()
        with one.stall.paused():
            hold(0.5)
        for _ in range(3):
            await one.driver.frame()
        assert one.stall.report().max_ms < 490
        hold(0.3)
        await one.driver.frame()
        await one.driver.frame()
        report = one.stall.stop()
        assert report.max_ms >= 250
        assert report.samples > 0


def test_the_driver_loads_no_service() -> None:
    script = (
        "import sys, totem.ui.demo.driver, totem.ui.demo.album, totem.ui.demo.phone, totem.ui.demo.stall\n"
        "print([name for name in sys.modules if name.startswith(('totem.services', 'totem.bootstrap'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
