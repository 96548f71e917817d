"""A finger: real touch events on the real window (facts of Qt: commit without its event loop, then await frames)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import cache

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from tests.ui.checks import walk
from tests.ui.studio import Studio


@cache
def finger() -> QPointingDevice:
    return QTest.createTouchDevice()


def find(studio: Studio, name: str) -> QQuickItem:
    """The visible item of that objectName. Raises LookupError."""
    window = studio.kiosk.window
    whole = QRectF(0, 0, window.width(), window.height())
    for seen in walk(window.contentItem(), whole):
        if seen.name == name and seen.rect.intersects(seen.clip):
            return seen.item
    raise LookupError(name)


def middle(item: QQuickItem) -> QPoint:
    return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()


async def press(studio: Studio, at: QPoint) -> None:
    sequence = QTest.touchEvent(studio.kiosk.window, finger(), False)
    sequence.press(0, at, studio.kiosk.window)
    sequence.commit(False)
    await studio.frame()


async def release(studio: Studio, at: QPoint) -> None:
    sequence = QTest.touchEvent(studio.kiosk.window, finger(), False)
    sequence.release(0, at, studio.kiosk.window)
    sequence.commit(False)
    await studio.frame()


async def tap(studio: Studio, name: str) -> None:
    at = middle(find(studio, name))
    await press(studio, at)
    await release(studio, at)


async def strike(stage: Studio, keys: Iterable[tuple[Qt.Key, Qt.KeyboardModifier]]) -> None:
    """Keys of an attached keyboard, as the window system brings them: outside of any task, for the test library lets
    other events in between, and a task that another one is run within may never be woken again."""
    done = asyncio.Event()

    def all_of_them() -> None:
        for key, modifier in keys:
            QTest.keyClick(stage.kiosk.window, key, modifier)
        done.set()

    asyncio.get_running_loop().call_soon(all_of_them)
    await done.wait()
    await stage.frame()
