"""Counts every call to a bank, so that polling leaves room for the calls that move money."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from totem.domain.errors import OutcomeUnknown, ProviderError
from totem.domain.money import Money
from totem.domain.ports import Charge, ChargeRequest, Clock, PixCapabilities, PixProvider, ReceivedPix, Refund

WINDOW_S: Final = 60.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class LastWord:
    """How a call ended: `error` None for an answer."""

    at: datetime
    error: ProviderError | None = None


class MeteredProvider:
    """A PixProvider that remembers when it was called, and how the last call ended; it never delays one by itself."""

    def __init__(self, provider: PixProvider, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock
        self._calls: deque[float] = deque()
        self.last_word: LastWord | None = None
        """None before the first call has ended."""

    @property
    def name(self) -> str:
        return self._provider.name

    @property
    def capabilities(self) -> PixCapabilities:
        return self._provider.capabilities

    def free_in_s(self, calls: int) -> float:
        """Seconds until fewer than `calls` calls lie within the last minute; 0 where that is so now."""
        now = self._clock.monotonic()
        while self._calls and self._calls[0] <= now - WINDOW_S:
            self._calls.popleft()
        over = len(self._calls) - calls
        return self._calls[over] + WINDOW_S - now if over >= 0 else 0.0

    def _count(self) -> PixProvider:
        self._calls.append(self._clock.monotonic())
        return self._provider

    def left_unanswered(self) -> None:
        """Whoever asked last did not wait for the end."""
        self._ended(OutcomeUnknown("no answer in the time that somebody waited"))

    async def _heard(self, call: Awaitable[_T]) -> _T:
        try:
            answer = await call
        except ProviderError as error:
            self._ended(error)
            raise
        self._ended(None)
        return answer

    def _ended(self, error: ProviderError | None) -> None:
        self.last_word = LastWord(self._clock.now(), error)

    async def create_charge(self, request: ChargeRequest) -> Charge:
        return await self._heard(self._count().create_charge(request))

    async def get_charge(self, txid: str) -> Charge:
        return await self._heard(self._count().get_charge(txid))

    async def cancel_charge(self, txid: str) -> Charge:
        return await self._heard(self._count().cancel_charge(txid))

    async def refund(self, end_to_end_id: str, refund_id: str, amount: Money) -> Refund:
        return await self._heard(self._count().refund(end_to_end_id, refund_id, amount))

    async def get_refund(self, end_to_end_id: str, refund_id: str) -> Refund:
        return await self._heard(self._count().get_refund(end_to_end_id, refund_id))

    async def received(self, since: datetime, until: datetime) -> AsyncIterator[ReceivedPix]:
        try:
            async for pix in self._count().received(since, until):
                yield pix
        except ProviderError as error:
            self._ended(error)
            raise
        self._ended(None)

    async def close(self) -> None:
        await self._provider.close()
