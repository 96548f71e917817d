"""The kiosk without its screen: ports joined to services. Used by the kiosk, the demo and the fault tests alike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from totem.domain.errors import JournalError
from totem.domain.ports import Clock, Journal, PixProvider, Printer, Random
from totem.domain.records import Note
from totem.services import steps
from totem.services.charges import ChargeMaker, ChargeSettings
from totem.services.checkout import Checkout, CheckoutSettings
from totem.services.payments import PixPayments
from totem.services.poller import PixPoller, PollSettings
from totem.services.press import TicketPress
from totem.services.print_queue import PrintQueue, QueueSettings
from totem.services.recovery import Recovery
from totem.services.state import MoneyTold

log = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, Any], str], "asyncio.Task[Any]"]

CLOSE_LIMIT_S = 15.0
"""How long closing down may take: a removal at the bank, or the end of a ticket that is printing."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The world as this run reaches it."""

    journal: Journal
    provider: PixProvider
    printer: Printer
    press: TicketPress
    clock: Clock
    random: Random
    load_later: Callable[[], object] | None = None
    """What a ticket needs and a first screen does not. Blocking: call it once, in a thread."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The settings of each service."""

    checkout: CheckoutSettings
    charges: ChargeSettings = field(default_factory=ChargeSettings)
    polling: PollSettings = field(default_factory=PollSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)


class Engine:
    """Owns the services of one run. `start` once, then `close` once."""

    def __init__(self, ports: Ports, settings: EngineSettings) -> None:
        self.ports = ports
        self._loops: list[asyncio.Task[Any]] = []
        self._starting: asyncio.Task[Any] | None = None
        payments = PixPayments(ports.journal, ports.provider, ports.clock)
        charges = ChargeMaker(ports.provider, payments, ports.clock, settings.charges)
        self.checkout = Checkout(
            settings.checkout,
            ports.journal,
            ports.printer,
            payments,
            charges,
            ports.press,
            ports.clock,
            ports.random,
        )
        self.poller = PixPoller(
            ports.provider,
            ports.clock,
            ports.random,
            settings.polling,
            self.checkout.on_charge,
            self.checkout.on_silence,
            self.checkout.on_given_up,
        )
        self.queue = PrintQueue(
            ports.journal, ports.printer, ports.press, ports.clock, settings.queue, self.checkout.on_print_news
        )
        self.checkout.attach(self.poller, self.queue)
        self._recovery = Recovery(
            ports.journal,
            ports.provider,
            payments,
            charges,
            self.poller,
            self.queue,
            ports.clock,
            settings.queue.patience_s,
        )

    async def start(self, spawn: Spawn, version: str) -> None:
        """Run the loops, give every sale that was cut in half its end, and only then let customers pay."""
        self._loops = [
            spawn(self.queue.run(), "print-queue"),
            spawn(self.poller.run(), "pix-poller"),
            spawn(self.checkout.watch_screen(), "pix-screen"),
        ]
        self._starting = asyncio.current_task()
        try:
            await self._recovery.run(version)
        except JournalError as error:
            log.exception("recovery could not be recorded")
            self.checkout.out_of_service(error.trouble, MoneyTold.NOT_CHARGED)
        else:
            self.checkout.let_customers_pay()
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
        await self.ports.provider.close()
        await self.ports.printer.close()
        await self.ports.journal.close()

    async def _end_loops(self) -> None:
        """Nobody may ask a bank that is being closed; what is unfinished is recovery's at the next start."""
        tasks = [*self._loops, *([self._starting] if self._starting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
