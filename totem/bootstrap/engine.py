"""The kiosk without its screen: ports joined to services. Used by the kiosk, the demo and the fault tests alike."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from totem.domain.errors import JournalError
from totem.domain.ports import Charge, Clock, Journal, PixPayer, PixProvider, Printer, Random
from totem.domain.records import Note
from totem.services import steps
from totem.services.allocation import LatePolicy
from totem.services.banks import Bank, Banks, BreakerSettings
from totem.services.charges import ChargeMaker, ChargeSettings
from totem.services.checkout import Checkout, CheckoutSettings
from totem.services.payments import PaymentSettings, PixPayments
from totem.services.payouts import PayoutLimits, Payouts
from totem.services.poller import PixPoller, PollSettings
from totem.services.press import TicketPress
from totem.services.print_queue import PrintQueue, QueueSettings
from totem.services.recovery import Recovery
from totem.services.refunds import Refunds, RefundSettings
from totem.services.state import MoneyTold
from totem.services.strays import Strays
from totem.services.sweep import Sweep, SweepSettings

log = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, Any], str], "asyncio.Task[Any]"]

CLOSE_LIMIT_S = 15.0
"""How long closing down may take: a removal at the bank, or the end of a ticket that is printing."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The world as this run reaches it."""

    journal: Journal
    providers: tuple[PixProvider, ...]
    """In the owner's order of preference."""
    printer: Printer
    press: TicketPress
    clock: Clock
    random: Random
    payer: PixPayer | None = None
    """Who sends a Pix back where a refund is impossible; None unless the owner switched it on."""
    load_later: Callable[[], object] | None = None
    """What a ticket needs and a first screen does not. Blocking: call it once, in a thread."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The settings of each service."""

    checkout: CheckoutSettings
    late_payment: LatePolicy = LatePolicy.HONOUR_WHILE_SHOWN
    charges: ChargeSettings = field(default_factory=ChargeSettings)
    polling: PollSettings = field(default_factory=PollSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    refunds: RefundSettings = field(default_factory=RefundSettings)
    sweep: SweepSettings = field(default_factory=SweepSettings)
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    payouts: PayoutLimits = field(default_factory=lambda: PayoutLimits(0, 0))


class Engine:
    """Owns the services of one run. `start` once, then `close` once."""

    def __init__(self, ports: Ports, settings: EngineSettings) -> None:
        self.ports = ports
        self._loops: list[asyncio.Task[Any]] = []
        self._starting: asyncio.Task[Any] | None = None
        journal, clock = ports.journal, ports.clock
        self.banks = Banks(ports.providers, clock, settings.breaker)
        policy = PaymentSettings(settings.checkout.kiosk_id, settings.late_payment)
        self.payments = PixPayments(journal, self.banks, clock, ports.random, policy)
        charges = ChargeMaker(self.banks, self.payments, clock, settings.charges)
        self.checkout = Checkout(
            settings.checkout, journal, ports.printer, self.payments, charges, ports.press, clock, ports.random
        )
        for bank in self.banks:
            bank.poller = self._poller(bank, settings.polling)
        self.queue = PrintQueue(
            journal,
            ports.printer,
            ports.press,
            clock,
            settings.queue,
            self.payments.return_sale,
            self.checkout.on_print_news,
        )
        self.checkout.attach(self.queue)
        self.payouts = self._payouts(settings)
        wanted = self.payments.compensations_wanted
        self.refunds = Refunds(journal, self.banks, clock, settings.refunds, wanted, self.payouts)
        strays = Strays(journal, clock, ports.random, settings.checkout.kiosk_id, wanted)
        self._sweep = Sweep(journal, self.banks, strays, clock, settings.sweep, self.checkout.on_charge)
        self._recovery = Recovery(
            journal, self.banks, self.payments, charges, self.queue, clock, settings.queue.patience_s
        )

    def _payouts(self, settings: EngineSettings) -> Payouts | None:
        ports, kiosk_id = self.ports, settings.checkout.kiosk_id
        if ports.payer is None:
            return None
        return Payouts(ports.journal, ports.payer, ports.clock, ports.random, kiosk_id, settings.payouts)

    def _poller(self, bank: Bank, settings: PollSettings) -> PixPoller:
        checkout = self.checkout
        return PixPoller(
            bank.provider,
            self.ports.clock,
            self.ports.random,
            settings,
            functools.partial(self._heard, bank),
            functools.partial(checkout.on_silence, bank),
            checkout.on_given_up,
        )

    async def _heard(self, bank: Bank, charge: Charge) -> None:
        bank.breaker.succeeded()
        await self.checkout.on_charge(charge)

    async def start(self, spawn: Spawn, version: str) -> None:
        """Run the loops, give every sale that was cut in half its end, and only then let customers pay."""
        self._loops = [
            spawn(self.queue.run(), "print-queue"),
            spawn(self.checkout.watch_screen(), "pix-screen"),
            *(spawn(bank.poller.run(), f"poll-{bank.name}") for bank in self.banks),
        ]
        self._starting = asyncio.current_task()
        try:
            await self._recovery.run(version)
        except JournalError as error:
            log.exception("recovery could not be recorded")
            self.checkout.out_of_service(error.trouble, MoneyTold.NOT_CHARGED)
        else:
            self.checkout.let_customers_pay()
            self._loops += [spawn(self.refunds.run(), "refunds"), spawn(self._sweep.run(), "sweep")]
        finally:
            self._starting = None

    async def close(self, limit_s: float = CLOSE_LIMIT_S) -> None:
        """Close in order: the charge on the screen, the ticket in the printer, then devices and journal."""
        await self.checkout.shut_down(limit_s)
        await self._end_loops()
        try:
            await self.ports.journal.append(Note(steps.STOPPED))
        except JournalError:
            log.exception("the end of the run could not be recorded")
        for provider in self.ports.providers:
            await provider.close()
        if self.ports.payer is not None:
            await self.ports.payer.close()
        await self.ports.printer.close()
        await self.ports.journal.close()

    async def _end_loops(self) -> None:
        """Nobody may ask a bank that is being closed; what is unfinished is recovery's at the next start."""
        tasks = [*self._loops, *([self._starting] if self._starting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
