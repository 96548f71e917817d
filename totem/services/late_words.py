"""Asks once more about cards that ended without money, where the acquirer may still have been at work (vinti4).

A page that was taken away ends by "not paid"; an authorisation that was under way at that very moment may come after
it. Money that is proven then is an approval, whatever the attempt was called before, and goes back or bears a name.
"""

from __future__ import annotations

import asyncio
import logging

from totem.domain.cards import CardOutcome, CardTerminal
from totem.domain.ports import Clock
from totem.services.cards import CardPayments
from totem.services.settlements import Settlements

log = logging.getLogger(__name__)


class LateWords:
    """Remembers them for as long as the program runs; `run` is its loop."""

    def __init__(self, cards: CardPayments, settlements: Settlements, clock: Clock) -> None:
        self._cards = cards
        self._settlements = settlements
        self._clock = clock
        self._due: dict[str, tuple[CardTerminal, float]] = {}
        self._wanted = asyncio.Event()

    def expect(self, attempt_id: str, terminal: CardTerminal) -> None:
        """The attempt just ended without money; does nothing for a terminal whose word is its last."""
        late_s = terminal.capabilities.late_word_s
        if late_s > 0:
            self._due[attempt_id] = (terminal, self._clock.monotonic() + late_s)
            self._wanted.set()

    async def run(self) -> None:
        """Ends by cancellation."""
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
