"""The demo's own scripts without its screens: the same customers and the same world, at the engine, on a fast clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from providers.sim.gopag_ledger import Customer
from tests.support.page_by_http import PageByHttp
from tests.support.scaled_clock import ScaledClock
from totem.bootstrap.engine import Engine
from totem.bootstrap.example import TomlValue, write_configuration
from totem.bootstrap.opening import engine_settings, open_ports
from totem.bootstrap.options import PROVIDERS, TERMINALS, DemoOptions
from totem.bootstrap.sandbox import World
from totem.bootstrap.stage import Stage
from totem.bootstrap.tuning import texts_of_assets
from totem.config.loader import Configuration, load
from totem.domain.cards import KeyedCard
from totem.domain.catalogue import Basket
from totem.domain.errors import ChargeNotFound
from totem.runtime import Runtime
from totem.services.journal import SqliteJournal
from totem.services.state import CheckoutState, Method, PaymentChoice
from totem.services.state import Stage as Where
from totem.ui.demo.driver import DriverError, TouchDriver
from totem.ui.demo.page_hands import PageHands
from totem.ui.navigator import Step, screen_for

FACTOR = 12.0
"""So many seconds of the kiosk pass in one: its waits are short, and a bank's answer still comes in time."""
CARD_AFTER_S = 0.02
LATE_QUESTIONS_S = (5.0,) * 60
"""Its long pauses would come too soon on this clock, where a loaded machine takes its time over a sale."""
PAGE = "vinti4"
READERS = tuple(each for each in TERMINALS if each != PAGE)
"""vinti4 is paid in escudos, at a kiosk of its own: another journal's."""
_SCREENS = {"key.next": Step.METHOD, "key.begin": Step.SERVICES}


class FastClock(ScaledClock):
    def jump(self, seconds: float) -> None:
        """As the demo's clock does it: by hours."""
        super().jump(seconds * 3600)

    def put_right(self) -> None:
        """No jump of an earlier script counts any more."""
        self._jump = timedelta()


class Hands:
    """Implements what the actor needs of `TouchDriver`: what a finger would do to the screens, done to the checkout."""

    def __init__(self, engine: Engine, configuration: Configuration) -> None:
        self._checkout = engine.checkout
        self._services = {each.id: each for each in configuration.catalogue.services}
        self._texts = texts_of_assets()
        self._basket = Basket(currency=configuration.catalogue.currency)
        self._step = Step.ATTRACT
        self._method = Method.PIX
        self._typed: list[str] = []
        self._field = ""
        self._changed = asyncio.Event()
        self._trail: list[str] = ["attract"]
        self._leave = self._checkout.subscribe(self._heard)

    @property
    def screen(self) -> str:
        return str(screen_for(self._step, self._checkout.state).value)

    @property
    def trail(self) -> tuple[str, ...]:
        return tuple(self._trail)

    def let_go(self) -> None:
        self._leave()

    def _heard(self, state: CheckoutState) -> None:
        if self._step is Step.OPENING and state.stage is Where.IDLE:
            self._step = Step.ATTRACT
        elif self._step is Step.OPENING and state.stage is Where.CHOOSING_AGAIN:
            self._step = Step.METHOD
        self._moved()

    def _moved(self) -> None:
        if self._trail[-1] != self.screen:
            self._trail.append(self.screen)
        self._changed.set()

    async def wait_screen(self, *names: str, limit_s: float = 30.0) -> str:
        await self._until(lambda: self.screen in names, " or ".join(names), max(limit_s, 30.0))
        return self.screen

    async def _until(self, there: Callable[[], bool], wanted: str, limit_s: float = 30.0) -> None:
        try:
            async with asyncio.timeout(limit_s):
                while not there():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise DriverError(f"waited for {wanted}; the screen is {self.screen}") from None

    def words(self) -> tuple[str, ...]:
        trouble = self._checkout.state.trouble
        if trouble is None:
            return ()
        return trouble.trouble.value, self._texts.get("pt", f"money.{trouble.money.value}")

    async def settle(self, still_s: float = 0.0) -> None:
        return None

    async def frame(self) -> None:
        return None

    async def screenshot(self, name: str, still_s: float = 0.0) -> object:
        return None

    async def read_code(self, image: object) -> str:
        pix = self._checkout.state.pix
        if pix is None:
            raise DriverError("there is no code on the screen")
        return pix.copia_e_cola

    async def tap(self, name: str, *, limit_s: float = 10.0) -> None:
        if name.startswith("plus."):
            self._basket = Basket(currency=self._basket.currency).with_quantity(
                self._services[name.removeprefix("plus.")], 1
            )
        elif name in _SCREENS:
            self._step = _SCREENS[name]
        elif name.startswith("key.method."):
            await self._choose(Method(name.rpartition(".")[2]))
        elif name.startswith("key.plan."):
            await self._pay(PaymentChoice(self._method, int(name.rpartition(".")[2])))
        elif name.startswith("key.pad."):
            await self._type(name.removeprefix("key.pad."))
        else:
            await self._answer(name)
        self._moved()

    async def _answer(self, name: str) -> None:
        match name:
            case "key.cancel.yes":
                await self._checkout.cancel()
            case "key.cancel" if self.screen != "pix":
                await self._until(lambda: self._checkout.state.can_cancel, "the key to be there")
                await self._checkout.cancel()
            case "key.retry":
                await self._pay(PaymentChoice(self._method))
            case "key.giveup":
                await self._checkout.cancel()
                self._step = Step.METHOD
            case "key.back":
                self._step = Step.SERVICES if self._step is Step.METHOD else Step.ATTRACT
            case "key.done" | "key.ticket.yes":
                self._step = Step.ATTRACT
                await self._checkout.acknowledge()
            case "key.ticket.reprint":
                await self._checkout.reprint()
            case "key.cancel":
                return  # the question lies over the screen
            case _:
                raise DriverError(f"no {name} to touch on {self.screen}")

    async def _choose(self, method: Method) -> None:
        self._method = method
        amount = self._checkout.state.amount or self._basket.total
        offers = {each.method: each for each in self._checkout.offers(amount)}
        if method not in offers:
            raise DriverError(f"{method} is not offered on {self.screen}")
        if len(offers[method].installments) > 1:
            self._step = Step.INSTALLMENTS
        else:
            await self._pay(PaymentChoice(method))

    async def _pay(self, choice: PaymentChoice) -> None:
        self._step = Step.OPENING
        if self._checkout.state.stage is Where.CHOOSING_AGAIN:
            await self._checkout.pay_again(choice)
        else:
            await self._checkout.open(self._basket, choice, "pt")

    async def _type(self, key: str) -> None:
        if key != "next":
            self._field += " " if key == "space" else key
            return
        self._typed.append(self._field)
        self._field = ""
        if len(self._typed) == 4:
            number, expiry, code, holder = self._typed
            self._typed = []
            await self._checkout.supply(KeyedCard(number, int(expiry[:2]), 2000 + int(expiry[2:]), code, holder))


