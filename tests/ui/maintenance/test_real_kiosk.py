"""The whole kiosk on the simulators, with a technician at its screen: the real services behind the real touches."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from providers.sim.ca import LEAF_DAYS
from providers.sim.control import ControlClient
from tests.ui.maintenance.bench import Bench
from tests.ui.studio import Studio
from totem.bootstrap import kiosk
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.example import write_configuration
from totem.bootstrap.maintenance.wiring import pin_file
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.bootstrap.stage import JumpingClock
from totem.bootstrap.tuning import Tuning
from totem.config.loader import Configuration, load
from totem.domain.catalogue import Basket
from totem.domain.ports import Clock
from totem.runtime import Runtime
from totem.services.maintenance.pin import PinLock
from totem.services.state import Method, PaymentChoice, Stage
from totem.ui.maintenance.blocks import Block

pytestmark = pytest.mark.qt

PIN = "482915"
LIMIT_S = 90.0


@dataclass
class Shop:
    configuration: Configuration
    endpoints: Endpoints


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("kiosk")
    sandbox = SandboxProcess(folder / "sandbox", 1)
    try:
        endpoints: Endpoints = asyncio.run(sandbox.ready())
        yield Shop(load(write_configuration(folder, endpoints, {"cards": {"terminals": ["tef"]}})), endpoints)
    finally:
        sandbox.stop()


class RealBench(Bench):
    """Touches of a technician on a kiosk whose clock really runs."""

    def block(self, title: str) -> Block | None:
        return next((each for each in self.model.visit.blocks() if each.title == title), None)

    async def told(self, tone: str = "paid") -> str:
        await self.until_over("told")
        assert self.model.board.value("toldTone") == tone, self.model.board.value("toldText")
        title = str(self.model.board.value("toldTitle"))
        await self.tap("key.ok")
        await self.until_over("")
        return title

    async def confirm(self, tone: str = "paid") -> str:
        await self.until_over("ask")
        await self.tap("key.go")
        return await self.told(tone)

    async def refund(self) -> str:
        """Of the sale whose page is open: for the first reason that is offered, with the PIN."""
        await self.ask_refund(0)
        await self.tap("key.go")
        await self.until_over("pin")
        await self.type_pin(PIN)
        return await self.told()

    async def until_block(self, at: int, state: str) -> Block:
        """The page asks anew by itself every few seconds."""
        async with asyncio.timeout(LIMIT_S):
            while (block := self.model.visit.blocks()[at]).state != state:
                await self.stage.frame()
        return block

    async def come_in(self) -> None:
        await self.gesture()
        await self.until("maintenance.pin")
        await self.stage.frame()
        await self.type_pin(PIN)
        await self.until("maintenance.overview")
        await self.settle()


@asynccontextmanager
async def opened_kiosk(
    shop: Shop, folder: Path, runtime: Runtime, clock: Clock | None = None
) -> AsyncIterator[tuple[RealBench, kiosk.Kiosk]]:
    tuning = Tuning() if clock is None else Tuning(clock=clock)
    settings = shop.configuration.settings
    journal = settings.journal.model_copy(
        update={"directory": folder, "key_file": folder / "journal.key", "head_file": folder / "journal.head"}
    )
    screen = settings.screen.model_copy(update={"width_px": 1080, "height_px": 1920, "reduced_motion": True})
    own = replace(shop.configuration, settings=settings.model_copy(update={"journal": journal, "screen": screen}))
    # Its tasks end in the test: one that outlived it would be woken where no loop runs.
    inner = Runtime()
    inner.on_failure(runtime.report)
    async with AsyncExitStack() as ending, kiosk.open_kiosk(own, inner, tuning, windowed=True) as opened:
        ending.push_async_callback(inner.close)
        lock = PinLock(opened.engine.ports.journal, pin_file(own), tuning.clock, random.Random(1))
        await lock.set(PIN, "test")
        studio = Studio(opened.window, cast(Any, SimpleNamespace()), cast(Any, tuning.clock))
        yield RealBench(studio, cast(Any, opened.maintenance)), opened


@asynccontextmanager
async def world_of(shop: Shop) -> AsyncIterator[ControlClient]:
    """Hands at the simulators."""
    control = ControlClient(shop.endpoints.control.url, shop.endpoints.control.token)
    yield control
    await control.aclose()


async def sell(opened: kiosk.Kiosk, shop: Shop) -> None:
    """A customer's Pix sale, paid by the simulated phone and delivered by the simulated printer."""
    checkout, catalogue = opened.engine.checkout, shop.configuration.catalogue
    basket = Basket(currency=catalogue.currency).with_quantity(catalogue.services[0], 1)
    seen: asyncio.Queue[Stage] = asyncio.Queue()
    leave = checkout.subscribe(lambda state: seen.put_nowait(state.stage))

    async def until(stage: Stage) -> None:
        while checkout.state.stage is not stage:
            await seen.get()

    await checkout.open(basket, PaymentChoice(Method.PIX), "pt")
    await until(Stage.AWAITING_PAYMENT)
    pix = checkout.state.pix
    assert pix is not None
    async with world_of(shop) as world:
        await world.acall("bank.pay", copia_e_cola=pix.copia_e_cola)
    await until(Stage.COMPLETED)
    leave()
    await checkout.acknowledge()


