"""Plain values as QML sees them: maps whose every entry is a property with its own notification."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtQml import QQmlPropertyMap


class Board:
    """A map for QML that is told only what changed. `map` is what goes into QML's context."""

    def __init__(self, parent: QObject) -> None:
        self.map = QQmlPropertyMap.create(parent)
        self._shown: dict[str, object] = {}

    def show(self, values: Mapping[str, object], *, last: tuple[str, ...] = ()) -> None:
        """Take over what differs. Names in `last` go last: what is built on their change finds the rest in place."""
        missing = object()
        changed = {name: value for name, value in values.items() if self._shown.get(name, missing) != value}
        self._shown.update(changed)
        late = {name: changed.pop(name) for name in last if name in changed}
        for part in (changed, late):
            if part:
                self.map.insert(part)

    def value(self, name: str) -> object:
        """What is shown under that name. Raises KeyError."""
        return self._shown[name]
