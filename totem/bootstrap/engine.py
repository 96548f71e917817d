"""The kiosk without its screen: ports joined to services. Used by the kiosk, the demo and the fault tests alike."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from totem.bootstrap.sealing import ReceiptSealer
from totem.domain.cards import CardTerminal
from totem.domain.errors import JournalError
from totem.domain.money import Money
from totem.domain.ports import Charge, Clock, Journal, PixPayer, PixProvider, Printer, Random
from totem.domain.records import Note
from totem.services import card_steps, steps
from totem.services.allocation import LatePolicy
from totem.services.banks import Bank, Banks, BreakerSettings
from totem.services.card_admin import CardAdmin
from totem.services.card_flow import CardFlow, CardFlowSettings, CardServices
from totem.services.card_recovery import CardRecovery
from totem.services.card_refunds import CardRefunds
from totem.services.cards import CardFate, CardPayments, CardPolicy, Sealer
from totem.services.charges import ChargeMaker, ChargeSettings
from totem.services.checkout import Checkout, Flows
from totem.services.closure import Closure
from totem.services.delivery import Delivery
from totem.services.health.board import HealthBoard
from totem.services.health.gathering import Gathering, GatheringSettings, Services, Sights
from totem.services.late_words import LateWords
from totem.services.outage import Outage
from totem.services.payments import PaymentSettings, PixPayments
from totem.services.payouts import PIX_OUT, PayoutLimits, Payouts
from totem.services.pix_flow import PixFlow, PixFlowSettings
from totem.services.poller import PixPoller, PollSettings
from totem.services.press import TicketPress
from totem.services.print_queue import PrintQueue, QueueSettings, Station
from totem.services.recovery import Recovery
from totem.services.refunds import Carrier, Refunds, RefundSettings
from totem.services.returns import Returns
from totem.services.screen import Screen
from totem.services.settlements import Settlements, SettlementSettings
from totem.services.state import Method, MoneyTold, Offer
from totem.services.strays import Strays
from totem.services.sweep import Sweep, SweepSettings
from totem.services.terminal_watch import TerminalWatch
from totem.services.terminals import Terminals, pix_offer

log = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, Any], str], "asyncio.Task[Any]"]

CLOSE_LIMIT_S = 15.0
"""How long closing down may take: a removal at the bank, or the end of a ticket that is printing."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The world as this run reaches it."""

    journal: Journal
    providers: tuple[PixProvider, ...]
    """In the owner's order of preference; none where Pix is not offered."""
    printer: Printer
    press: TicketPress
    clock: Clock
    random: Random
    payer: PixPayer | None = None
    """Who sends a Pix back where a refund is impossible; None unless the owner switched it on."""
    spares: tuple[Station, ...] = ()
    """Printers that take a ticket which the main one cannot, in order."""
    terminals: tuple[CardTerminal, ...] = ()
    """In the owner's order of preference."""
    sealer: Sealer = field(default_factory=ReceiptSealer.for_this_run)
    driver: str = ""
    place: str = ""
    """How and where the main printer is reached, as in `Station`."""
    sights: Sights = field(default_factory=Sights)
    """What is looked at beside the services: the machine, certificates, a bank's answer."""
    load_later: Callable[[], object] | None = None
    """What a ticket needs and a first screen does not. Blocking: call it once, in a thread."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The settings of each service."""

    pix: PixFlowSettings
    late_payment: LatePolicy = LatePolicy.HONOUR_WHILE_SHOWN
    charges: ChargeSettings = field(default_factory=ChargeSettings)
    polling: PollSettings = field(default_factory=PollSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    refunds: RefundSettings = field(default_factory=RefundSettings)
    sweep: SweepSettings = field(default_factory=SweepSettings)
    breaker: BreakerSettings = field(default_factory=BreakerSettings)
    payouts: PayoutLimits = field(default_factory=lambda: PayoutLimits(0, 0))
    ticket_unknown: CardFate = CardFate.UNDO
    ticket_failed: CardFate = CardFate.UNDO
    card_methods: tuple[Method, ...] = (Method.CREDIT, Method.DEBIT, Method.CARD)
    """Which of them the owner takes, in the order of the screen."""
    card: CardFlowSettings = field(default_factory=CardFlowSettings)
    settlements: SettlementSettings = field(default_factory=SettlementSettings)
    health: GatheringSettings = field(default_factory=GatheringSettings)


class Engine:
    """Owns the services of one run. `start` once, then `close` once."""

    def __init__(self, ports: Ports, settings: EngineSettings) -> None:
        self.ports = ports
        self._settings = settings
        self._loops: list[asyncio.Task[Any]] = []
        self._starting: asyncio.Task[Any] | None = None
        kiosk_id, journal, clock, random = settings.pix.kiosk_id, ports.journal, ports.clock, ports.random
        lock = asyncio.Lock()
        self.banks = Banks(ports.providers, clock, settings.breaker)
        self.terminals = Terminals(ports.terminals, settings.card_methods)
        policy = PaymentSettings(kiosk_id, settings.late_payment)
        self.payments = PixPayments(journal, self.banks, clock, random, policy, lock)
        wanted = self.payments.compensations_wanted
        card_policy = CardPolicy(kiosk_id, settings.ticket_unknown, settings.ticket_failed)
        self.cards = CardPayments(journal, self.terminals, clock, random, card_policy, ports.sealer, lock, wanted)
        self.settlements = Settlements(journal, self.terminals, self.cards, clock, settings.settlements)
        self._late = LateWords(journal, ports.terminals, self.cards, self.settlements, clock)
        self.card_admin = CardAdmin(kiosk_id, journal, self.settlements, clock, random)
        self.returns = Returns(self.payments, self.cards)
        self.charges = ChargeMaker(self.banks, self.payments, clock, settings.charges)
        self._screen = Screen()
        self._outage = Outage(self._screen, ports.press)
        delivery = Delivery(journal, self._screen, ports.press, self.cards, self._outage, clock)
        self._pix = PixFlow(
            settings.pix, self._screen, self.payments, self.charges, delivery.begin, self._outage, clock, random
        )
        self.checkout = self._checkout(delivery)
        for bank in self.banks:
            bank.poller = self._poller(bank, settings.polling)
        stations = (Station(ports.printer, ports.press, ports.driver, ports.place), *ports.spares)
        self.queue = PrintQueue(journal, stations, clock, settings.queue, self.returns.undelivered, delivery.on_news)
        delivery.attach(self.queue)
        self.closure = Closure(journal, self._screen, self.queue)
        self.payouts = self._payouts(settings)
        self.refunds = Refunds(journal, self.banks, clock, settings.refunds, wanted, self._carriers())
        strays = Strays(journal, clock, random, kiosk_id, wanted)
        self._sweep = Sweep(journal, self.banks, strays, clock, settings.sweep, self._pix.on_charge)
        self._recovery = Recovery(
            journal,
            self.banks,
            self.payments,
            self.charges,
            self.queue,
            self.returns.undelivered,
            clock,
            settings.queue.patience_s,
        )

        self._card_recovery = CardRecovery(journal, self.terminals, self.cards, self.settlements)
        self.board = HealthBoard(clock)
        self._gathering = Gathering(
            self.board,
            Services(journal, self.banks, self.terminals, stations, lambda: self.checkout.state),
            ports.sights,
            clock,
            settings.health,
        )

    def _checkout(self, delivery: Delivery) -> Checkout:
        ports, settings = self.ports, self._settings
        services = CardServices(self.cards, self.terminals, self.settlements, self._offers, self._late)
        card = CardFlow(
            settings.pix.kiosk_id,
            settings.card,
            self._screen,
            services,
            delivery.begin,
            self._outage,
            ports.clock,
            ports.random,
        )
        flows = Flows(self._pix, card, delivery, self.payments, self.cards, self._offers)
        kiosk_id = settings.pix.kiosk_id
        return Checkout(kiosk_id, ports.journal, self._screen, self._outage, flows, ports.clock, ports.random)

    def _offers(self, amount: Money) -> tuple[Offer, ...]:
        pix = (pix_offer(amount),) if self.ports.providers else ()
        return (*pix, *self.terminals.offers(amount))

    def _carriers(self) -> dict[str, Carrier]:
        ports, kiosk_id = self.ports, self._settings.pix.kiosk_id
        carriers: dict[str, Carrier] = {
            card_steps.CARD: CardRefunds(kiosk_id, ports.journal, self.terminals, ports.clock, ports.random)
        }
        if self.payouts is not None:
            carriers[PIX_OUT] = self.payouts
        return carriers

    def _payouts(self, settings: EngineSettings) -> Payouts | None:
        ports, kiosk_id = self.ports, settings.pix.kiosk_id
        if ports.payer is None:
            return None
        return Payouts(ports.journal, ports.payer, ports.clock, ports.random, kiosk_id, settings.payouts)

    def _poller(self, bank: Bank, settings: PollSettings) -> PixPoller:
        return PixPoller(
            bank.provider,
            self.ports.clock,
            self.ports.random,
            settings,
            functools.partial(self._heard, bank),
            functools.partial(self._pix.on_silence, bank),
            self._pix.on_given_up,
        )

    async def _heard(self, bank: Bank, charge: Charge) -> None:
        bank.breaker.succeeded()
        await self._pix.on_charge(charge)

    async def start(self, spawn: Spawn, version: str) -> None:
        """Run the loops, give every sale that was cut in half its end, and only then let customers pay."""
        self._loops = [
            spawn(self.queue.run(), "print-queue"),
            spawn(self.checkout.watch_screen(), "screen-times"),
            *(spawn(bank.poller.run(), f"poll-{bank.name}") for bank in self.banks),
            spawn(self._gathering.run(), "health"),
            spawn(self._gathering.watch_printers(), "printer-watch"),
            spawn(self._gathering.watch_the_machine(), "machine-watch"),
        ]
        self._starting = asyncio.current_task()
        try:
            await self.closure.recall()
            await self._recovery.run(version)
            await self._card_recovery.run()
        except JournalError as error:
            log.exception("recovery could not be recorded")
            self._outage.declare(error.trouble, MoneyTold.NOT_CHARGED)
        else:
            self.checkout.let_customers_pay()
            self._loops += [
                spawn(self.refunds.run(), "refunds"),
                spawn(self.settlements.run(), "settlements"),
                spawn(self._late.run(), "late-words"),
                spawn(TerminalWatch(self.ports.journal, self.terminals, self.ports.clock).run(), "terminals"),
                spawn(self._sweep.run(), "sweep"),
            ]
        finally:
            self._starting = None

    async def close(self, limit_s: float = CLOSE_LIMIT_S) -> None:
        """Close in order: the sale on the screen, the ticket in the printer, its card, then devices and journal."""
        await self.checkout.shut_down(limit_s)
        await self._settle_last(limit_s)
        await self._end_loops()
        await self.board.close()
        try:
            await self.ports.journal.append(Note(steps.STOPPED))
        except JournalError:
            log.exception("the end of the run could not be recorded")
        for provider in self.ports.providers:
            await provider.close()
        for terminal in self.ports.terminals:
            await terminal.close()
        if self.ports.payer is not None:
            await self.ports.payer.close()
        for printer in (self.ports.printer, *(spare.printer for spare in self.ports.spares)):
            await printer.close()
        await self.ports.journal.close()

    async def _settle_last(self, limit_s: float) -> None:
        """A card that was decided a moment ago is acknowledged before the terminal is closed, if it answers."""
        if not self.ports.terminals or self._outage.declared:
            return
        try:
            async with asyncio.timeout(limit_s):
                await self.settlements.advance()
        except (TimeoutError, JournalError):
            log.warning("a card is not settled yet; recovery takes it up at the next start")

    async def _end_loops(self) -> None:
        """Nobody may ask a bank that is being closed; what is unfinished is recovery's at the next start."""
        tasks = [*self._loops, *([self._starting] if self._starting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
