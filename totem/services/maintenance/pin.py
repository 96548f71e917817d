"""The PIN's lock: tries are counted before they are compared, in the journal and in the PIN's file.

Whoever kills the program in between has lost that try all the same. Deleting or replacing the file wins nothing: the
journal counts too, and knows which PIN was set by `totem pin`. After three misses in a row each further one doubles
the pause, to an hour at most: a million PINs take more than a century.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Final, Protocol

from totem.domain.errors import JournalError, TotemError
from totem.domain.ports import Clock, Journal, Random
from totem.domain.records import Entry as JournalEntry
from totem.domain.records import JsonValue, Note
from totem.services.maintenance.views import Entry, PinAnswer

log = logging.getLogger(__name__)

FREE_TRIES: Final = 3
"""Misses in a row before the first pause."""
FIRST_PAUSE_S: Final = 30
LONGEST_PAUSE_S: Final = 3600

STORY: Final = "technician/pin"
"""What the journal files the PIN's notes under: its last one is found at once."""
TRIED: Final = "technician.pin_tried"
"""`failures`: misses in a row with this one; 0 once it was right."""
SET: Final = "technician.pin_set"


class PinKeeper(Protocol):
    """The PIN's file. Blocking; every method but `is_set` and `check_form` raises TotemError or OSError."""

    @property
    def is_set(self) -> bool: ...

    @property
    def pin_id(self) -> str: ...

    @property
    def failures(self) -> int: ...

    def count(self, failures: int) -> None: ...

    def matches(self, pin: str) -> bool: ...

    def check_form(self, pin: str) -> None: ...

    def set(self, pin: str, pin_id: str) -> None: ...


class PinLock:
    """One for each journal: tries from the screen and from the shell stand in one line."""

    def __init__(self, journal: Journal, keeper: PinKeeper, clock: Clock, random: Random) -> None:
        self._journal = journal
        self._keeper = keeper
        self._clock = clock
        self._random = random
        self._one_at_a_time = asyncio.Lock()
        self._paused = (0, 0.0)
        """The misses that a pause is for, and its end on the monotonic clock: setting the wall clock ends none."""

    @property
    def has_pin(self) -> bool:
        """Whether there is a file; a cheap look, for a screen that tells what to do."""
        return self._keeper.is_set

    async def check(self, pin: str, by: str) -> PinAnswer:
        """Compare it, if a try is due. `by` is where it was typed, for the journal. Never raises."""
        async with self._one_at_a_time:
            try:
                return await self._check(pin, by)
            except (TotemError, OSError):
                # A file or a journal that cannot be read: nobody knows how many tries are left.
                log.exception("a PIN could not be compared")
                return PinAnswer(Entry.NOT_COUNTED)

    async def set(self, pin: str, by: str) -> None:
        """Make this the PIN. Whoever calls has checked the one before, if the journal knows one (`is_known`).

        It pardons nothing: misses that are counted stay counted until a right PIN. Raises what the keeper raises for a
        bad one, JournalError where it could not be noted first, OSError where it could not be stored.
        """
        async with self._one_at_a_time:
            self._keeper.check_form(pin)
            pin_id = f"{self._random.getrandbits(64):016x}"
            data: dict[str, JsonValue] = {"pin": pin_id, "by": by, "first": not await self.must_be_asked()}
            await self._journal.append(Note(SET, STORY, data=data))
            await asyncio.to_thread(self._keeper.set, pin, pin_id)

    async def must_be_asked(self) -> bool:
        """Whether there is a PIN to ask for before another is set: a broken or a foreign file holds none."""
        try:
            return await self.is_known()
        except (TotemError, OSError):
            return False

    async def is_known(self) -> bool:
        """Whether the file holds the PIN that was set last by `totem pin`. Raises TotemError or OSError."""
        if not await asyncio.to_thread(lambda: self._keeper.is_set):
            return False
        last = await self._journal.last_note(SET, STORY)
        return last is not None and last.data.get("pin") == await asyncio.to_thread(lambda: self._keeper.pin_id)

    # --- one try ----------------------------------------------------------------------------------------------------

    async def _check(self, pin: str, by: str) -> PinAnswer:
        if not await self.is_known():
            return PinAnswer(Entry.NO_PIN)
        last = await self._journal.last_note(TRIED, STORY)
        failures = max(_failures_of(last), await asyncio.to_thread(lambda: self._keeper.failures))
        wait_s = self._wait_s(failures, last)
        if wait_s > 0:
            return PinAnswer(Entry.LOCKED, wait_s=math.ceil(wait_s))
        if not await self._count(failures + 1, by):
            return PinAnswer(Entry.NOT_COUNTED)
        if await asyncio.to_thread(self._keeper.matches, pin):
            await self._count(0, by)
            self._paused = (0, 0.0)
            return PinAnswer(Entry.OK, FREE_TRIES)
        return self._missed(failures + 1)

    def _missed(self, failures: int) -> PinAnswer:
        pause_s = pause_after(failures)
        self._paused = (failures, self._clock.monotonic() + pause_s)
        return PinAnswer(Entry.WRONG, max(FREE_TRIES - failures, 0), pause_s)

    def _wait_s(self, failures: int, last: JournalEntry | None) -> float:
        """What is left of the pause. One of an earlier run began when the journal says, as far as that can be."""
        pause_s = pause_after(failures)
        if pause_s and self._paused[0] != failures:
            told = last is not None and _failures_of(last) == failures
            gone_s = (self._clock.now() - last.at).total_seconds() if last is not None and told else 0.0
            left_s = pause_s - gone_s if gone_s >= 0 else pause_s
            self._paused = (failures, self._clock.monotonic() + left_s)
        return self._paused[1] - self._clock.monotonic() if pause_s else 0.0

    async def _count(self, failures: int, by: str) -> bool:
        """In both places, so that neither alone forgets; False where neither could be written.

        A journal that is full must not keep out the one who comes to mend it: then the file alone counts.
        """
        data: dict[str, JsonValue] = {"failures": failures, "by": by}
        stored = 0
        try:
            await self._journal.append(Note(TRIED, STORY, data=data))
            stored += 1
        except JournalError:
            log.exception("a try of the PIN could not be journalled")
        try:
            await asyncio.to_thread(self._keeper.count, failures)
            stored += 1
        except (TotemError, OSError):
            log.exception("a try of the PIN could not be stored in its file")
        return stored > 0


def pause_after(failures: int) -> int:
    """Seconds."""
    over = failures - FREE_TRIES
    return min(FIRST_PAUSE_S * 2 ** min(over, 16), LONGEST_PAUSE_S) if over >= 0 else 0


def _failures_of(last: JournalEntry | None) -> int:
    failures = last.data.get("failures") if last is not None else 0
    return failures if isinstance(failures, int) else 0
