"""A clock that moves only when a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Starts at the true time, so that certificates made by a test are valid on it."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._passed_s = 0.0

    def advance(self, seconds: float) -> None:
        self._passed_s += seconds

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return 1000.0 + self._passed_s

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
