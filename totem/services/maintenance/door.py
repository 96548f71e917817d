"""The door of maintenance mode on the screen: locked, opened by the PIN, and locked again by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from totem.domain.ports import Clock, Journal, Random
from totem.domain.records import JsonValue
from totem.services.maintenance.control import Listener, MaintenanceRefused, Reason
from totem.services.maintenance.pin import PinLock
from totem.services.maintenance.views import Entry, MaintenanceState, PinAnswer
from totem.services.maintenance.visit import ENTERED, LEFT, act_note, confirm_pin, new_session, try_note

log = logging.getLogger(__name__)

SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """Seconds without a touch after which it locks."""

    timeout_s: float = 180.0


class Door:
    """Implements `Visit` for the screen, and the door's part of `MaintenanceControl`. `run` watches the time."""

    def __init__(self, journal: Journal, lock: PinLock, clock: Clock, random: Random, settings: DoorSettings) -> None:
        self._journal = journal
        self._lock = lock
        self._clock = clock
        self._random = random
        self._settings = settings
        self._state = MaintenanceState()
        self._listeners: list[Listener] = []
        self._changed = asyncio.Event()

    # --- state ------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> MaintenanceState:
        return self._state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def change(self, **values: bool) -> None:
        """Tell that the kiosk is out of service, or about to restart."""
        self._publish(replace(self._state, **values))  # type: ignore[arg-type]  # the switches of the state

    def _publish(self, state: MaintenanceState) -> None:
        self._state = state
        self._changed.set()
        for listener in tuple(self._listeners):
            try:
                listener(state)
            except Exception:
                log.exception("a screen failed to show maintenance")

    # --- in and out -------------------------------------------------------------------------------------------------

    @property
    def has_pin(self) -> bool:
        return self._lock.has_pin

    async def unlock(self, pin: str) -> PinAnswer:
        answer = await self._lock.check(pin, SCREEN)
        if answer.entry is Entry.OK and not self._state.is_unlocked:
            session = new_session(self._clock, self._random)
            # One who comes because the journal is full must be let in.
            await try_note(self._journal, act_note(ENTERED.removeprefix("technician."), session))
            self._publish(replace(self._state, session=session, ends_at_s=self._end()))
        return answer

    async def lock(self) -> None:
        await self._leave("asked")

    async def _leave(self, why: str) -> None:
        session = self._state.session
        if not session:
            return
        self._publish(replace(self._state, session="", ends_at_s=0.0))
        await try_note(self._journal, act_note(LEFT.removeprefix("technician."), session, why=why))

    def touched(self) -> None:
        if self._state.is_unlocked:
            self._publish(replace(self._state, ends_at_s=self._end()))

    def _end(self) -> float:
        return self._clock.monotonic() + self._settings.timeout_s

    async def run(self) -> None:
        """Locks when the time is over; ends by cancellation."""
        while True:
            if not self._state.is_unlocked:
                self._changed.clear()
                await self._changed.wait()
                continue
            wait_s = self._state.ends_at_s - self._clock.monotonic()
            if wait_s <= 0:
                await self._leave("timeout")
            else:
                await self._clock.sleep(min(wait_s, 1.0))

    # --- a visit ----------------------------------------------------------------------------------------------------

    @property
    def session(self) -> str:
        return self._state.session

    def check(self) -> None:
        if not self._state.is_unlocked:
            raise MaintenanceRefused(Reason.LOCKED)

    async def begin(self, act: str, sale_id: str = "", subject_id: str = "", **data: JsonValue) -> None:
        self.check()
        self.touched()
        await self._journal.append(act_note(act, self._state.session, sale_id, subject_id, **data))

    async def confirm(self, pin: str) -> None:
        self.check()
        await confirm_pin(self._lock, pin, SCREEN)
