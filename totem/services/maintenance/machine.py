"""The program itself: its version, out of service and back, and a restart."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from totem.domain.errors import JournalError
from totem.services.closure import Closure
from totem.services.maintenance.stream import Spawn
from totem.services.maintenance.views import Version
from totem.services.maintenance.visit import Visit

log = logging.getLogger(__name__)


class MachineServices:
    """What screens and shell share of it: one restart is enough, whoever asks."""

    def __init__(
        self,
        closure: Closure,
        version: Callable[[], Awaitable[Version]],
        restart: Callable[[], None] | None,
        spawn: Spawn,
    ) -> None:
        """`restart` ends the program so that it is started anew; None where nothing runs."""
        self.closure = closure
        self.version = version
        self.is_restarting = False
        self._restart = restart
        self._spawn = spawn
        self.on_change: Callable[[], None] = lambda: None
        """Called when the kiosk goes out of service, comes back, or is about to restart."""

    @property
    def can_restart(self) -> bool:
        return self._restart is not None

    def begin_restart(self) -> None:
        if self.is_restarting or self._restart is None:
            return
        self.is_restarting = True
        self.closure.hold()
        self.on_change()
        self._spawn(self._when_ended(self._restart), "restart")

    async def _when_ended(self, restart: Callable[[], None]) -> None:
        await self.closure.sale_ended()
        restart()


class Machine:
    """Implements `totem.services.maintenance.control.MachineDesk`."""

    def __init__(self, visit: Visit, services: MachineServices) -> None:
        self._visit = visit
        self._services = services

    async def version(self) -> Version:
        self._visit.check()
        return await self._services.version()

    async def set_out_of_service(self, wanted: bool) -> None:
        # The wish is itself the note, under a story of its own: see `Closure`.
        self._visit.check()
        await self._services.closure.set(out=wanted, session=self._visit.session)
        self._services.on_change()

    async def restart(self) -> None:
        """Possible on a journal that takes nothing more: a restart may be what mends it."""
        self._visit.check()
        try:
            await self._visit.begin("restart")
        except JournalError:
            log.exception("a restart could not be journalled")
        self._services.begin_restart()
