"""The banks as a technician sees them, and the smallest real charge that proves one of them from end to end.

A probe is a sale of one centavo that nobody is shown: journalled before the bank hears of it, removed at once, and
read again until it is gone. Whoever pays it all the same is given the money back, as for any late Pix.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from totem.domain.catalogue import Basket, Service
from totem.domain.errors import ChargeNotFound, Outcome, ProviderError, Trouble
from totem.domain.machine import ATTEMPT_UNRESOLVED, AttemptState, CompensationState, Machine, SaleState
from totem.domain.money import Money
from totem.domain.ports import ChargeRequest, Clock, Journal, Random
from totem.services import steps
from totem.services.banks import Bank, Banks
from totem.services.charges import ChargeMaker
from totem.services.ids import new_sale_id, new_txid
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.stream import Spawn, going_on
from totem.services.maintenance.views import Probe, ProbeStage, ProviderView
from totem.services.maintenance.visit import Visit
from totem.services.payments import PixPayments

log = logging.getLogger(__name__)

LOOK_LIMIT_S: Final = 15.0
_SMALLEST: Final = Service("probe", {"pt": "Cobrança de teste"}, Money(1))

CertificateEnd = Callable[[str], Awaitable[date | None]]
"""Until when the client certificate of that bank is good; None where it has none, or it cannot be read."""


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """Seconds."""

    kiosk_id: str
    message: str = "Cobrança de teste: não pague"
    life_s: int = 300
    limit_s: float = 60.0
    """How long the technician waits; the kiosk goes on by itself."""
    look_s: float = 0.5


@dataclass(frozen=True, slots=True)
class BankServices:
    """What a probe is made and removed with."""

    banks: Banks
    payments: PixPayments
    charges: ChargeMaker
    certificate_end: CertificateEnd
    spawn: Spawn


class Providers:
    """Implements `totem.services.maintenance.control.ProviderDesk`."""

    def __init__(
        self,
        visit: Visit,
        journal: Journal,
        services: BankServices,
        clock: Clock,
        random: Random,
        settings: ProbeSettings,
    ) -> None:
        self._visit = visit
        self._journal = journal
        self._services = services
        self._banks = services.banks
        self._payments = services.payments
        self._charges = services.charges
        self._certificate_end = services.certificate_end
        self._clock = clock
        self._random = random
        self._settings = settings

    # --- looking ----------------------------------------------------------------------------------------------------

    async def look(self) -> tuple[ProviderView, ...]:
        self._visit.check()
        return tuple(await asyncio.gather(*(self._view(bank) for bank in self._banks)))

    async def _view(self, bank: Bank) -> ProviderView:
        (admitted, trouble), until = await asyncio.gather(self._ask(bank), self._certificate_end(bank.name))
        told = bank.breaker.report()
        last = next((each for each in Trouble if each.value == told.last_code), None)
        days = (until - self._clock.now().date()).days if until is not None else None
        return ProviderView(
            bank.name, admitted, trouble or last, told.health, told.since, until, days, can_probe=admitted is not False
        )

    async def _ask(self, bank: Bank) -> tuple[bool | None, Trouble | None]:
        """A charge that cannot exist is asked for: where the bank says so, it let us in."""
        try:
            async with asyncio.timeout(LOOK_LIMIT_S):
                await bank.provider.get_charge(new_txid(self._settings.kiosk_id, self._random))
        except ChargeNotFound:
            return True, None
        except TimeoutError:
            return None, Trouble.UNKNOWN
        except ProviderError as error:
            unheard = error.trouble in (Trouble.BANK_UNREACHABLE, Trouble.UNKNOWN, Trouble.RATE_LIMITED)
            return (None if unheard else False), error.trouble
        return True, None

    # --- a smallest real charge ---------------------------------------------------------------------------------------

    def probe(self, provider: str) -> AsyncIterator[Probe]:
        return going_on(self._probe(provider), self._services.spawn, "probe")

    async def _probe(self, provider: str) -> AsyncGenerator[Probe, None]:
        self._visit.check()
        bank = self._banks.find(provider)
        if bank is None:
            raise MaintenanceRefused(Reason.NOT_FOUND, f"no bank {provider}")
        sale_id = new_sale_id(self._settings.kiosk_id, self._clock.now(), self._random)
        request = ChargeRequest(
            new_txid(self._settings.kiosk_id, self._random),
            _SMALLEST.price,
            self._settings.life_s,
            self._settings.message,
        )
        await self._visit.begin("probe", sale_id, request.txid, provider=provider)
        await self._payments.begin(sale_id, Basket().with_quantity(_SMALLEST, 1), "pt", steps.PROBE)
        await self._payments.intend(sale_id, bank.name, request)

        def told(stage: ProbeStage, trouble: Trouble | None = None) -> Probe:
            return Probe(stage, request.amount, request.txid, sale_id, trouble)

        yield told(ProbeStage.MAKING)
        failure = await self._make(bank, sale_id, request)
        if failure is not None:
            yield told(ProbeStage.FAILED, failure)
            return
        yield told(ProbeStage.MADE)
        async for stage in self._until_gone(sale_id, request.txid):
            yield told(stage)

    async def _make(self, bank: Bank, sale_id: str, request: ChargeRequest) -> Trouble | None:
        """Why no charge was made; None where there is one, or may be: it is removed in either case."""
        try:
            charge = await bank.provider.create_charge(request)
        except ProviderError as error:
            log.warning("probe of %s: no charge, code=%s %s", bank.name, error.code, error)
            bank.breaker.failed(error)
            await self._payments.creation_failed(request.txid, error.outcome, error.trouble)
            if error.outcome is Outcome.NOT_SENT:
                await self._payments.give_up_sale(sale_id, error.trouble)
                return error.trouble
        else:
            bank.breaker.succeeded()
            bank.told_time(charge.created_at)
        self._charges.remove_unseen(request.txid, bank)
        return None

    async def _until_gone(self, sale_id: str, txid: str) -> AsyncIterator[ProbeStage]:
        """The poll loop removes it and reads it again; a payment goes back by the refunds' worker."""
        until_s = self._clock.monotonic() + self._settings.limit_s
        last: ProbeStage | None = None
        while self._clock.monotonic() < until_s:
            stage = await self._stage(sale_id, txid)
            if stage is not last:
                last = stage
                yield stage
            if stage in (ProbeStage.REMOVED, ProbeStage.REFUNDED, ProbeStage.LEFT):
                return
            await self._clock.sleep(self._settings.look_s)
        yield ProbeStage.LEFT

    async def _stage(self, sale_id: str, txid: str) -> ProbeStage:
        found = {each.id: each for each in await self._journal.of_sale(sale_id)}
        attempt, sale = found[txid], found[sale_id]
        if attempt.state in ATTEMPT_UNRESOLVED:
            return ProbeStage.REMOVING
        if attempt.state != AttemptState.APPROVED:
            return ProbeStage.REMOVED
        if sale.state == SaleState.COMPENSATED:
            return ProbeStage.REFUNDED
        back = [each.state for each in found.values() if each.machine is Machine.COMPENSATION]
        waits = sale.state == SaleState.NEEDS_ATTENTION or CompensationState.REFUSED in back
        return ProbeStage.LEFT if waits else ProbeStage.REFUNDING
