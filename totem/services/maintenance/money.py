"""A sale's money back by a technician's order, and how far it came."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from totem.domain.errors import Trouble
from totem.domain.machine import CompensationState, Machine, SettlementState
from totem.domain.money import Money
from totem.domain.ports import Clock, Journal
from totem.domain.records import Subject
from totem.services.card_steps import CARD
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.rows import currency_of
from totem.services.maintenance.sale_views import MoneyBack, RefundEnd, WayBack
from totem.services.maintenance.visit import Visit
from totem.services.payouts import PIX_OUT, PayoutOrder, Payouts
from totem.services.refunds import OPEN_STATES
from totem.services.returns import Returns

log = logging.getLogger(__name__)

LIMIT_S = 60.0
"""How long a technician waits for bank and terminal; what is open then, the kiosk follows."""
_LOOK_S = 0.2

_WAYS = {"": WayBack.REFUND, PIX_OUT: WayBack.PIX_OUT, CARD: WayBack.CARD}
_UNDOING = (SettlementState.UNDOING, SettlementState.UNDONE)


@dataclass(frozen=True, slots=True)
class MoneyServices:
    returns: Returns
    payouts: Payouts | None
    wanted: asyncio.Event
    """Set when there is a new compensation."""


class MoneyDesk:
    """The part of `SaleDesk` that moves money. The journal's constraints hold for every order of it: at most one open
    compensation for one payment, and never more than was received."""

    def __init__(self, visit: Visit, journal: Journal, services: MoneyServices, clock: Clock) -> None:
        self._visit = visit
        self._journal = journal
        self._services = services
        self._clock = clock

    @property
    def can_pay_out(self) -> bool:
        """The owner switched our own Pix on."""
        return self._services.payouts is not None

    async def refund(self, sale_id: str, reason: str, pin: str, pix_key: str) -> RefundEnd:
        """Raises MaintenanceRefused, PayoutRefused, or JournalError where the constraints refuse it."""
        self._visit.check()
        subjects = await self._journal.of_sale(sale_id)
        if not any(each.machine is Machine.SALE for each in subjects):
            raise MaintenanceRefused(Reason.NOT_FOUND, f"não há venda {sale_id}")
        if not reason.strip():
            raise MaintenanceRefused(Reason.REASON_MISSING, "escreva o motivo")
        await self._visit.confirm(pin)
        await self._visit.begin("refund", sale_id, reason=reason, pix_out=bool(pix_key))
        if pix_key:
            await self._pay_out(sale_id, subjects, pix_key, reason)
        elif not await self._services.returns.return_sale(sale_id, Trouble.REFUND_ASKED, delivered=True):
            raise MaintenanceRefused(Reason.NOTHING_TO_RETURN, f"não há nada a devolver na venda {sale_id}")
        return await self._ended(sale_id)

    async def _pay_out(self, sale_id: str, subjects: tuple[Subject, ...], pix_key: str, reason: str) -> None:
        """One order for each Pix of the sale that the bank would not give back."""
        payouts = self._services.payouts
        if payouts is None:
            raise MaintenanceRefused(
                Reason.CANNOT, "o Pix de volta está desligado: veja [pix.inter.pix_out] na configuração"
            )
        refused = refused_references(subjects)
        if not refused:
            raise MaintenanceRefused(Reason.CANNOT, "tente primeiro a devolução: o banco ainda não a recusou")
        for reference in sorted(refused):
            await payouts.order(PayoutOrder(reference, sale_id, pix_key, reason))
        self._services.wanted.set()

    async def _ended(self, sale_id: str) -> RefundEnd:
        """Followed by the kiosk's own workers; here they are only watched."""
        until_s = self._clock.monotonic() + LIMIT_S
        while True:
            subjects = await self._journal.of_sale(sale_id)
            if not _is_open(subjects) or self._clock.monotonic() >= until_s:
                return money_back(subjects)
            await self._clock.sleep(_LOOK_S)


def refused_references(subjects: tuple[Subject, ...]) -> set[str]:
    return {
        each.text("reference")
        for each in subjects
        if each.machine is Machine.COMPENSATION and each.state == CompensationState.REFUSED
    }


def _is_open(subjects: tuple[Subject, ...]) -> bool:
    return any(
        (each.machine is Machine.COMPENSATION and each.state in OPEN_STATES)
        or (each.machine is Machine.SETTLEMENT and each.state == SettlementState.UNDOING)
        for each in subjects
    )


def money_back(subjects: tuple[Subject, ...]) -> RefundEnd:
    """Every way of the sale's money back, in order; the newest of one payment decides whether all of it is back."""
    currency = currency_of(next((each for each in subjects if each.machine is Machine.SALE), None))
    compensations = [each for each in subjects if each.machine is Machine.COMPENSATION]
    undone = [each for each in subjects if each.machine is Machine.SETTLEMENT and each.state in _UNDOING]
    known = {each.id: each for each in subjects}
    ways = [
        MoneyBack(each.id, _WAYS[each.text("kind")], Money(each.number("amount_cents"), currency), each.state)
        for each in compensations
    ]
    for each in undone:
        attempt = known.get(each.text("attempt"))
        cents = attempt.number("received_cents") if attempt is not None else 0
        ways.append(MoneyBack(each.id, WayBack.UNDO, Money(cents, currency), each.state))
    last = {each.text("reference"): each.state for each in compensations}
    settled = all(each.state == SettlementState.UNDONE for each in undone)
    return RefundEnd(settled and all(state == CompensationState.DONE for state in last.values()), tuple(ways))
