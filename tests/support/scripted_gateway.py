"""A card gateway in memory that asks for a typed card, for tests of the services and of the screens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from tests.support.scripted_terminal import READER, ScriptedTerminal
from totem.domain.cards import (
    CardCapabilities,
    CardEvent,
    CardOutcome,
    CardResult,
    CardSale,
    KeyedCard,
    Prompt,
    PromptKind,
)
from totem.domain.errors import Trouble

CANCELLED = CardResult(CardOutcome.CANCELLED, trouble=Trouble.CARD_CANCELLED)


@dataclass
class ScriptedGateway(ScriptedTerminal):
    """Asks for a card and waits; what is supplied counts as sent, and is approved unless `answers` says otherwise."""

    name: str = "adiq"
    capabilities: CardCapabilities = READER
    sent: list[tuple[str, int, int, str, str]] = field(default_factory=list)
    """Each card as it was read at the moment of sending."""
    handed: list[KeyedCard] = field(default_factory=list)
    """The very objects, to see that they were wiped."""
    asks: int = 1
    """How often a card is asked for before it is taken."""
    breaks: Exception | None = None
    """Raised by `supply`, which wipes nothing then."""
    _card: asyncio.Queue[KeyedCard | None] = field(default_factory=asyncio.Queue)

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        self.calls.append("start")
        self.sales.append(sale)
        for _ in range(self.asks):
            yield Prompt(PromptKind.KEY_CARD)
            card = await self._card.get()
            if card is None:
                yield CANCELLED
                return
            self.sent.append((card.number, card.expiry_month, card.expiry_year, card.security_code, card.holder))
        if self.waits is not None:
            yield Prompt(PromptKind.PROCESSING, can_cancel=False)
            await self.waits.wait()
        answer = self.answers.pop(0) if self.answers else self.approved(sale)
        if answer is not None and answer.outcome is CardOutcome.APPROVED:
            self.ledger[self.key(sale)] = "approved"
        yield answer or CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN)

    async def supply(self, attempt_id: str, card: KeyedCard) -> None:
        self.calls.append("supply")
        self.handed.append(card)
        if self.breaks is not None:
            raise self.breaks
        self._card.put_nowait(card)

    async def returned(self, attempt_id: str, fields: Mapping[str, str]) -> None:
        self.calls.append("returned")

    async def cancel(self, attempt_id: str) -> None:
        self.calls.append("cancel")
        self._card.put_nowait(None)
