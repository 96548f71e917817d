"""How many calls a bank takes: a sliding window, shared by all that call in one integration's name."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from providers.sim.problems import Kind, Problem


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` in any `window_s` seconds."""

    calls: int
    window_s: float = 60.0


@dataclass(slots=True)
class Meter:
    """Counts the calls that were taken. One that is refused costs nothing."""

    limits: tuple[Limit, ...]
    now: Callable[[], datetime]
    refused: int = 0
    _taken: deque[datetime] = field(default_factory=deque)

    def take(self) -> None:
        """Count one call. Raises Problem 429 with Retry-After (whole seconds, rounded up) where it is one too many."""
        now = self.now()
        self._forget(now)
        wait_s = max((self._wait_s(limit, now) for limit in self.limits), default=0.0)
        if wait_s > 0:
            self.refused += 1
            header = ("Retry-After", str(math.ceil(wait_s)))
            raise Problem(Kind.TOO_MANY, f"Limite: {_told(self.limits)}.", headers=(header,))
        if self.limits:
            self._taken.append(now)

    def _wait_s(self, limit: Limit, now: datetime) -> float:
        """Seconds until the oldest call that fills this limit is out of its window; 0 where there is room."""
        window = timedelta(seconds=limit.window_s)
        inside = [at for at in self._taken if now - at < window]
        if len(inside) < limit.calls:
            return 0.0
        return (inside[-limit.calls] + window - now).total_seconds()

    def _forget(self, now: datetime) -> None:
        longest = timedelta(seconds=max((limit.window_s for limit in self.limits), default=0.0))
        while self._taken and now - self._taken[0] >= longest:
            self._taken.popleft()


def _told(limits: Iterable[Limit]) -> str:
    return ", ".join(f"{limit.calls} chamadas em {limit.window_s:g} s" for limit in limits)
