"""Adiq's gateway before its simulator, with somebody who types a card whenever it is asked for."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from providers.adiq.gateway import AdiqGateway, open_adiq
from providers.adiq.settings import AdiqPatience, AdiqSettings
from providers.http.client import Timeouts
from providers.sim import adiq_cards
from providers.sim.adiq import AdiqSimSettings, AdiqSimulator
from providers.sim.adiq_faults import AdiqFault, Kind, Operation
from providers.sim.ca import CertificateSet
from totem.domain.cards import (
    CardCapabilities,
    CardEvent,
    CardKind,
    CardReference,
    CardResult,
    CardSale,
    KeyedCard,
    PendingCard,
    Prompt,
    PromptKind,
    TerminalHealth,
)
from totem.domain.money import Money
from totem.domain.ports import Clock
from totem.services.clock import SystemClock

SALE = CardSale("6LOJA01A7K2M9Q4", 4711, Money(15000), CardKind.CREDIT, reference="A7K2")
SECURITY_CODE = "737"
HOLDER = "JOANA PRADO"
FAST = AdiqPatience(poll_s=0.02, pending_s=0.6, search_s=0.6, second_look_s=0.05, calls_per_minute=6000)


def card_of(number: str = adiq_cards.APPROVED) -> KeyedCard:
    return KeyedCard(number, 12, 2031, SECURITY_CODE, HOLDER)


class TypedGateway:
    """A gateway that never asks for a card in vain: `number` is typed each time. `cards` are those that were."""

    def __init__(self, gateway: AdiqGateway, number: str = adiq_cards.APPROVED) -> None:
        self.gateway = gateway
        self.number = number
        self.cards: list[KeyedCard] = []

    @property
    def name(self) -> str:
        return self.gateway.name

    @property
    def capabilities(self) -> CardCapabilities:
        return self.gateway.capabilities

    async def health(self) -> TerminalHealth:
        return await self.gateway.health()

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        async for event in self.gateway.start(sale):
            if isinstance(event, Prompt) and event.kind is PromptKind.KEY_CARD:
                self.cards.append(card_of(self.number))
                await self.gateway.supply(sale.attempt_id, self.cards[-1])
            yield event

    async def supply(self, attempt_id: str, card: KeyedCard) -> None:
        await self.gateway.supply(attempt_id, card)

    async def returned(self, attempt_id: str, fields: Mapping[str, str]) -> None:
        await self.gateway.returned(attempt_id, fields)

    async def answer(self, attempt_id: str, choice: int) -> None:
        await self.gateway.answer(attempt_id, choice)

    async def cancel(self, attempt_id: str) -> None:
        await self.gateway.cancel(attempt_id)

    async def status(self, reference: CardReference) -> CardResult:
        return await self.gateway.status(reference)

    async def confirm(self, reference: CardReference) -> None:
        await self.gateway.confirm(reference)

    async def undo(self, reference: CardReference) -> None:
        await self.gateway.undo(reference)

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        return await self.gateway.refund(reference, refund_id, amount)

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:
        return await self.gateway.refund_status(reference, refund_id)

    async def pending(self) -> tuple[PendingCard, ...]:
        return await self.gateway.pending()

    def admin(self) -> AsyncIterator[CardEvent]:
        return self.gateway.admin()

    async def close(self) -> None:
        await self.gateway.close()


def settings_for(sim: AdiqSimulator, made: CertificateSet, **changes: Any) -> AdiqSettings:
    settings = AdiqSettings(
        client_id=sim.settings.client_id,
        client_secret=sim.settings.client_secret,
        base_url=sim.base_url,
        keyed_entry=True,
        soft_descriptor="LAVA*TOTEM",
        ca=made.ca,
        public_roots=False,
        timeouts=Timeouts(read_s=1.0, total_s=3.0),
        patience=FAST,
    )
    return replace(settings, **changes)


@dataclass
class World:
    """`advance` moves the simulator's time, and the gateway's where it was given a clock."""

    sim: AdiqSimulator
    made: CertificateSet
    settings: AdiqSettings
    typed: TypedGateway
    events: list[CardEvent] = field(default_factory=list)

    @property
    def gateway(self) -> AdiqGateway:
        return self.typed.gateway

    async def sell(self, sale: CardSale = SALE, number: str = adiq_cards.APPROVED) -> CardResult:
        """The stream's shape is checked on the way: prompts, then exactly one result."""
        self.typed.number = number
        self.events = [event async for event in self.typed.start(sale)]
        result = self.events.pop()
        assert isinstance(result, CardResult)
        assert all(isinstance(event, Prompt) for event in self.events)
        return result

    def befall(self, operation: Operation, kind: Kind, **more: Any) -> None:
        self.sim.set_faults([AdiqFault(operation, kind, **more)])

    @property
    def payments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sim.ledger()["payments"]
        return found

    def taken(self) -> list[int]:
        """The cents that Adiq holds or has captured, less what went back."""
        standing = [each for each in self.payments if each["status"] in {"AUTHORIZED", "CAPTURED", "APPROVED"}]
        return [int(each["amount_cents"]) - int(each["cancelled_cents"]) for each in standing]

    def asked(self, ending: str) -> int:
        """How often something was asked for whose path ends so."""
        return sum(each["path"].endswith(ending) for each in self.sim.ledger()["requests"])


def reference_of(result: CardResult, sale: CardSale = SALE, sent_at: datetime | None = None) -> CardReference:
    at = sent_at or datetime.now(UTC)
    return CardReference(sale.attempt_id, sale.number, sale.amount, sale.kind, sale.installments, result.trace, at)


@asynccontextmanager
async def adiq_of(
    made: CertificateSet,
    simulated: AdiqSimSettings | None = None,
    *,
    clock: Clock | None = None,
    now: Callable[[], datetime] | None = None,
    faults: Iterable[AdiqFault] = (),
    **changes: Any,
) -> AsyncIterator[World]:
    """`changes` are of the gateway's settings."""
    told = {} if now is None else {"now": now}
    sim = AdiqSimulator(made, simulated, rng=random.Random(5), **told)
    await sim.start()
    sim.set_faults(faults)
    settings = settings_for(sim, made, **changes)
    gateway = await open_adiq(settings, clock or SystemClock())
    try:
        yield World(sim, made, settings, TypedGateway(gateway))
    finally:
        await gateway.close()
        await sim.stop()
