"""A kiosk window that is led to any of the fixed screens and waited for until it is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtQuick import QQuickItem

import assets
from tests.support.fake_checkout import FakeCheckout
from tests.support.manual_clock import ManualClock
from tests.ui.checks import walk
from tests.ui.pictures import VARIANTS, Shot, catalogue
from totem.domain.texts import CUSTOMER_LANGUAGES
from totem.runtime import Runtime
from totem.services.state import CheckoutState, Stage
from totem.services.texts import load_texts
from totem.ui.settings import UiSettings
from totem.ui.window import KioskWindow

ORIENTATIONS = {"portrait": (1080, 1920), "landscape": (1920, 1080)}
WAIT_S = 10.0
_LED_TO = frozenset({"trouble", "again"})
"""Screens that show what the customer did before the checkout spoke."""


class StillClock(ManualClock):
    """Its sleepers sleep until they are cancelled, or a test wakes them all: time passes only by `advance`."""

    def __init__(self) -> None:
        super().__init__()
        self._morning = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        del seconds
        await self._morning.wait()

    def wake(self) -> None:
        self._morning.set()
        self._morning = asyncio.Event()


@dataclass
class Studio:
    kiosk: KioskWindow
    checkout: FakeCheckout
    clock: StillClock

    async def frame(self) -> None:
        """The next frame that is swapped onto the screen."""
        loop = asyncio.get_running_loop()
        swapped = asyncio.Event()

        def done() -> None:
            # With a graphics card Qt draws, and says so, in a thread of its own.
            loop.call_soon_threadsafe(swapped.set)

        self.kiosk.window.frameSwapped.connect(done)
        try:
            self.kiosk.window.update()
            await swapped.wait()
        finally:
            self.kiosk.window.frameSwapped.disconnect(done)

    async def show(self, shot: Shot, language: str, variant: str = "plain") -> None:
        """Lead the kiosk to that screen, from wherever it is, and wait until all of it is drawn."""
        model = self.kiosk.model
        self.home()
        self.checkout.offered = shot.offered
        if shot.state.stage is Stage.IDLE:
            self.run(shot)
        else:
            if shot.screen in _LED_TO:
                self.run(shot)
            self.checkout.publish(shot.state)
        model.setLanguage(language)
        VARIANTS[variant](model)
        async with asyncio.timeout(WAIT_S):
            while self.kiosk.screen != shot.screen or self.loading(shot):
                await self.frame()
            if shot.state.stage is not Stage.IDLE and shot.screen not in _LED_TO:
                self.run(shot)
            if shot.name == "idle":
                self.clock.advance(62.0)
                model.tick()
            await self.frame()
            await self.frame()

    def run(self, shot: Shot) -> None:
        if shot.act is not None:
            shot.act(self.kiosk.model)

    def home(self) -> None:
        """Back to the first screen, through what a customer could do."""
        model = self.kiosk.model
        model.touch()
        model.closeOverlay()
        self.checkout.publish(CheckoutState())
        while self.kiosk.screen != "attract":
            model.back()
        for name, on in (("highContrast", model.toggleContrast), ("largeText", model.toggleText)):
            if model.theme.value(name):
                on()
        if model.board.value("lowReach"):
            model.toggleReach()

    def loading(self, shot: Shot) -> bool:
        model = self.kiosk.model
        if shot.screen == "pix" and not model.board.value("code"):
            return True
        ticket = shot.state.ticket
        if ticket is not None and ticket.picture and not model.board.value("ticketPicture"):
            return True
        if ticket is not None and ticket.paperless and not model.board.value("ticketCode"):
            return True
        whole = QRectF(0, 0, self.kiosk.window.width(), self.kiosk.window.height())
        images = (each.item for each in walk(self.kiosk.window.contentItem(), whole) if _is_image(each.item))
        return any(image.property("progress") != 1.0 for image in images)


def _is_image(item: QQuickItem) -> bool:
    return item.inherits("QQuickImage") and bool(item.property("source").toString())


@contextmanager
def studio(orientation: str, runtime: Runtime, **changes: Any) -> Iterator[Studio]:
    """A kiosk window on a fake checkout and a clock that stands. Needs a running Qt loop."""
    width_px, height_px = ORIENTATIONS[orientation]
    settings = replace(
        UiSettings(windowed=True, width_px=width_px, height_px=height_px, simulated=True, reduced_motion=True),
        business_name="Lava Rápido Sol e Mar",
        two_cards=True,
        **changes,
    )
    checkout, clock = FakeCheckout(), StillClock()
    kiosk = KioskWindow(
        settings, catalogue(), load_texts(assets.path("i18n"), CUSTOMER_LANGUAGES), checkout, clock, runtime.spawn
    )
    kiosk.show()
    try:
        yield Studio(kiosk, checkout, clock)
    finally:
        kiosk.close()
