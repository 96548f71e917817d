"""Every card terminal before its simulator, told in one way: what the shared contract needs of each."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from hardware.sim.paygo.faults import Fault as PaygoFault
from hardware.sim.paygo.faults import FaultName as PaygoFaultName
from hardware.sim.smart_pos.faults import Fault as PosFault
from hardware.sim.smart_pos.faults import FaultName as PosFaultName
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from hardware.sim.smart_pos.store import PosStatus
from hardware.terminal.smart_pos.settings import SmartPosSettings
from hardware.terminal.smart_pos.terminal import open_smart_pos
from providers.adiq.requests import CaptureType
from providers.gopag.settings import GopagPatience, GopagSettings
from providers.gopag.terminal import open_gopag
from providers.http.client import Timeouts
from providers.sim import adiq_cards, sisp_cards
from providers.sim.adiq_faults import Kind as AdiqKind
from providers.sim.adiq_faults import Operation as AdiqOperation
from providers.sim.ca import CertificateSet
from providers.sim.gopag import GopagSimulator
from providers.sim.gopag_faults import GopagFault, Kind, Operation
from providers.sim.gopag_ledger import Customer
from providers.sim.sisp_faults import Kind as SispKind
from tests.support.adiq_rig import HOLDER, SECURITY_CODE, adiq_of
from tests.support.tef_rig import rig_of
from tests.support.vinti4_rig import SALE as VINTI4_SALE
from tests.support.vinti4_rig import vinti4_world
from tests.unit.smart_pos_rig import LIMITS, SECRET
from totem.domain.cards import CardKind, CardSale, CardTerminal
from totem.domain.money import Money
from totem.services.clock import SystemClock

SALE = CardSale("6LOJA01A7K2M9Q4", 4711, Money(15001), CardKind.CREDIT, reference="A7K2")

Act = Callable[[], Awaitable[None]]
FAST = replace(LIMITS, poll_s=0.2, answer_s=0.5, lost_s=2.0)


@dataclass(frozen=True, slots=True)
class TerminalRig:
    """`taken` are the cents that the acquirer holds or has confirmed; the acts arm what befalls the next sale."""

    terminal: CardTerminal
    taken: Callable[[], list[int]]
    decline: Act
    differ: Act
    """The next approval is for another amount."""
    lose_answer: Act
    """The next approval's answer is lost on its way."""
    go_down: Act
    secrets: tuple[str, ...]
    """What the simulator knows of card and shop and must come out nowhere."""
    sale: CardSale = SALE
    """What this terminal can be asked for."""


NewRig = Callable[[Path, CertificateSet], AbstractAsyncContextManager[TerminalRig]]


def _now(act: Callable[[], object]) -> Act:
    async def do() -> None:
        act()

    return do


def _tef(door: str) -> NewRig:
    @asynccontextmanager
    async def rig(folder: Path, _: CertificateSet) -> AsyncIterator[TerminalRig]:
        async with rig_of(door, folder) as made:
            paygo = made.paygo
            # A folder has no connection that could break, and a socket that brings garbage ends by nobody's limit.
            lost = PaygoFaultName.RESET if door == "socket" else PaygoFaultName.GARBAGE

            def taken() -> list[int]:
                standing = ("pending", "confirmed")
                sales = [each for each in paygo.transactions() if each.operation == "sale"]
                return [each.amount_cents for each in sales if each.state in standing]

            async def down() -> None:
                await paygo.set_down(True)

            yield TerminalRig(
                made.terminal,
                taken,
                _now(lambda: paygo.script(PaygoFaultName.DENIED)),
                _now(lambda: paygo.script(PaygoFaultName.AMOUNT_DIFFERS)),
                _now(lambda: paygo.script(PaygoFault(lost))),
                down,
                ("4111111111111111", "CLIENTE TESTE"),
            )

    return rig


