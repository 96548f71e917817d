"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class FakeClock:
    """Implements `totem.domain.ports.Clock`.

    `set_now` jumps the wall clock alone; `advance` moves both clocks and wakes sleepers.
    """

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._monotonic_s = 1000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._new_sleeper = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic_s

    @property
    def sleeper_count(self) -> int:
        return sum(not sleeper.done() for _, sleeper in self._sleepers)

    def set_now(self, now: datetime) -> None:
        """The wall clock jumps, as when the time server is found; nothing that waits is touched."""
        self._now = now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._monotonic_s + seconds, sleeper))
        self._new_sleeper.set()
        try:
            await sleeper
        finally:
            self._sleepers = [pair for pair in self._sleepers if pair[1] is not sleeper]

    async def until_sleeping(self, count: int = 1) -> None:
        """Wait until at least that many sleep."""
        while self.sleeper_count < count:
            self._new_sleeper.clear()
            await self._new_sleeper.wait()

    async def advance(self, seconds: float) -> None:
        """Move on, waking each sleeper at its own moment, and give what it woke a turn of the loop."""
        end_s = self._monotonic_s + seconds
        while due := [pair for pair in self._sleepers if pair[0] <= end_s and not pair[1].done()]:
            wake_s, sleeper = min(due, key=lambda pair: pair[0])
            self._move_to(wake_s)
            sleeper.set_result(None)
            for _ in range(3):
                await asyncio.sleep(0)
        self._move_to(end_s)

    def _move_to(self, monotonic_s: float) -> None:
        self._now += timedelta(seconds=monotonic_s - self._monotonic_s)
        self._monotonic_s = monotonic_s
