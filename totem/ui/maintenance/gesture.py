"""The hidden way into maintenance: corners of the screen, touched in an order that the owner chose."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

CORNER_MM: Final = 30.0
"""Side of the square that counts as a corner."""


class Corner(StrEnum):
    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"
    BOTTOM_RIGHT = "bottom-right"
    BOTTOM_LEFT = "bottom-left"


def corner_at(x: float, y: float, width: float, height: float, side: float) -> Corner | None:
    """The corner in whose square a touch lies; all in the same unit."""
    if x < 0 or y < 0 or x > width or y > height:
        return None
    left, right = x <= side, x >= width - side
    top, bottom = y <= side, y >= height - side
    if top:
        return Corner.TOP_LEFT if left else Corner.TOP_RIGHT if right else None
    if bottom:
        return Corner.BOTTOM_LEFT if left else Corner.BOTTOM_RIGHT if right else None
    return None


class CornerSequence:
    """Follows the touches of a screen. A customer never notices it: only the third corner of the order and those after
    it are to be held back (`is_meant`), lest the gesture press what lies in a corner.

    Raises ValueError for an order that could not be told from one touch that is reported twice.
    """

    def __init__(self, corners: Sequence[Corner], within_s: float) -> None:
        if len(corners) < 2 or any(one is other for one, other in pairwise(corners)):
            raise ValueError("two corners at least, and none twice in a row")
        self._corners = tuple(corners)
        self._within_s = within_s
        self._done = 0
        self._since_s = 0.0

    @property
    def is_meant(self) -> bool:
        """The last touch was at least the third of the order: no customer's finger goes that way by chance."""
        return self._done > 2

    def touch(self, corner: Corner | None, now_s: float, *, may_begin: bool, may_go_on: bool) -> bool:
        """True where this touch completes the order.

        It begins only on some screens, and goes on only while no sale was begun by the touches themselves.
        """
        if self._done and (not may_go_on or now_s - self._since_s > self._within_s):
            self._done = 0
        if self._done and corner is self._corners[self._done - 1]:
            return False  # the same touch once more: as touch, and as the mouse that Qt makes of it
        if self._done and corner is self._corners[self._done]:
            self._done += 1
        else:
            self._done = 1 if may_begin and corner is self._corners[0] else 0
            self._since_s = now_s
        if self._done < len(self._corners):
            return False
        self._done = 0
        return True
