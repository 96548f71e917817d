"""A card confirmed by a technician's word that the ticket was handed over.

At Adiq this is the capture of a pre-authorisation, at TEF the confirmation. A decision to undo is never reconsidered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from totem.domain.machine import Machine, SettlementState
from totem.domain.money import Currency, Money
from totem.domain.ports import Clock, Journal
from totem.domain.records import Subject
from totem.services.cards import CardPayments
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.visit import Visit

LIMIT_S: Final = 60.0
_LOOK_S: Final = 0.2
_OPEN: Final = (SettlementState.DECIDING, SettlementState.CONFIRMING)


@dataclass(frozen=True, slots=True)
class Captured:
    """One card of the sale; `state` is a SettlementState's value."""

    provider: str
    amount: Money
    state: str

    @property
    def is_done(self) -> bool:
        return self.state == SettlementState.CONFIRMED


class CaptureDesk:
    def __init__(self, visit: Visit, journal: Journal, cards: CardPayments, clock: Clock) -> None:
        self._visit = visit
        self._journal = journal
        self._cards = cards
        self._clock = clock

    async def capture(self, sale_id: str, reason: str) -> tuple[Captured, ...]:
        """Waits up to a minute for the terminals; the kiosk goes on asking. Raises MaintenanceRefused."""
        if not reason.strip():
            raise MaintenanceRefused(Reason.REASON_MISSING, "escreva o motivo")
        settlements = await self._settlements(sale_id)
        if not any(each.state in _OPEN for each in settlements):
            told = ", ".join(sorted({each.state for each in settlements})) or "sem cartão"
            raise MaintenanceRefused(Reason.CANNOT, f"não há nada a capturar na venda {sale_id} ({told})")
        await self._visit.begin("capture", sale_id, reason=reason)
        # The technician's word stands for the ticket's: it is with the customer.
        await self._cards.has_ticket(sale_id)
        until_s = self._clock.monotonic() + LIMIT_S
        while True:
            settlements = await self._settlements(sale_id)
            if not any(each.state in _OPEN for each in settlements) or self._clock.monotonic() >= until_s:
                return await self._told(settlements)
            await self._clock.sleep(_LOOK_S)

    async def _settlements(self, sale_id: str) -> tuple[Subject, ...]:
        return tuple(each for each in await self._journal.of_sale(sale_id) if each.machine is Machine.SETTLEMENT)

    async def _told(self, settlements: Iterable[Subject]) -> tuple[Captured, ...]:
        told = []
        for each in settlements:
            if each.state == SettlementState.NONE_NEEDED:
                continue
            attempt = await self._cards.attempt(each.text("attempt"))
            amount = Money(attempt.number("received_cents"), Currency[attempt.text("currency")])
            told.append(Captured(attempt.text("provider"), amount, each.state))
        return tuple(told)
