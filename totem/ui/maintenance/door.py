"""The PIN: typed on the screen's own keys, shown as dots only, and answered with patience or a lock-out."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from totem.services.maintenance.views import Entry, PinAnswer
from totem.ui.maintenance.blocks import Values
from totem.ui.maintenance.say import Say

LEAST_DIGITS = 6
MOST_DIGITS = 12
"""Of a PIN (`totem pin`)."""

DIGITS = tuple("1234567890")


@dataclass
class PinPad:
    """What was typed, and what the last try was answered. `keys` are the digits in the order of the keys."""

    keys: tuple[str, ...] = DIGITS
    checking: bool = False
    answer: PinAnswer | None = None
    free_at_s: float = 0.0
    """Monotonic seconds until which no try is taken."""
    _typed: list[str] = field(default_factory=list, repr=False)

    @classmethod
    def laid_out(cls, *, scrambled: bool, chance: random.Random | None = None) -> PinPad:
        if not scrambled:
            return cls()
        keys = list(DIGITS)
        (chance or random.SystemRandom()).shuffle(keys)
        return cls(tuple(keys))

    def digit(self, digit: str, now_s: float) -> None:
        if digit in DIGITS and len(self._typed) < MOST_DIGITS and self._is_free(now_s):
            self._typed.append(digit)

    def erase(self) -> None:
        if self._typed and not self.checking:
            self._typed.pop()

    def take(self, now_s: float) -> str | None:
        """The PIN to try, which is forgotten here; None where it is too short or no try is taken now."""
        if len(self._typed) < LEAST_DIGITS or not self._is_free(now_s):
            return None
        pin = "".join(self._typed)
        self._typed.clear()
        self.checking = True
        return pin

    def answered(self, answer: PinAnswer, now_s: float) -> None:
        self.checking = False
        self.answer = answer
        self.free_at_s = now_s + answer.wait_s

    def wait_s(self, now_s: float) -> int:
        return max(0, math.ceil(self.free_at_s - now_s))

    def _is_free(self, now_s: float) -> bool:
        return not self.checking and self.wait_s(now_s) == 0

    def present(self, say: Say, now_s: float, *, has_pin: bool = True) -> Values:
        """Never the digits: only how many there are."""
        wait_s = self.wait_s(now_s)
        return {
            "pinKeys": list(self.keys),
            "pinDots": len(self._typed),
            "pinReady": len(self._typed) >= LEAST_DIGITS and self._is_free(now_s),
            "pinFree": has_pin and self._is_free(now_s),
            "pinChecking": self.checking,
            "pinWait": _clock(wait_s) if wait_s else "",
            "pinText": _told(self.answer, wait_s, say) if has_pin else say("tech.pin.none"),
            "pinTrouble": not has_pin or (self.answer is not None and not self.answer.is_right),
        }


def _told(answer: PinAnswer | None, wait_s: int, say: Say) -> str:
    if wait_s:
        return say("tech.pin.locked")
    if answer is None or answer.is_right:
        return ""
    if answer.entry is Entry.WRONG:
        return say.count("tech.pin.wrong", answer.tries_left) if answer.tries_left else say("tech.pin.again")
    return say({Entry.NO_PIN: "tech.pin.none", Entry.NOT_COUNTED: "tech.pin.not_counted"}.get(
        answer.entry, "tech.pin.again"
    ))  # fmt: skip


def _clock(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
