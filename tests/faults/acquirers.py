"""Card acquirers that outlive the kiosks of a story: PayGo, a Smart POS and GoPag, each with books of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from hardware.sim.paygo.faults import Fault as PaygoFault
from hardware.sim.paygo.settings import PaygoSettings
from hardware.sim.paygo.simulator import SimulatedPaygo
from hardware.sim.smart_pos.faults import FaultName as PosFault
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from hardware.sim.smart_pos.store import PosStatus
from providers.gopag.settings import GopagPatience, GopagSettings
from providers.http.client import Timeouts
from providers.sim.ca import CertificateSet
from providers.sim.gopag import GopagSimulator
from providers.sim.gopag_faults import GopagFault
from providers.sim.gopag_ledger import Customer
from tests.faults.terminals_at import GopagAt, SmartPosAt, TefAt, TerminalAt

SECRET: Final = "um-segredo-de-exemplo-bem-longo-"
QUICK: Final = GopagPatience(
    poll_s=0.005, lock_s=0.2, margin_s=0.2, absence_s=0.3, search_s=0.2, second_look_s=0.01, calls_per_minute=60_000
)
"""GoPag's own times are minutes. What was sent before a death is carried out at once here, so that little is enough."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One sale as the acquirer has it."""

    state: str
    """`pending` (a word is awaited), `confirmed`, `undone`, `approved`, `refunded`; by any other, nothing was taken."""
    amount_cents: int


class Acquirer(Protocol):
    @property
    def at(self) -> TerminalAt: ...

    async def rest(self) -> None:
        """Until what a dead kiosk sent is carried out; nothing befalls the lives after."""
        ...

    def sales(self) -> list[Taken]: ...


NewAcquirer = Callable[[Path, CertificateSet | None], AbstractAsyncContextManager[Acquirer]]


class _Paygo:
    def __init__(self, paygo: SimulatedPaygo) -> None:
        self._paygo = paygo
        self.at = TefAt(paygo.port)

    async def rest(self) -> None:
        await self._paygo.until(lambda: self._paygo.is_idle)
        self._paygo.clear_faults()

    def sales(self) -> list[Taken]:
        sales = [each for each in self._paygo.transactions() if each.operation == "sale"]
        return [Taken(each.state.value, each.amount_cents) for each in sales]


def paygo(fault: PaygoFault | None = None) -> NewAcquirer:
    @asynccontextmanager
    async def new(folder: Path, _: CertificateSet | None) -> AsyncIterator[Acquirer]:
        simulator = SimulatedPaygo(PaygoSettings(), folder / "acquirer.jsonl")
        await simulator.start()
        if fault is not None:
            simulator.script(fault)
        yield _Paygo(simulator)
        await simulator.close()

    return new


class _SmartPos:
    def __init__(self, pos: SimulatedSmartPos) -> None:
        self._pos = pos
        self.at = SmartPosAt(pos.port, SECRET)

    async def rest(self) -> None:
        going_on = PosStatus.PROCESSING
        await self._pos.until(lambda: not self._pos.is_linked)
        await self._pos.until(lambda: all(each.status is not going_on for each in self._pos.transactions()))
        self._pos.clear_faults()

    def sales(self) -> list[Taken]:
        known = self._pos.transactions()
        refunded = {each.original for each in known if each.original and each.status is PosStatus.APPROVED}
        return [
            Taken("refunded" if each.id in refunded else each.status.value, each.taken_cents)
            for each in known
            if not each.original
        ]


def smart_pos(fault: PosFault | None = None) -> NewAcquirer:
    @asynccontextmanager
    async def new(folder: Path, _: CertificateSet | None) -> AsyncIterator[Acquirer]:
        pos = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET), folder / "pos.jsonl")
        # A store younger than the sale could have forgotten it, and its "not found" would prove nothing.
        pos.store.renew(datetime.now(UTC) - timedelta(hours=1))
        await pos.start()
        if fault is not None:
            pos.script(fault)
        yield _SmartPos(pos)
        await pos.close()

    return new


class _Gopag:
    def __init__(self, simulator: GopagSimulator, made: CertificateSet) -> None:
        self._simulator = simulator
        self.at = GopagAt(
            GopagSettings(
                token=simulator.settings.access_token,
                marketplace=simulator.settings.marketplace,
                seller=simulator.settings.seller,
                terminal=simulator.settings.terminals[0].id,
                certificate=made.client.cert,
                key=made.client.key,
                ca=made.ca,
                base_url=simulator.base_url,
                can_void=True,
                timeouts=Timeouts(),
                patience=QUICK,
                public_roots=False,
            )
        )

    async def rest(self) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            await asyncio.gather(*tuple(self._simulator._wire._tasks), return_exceptions=True)
        self._simulator.clear_faults()

    def sales(self) -> list[Taken]:
        return [
            Taken(_GOPAG.get(str(each["status"]), "") if not each["voided_cents"] else "refunded", each["amount_cents"])
            for each in self._simulator.ledger()["transactions"]
        ]


_GOPAG: Final = {"succeeded": "approved", "pending": "pending"}


def gopag(*faults: GopagFault) -> NewAcquirer:
    @asynccontextmanager
    async def new(_: Path, made: CertificateSet | None) -> AsyncIterator[Acquirer]:
        assert made is not None
        simulator = GopagSimulator(made, rng=random.Random(5))
        await simulator.start()
        simulator.set_customer(Customer.APPROVES)
        simulator.set_faults(faults)
        yield _Gopag(simulator, made)
        await simulator.stop()

    return new
