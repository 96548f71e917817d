"""A day of polling in virtual time: two hundred sales a kiosk, five-minute charges, Inter's limit shared by all.

Ten kiosks of one integration share production's 120 calls a minute; one tries the sandbox's 10.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import statistics
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from totem.domain.errors import ProviderError
from totem.domain.money import Money
from totem.domain.ports import (
    Charge,
    ChargeRequest,
    ChargeStatus,
    PixCapabilities,
    ReceivedPix,
    Refund,
)
from totem.services.metering import MeteredProvider
from totem.services.poller import PixPoller, PollSettings

SALES = 200
DAY_S = 16 * 3600.0
LIFE_S = 300.0


class VirtualClock:
    """Time passes only while everybody sleeps, from one waking to the next."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=self._now_s)

    def monotonic(self) -> float:
        return self._now_s

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_s + max(0.0, seconds), next(self._order), woken))
        await woken

    async def run_until(self, end_s: float) -> None:
        while True:
            for _ in range(40):  # as many turns of the loop as any chain of callbacks here takes
                await asyncio.sleep(0)
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            if not self._sleepers or self._sleepers[0][0] > end_s:
                self._now_s = end_s
                return
            self._now_s, _, woken = heapq.heappop(self._sleepers)
            woken.set_result(None)


class SharedBank:
    """One integration's view: who paid when, and every call of every kiosk."""

    name = "inter"

    def __init__(self, clock: VirtualClock, limit_per_minute: int, kiosks: int) -> None:
        self.capabilities = PixCapabilities(calls_per_minute=limit_per_minute // kiosks)
        self.limit_per_minute = limit_per_minute
        self.paid_at_s: dict[str, float] = {}
        self.worst_minute = 0
        self._clock = clock
        self._recent: deque[float] = deque()

    def count(self) -> None:
        now = self._clock.monotonic()
        self._recent.append(now)
        while self._recent[0] <= now - 60.0:
            self._recent.popleft()
        self.worst_minute = max(self.worst_minute, len(self._recent))

    async def get_charge(self, txid: str) -> Charge:
        self.count()
        paid = self.paid_at_s.get(txid, DAY_S * 2) <= self._clock.monotonic()
        payments = (ReceivedPix("E" + "0" * 31, txid, Money(100), self._clock.now()),) if paid else ()
        return Charge(txid, ChargeStatus.ACTIVE, Money(100), self._clock.now(), int(LIFE_S), None, payments)

    async def create_charge(self, request: ChargeRequest) -> Charge:
        self.count()
        return Charge(request.txid, ChargeStatus.ACTIVE, request.amount, self._clock.now(), request.expires_in_s)

    async def cancel_charge(self, txid: str) -> Charge:
        self.count()
        return Charge(txid, ChargeStatus.REMOVED_BY_RECEIVER, Money(100), self._clock.now(), int(LIFE_S))

    async def refund(self, end_to_end_id: str, refund_id: str, amount: Money) -> Refund:
        raise AssertionError("only polls are simulated")

    async def get_refund(self, end_to_end_id: str, refund_id: str) -> Refund:
        raise AssertionError("only polls are simulated")

    async def received(self, since: datetime, until: datetime) -> AsyncIterator[ReceivedPix]:
        nothing: tuple[ReceivedPix, ...] = ()
        for pix in nothing:
            yield pix

    async def close(self) -> None:
        self._recent.clear()


class Kiosk:
    """Sells one after the other all day; remembers how long each confirmation took."""

    def __init__(self, number: int, bank: SharedBank, clock: VirtualClock) -> None:
        self.delays_s: list[float] = []
        self._provider = MeteredProvider(bank, clock)
        self._number = number
        self._bank = bank
        self._clock = clock
        self._dice = random.Random(number)
        self._paid = asyncio.Event()
        self._txid = ""
        self.poller = PixPoller(
            self._provider, clock, self._dice, PollSettings(), self._on_charge, self._on_silence, self._on_given_up
        )

    async def sell(self) -> None:
        for sale in range(SALES):
            await self._clock.sleep(self._dice.uniform(10, 2 * DAY_S / SALES - LIFE_S / 2))
            await self._one_sale(f"K{self._number:02d}S{sale:04d}".ljust(32, "0"))

    async def _one_sale(self, txid: str) -> None:
        await self._provider.create_charge(ChargeRequest(txid, Money(100), int(LIFE_S)))
        start_s = self._clock.monotonic()
        self._paid.clear()
        self._txid = txid
        pays = self._dice.random() < 0.9
        if pays:
            self._bank.paid_at_s[txid] = start_s + min(self._dice.lognormvariate(3.5, 0.6), LIFE_S - 5)
        self.poller.watch(txid, start_s + LIFE_S)
        if pays:
            await self._paid.wait()
        else:
            await self._clock.sleep(LIFE_S)
            await self._provider.cancel_charge(txid)
            await self._provider.get_charge(txid)
            self.poller.end(txid)

    async def _on_charge(self, charge: Charge) -> None:
        if charge.payments and charge.txid == self._txid and not self._paid.is_set():
            self.delays_s.append(self._clock.monotonic() - self._bank.paid_at_s[charge.txid])
            self.poller.end(charge.txid)
            self._paid.set()

    async def _on_silence(self, txid: str, error: ProviderError) -> None:
        raise AssertionError("this bank always answers")

    async def _on_given_up(self, txid: str) -> None:
        self.delays_s.extend(())


@pytest.mark.parametrize(("limit_per_minute", "kiosks_sharing"), [(120, 10), (10, 1)])
async def test_a_day_stays_inside_the_banks_limit(
    limit_per_minute: int, kiosks_sharing: int, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = VirtualClock()
    bank = SharedBank(clock, limit_per_minute, kiosks_sharing)
    kiosks = [Kiosk(number, bank, clock) for number in range(kiosks_sharing)]
    tasks = [asyncio.create_task(work) for kiosk in kiosks for work in (kiosk.poller.run(), kiosk.sell())]
    await clock.run_until(DAY_S)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    delays_s = [delay for kiosk in kiosks for delay in kiosk.delays_s]
    median_s = statistics.median(delays_s)
    with capsys.disabled():
        told = f"{kiosks_sharing} kiosks, {limit_per_minute} calls a minute: worst minute {bank.worst_minute}"
        print(f"\n{told}, median delay {median_s:.1f} s over {len(delays_s)} payments")  # noqa: T201 - asked for
    assert len(delays_s) > kiosks_sharing * SALES * 0.5
    assert bank.worst_minute <= limit_per_minute
    assert median_s <= 60.0 / (limit_per_minute / kiosks_sharing) * 1.5
