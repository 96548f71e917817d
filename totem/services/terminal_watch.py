"""Meets the card terminals at start, and again while one has not said what it can do."""

from __future__ import annotations

import logging

from totem.domain.cards import CardTerminal
from totem.domain.errors import JournalError, Trouble
from totem.domain.ports import Clock, Journal
from totem.services import steps
from totem.services.ids import attention_id_of
from totem.services.terminals import Terminals

log = logging.getLogger(__name__)


class TerminalWatch:
    """A terminal that tells what it can only once it is asked would not be offered before."""

    def __init__(self, journal: Journal, terminals: Terminals, clock: Clock, again_s: float = 30.0) -> None:
        self._journal = journal
        self._terminals = terminals
        self._clock = clock
        self._again_s = again_s

    async def run(self) -> None:
        """Ends once every terminal is known, or by cancellation."""
        strangers = tuple(self._terminals)
        while strangers:
            for terminal in strangers:
                await self._meet(terminal)
            strangers = tuple(each for each in strangers if not each.capabilities.kinds)
            if strangers:
                await self._clock.sleep(self._again_s)

    async def _meet(self, terminal: CardTerminal) -> None:
        health = await terminal.health()
        self._terminals.saw(terminal.name, health)
        if not health.ready:
            log.warning("terminal %s is not ready: %s %s", terminal.name, health.trouble, health.detail)
        if health.trouble is Trouble.TERMINAL_CLOCK and health.clock_drift_s is not None:
            await self._name_drift(terminal, round(health.clock_drift_s))

    async def _name_drift(self, terminal: CardTerminal, drift_s: int) -> None:
        """Two clocks that differ make receipts and journal tell of different moments: named once a day."""
        key = f"{terminal.name}/{self._clock.now().date().isoformat()}"
        if await self._journal.get(attention_id_of(key, Trouble.TERMINAL_CLOCK.value)) is not None:
            return
        try:
            await self._journal.append(
                steps.attention_born(key, "", Trouble.TERMINAL_CLOCK, self._clock.now(), drift_s=drift_s)
            )
        except JournalError:
            log.exception("the clock of %s could not be named", terminal.name)
