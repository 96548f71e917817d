"""Out of service by a technician's wish: durable, and never in the middle of a sale."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from totem.domain.ports import Journal
from totem.domain.records import JsonValue, Note
from totem.services.print_queue import PrintQueue
from totem.services.screen import Screen
from totem.services.state import Stage

log = logging.getLogger(__name__)

STORY: Final = "technician/service"
"""What the journal files these notes under: the last one is found at once."""
SERVICE: Final = "technician.service"
"""`out`: whether the kiosk is out of service from here on."""
END_LIMIT_S: Final = 600.0
"""No sale lasts longer; closing down has limits of its own."""

_OVER: Final = (Stage.IDLE, Stage.OUT_OF_SERVICE, Stage.COMPLETED, Stage.STOPPED)


class Closure:
    """Holds customers off between sales. The wish itself is a note in the journal, so that it outlives a restart."""

    def __init__(self, journal: Journal, screen: Screen, queue: PrintQueue) -> None:
        self._journal = journal
        self._screen = screen
        self._queue = queue
        self.is_out = False

    async def recall(self) -> None:
        """What was wished last, at start. Raises JournalError."""
        last = await self._journal.last_note(SERVICE, STORY)
        self._show(out=last is not None and last.data.get("out") is True)

    async def set(self, *, out: bool, session: str) -> None:
        """Raises JournalError: then nothing changed."""
        data: dict[str, JsonValue] = {"out": out, "session": session}
        await self._journal.append(Note(SERVICE, STORY, data=data))
        self._show(out=out)

    def hold(self) -> None:
        """No new sale in this run; the wish of a technician stays as it is."""
        self._screen.take_out(out=True)

    def _show(self, *, out: bool) -> None:
        self.is_out = out
        self._screen.take_out(out=out)

    async def sale_ended(self) -> None:
        """Until no customer's sale is under way, and no ticket prints."""
        try:
            async with asyncio.timeout(END_LIMIT_S):
                while self._screen.state.stage not in _OVER:
                    await self._screen.wait_change()
                await self._queue.wait_quiet()
        except TimeoutError:
            log.warning("the sale at hand does not end: stage %s", self._screen.state.stage)