async def test_a_technicians_day_on_the_real_services(shop: Shop, runtime: Runtime, tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT_S), opened_kiosk(shop, tmp_path, runtime) as (bench, opened):
        await sell(opened, shop)
        await bench.until("attract")
        await bench.come_in()
        await bench.go("printer")
        printer = bench.model.visit.blocks()[0]
        await bench.tap(f"key.{printer.keys[0].id}")
        assert await bench.confirm() == "Saiu"

        await bench.go("closing")
        assert next(fact.value for fact in bench.model.visit.blocks()[0].facts if fact.label == "Vendas") == "1"
        await bench.tap("key.print")
        assert await bench.confirm() == "Saiu"

        await bench.go("providers")
        told = [fact.label for block in bench.model.visit.blocks() for fact in block.facts]
        assert "Certificado" in told

        await bench.go("sales")
        rows = bench.model.visit.blocks()[1].rows
        assert len(rows) == 1
        await bench.open_sale(rows[0].id)
        assert "de volta ao cliente" in await bench.refund()
        await bench.settle()
        assert bench.model.visit.blocks()[0].state == "Devolvida"

        await bench.go("machine")
        await bench.tap("key.service:out")
        await bench.confirm("wait")
        await bench.tap("key.leave")
        await bench.until("out_of_service")
        await bench.come_in()
        await bench.go("machine")
        await bench.tap("key.service:back")
        await bench.confirm()
        await bench.tap("key.leave")
        await bench.until("attract")


async def test_an_empty_printer_is_filled_and_sells_again(shop: Shop, runtime: Runtime, tmp_path: Path) -> None:
    async with (
        asyncio.timeout(LIMIT_S),
        world_of(shop) as world,
        opened_kiosk(shop, tmp_path, runtime) as (bench, opened),
    ):
        await bench.until("attract")
        await world.acall("printer.paper", present=False)
        await bench.come_in()
        await bench.go("printer")
        empty = await bench.until_block(0, "Não imprime")
        assert "bobina" in empty.remedy
        await world.acall("printer.paper", present=True)
        filled = await bench.until_block(0, "Pode imprimir")
        await bench.tap(f"key.{filled.keys[0].id}")
        assert await bench.confirm() == "Saiu"
        await bench.tap("key.leave")
        await bench.until("attract")
        await sell(opened, shop)


async def test_a_sale_of_yesterday_is_found_and_given_back(shop: Shop, runtime: Runtime, tmp_path: Path) -> None:
    clock = JumpingClock()
    async with asyncio.timeout(LIMIT_S):
        async with opened_kiosk(shop, tmp_path, runtime, clock) as (_, opened):
            await sell(opened, shop)
        clock.jump(24)
        async with opened_kiosk(shop, tmp_path, runtime, clock) as (bench, _):
            await bench.until("attract")
            await bench.come_in()
            await bench.go("sales")
            await bench.tap("key.day:today")
            await bench.settle()
            assert bench.model.visit.blocks()[1].rows == ()
            await bench.tap("key.day:yesterday")
            await bench.settle()
            (row,) = bench.model.visit.blocks()[1].rows
            await bench.open_sale(row.id)
            assert "de volta ao cliente" in await bench.refund()


async def test_the_certificate_that_ends_soon_is_seen(shop: Shop, runtime: Runtime, tmp_path: Path) -> None:
    clock = JumpingClock()
    clock.jump(24 * (LEAF_DAYS - 9))
    async with asyncio.timeout(LIMIT_S), opened_kiosk(shop, tmp_path, runtime, clock) as (bench, _):
        await bench.until("attract")
        await bench.come_in()
        await bench.go("providers")
        facts = [fact for block in bench.model.visit.blocks() for fact in block.facts if fact.label == "Certificado"]
        assert facts
        assert all(re.search(r"vale mais [89] dias", fact.value) for fact in facts), facts
        assert {fact.tone for fact in facts} == {"wait"}
        assert any("totem csr" in block.remedy for block in bench.model.visit.blocks())
