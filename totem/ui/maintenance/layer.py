"""The technician's screens over the customer's: made at the gesture, gone when the visit ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QUrl
from PySide6.QtQml import QQmlComponent, QQmlContext
from PySide6.QtQuick import QQuickItem, QQuickView

from totem.domain.ports import Clock
from totem.domain.texts import Texts
from totem.services.maintenance.control import MaintenanceControl
from totem.services.texts import load_texts
from totem.ui.maintenance.model import MaintenanceModel
from totem.ui.maintenance.visit import Spawn
from totem.ui.settings import UiSettings

log = logging.getLogger(__name__)

TICK_S = 1.0


class MaintenanceLayer:
    """Lies over everything while a technician is there. `changed` is told the screen's name, "" once it is gone.

    `control` comes when the kiosk's services are up: until then there is nothing to maintain.
    """

    def __init__(
        self,
        view: QQuickView,
        file: Path,
        settings: UiSettings,
        texts: Texts,
        clock: Clock,
        spawn: Spawn,
        changed: Callable[[str], None],
    ) -> None:
        self._view, self._file = view, file
        self._settings, self._texts, self._clock, self._spawn = settings, texts, clock, spawn
        self._changed = changed
        self._opening: asyncio.Task[Any] | None = None
        self._ticker: asyncio.Task[Any] | None = None
        self._component: QQmlComponent | None = None
        self._context: QQmlContext | None = None
        self._item: QQuickItem | None = None
        self.control: MaintenanceControl | None = None
        self.model: MaintenanceModel | None = None

    @property
    def is_open(self) -> bool:
        """From the gesture on, before there is anything to see."""
        return self.model is not None or self._opening is not None

    @property
    def screen(self) -> str:
        return self.model.screen if self.model is not None else ""

    def open(self) -> bool:
        """The gesture was made. False where there is nothing to maintain yet, or a technician is there already."""
        if self.control is None or self.is_open:
            return False
        self._opening = self._spawn(self._open(self.control), "maintenance.open")
        return True

    def touch(self) -> bool:
        """True where the touch must press nothing: it answered a warning, or comes before anything is seen."""
        return self.model.visit.touch() if self.model is not None else self._opening is not None

    def resize(self, width_px: int, height_px: int) -> None:
        if self.model is not None:
            self.model.resize(width_px, height_px)

    def close(self) -> None:
        """With the window: what is shown must not outlive its engine."""
        if self._opening is not None:
            self._opening.cancel()
        if self.model is not None:
            self.model.visit.leave()
        for made in (self._item, self._context, self._component):
            if made is not None and shiboken6.isValid(made):
                shiboken6.delete(made)
        self._item = self._context = self._component = None

    async def _open(self, control: MaintenanceControl) -> None:
        try:
            own = await asyncio.to_thread(load_texts, self._settings.assets / "i18n" / "maintenance")
            component = await self._compiled()
            size = (self._view.width(), self._view.height())
            model = MaintenanceModel(control, self._settings, (own, self._texts), size, self._clock, self._spawn)
            self._show(model, component)
        finally:
            self._opening = None

    async def _compiled(self) -> QQmlComponent:
        """Off this thread, once: the customers' screens go on meanwhile. Raises RuntimeError for a broken file."""
        if self._component is None:
            component = QQmlComponent(self._view.engine())
            ready = asyncio.Event()
            component.statusChanged.connect(lambda _: None if component.isLoading() else ready.set())
            component.loadUrl(QUrl.fromLocalFile(str(self._file)), QQmlComponent.CompilationMode.Asynchronous)
            if component.isLoading():
                await ready.wait()
            self._component = component
        if not self._component.isReady():
            raise RuntimeError("; ".join(error.toString() for error in self._component.errors()))
        return self._component

    def _show(self, model: MaintenanceModel, component: QQmlComponent) -> None:
        context = QQmlContext(self._view.rootContext())
        # Laid over the customer's of the same names: the same components in another look and language.
        for name, board in (("Tech", model.board), ("Words", model.words), ("Theme", model.theme)):
            context.setContextProperty(name, board.map)
        context.setContextProperty("tech", model)
        item = component.create(context)
        if not isinstance(item, QQuickItem):
            raise TypeError("; ".join(error.toString() for error in component.errors()))
        item.setParentItem(self._view.rootObject())
        self.model, self._context, self._item = model, context, item
        model.left.connect(self._leave)
        model.screenChanged.connect(self._changed)
        self._ticker = self._spawn(self._tick_on(model), "maintenance.tick")
        log.info("maintenance was opened")
        self._changed(model.screen)

    def _leave(self) -> None:
        """Called from inside of what is shown, so that it goes only after."""
        if self._ticker is not None:
            self._ticker.cancel()
        item, context, model = self._item, self._context, self.model
        self._item = self._context = self._ticker = self.model = None
        if item is not None:
            item.setVisible(False)
            item.deleteLater()
        if context is not None:
            context.deleteLater()
        if model is not None:
            model.deleteLater()
        log.info("maintenance was left")
        self._changed("")

    async def _tick_on(self, model: MaintenanceModel) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            model.visit.tick()
