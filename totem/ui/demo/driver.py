"""The demo's customer: touches the real screens, looks at them, and reads the Pix code as a phone's camera would.

It knows names of things on the screen and nothing behind them. Every wait hangs on a signal and has a limit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import shiboken6
from PySide6.QtCore import QPoint, QPointF, QRectF, SignalInstance
from PySide6.QtGui import QImage, QPointingDevice
from PySide6.QtQuick import QQuickItem, QQuickWindow
from PySide6.QtTest import QTest

from totem.ui.demo.album import Album
from totem.ui.demo.stall import StallMeter

DecodeQr = Callable[[QImage], tuple[str, ...]]
"""Every QR code in a picture. Called in a thread."""

_LIMIT_S = 10.0
_FRAMES_TO_REST = 90
STILL_S = 0.1
"""Without any movement for so long, a screen has come to rest."""
_REST_LIMIT_S = 5.0
_LOOKS_FOR_CODE = 20
_FOREIGN = "webpage"
"""What is inside belongs to WebEngine, which deletes it at will: a look at it would crash."""


class DriverError(Exception):
    """The screen was not as a customer would need it: what was looked for, and what was there."""


class ScreenSource(Protocol):
    """What tells the name of the present screen, and its changes: the kiosk's window."""

    @property
    def screen(self) -> str: ...

    @property
    def screenChanged(self) -> SignalInstance: ...


