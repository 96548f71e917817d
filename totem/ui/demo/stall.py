"""How long the event loop was held: a clock that ticks on the loop and notes how late each tick comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_PERIOD_S = 0.005
_MAX_SAMPLES = 400_000
"""More than half an hour of ticks; past that the oldest half is dropped, the worst one stays known."""


@dataclass(frozen=True, slots=True)
class StallReport:
    """Lateness of the ticks in ms, without those in which the demo itself took a picture of the screen."""

    samples: int
    p99_ms: float
    max_ms: float


class StallMeter:
    """Measures the loop on which `start` is called.

    A tick is asked for every 5 ms; the time by which it comes late is the time for which nobody else could have
    been served either. Qt's timers count whole milliseconds, which is the resolution of the figures.
    """

    def __init__(self) -> None:
        self._lateness_ms: list[float] = []
        self._worst_ms = 0.0
        self._count = 0
        self._due_s = 0.0
        self._handle: asyncio.TimerHandle | None = None
        self._paused = 0

    def start(self) -> None:
        if self._handle is None:
            self._schedule()

    def stop(self) -> StallReport:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        return self.report()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What happens inside is the demo's own doing (grabbing the window), and is not counted."""
        self._paused += 1
        try:
            yield
        finally:
            self._paused -= 1
            if self._handle is not None:
                self._handle.cancel()
                self._schedule()

    def report(self) -> StallReport:
        if not self._lateness_ms:
            return StallReport(0, 0.0, 0.0)
        ordered = sorted(self._lateness_ms)
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        return StallReport(self._count, round(p99, 3), round(self._worst_ms, 3))

    def _schedule(self) -> None:
        self._due_s = time.monotonic() + _PERIOD_S
        self._handle = asyncio.get_running_loop().call_later(_PERIOD_S, self._tick)

    def _tick(self) -> None:
        late_ms = max(0.0, (time.monotonic() - self._due_s) * 1000)
        if not self._paused:
            self._note(late_ms)
        self._schedule()

    def _note(self, late_ms: float) -> None:
        self._count += 1
        self._worst_ms = max(self._worst_ms, late_ms)
        self._lateness_ms.append(late_ms)
        if len(self._lateness_ms) > _MAX_SAMPLES:
            del self._lateness_ms[: _MAX_SAMPLES // 2]
