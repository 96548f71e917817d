"""The customer's hands on the acquirer's page: touches where things lie on it, and types with the kiosk's keyboard."""

from __future__ import annotations

import asyncio
from typing import Final

from PySide6.QtCore import Q_ARG, QMetaObject, QPoint, QPointF
from PySide6.QtQuick import QQuickItem

from totem.ui.demo.driver import DriverError, TouchDriver

_LIMIT_S: Final = 20.0


class PageHands:
    """Asks the view itself where a thing lies on the page, as an eye would see it; all else is touches."""

    def __init__(self, driver: TouchDriver) -> None:
        self._driver = driver

    async def touch(self, name: str) -> None:
        """The page's thing of that id, once it is there. Raises DriverError."""
        await self._driver.tap_at(await self._find(name))

    async def fill(self, name: str, text: str) -> None:
        """Touch the field, and write with the keys that come up."""
        await self.touch(name)
        for letter in text:
            await self._driver.tap(f"key.type.{letter}")
        await self._driver.tap("key.type.hide")

    async def _find(self, name: str) -> QPoint:
        """Where it lies, once it lies still."""
        before = None
        try:
            async with asyncio.timeout(_LIMIT_S):
                while True:
                    now = await self._look(name)
                    if now is not None and now == before:
                        return now
                    before = now
        except TimeoutError:
            raise DriverError(f"no {name} on the page that is shown") from None

    async def _look(self, name: str) -> QPoint | None:
        view = await self._driver.find("webpage")
        QMetaObject.invokeMethod(view, "look", Q_ARG("QVariant", name))
        await self._driver.frame()
        return _place(view)


def _place(view: QQuickItem) -> QPoint | None:
    told = str(view.property("seen")).split()
    if len(told) != 2:
        return None
    x, y = (float(each) for each in told)
    zoom = float(view.property("zoomFactor"))
    return view.mapToScene(QPointF(x * zoom, y * zoom)).toPoint()
