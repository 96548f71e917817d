"""One loop that asks the bank about every open charge, within the bank's limits.

Questions come faster while a customer waits and slower as the wait grows, jittered so that kiosks of one
integration do not ask in step. A 429 silences the whole bank for as long as it asks. Past the end of a charge the
questions go on, thinning out: records lag by a minute, and money may come late.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from totem.domain.errors import ChargeNotFound, ProviderError, RateLimited
from totem.domain.ports import Charge, Clock, Random
from totem.services.metering import WINDOW_S, MeteredProvider

log = logging.getLogger(__name__)

OnCharge = Callable[[Charge], Awaitable[None]]
OnSilence = Callable[[str, ProviderError], Awaitable[None]]
OnGivenUp = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PollSettings:
    """Intervals in seconds. `share` is the part of the bank's calls a minute that polling may use."""

    first_s: float = 2.0
    slowest_s: float = 6.0
    growth: float = 1.08
    after_end_s: tuple[float, ...] = (5.0, 20.0, 60.0, 120.0, 300.0, 900.0, 1800.0)
    jitter: float = 0.15
    share: float = 0.8
    reserved_calls: int = 3
    """Calls of any minute that polling leaves to others: a charge, its removal and the question after it."""
    pause_s: float = 5.0
    """How long the bank is left alone after a 429 that names no time."""
    longest_pause_s: float = 3600.0


@dataclass(slots=True)
class _Watch:
    txid: str
    ends_at_s: float
    next_at_s: float
    interval_s: float
    late_questions: int = 0


class PixPoller:
    """Asks about the watched charges until told to forget them, or until their late questions are used up.

    `on_charge` gets every answer, `on_silence` every failure, `on_given_up` the txid whose questions are used up; all
    run inside the loop, one at a time.
    """

    def __init__(
        self,
        provider: MeteredProvider,
        clock: Clock,
        random: Random,
        settings: PollSettings,
        on_charge: OnCharge,
        on_silence: OnSilence,
        on_given_up: OnGivenUp,
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._random = random
        self._settings = settings
        self._on_charge = on_charge
        self._on_silence = on_silence
        self._on_given_up = on_given_up
        self._watched: dict[str, _Watch] = {}
        self._changed = asyncio.Event()
        self._quiet_until_s = 0.0
        limit = provider.capabilities.calls_per_minute
        self._gap_s = WINDOW_S / (limit * settings.share)
        self._most = max(1, limit - settings.reserved_calls)

    @property
    def watched(self) -> frozenset[str]:
        return frozenset(self._watched)

    def watch(self, txid: str, ends_at_s: float) -> None:
        """Ask about the charge from now on; `ends_at_s` (monotonic) is when its screen or its life ends."""
        now = self._clock.monotonic()
        known = self._watched.get(txid)
        if known is not None:
            known.ends_at_s = ends_at_s
            return
        first = self._settings.first_s
        self._watched[txid] = _Watch(txid, ends_at_s, now + self._jittered(first), first)
        self._changed.set()

    def end(self, txid: str) -> None:
        """The charge is over for its customer: from now on only the thinning late questions."""
        watch = self._watched.get(txid)
        if watch is not None:
            now = self._clock.monotonic()
            watch.ends_at_s = min(watch.ends_at_s, now)
            watch.next_at_s = now + self._jittered(self._settings.after_end_s[0])
            self._changed.set()

    def forget(self, txid: str) -> None:
        self._watched.pop(txid, None)

    def ask_now(self, txid: str) -> None:
        """Bring the next question forward to this moment (still within the bank's limits)."""
        watch = self._watched.get(txid)
        if watch is not None:
            watch.next_at_s = self._clock.monotonic()
            self._changed.set()

    async def run(self) -> None:
        """The loop; ends by cancellation."""
        while True:
            self._changed.clear()
            watch = min(self._watched.values(), key=lambda each: each.next_at_s, default=None)
            if watch is None:
                await self._changed.wait()
                continue
            now = self._clock.monotonic()
            wait_s = max(watch.next_at_s - now, self._quiet_until_s - now, self._provider.free_in_s(self._most))
            if wait_s > 0:
                await self._wait(wait_s)
                continue
            try:
                await self._ask(watch)
            except Exception:
                # One answer that nobody could use must not end the questions about all the others.
                log.exception("an answer was not used txid=%s", watch.txid)

    async def _wait(self, seconds: float) -> None:
        """Until the time is over or the watched charges change, whichever is first."""
        changed = asyncio.ensure_future(self._changed.wait())
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((changed, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            timer.cancel()
            await asyncio.gather(changed, timer, return_exceptions=True)

    async def _ask(self, watch: _Watch) -> None:
        started = self._clock.monotonic()
        self._quiet_until_s = max(self._quiet_until_s, started + self._gap_s)
        self._schedule_next(watch, started)
        try:
            charge = await self._provider.get_charge(watch.txid)
        except RateLimited as error:
            self._pause(error.retry_after_s)
            await self._on_silence(watch.txid, error)
        except ChargeNotFound as error:
            await self._on_silence(watch.txid, error)
        except ProviderError as error:
            log.warning("poll failed txid=%s code=%s %s", watch.txid, error.code, error)
            await self._on_silence(watch.txid, error)
        else:
            await self._on_charge(charge)
        if watch.late_questions > len(self._settings.after_end_s) and watch.txid in self._watched:
            self.forget(watch.txid)
            await self._on_given_up(watch.txid)

    def _schedule_next(self, watch: _Watch, now: float) -> None:
        late = self._settings.after_end_s
        if now < watch.ends_at_s:
            interval = self._jittered(watch.interval_s)
            watch.interval_s = min(watch.interval_s * self._settings.growth, self._settings.slowest_s)
            # One question falls on the end itself, so that a payment of the last seconds is seen at once.
            watch.next_at_s = min(watch.ends_at_s, now + interval)
        else:
            if watch.late_questions < len(late):
                watch.next_at_s = now + self._jittered(late[watch.late_questions])
            watch.late_questions += 1

    def _pause(self, asked_s: float | None) -> None:
        pause = min(self._settings.pause_s if asked_s is None else asked_s, self._settings.longest_pause_s)
        self._quiet_until_s = max(self._quiet_until_s, self._clock.monotonic() + pause)

    def _jittered(self, seconds: float) -> float:
        spread = self._settings.jitter
        return seconds * self._random.uniform(1 - spread, 1 + spread)