class EngineStage(Stage):
    """The demo's stage without a window: the engine alone, and hands at its checkout."""

    def __init__(self, folder: Path, world: World, seed: int) -> None:
        super().__init__(cast(Runtime, None), DemoOptions(headless=False, seed=seed), folder, world.endpoints)
        self._world = world
        self.fast = FastClock(FACTOR)
        self.engine: Engine | None = None
        self.has_everything = False
        """Every bank and every terminal at once: whatever is still open anywhere comes to its end."""
        self._page_hands: PageByHttp | None = None
        self._limit_s: float | None = None
        self._tasks: list[asyncio.Task[Any]] = []

    async def act(self, name: str, values: Mapping[str, object]) -> dict[str, Any]:
        whose, dot, what = name.partition(".")
        if whose in {"bank", "second"}:
            first = self._banks[0]
            places = {"sicredi": "bank", "inter": "inter"}
            whose = places[first if whose == "bank" else next(each for each in places if each != first)]
        return dict(await self._world.acts[f"{whose}{dot}{what}"](dict(values)))

    def page_hands(self) -> PageHands:
        if self._page_hands is None:
            raise RuntimeError("no kiosk is open")
        return cast(PageHands, self._page_hands)

    async def calm(self) -> None:
        """Customers of the cards who do not take their time."""
        await self.act("tef.auto", {"auto": True, "delay_s": CARD_AFTER_S})
        await self.act("smartpos.auto", {"auto": True, "delay_s": CARD_AFTER_S})
        await self.act("gopag.set_customer", {"customer": Customer.APPROVES.value, "after_s": CARD_AFTER_S})

    def _changes(self) -> dict[str, dict[str, TomlValue]]:
        changes = super()._changes()
        if self.has_everything and changes["pix"]["providers"]:
            changes["pix"] = {"providers": list(PROVIDERS)}
            changes["cards"] = {**changes["cards"], "terminals": list(READERS)}
        return changes

    async def open(self) -> None:
        self.clock = cast(Any, self.fast)
        path = await asyncio.to_thread(write_configuration, self._folder, self._endpoints, self._changes())
        configuration = await asyncio.to_thread(load, path)
        tuning = self._tuning()
        settings = engine_settings(configuration, tuning)
        settings = replace(settings, polling=replace(settings.polling, after_end_s=LATE_QUESTIONS_S))
        engine = Engine(await open_ports(configuration, tuning), settings)
        self.engine, self._limit_s = engine, tuning.close_limit_s
        journal = engine.ports.journal
        self._journal = journal if isinstance(journal, SqliteJournal) else None
        if engine.ports.load_later is not None:
            await asyncio.to_thread(engine.ports.load_later)

        def spawn(coro: Any, name: str) -> asyncio.Task[Any]:
            self._tasks.append(asyncio.create_task(coro, name=name))
            return self._tasks[-1]

        self._driver = cast(TouchDriver, Hands(engine, configuration))
        self._page_hands = PageByHttp(engine.checkout, self._endpoints.vinti4.ca)
        await engine.start(spawn, "test")

    async def let_in(self) -> None:
        """Every bank has given its token. One that goes down before is not asked for another at once (`TokenCache`),
        and what its script expects of it when it is back would not come.
        Raises ProviderError where one is down already."""
        assert self.engine is not None
        for bank in self.engine.banks:
            with suppress(ChargeNotFound):
                await bank.provider.get_charge(f"LETIN{'0' * 27}")

    async def close(self) -> None:
        if self.engine is None:
            return
        if self._driver is not None:
            self._driver.let_go()
        engine, self.engine, self._driver, self._journal = self.engine, None, None, None
        self._page_hands = None
        await engine.close(5.0 if self._limit_s is None else self._limit_s)
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        assert [each for each in ended if isinstance(each, Exception)] == []
