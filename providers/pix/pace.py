"""Keeping to a bank's number of calls: a short wait is waited, a long one is told to the caller at once."""

from __future__ import annotations

from collections import deque
from typing import Final

from totem.domain.errors import RateLimited
from totem.domain.ports import Clock

_WINDOW_S: Final = 60.0
_PATIENCE_S: Final = 2.0


class Pace:
    """At most `per_minute` calls in any 60 s, and `gap_s` seconds between two."""

    def __init__(self, clock: Clock, per_minute: int, gap_s: float = 0.0) -> None:
        self._clock = clock
        self._gap_s = gap_s
        self._taken: deque[float] = deque(maxlen=per_minute)

    async def turn(self, what: str) -> None:
        """Wait for this call's turn. Raises RateLimited, nothing sent, where that is more than two seconds away."""
        now = self._clock.monotonic()
        at = now
        if self._taken:
            at = max(at, self._taken[-1] + self._gap_s)
        if len(self._taken) == self._taken.maxlen:
            at = max(at, self._taken[0] + _WINDOW_S)
        if at - now > _PATIENCE_S:
            raise RateLimited(f"{what}: not sent, the bank's calls of this minute are used up", retry_after_s=at - now)
        # Taken before the wait, so that whoever comes meanwhile stands behind.
        self._taken.append(at)
        if at > now:
            await self._clock.sleep(at - now)
