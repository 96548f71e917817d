"""What comes to the window before any screen has it: touches, keys of a keyboard, and the wish to close it."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, QObject, QPointF, Slot
from PySide6.QtGui import QPointerEvent

from totem.domain.ports import Clock
from totem.ui.maintenance.gesture import CORNER_MM, CornerSequence, corner_at
from totem.ui.maintenance.layer import MaintenanceLayer
from totem.ui.navigator import MAINTAINABLE, Screen
from totem.ui.settings import UiSettings
from totem.ui.theme import px_per_mm
from totem.ui.viewmodel import KioskModel

_PRESSES = frozenset({QEvent.Type.TouchBegin, QEvent.Type.MouseButtonPress})
_RELEASES = frozenset({QEvent.Type.TouchEnd, QEvent.Type.TouchCancel, QEvent.Type.MouseButtonRelease})
_MOVES = frozenset({QEvent.Type.TouchUpdate, QEvent.Type.MouseMove})
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride, QEvent.Type.Shortcut})


class Guard(QObject):
    """Sees every touch first: it keeps the kiosk awake, and one that only woke it goes no further.

    It follows the hidden gesture, and lets no attached keyboard into a kiosk: what is typed on the kiosk's own keys is
    not of the window system, and passes.
    """

    def __init__(
        self,
        model: KioskModel,
        maintenance: MaintenanceLayer,
        settings: UiSettings,
        clock: Clock,
        first_frame: asyncio.Event,
        closed: asyncio.Event,
    ) -> None:
        super().__init__()
        self._model, self._maintenance, self._clock = model, maintenance, clock
        self._diagonal_inch, self._closable = settings.diagonal_inch, settings.windowed
        self._gesture = CornerSequence(settings.maintenance.corners, settings.maintenance.within_s)
        self._first_frame, self._closed = first_frame, closed
        self._swallowing = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _PRESSES:
            self._swallowing = self._press(watched, event) or self._swallowing
            return self._swallowing
        if kind in _RELEASES and self._swallowing:
            self._swallowing = False
            return True
        if kind in _KEYS:
            return event.spontaneous() and not self._closable
        if kind == QEvent.Type.Close:
            self._close(event)
            return not self._closable
        if kind == QEvent.Type.MouseButtonDblClick:
            self._press(watched, event)
        return kind in _MOVES and self._swallowing

    @Slot()
    def note_frame(self) -> None:
        self._first_frame.set()

    def _press(self, window: QObject, event: QEvent) -> bool:
        """Whether this touch must press nothing."""
        if self._maintenance.is_open:
            return self._maintenance.touch()
        woke = self._model.touch()
        if self._is_the_gesture(window, event) and self._maintenance.open():
            self._model.hold(held=True)
            return True
        return woke or self._gesture.is_meant

    def _is_the_gesture(self, window: QObject, event: QEvent) -> bool:
        width, height = float(window.property("width")), float(window.property("height"))
        side = CORNER_MM * px_per_mm(round(width), round(height), self._diagonal_inch)
        at = event.points()[0].position() if isinstance(event, QPointerEvent) and event.points() else QPointF(-1, -1)
        return self._gesture.touch(
            corner_at(at.x(), at.y(), width, height, side),
            self._clock.monotonic(),
            may_begin=self._model.screen in MAINTAINABLE,
            may_go_on=self._is_nobodys(),
        )

    def _is_nobodys(self) -> bool:
        """Nobody pays or waits here, and nothing was chosen: the gesture's own first touch leads no further."""
        empty = self._model.screen == Screen.SERVICES and self._model.board.value("count") == 0
        return empty or self._model.screen in MAINTAINABLE

    def _close(self, event: QEvent) -> None:
        if self._closable:
            self._closed.set()
        else:
            event.ignore()