@asynccontextmanager
async def smart_pos(_: Path, __: CertificateSet) -> AsyncIterator[TerminalRig]:
    pos = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET))
    await pos.start()
    settings = SmartPosSettings(port=pos.port, secret=SECRET, kiosk="LOJA01", limits=FAST)
    terminal = open_smart_pos(settings, SystemClock(), random.Random(3))

    def taken() -> list[int]:
        refunded = {each.original for each in pos.transactions() if each.status is PosStatus.APPROVED}
        sales = [each for each in pos.transactions() if not each.original and each.id not in refunded]
        return [each.taken_cents for each in sales if each.status is PosStatus.APPROVED]

    async def down() -> None:
        await pos.set_down(True)

    try:
        yield TerminalRig(
            terminal,
            taken,
            _now(lambda: pos.script(PosFaultName.DECLINED)),
            _now(lambda: pos.script(PosFaultName.AMOUNT_DIFFERS)),
            _now(lambda: pos.script(PosFault(PosFaultName.LINK_LOST_AFTER_APPROVAL))),
            down,
            (SECRET,),
        )
    finally:
        await terminal.close()
        await pos.close()


@asynccontextmanager
async def gopag(_: Path, made: CertificateSet) -> AsyncIterator[TerminalRig]:
    reader = GopagSimulator(made, rng=random.Random(5))
    await reader.start()
    reader.set_customer(Customer.APPROVES)
    settings = GopagSettings(
        token=reader.settings.access_token,
        marketplace=reader.settings.marketplace,
        seller=reader.settings.seller,
        terminal=reader.settings.terminals[0].id,
        certificate=made.client.cert,
        key=made.client.key,
        ca=made.ca,
        base_url=reader.base_url,
        can_void=True,
        timeouts=Timeouts(read_s=1.0, total_s=3.0),
        patience=GopagPatience(poll_s=0.05, search_s=3.0, second_look_s=0.1, calls_per_minute=6000),
        public_roots=False,
    )
    terminal = await open_gopag(settings, SystemClock())

    def befall(operation: Operation, kind: Kind, **more: Any) -> Act:
        return _now(lambda: reader.set_faults([GopagFault(operation, kind, **more)]))

    def taken() -> list[int]:
        books = reader.ledger()["transactions"]
        kept = [each for each in books if each["status"] == "succeeded" and not each["voided_cents"]]
        return [int(each["amount_cents"]) for each in kept]

    async def down() -> None:
        await reader.set_down(True)

    try:
        yield TerminalRig(
            terminal,
            taken,
            befall(Operation.CREATE, Kind.DECLINED),
            befall(Operation.CREATE, Kind.AMOUNT_DIFFERS, cents=100),
            befall(Operation.CREATE, Kind.ANSWER_LOST),
            down,
            (reader.settings.access_token,),
        )
    finally:
        await terminal.close()
        await reader.stop()


def _adiq(capture: CaptureType) -> NewRig:
    @asynccontextmanager
    async def rig(_: Path, made: CertificateSet) -> AsyncIterator[TerminalRig]:
        async with adiq_of(made, capture=capture) as world:

            async def down() -> None:
                await world.sim.set_down(True)

            yield TerminalRig(
                world.typed,
                world.taken,
                _now(lambda: world.befall(AdiqOperation.CREATE, AdiqKind.DECLINED)),
                _now(lambda: world.befall(AdiqOperation.CREATE, AdiqKind.AMOUNT_DIFFERS, cents=100)),
                _now(lambda: world.befall(AdiqOperation.CREATE, AdiqKind.ANSWER_LOST)),
                down,
                (world.settings.client_secret, adiq_cards.APPROVED, f'"{SECURITY_CODE}"', HOLDER),
            )

    return rig


@asynccontextmanager
async def vinti4(_: Path, made: CertificateSet) -> AsyncIterator[TerminalRig]:
    async with vinti4_world(made) as world:

        async def down() -> None:
            await world.sisp.set_down(True)

        yield TerminalRig(
            cast("CardTerminal", world.terminal),
            world.taken,
            _now(lambda: world.fault(SispKind.DECLINED)),
            _now(lambda: world.fault(SispKind.AMOUNT_DIFFERS)),
            _now(lambda: world.fault(SispKind.ANSWER_LOST)),
            down,
            (world.settings.pos_auth_code, world.settings.portal_password, sisp_cards.APPROVED),
            VINTI4_SALE,
        )


RIGS: dict[str, NewRig] = {
    "tef-folder": _tef("folder"),
    "tef-socket": _tef("socket"),
    "tef-bridge": _tef("bridge"),
    "smartpos": smart_pos,
    "gopag": gopag,
    "vinti4": vinti4,
    "adiq": _adiq(CaptureType.AUTOMATIC),
    "adiq-pre-authorised": _adiq(CaptureType.AFTER_TICKET),
}
