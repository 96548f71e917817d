"""The trainer's hand on a kiosk in training: keys that play the customer's phone and card."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, Signal, Slot


class Act(StrEnum):
    """What the trainer plays; QML names them so."""

    PAY = "pay"
    """The phone pays the code that is on the screen."""
    APPROVE = "approve"
    """The card is presented, and its bank says yes."""
    REFUSE = "refuse"
    """The card is presented, and its bank says no."""


class TrainerKeys(QObject):
    """QML presses, whoever opened the kiosk plays. Nobody listens outside training, where no key is shown either."""

    pressed = Signal(str)
    """The value of an `Act`."""

    @Slot(str)
    def press(self, act: str) -> None:
        if act in set(Act):
            self.pressed.emit(act)
