"""Types what the on-screen keyboard says, as a keyboard on the desk would: into whatever has the focus."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QWindow


class Typist(QObject):
    """`typist` in QML. Key events go to the window, and from there to its focused item: a text field of ours, or the
    field of a web page. Nothing of it is kept."""

    def __init__(self, window: QWindow) -> None:
        super().__init__()
        self._window = window

    @Slot(str)
    def type(self, text: str) -> None:
        for letter in text:
            self._press(_KEYS.get(letter, Qt.Key.Key_unknown), letter)

    @Slot()
    def erase(self) -> None:
        self._press(Qt.Key.Key_Backspace)

    @Slot()
    def next(self) -> None:
        """On to the next field."""
        self._press(Qt.Key.Key_Tab, "\t")

    @Slot(int)
    def choose(self, place: int) -> None:
        """In a list of choices that has the focus: the one at that place, from 0."""
        self._press(Qt.Key.Key_Home)
        for _ in range(place):
            self._press(Qt.Key.Key_Down)

    def _press(self, key: Qt.Key, text: str = "") -> None:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QCoreApplication.sendEvent(self._window, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text))


_KEYS = {
    " ": Qt.Key.Key_Space,
    **{str(digit): Qt.Key(Qt.Key.Key_0.value + digit) for digit in range(10)},
    **{chr(97 + place): Qt.Key(Qt.Key.Key_A.value + place) for place in range(26)},
    **{chr(65 + place): Qt.Key(Qt.Key.Key_A.value + place) for place in range(26)},
}
"""Pages that look at the key rather than at the letter know these."""
