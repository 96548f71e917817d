"""A technician's visit: who acts, and the note in the journal before each act."""

from __future__ import annotations

import logging
from typing import Final, Protocol

from totem.domain.errors import JournalError
from totem.domain.ports import Clock, Journal, Random
from totem.domain.records import JsonValue, Note
from totem.services.ids import new_sale_id
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.pin import PinLock

log = logging.getLogger(__name__)

ENTERED: Final = "technician.entered"
LEFT: Final = "technician.left"


class Visit(Protocol):
    """Behind which every desk stands."""

    @property
    def session(self) -> str:
        """Names it in the journal; "" where nobody is in."""
        ...

    def check(self) -> None:
        """Raises MaintenanceRefused (LOCKED) where nobody is in."""
        ...

    async def begin(self, act: str, sale_id: str = "", subject_id: str = "", **data: JsonValue) -> None:
        """Note `technician.<act>`, and return once that is durable: only then may it be done.

        Raises MaintenanceRefused (LOCKED), or JournalError.
        """
        ...

    async def confirm(self, pin: str) -> None:
        """The PIN once more, for an act that moves money. Raises MaintenanceRefused (PIN, or LOCKED)."""
        ...


class ShellVisit:
    """One command of the shell, whose PIN was right: it stays in until the command is done."""

    def __init__(self, journal: Journal, session: str) -> None:
        self._journal = journal
        self._session = session

    @property
    def session(self) -> str:
        return self._session

    def check(self) -> None:
        """Always in."""

    async def begin(self, act: str, sale_id: str = "", subject_id: str = "", **data: JsonValue) -> None:
        await self._journal.append(act_note(act, self._session, sale_id, subject_id, **data))

    async def confirm(self, pin: str) -> None:
        """The command's own PIN was it."""


def act_note(act: str, session: str, sale_id: str = "", subject_id: str = "", **data: JsonValue) -> Note:
    return Note(f"technician.{act}", sale_id, subject_id, {"session": session, **data})


def new_session(clock: Clock, random: Random) -> str:
    """`T-YYMMDD-XXXXXX`: one visit, in every note of it."""
    return new_sale_id("T", clock.now(), random)


async def confirm_pin(lock: PinLock, pin: str, by: str) -> None:
    """Raises MaintenanceRefused (PIN) where it is not right."""
    answer = await lock.check(pin, by)
    if not answer.is_right:
        raise MaintenanceRefused(Reason.PIN, f"PIN: {answer.entry.value}", pin=answer)


async def try_note(journal: Journal, note: Note) -> None:
    """For what must be possible on a journal that takes nothing more: noted if it can be, told in the log if not."""
    try:
        await journal.append(note)
    except JournalError:
        log.exception("%s could not be journalled", note.kind)
