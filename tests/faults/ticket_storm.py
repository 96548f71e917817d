"""What befalls the tickets of a shop: power cuts, cables, paper, covers, refunds, restarts, at any byte of a job."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from hardware.sim.printer import SimulatedPrinter
from tests.faults.ticket_shop import TicketShop
from totem.domain.errors import StaleState, Trouble
from totem.domain.machine import Machine, TicketState
from totem.domain.records import Note
from totem.services.print_queue import Asker

Act = Callable[[SimulatedPrinter], None]

BLOWS: Final[dict[str, tuple[Act, Act]]] = {
    "power_cut": (lambda printer: printer.power_cut(), lambda _: None),
    "power_off": (lambda printer: printer.power(on=False), lambda printer: printer.power(on=True)),
    "unplug": (lambda printer: printer.unplug(True), lambda printer: printer.unplug(False)),
    "stall": (lambda printer: printer.stall(True), lambda printer: printer.stall(False)),
    "paper": (lambda printer: printer.set_paper(False), lambda printer: printer.set_paper(True)),
    "cover": (lambda printer: printer.open_cover(True), lambda printer: printer.open_cover(False)),
    "cutter": (lambda printer: printer.cutter_error(True), lambda printer: printer.cutter_error(False)),
    "hot": (lambda printer: printer.overheat(True), lambda printer: printer.overheat(False)),
    "silent": (lambda printer: printer.mute(True), lambda printer: printer.mute(False)),
    "rubbish": (lambda printer: printer.garble(3), lambda printer: printer.garble(0)),
}
"""How each begins, and how somebody mends it."""


@dataclass
class Storm:
    """Throws the dice for one shop: `tickets` sales, every second of which is struck in some way."""

    shop: TicketShop
    tickets: int
    dice: random.Random
    struck: set[str] = field(default_factory=set)
    """Sales in whose print job something happened, or that were given back meanwhile."""
    blows: Counter[str] = field(default_factory=Counter)
    _ticket_bytes: int = 1
    _now: set[str] = field(default_factory=set)
    _dies: asyncio.Event = field(default_factory=asyncio.Event)
    _mending: list[tuple[asyncio.TimerHandle, Callable[[], None]]] = field(default_factory=list)

    async def run(self) -> None:
        shop = self.shop
        await shop.open()
        await shop.sell()
        # A machine under load may take the main one for dead, and print on the spare.
        self._ticket_bytes = max(shop.main.received_bytes, shop.spare.received_bytes)
        struck = [number % 2 == 0 for number in range(self.tickets)]
        self.dice.shuffle(struck)
        for is_struck in struck:
            await self._customer(is_struck)
        await self._end()

    async def _end(self) -> None:
        """All is mended, and a last start gives every cut job its end."""
        for printer in (self.shop.main, self.shop.spare):
            printer.at_byte(10**9, lambda: None)
        self._mend_all()
        await self._restart()
        await self.shop.queue.wait_quiet()
        await self.shop.engine.refunds.wait_quiet()
        await self.shop.close()

    async def _customer(self, is_struck: bool) -> None:
        shop = self.shop
        blow = self.dice.choice([*BLOWS, "refund", "dies", "dies_stalled"]) if is_struck else ""
        sale_ids = [await shop.pay()]
        if self.dice.random() < 0.1:
            sale_ids.append(await shop.pay())
        self._now = set(sale_ids)
        if blow:
            self._prepare(blow, sale_ids[0])
        for sale_id in sale_ids:
            shop.queue.add(sale_id)
        if blow == "refund":
            self.blows[blow] += 1
            self.struck.add(sale_ids[0])
            await self._refund(sale_ids[0])
        await self._until_over(sale_ids)
        for sale_id in sale_ids:
            await self._in_doubt(sale_id)
        await self._afterwards(sale_ids[0])

    async def _until_over(self, sale_ids: list[str]) -> None:
        """Until the jobs ended, or the kiosk died: then until the next one brought them to an end."""
        over = asyncio.create_task(self._ends_of(sale_ids))
        dies = asyncio.create_task(self._died())
        await asyncio.wait({over, dies}, return_when=asyncio.FIRST_COMPLETED)
        died = self._dies.is_set()
        for each in (over, dies):
            each.cancel()
        await asyncio.gather(over, dies, return_exceptions=True)
        if died or self.dice.random() < 0.02:
            self._dies.clear()
            await self._restart()
            await self.shop.queue.wait_quiet()
            self._mend_all()

    async def _ends_of(self, sale_ids: list[str]) -> None:
        for sale_id in sale_ids:
            await self.shop.queue.end_of(sale_id)

    async def _died(self) -> None:
        await self._dies.wait()

    async def _restart(self) -> None:
        await self.shop.close()
        await self.shop.open()

    # --- what goes wrong --------------------------------------------------------------------------------------------

    def _prepare(self, blow: str, sale_id: str) -> None:
        """Something happens at a byte of the job, to the printer that gets it."""
        at = self._any_byte()
        printer = self.shop.spare if self.dice.random() < 0.1 else self.shop.main
        if printer is self.shop.spare:
            self._strike(self.shop.main, self.dice.choice(["power_off", "unplug", "paper", "cover"]))
        for each in (self.shop.main, self.shop.spare):
            each.mechanism.dots_per_s = self.dice.choice([0.0, 0.0, 20_000.0, 5_000.0])
        if blow == "refund":
            self._trap(printer, at, lambda: self._refund_soon(sale_id))
        elif blow.startswith("dies"):
            self._trap(printer, at, lambda: self._die(printer, stalled=blow == "dies_stalled"))
        else:
            self._trap(printer, at, lambda: self._strike(printer, blow))

    def _any_byte(self) -> int:
        """Of a job, the last included."""
        return self.dice.randint(1, self._ticket_bytes)

    def _trap(self, printer: SimulatedPrinter, at: int, act: Callable[[], None]) -> None:
        def spring() -> None:
            self.struck |= self._now
            act()

        printer.at_byte(at, spring)

    def _strike(self, printer: SimulatedPrinter, blow: str) -> None:
        """It is mended soon, sometimes after everybody's patience, and at the latest when the customer is over."""
        self.blows[blow] += 1
        begin, mend = BLOWS[blow]
        begin(printer)
        after_s = self.dice.choice([0.0, 0.05, 0.15, 0.4, 1.0])
        handle = asyncio.get_running_loop().call_later(after_s, mend, printer)
        self._mending.append((handle, lambda: mend(printer)))

    def _mend_all(self) -> None:
        for handle, mend in self._mending:
            handle.cancel()
            mend()
        self._mending.clear()

    def _die(self, printer: SimulatedPrinter, *, stalled: bool) -> None:
        self.blows["dies"] += 1
        if stalled:
            # What the dead kiosk had sent and the printer had not read is lost.
            self._strike(printer, "stall")
        self._dies.set()

    # --- what people do ---------------------------------------------------------------------------------------------

    async def _in_doubt(self, sale_id: str) -> None:
        """A customer whose ticket is in doubt may want it once more, while the printer still has its moods."""
        shop = self.shop
        if self.dice.random() < 0.3:
            return
        for printer in (shop.main, shop.spare):
            if self.dice.random() < 0.3:
                blow = self.dice.choice(list(BLOWS))
                self._trap(printer, self._any_byte(), partial(self._strike, printer, blow))
            else:
                self._mend_all()
        await shop.queue.reprint(sale_id, Asker.CUSTOMER)
        await shop.queue.wait_quiet()

    def _refund_soon(self, sale_id: str) -> None:
        self.shop.spawn(self._refund(sale_id))

    async def _refund(self, sale_id: str) -> None:
        """As the money's side does it, at any moment of the job."""
        for _ in range(self.dice.randrange(12)):
            await asyncio.sleep(0)
        # Refused by the journal as a whole: the first byte went out between reading and writing.
        with suppress(StaleState):
            await self.shop.payments.return_sale(sale_id, Trouble.REFUND_ASKED)

    async def _afterwards(self, sale_id: str) -> None:
        """A technician comes by: a copy of a ticket, a refund of one that nobody knows."""
        shop = self.shop
        await shop.queue.wait_quiet()
        if self.dice.random() < 0.05:
            await shop.queue.reprint(sale_id, Asker.TECHNICIAN)
            await shop.queue.wait_quiet()
        if self.dice.random() < 0.1:
            for ticket in (await shop.journal.find(Machine.TICKET, TicketState.UNKNOWN))[-1:]:
                await shop.journal.append(Note("technician.refund", ticket.sale_id, data={"reason": "lab"}))
                await shop.payments.return_sale(ticket.sale_id, Trouble.REFUND_ASKED, delivered=True)
        self._mend_all()
