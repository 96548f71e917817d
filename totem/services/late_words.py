"""Asks once more about cards that ended without money, where the acquirer may still have been at work (vinti4).

A page that was taken away ends by "not paid"; an authorisation that was under way at that very moment may come after
it. Money that is proven then is an approval, whatever the attempt was called before, and goes back or bears a name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from totem.domain.cards import CardOutcome, CardTerminal
from totem.domain.errors import JournalError
from totem.domain.machine import AttemptState, Machine
from totem.domain.ports import Clock, Journal
from totem.services.cards import CardPayments
from totem.services.settlements import Settlements

log = logging.getLogger(__name__)


_WITHOUT_MONEY: Final = (AttemptState.DECLINED, AttemptState.CANCELLED, AttemptState.EXPIRED)
_LOOK_BACK: Final = timedelta(days=2)
"""A program that starts asks about those that ended so shortly before; one that it asked already is asked in vain."""


class LateWords:
    """Remembers them by the journal; `run` is its loop."""

    def __init__(
        self,
        journal: Journal,
        terminals: Sequence[CardTerminal],
        cards: CardPayments,
        settlements: Settlements,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._terminals = {each.name: each for each in terminals}
        self._cards = cards
        self._settlements = settlements
        self._clock = clock
        self._due: dict[str, tuple[CardTerminal, float]] = {}
        self._wanted = asyncio.Event()

    def expect(self, attempt_id: str, terminal: CardTerminal, age_s: float = 0.0) -> None:
        """The attempt ended so long ago without money; does nothing for a terminal whose word is its last."""
        late_s = terminal.capabilities.late_word_s
        if late_s > 0:
            self._due[attempt_id] = (terminal, self._clock.monotonic() + max(0.0, late_s - age_s))
            self._wanted.set()

    async def run(self) -> None:
        """Ends by cancellation."""
        try:
            await self._take_up()
        except JournalError:
            log.exception("cards that an earlier run ended are not asked about again")
        while True:
            if not self._due:
                self._wanted.clear()
                await self._wanted.wait()
                continue
            attempt_id, (terminal, at_s) = min(self._due.items(), key=lambda each: each[1][1])
            left_s = at_s - self._clock.monotonic()
            if left_s > 0:
                await self._clock.sleep(left_s)
                continue
            del self._due[attempt_id]
            await self._ask(attempt_id, terminal)

    async def _take_up(self) -> None:
        """Those that ended before the program was started anew: it may have died before it asked."""
        if not any(each.capabilities.late_word_s > 0 for each in self._terminals.values()):
            return
        now = self._clock.now()
        for attempt in await self._journal.find(Machine.ATTEMPT, *_WITHOUT_MONEY):
            terminal, age = self._terminals.get(attempt.text("provider")), now - attempt.updated_at
            if terminal is not None and age < _LOOK_BACK:
                # A clock that was set back meanwhile makes nobody wait the longer.
                self.expect(attempt.id, terminal, max(0.0, age.total_seconds()))

    async def _ask(self, attempt_id: str, terminal: CardTerminal) -> None:
        try:
            result = await self._settlements.ask(terminal, await self._cards.attempt(attempt_id))
        except Exception:
            # Whatever it is, the others are still asked about.
            log.exception("no late word about attempt=%s", attempt_id)
            return
        if result.outcome is CardOutcome.APPROVED:
            log.warning("late money of attempt=%s", attempt_id)
        elif result.outcome is CardOutcome.UNKNOWN:
            self.expect(attempt_id, terminal)