class TouchDriver:
    """Drives one kiosk window: `source` names its screen, `window` takes the touches and is looked at."""

    def __init__(
        self,
        window: QQuickWindow,
        *,
        source: ScreenSource,
        touch: QPointingDevice,
        stall: StallMeter,
        decode: DecodeQr,
        album: Album,
    ) -> None:
        self._window = window
        self._source = source
        self._trail = [source.screen]
        self._changed = asyncio.Event()
        self._touch = touch
        self._stall = stall
        self._decode = decode
        self._album = album
        source.screenChanged.connect(self._on_screen)

    @property
    def screen(self) -> str:
        return self._source.screen

    @property
    def trail(self) -> tuple[str, ...]:
        """Every screen that was shown, in order."""
        return tuple(self._trail)

    async def wait_screen(self, *names: str, limit_s: float = _LIMIT_S) -> str:
        """The first of the named screens that is shown. Raises DriverError past the limit."""
        try:
            async with asyncio.timeout(limit_s):
                while self.screen not in names:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise DriverError(f"waited {limit_s} s for {' or '.join(names)}; the screen is {self.screen}") from None
        return self.screen

    async def tap(self, name: str, *, limit_s: float = _LIMIT_S) -> None:
        """Put a finger on the middle of the named thing and lift it again."""
        item = await self.find(name, limit_s=limit_s)
        place = self._middle(item)
        await self.tap_at(place)

    async def tap_at(self, place: QPoint) -> None:
        press = QTest.touchEvent(self._window, self._touch, False)  # noqa: FBT003 -- autoCommit, positional in Qt
        press.press(0, place, self._window)
        press.commit(False)  # noqa: FBT003 -- True would re-enter the loop
        await self.frame()
        release = QTest.touchEvent(self._window, self._touch, False)  # noqa: FBT003
        release.release(0, place, self._window)
        release.commit(False)  # noqa: FBT003
        await self.frame()

    async def find(self, name: str, *, limit_s: float = _LIMIT_S) -> QQuickItem:
        """The named item once a customer could touch it: visible, enabled, inside the window and at rest."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    with self._stall.paused():
                        item = self._reachable(name)
                    if item is not None and await self._comes_to_rest(item):
                        return item
                    await self.frame()
        except TimeoutError:
            known = ", ".join(sorted(self.names()))
            raise DriverError(f"no {name} to touch on {self.screen}; there are: {known}") from None

    def names(self) -> frozenset[str]:
        """Names of everything that could be touched or read now."""
        return frozenset(item.objectName() for item in self._items() if item.objectName())

    def words(self) -> tuple[str, ...]:
        """Everything that can be read on the screen now."""
        texts = (item.property("text") for item in self._items())
        return tuple(text for text in texts if isinstance(text, str) and text)

    async def frame(self) -> None:
        """The next frame on the glass."""
        loop = asyncio.get_running_loop()
        swapped = asyncio.Event()

        def on_swap() -> None:
            # With a graphics card Qt draws, and says so, in a thread of its own.
            loop.call_soon_threadsafe(swapped.set)

        self._window.frameSwapped.connect(on_swap)
        try:
            self._window.update()
            async with asyncio.timeout(_LIMIT_S):
                await swapped.wait()
        except TimeoutError:
            raise DriverError("the window draws no frame") from None
        finally:
            self._window.frameSwapped.disconnect(on_swap)

    async def settle(self, still_s: float = STILL_S) -> None:
        """Until words and pictures of the screen neither move nor fade: a person looks once things stand still.

        `still_s`: for how long nothing moved. What moves for ever is looked at all the same, in the end.
        """
        since_s = started_s = time.monotonic()
        before = None
        while time.monotonic() - started_s < _REST_LIMIT_S:
            with self._stall.paused():
                now = self._arrangement()
            if now != before:
                before, since_s = now, time.monotonic()
            elif time.monotonic() - since_s >= still_s:
                return
            await self.frame()

    async def screenshot(self, name: str, still_s: float = STILL_S) -> QImage:
        """The window once it stands still, or as it is at this moment for 0; kept in the album under a name, if any."""
        if still_s:
            await self.settle(still_s)
        image = self._grab()
        if name:
            self._album.keep(image, name)
        return image

    async def read_code(self, image: QImage) -> str:
        """The one QR code in the picture, or on the screen a little later. Raises DriverError where there is none."""
        for _ in range(_LOOKS_FOR_CODE):
            codes = await asyncio.to_thread(self._decode, image)
            if len(codes) == 1:
                return codes[0]
            await self.frame()
            image = self._grab()
        raise DriverError(f"no single QR code can be read on {self.screen}")

    def let_go(self) -> None:
        """The window is about to be closed."""
        self._source.screenChanged.disconnect(self._on_screen)

    def _on_screen(self, name: str) -> None:
        self._trail.append(name)
        self._changed.set()

    def _grab(self) -> QImage:
        with self._stall.paused():
            return self._window.grabWindow()

    def _arrangement(self) -> frozenset[tuple[str, float, float, float]]:
        """Each word and picture with how far it has faded in, and where it stands on the screen."""
        found: list[tuple[str, float, float, float]] = []
        waiting = [(self._window.contentItem(), 1.0)]
        while waiting:
            item, opacity = waiting.pop()
            if not item.isVisible():
                continue
            opacity *= item.opacity()
            if item.objectName() != _FOREIGN:
                waiting.extend((child, opacity) for child in item.childItems())
            told = item.property("text") or item.property("source")
            if told:
                place = item.mapToScene(QPointF(0, 0))
                found.append((str(told), opacity, place.x(), place.y()))
        return frozenset(found)

    async def _comes_to_rest(self, item: QQuickItem) -> bool:
        """Whether the item stays where it is from one frame to the next: a finger would not chase it."""
        before = _on_window(item)
        for _ in range(_FRAMES_TO_REST):
            await self.frame()
            if not (shiboken6.isValid(item) and item.isVisible() and item.isEnabled()):
                return False
            now = _on_window(item)
            if now == before:
                return True
            before = now
        return False

    def _reachable(self, name: str) -> QQuickItem | None:
        for item in self._items():
            if item.objectName() == name and item.isEnabled() and self._is_inside(item):
                return item
        return None

    def _items(self) -> Iterator[QQuickItem]:
        """Visible items, the topmost first."""
        return _visible(self._window.contentItem())

    def _is_inside(self, item: QQuickItem) -> bool:
        window = QRectF(0, 0, self._window.width(), self._window.height())
        return window.contains(_on_window(item).center())

    @staticmethod
    def _middle(item: QQuickItem) -> QPoint:
        return _on_window(item).center().toPoint()


def new_touch_device() -> QPointingDevice:
    """The touch panel. Made once for a whole run: Qt keeps it for ever."""
    return QTest.createTouchDevice()


# Never ask an item for its window() or parentItem(): Shiboken then takes the answer for the item's child, and makes it
# invalid with everything in it as soon as Python lets go of the item.
def _visible(item: QQuickItem) -> Iterator[QQuickItem]:
    if not item.isVisible() or item.opacity() <= 0:
        return
    if item.objectName() == _FOREIGN:
        yield item
        return
    for child in sorted(item.childItems(), key=lambda each: each.z())[::-1]:
        yield from _visible(child)
    yield item


def _on_window(item: QQuickItem) -> QRectF:
    top_left = item.mapToScene(QPointF(0, 0))
    bottom_right = item.mapToScene(QPointF(item.width(), item.height()))
    return QRectF(top_left, bottom_right)
