"""Out of service: the journal cannot be trusted to record, so nothing may be sold until a restart."""

from __future__ import annotations

import asyncio

from totem.domain.errors import Trouble
from totem.services.press import TicketPress
from totem.services.screen import Screen
from totem.services.state import MoneyTold


class Outage:
    """Declares it once, and prints the notice that names the sale at hand, if the printer can."""

    def __init__(self, screen: Screen, press: TicketPress) -> None:
        self._screen = screen
        self._press = press
        self._notices: set[asyncio.Task[None]] = set()
        self._declared = False

    @property
    def declared(self) -> bool:
        """A technician who takes the kiosk out of service declares none: its books are in order."""
        return self._declared

    def declare(self, trouble: Trouble, money: MoneyTold = MoneyTold.SAFE) -> None:
        if self._declared:
            return
        self._declared = True
        self._screen.out_of_service(trouble, money)
        shown = self._screen.state.trouble
        if shown is not None and shown.money is not MoneyTold.NOT_CHARGED:
            task = asyncio.create_task(self._press.print_notice(shown.reference), name="print-notice")
            self._notices.add(task)
            task.add_done_callback(self._notices.discard)

    async def notices_printed(self) -> None:
        """Until the notices that were begun are printed, or cannot be."""
        await asyncio.gather(*self._notices, return_exceptions=True)

    async def close(self) -> None:
        """Whatever is still printing is given up."""
        left = tuple(self._notices)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
