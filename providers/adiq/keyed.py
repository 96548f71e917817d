"""The card that the customer types, between keypad and request: one at a time, and wiped whatever happens."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from totem.domain.cards import KeyedCard
from totem.domain.errors import TerminalRefused
from totem.domain.ports import Clock


class Left(StrEnum):
    """Why no card came."""

    CANCELLED = "cancelled"
    TIME_OVER = "time_over"


class KeyedEntry:
    """`open` it, wait for `card`, and `close` it in a `finally`: what was supplied by then is overwritten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._attempt_id = ""
        self._came: asyncio.Future[KeyedCard | Left] | None = None

    def open(self, attempt_id: str) -> None:
        self.close()
        self._attempt_id = attempt_id
        self._came = asyncio.get_running_loop().create_future()

    async def card(self, limit_s: float) -> KeyedCard | Left:
        """What was typed within the limit, or why nothing was."""
        if self._came is None:
            return Left.CANCELLED
        timer = asyncio.ensure_future(self._clock.sleep(limit_s))
        try:
            await asyncio.wait((self._came, timer), return_when=asyncio.FIRST_COMPLETED)
            return self._came.result() if self._came.done() else Left.TIME_OVER
        finally:
            timer.cancel()
            await asyncio.gather(timer, return_exceptions=True)

    def supply(self, attempt_id: str, card: KeyedCard) -> None:
        """Raises TerminalRefused, the card wiped, where nobody waits for it."""
        if self._came is None or self._came.done() or attempt_id != self._attempt_id:
            card.wipe()
            raise TerminalRefused(f"{attempt_id}: no card is waited for", code="keyed")
        self._came.set_result(card)

    def cancel(self, attempt_id: str) -> bool:
        """False where it is too late: a card was supplied, or nothing is waited for."""
        if self._came is None or self._came.done() or attempt_id != self._attempt_id:
            return False
        self._came.set_result(Left.CANCELLED)
        return True

    def close(self) -> None:
        came, self._came, self._attempt_id = self._came, None, ""
        if came is not None and came.done() and not came.cancelled():
            card = came.result()
            if isinstance(card, KeyedCard):
                card.wipe()
        elif came is not None:
            came.cancel()
