"""The live board: every part of the running kiosk as it was last seen, and whoever wants to hear of changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from totem.domain.ports import Clock
from totem.services.health.signs import Area, Part, worst
from totem.services.health.vocabulary import Level

log = logging.getLogger(__name__)

Listener = Callable[[Part], None]
Checkup = Callable[[], Awaitable[tuple[Part, ...]]]
"""One question that is asked only when somebody wants to know. It has its own limit, and may fail."""

_ORDER: Final = tuple(Area)


class HealthBoard:
    """What is known of each part. Services put in what they see anyway; `examine` asks what costs something.

    All on the loop's thread.
    """

    def __init__(self, clock: Clock, checkups: Sequence[Checkup] = ()) -> None:
        self._clock = clock
        self._checkups = list(checkups)
        self._parts: dict[tuple[Area, str], Part] = {}
        self._listeners: list[Listener] = []
        self._examining: asyncio.Task[None] | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """In the order in which a technician would look; parts of one area in the order in which they came."""
        return tuple(sorted(self._parts.values(), key=lambda part: _ORDER.index(part.area)))

    @property
    def is_watched(self) -> bool:
        """Whether anybody wants to hear of changes: what is asked from time to time is asked more often then."""
        return bool(self._listeners)

    @property
    def level(self) -> Level:
        """The worst of all parts."""
        return worst(self.parts)

    def find(self, area: Area, name: str = "") -> Part | None:
        return self._parts.get((area, name))

    def put(self, *parts: Part) -> None:
        """Keep them, each with the moment since which it has been so; listeners hear of what changed, a figure too."""
        for part in parts:
            before = self._parts.get(part.key)
            since = before.since if before is not None and before.says_as(part) else self._clock.now()
            new = replace(part, since=since)
            if new == before:
                continue
            self._parts[part.key] = new
            if before is None or not before.says_as(new):
                log.info("%s %s: %s", new.area, new.name, ", ".join(sign.word for sign in new.signs))
            for listener in tuple(self._listeners):
                listener(new)

    def ask_too(self, *checkups: Checkup) -> None:
        """Questions for `examine`, beside those that the board was made with."""
        self._checkups.extend(checkups)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call it on the loop's thread with each part that changed; the returned function ends it."""
        self._listeners.append(listener)

        def leave() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return leave

    async def examine(self) -> None:
        """Ask all that can be asked without starting a payment, side by side, and return once the board has it.

        Never raises. While one examination runs, another caller waits for that one.
        """
        if self._examining is None or self._examining.done():
            self._examining = asyncio.create_task(self.ask(*self._checkups), name="health")
        await asyncio.shield(self._examining)

    async def close(self) -> None:
        """An examination that still runs is given up."""
        if self._examining is not None:
            self._examining.cancel()
            await asyncio.gather(self._examining, return_exceptions=True)

    async def ask(self, *checkups: Checkup) -> None:
        """Those side by side, and keep what they say. Never raises."""
        await asyncio.gather(*(self._ask(each) for each in checkups))

    async def _ask(self, checkup: Checkup) -> None:
        try:
            parts = await checkup()
        except Exception:
            # What goes wrong with one question must not hide the other answers.
            log.exception("a check failed")
        else:
            self.put(*parts)
