"""A clock on which many seconds pass in one: tests of waits end quickly, whatever threads take part."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class ScaledClock:
    """`factor` seconds of the program pass in one real second; `jump` moves the wall clock alone, as people do."""

    def __init__(self, factor: float = 100.0) -> None:
        self._factor = factor
        self._start_s = time.monotonic()
        self._wall_start = datetime.now(UTC)
        self._jump = timedelta()

    def jump(self, seconds: float) -> None:
        self._jump += timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._wall_start + timedelta(seconds=self.monotonic()) + self._jump

    def monotonic(self) -> float:
        return (time.monotonic() - self._start_s) * self._factor

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._factor)
