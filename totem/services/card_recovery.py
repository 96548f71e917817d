"""Cards at start: what was cut in half is settled by the journal and the terminal's word, never by a customer.

Each step looks at states only, so that a recovery which is itself cut off is simply done again.
"""

from __future__ import annotations

from totem.domain.errors import Trouble
from totem.domain.machine import ATTEMPT_UNRESOLVED, Machine, SaleState, SettlementState
from totem.domain.ports import Journal
from totem.services import card_steps
from totem.services.cards import CardPayments
from totem.services.settlements import Settlements
from totem.services.terminals import Terminals


class CardRecovery:
    def __init__(self, journal: Journal, terminals: Terminals, cards: CardPayments, settlements: Settlements) -> None:
        self._journal = journal
        self._terminals = terminals
        self._cards = cards
        self._settlements = settlements

    async def run(self) -> None:
        """Once the tickets that were cut are known as such. Raises JournalError."""
        for settlement in await self._journal.find(Machine.SETTLEMENT, SettlementState.DECIDING):
            await self._decide(settlement.sale_id)
        for terminal in self._terminals:
            await self._settlements.settle_held(terminal)
        for attempt in await self._journal.find(Machine.ATTEMPT, *ATTEMPT_UNRESOLVED):
            if not card_steps.is_card(attempt):
                continue
            asked = self._terminals.find(attempt.text("provider"))
            if asked is not None:
                await self._settlements.ask(asked, attempt)
            await self._cards.name_unknown(attempt.id)
        for sale in await self._journal.find(Machine.SALE, SaleState.PARTLY_PAID):
            await self._cards.return_sale(sale.id, Trouble.CARD_NOT_DELIVERED)
        await self._settlements.advance()

    async def _decide(self, sale_id: str) -> None:
        """Printed confirms, unknown goes by the owner's setting, and what never began is undone (rule 2)."""
        await self._cards.decide(sale_id)
        await self._cards.decide_unknown(sale_id)
        await self._cards.undelivered(sale_id, Trouble.CARD_NOT_DELIVERED)
