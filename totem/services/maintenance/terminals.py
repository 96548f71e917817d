"""The card terminals as a technician sees them: status, their own menu, and what they hold open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Final

from totem.domain.cards import CardEvent, CardTerminal, TerminalHealth
from totem.domain.errors import CardError, Trouble
from totem.domain.machine import AttemptState, Machine
from totem.domain.ports import Journal
from totem.services.card_admin import CardAdmin
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.stream import Spawn, going_on
from totem.services.maintenance.views import TerminalView
from totem.services.maintenance.visit import Visit
from totem.services.settlements import CARRIED_OUT, Settlements
from totem.services.terminals import Terminals

LOOK_LIMIT_S: Final = 20.0
SETTLE_LIMIT_S: Final = 60.0

_MENU: Final = ""
"""The menu belongs to no attempt."""


class TerminalsDesk:
    """Implements `totem.services.maintenance.control.TerminalDesk`. `in_use`: a customer's card has the terminal."""

    def __init__(
        self,
        visit: Visit,
        journal: Journal,
        terminals: Terminals,
        settlements: Settlements,
        admin: CardAdmin,
        in_use: Callable[[], bool],
        spawn: Spawn,
    ) -> None:
        self._visit = visit
        self._journal = journal
        self._terminals = terminals
        self._settlements = settlements
        self._admin = admin
        self._in_use = in_use
        self._spawn = spawn
        self._menu_of = ""
        """The terminal whose menu is open."""

    async def look(self) -> tuple[TerminalView, ...]:
        self._visit.check()
        return tuple(await asyncio.gather(*(self._view(each) for each in self._terminals)))

    async def _view(self, terminal: CardTerminal) -> TerminalView:
        unsettled = await self._unsettled(terminal.name)
        if self._in_use() or self._menu_of == terminal.name:
            health, held = TerminalHealth(ready=True, detail="em uso"), 0
        else:
            health, held = await _ask(terminal)
        return TerminalView(
            terminal.name,
            health.ready,
            health.trouble,
            health.detail,
            health.clock_drift_s,
            terminal.capabilities.has_admin,
            held,
            unsettled,
        )

    async def _unsettled(self, name: str) -> int:
        """Ours that wait for its word: decided and not acknowledged, or of unknown fate."""
        waiting = [
            each
            for each in await self._journal.find(Machine.ATTEMPT, AttemptState.UNKNOWN)
            if each.text("provider") == name
        ]
        count = len(waiting)
        for settlement in await self._journal.find(Machine.SETTLEMENT, *CARRIED_OUT):
            attempt = await self._journal.get(settlement.text("attempt"))
            count += attempt is not None and attempt.text("provider") == name
        return count

    def admin(self, terminal: str) -> AsyncIterator[CardEvent]:
        return going_on(self._run_menu(terminal), self._spawn, "terminal-menu")

    async def _run_menu(self, terminal: str) -> AsyncGenerator[CardEvent, None]:
        """To its end even where the technician leaves: what is cancelled in it must be recorded."""
        found = self._free(terminal)
        if not found.capabilities.has_admin:
            raise MaintenanceRefused(Reason.CANNOT, f"{terminal} has no menu of its own")
        await self._visit.begin("terminal_menu", terminal=terminal)
        self._menu_of = terminal
        try:
            async with aclosing(self._admin.run(found)) as events:
                async for event in events:
                    yield event
        finally:
            self._menu_of = ""

    async def answer(self, terminal: str, option: int) -> None:
        self._visit.check()
        await self._find(terminal).answer(_MENU, option)

    async def cancel(self, terminal: str) -> None:
        self._visit.check()
        await self._find(terminal).cancel(_MENU)

    async def settle(self, terminal: str) -> bool:
        found = self._free(terminal)
        await self._visit.begin("terminal_settle", terminal=terminal)
        try:
            async with asyncio.timeout(SETTLE_LIMIT_S):
                return await self._settlements.settle_held(found)
        except TimeoutError:
            return False

    def _free(self, name: str) -> CardTerminal:
        self._visit.check()
        found = self._find(name)
        if self._in_use() or self._menu_of:
            raise MaintenanceRefused(Reason.BUSY, f"{name} is in use")
        return found

    def _find(self, name: str) -> CardTerminal:
        found = self._terminals.find(name)
        if found is None:
            raise MaintenanceRefused(Reason.NOT_FOUND, f"no terminal {name}")
        return found


async def _ask(terminal: CardTerminal) -> tuple[TerminalHealth, int]:
    """How it is, and how many transactions it holds open, within a limit."""
    try:
        async with asyncio.timeout(LOOK_LIMIT_S):
            health = await terminal.health()
            return health, len(await terminal.pending()) if health.ready else 0
    except TimeoutError:
        trouble, detail = Trouble.TERMINAL_UNREACHABLE, f"sem resposta em {LOOK_LIMIT_S:.0f} s"
    except CardError as error:
        trouble, detail = error.trouble, str(error)
    return TerminalHealth(ready=False, trouble=trouble, detail=detail), 0
