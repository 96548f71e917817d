"""Plays a scripted sale on the stage, and tells what a customer could see of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Final, assert_never

from totem.bootstrap.acts import (
    Act,
    Befall,
    Blow,
    Choose,
    FillPage,
    JumpClock,
    Look,
    Pay,
    ReadCode,
    Recorded,
    ScriptedSale,
    Touch,
    TouchPage,
    TypeCard,
    Wait,
    World,
)
from totem.bootstrap.evidence import SeenSale
from totem.bootstrap.options import TERMINALS
from totem.bootstrap.stage import Stage
from totem.domain.brcode import decode
from totem.ui.demo.driver import STILL_S

_SERVICES: Final = ("lavagem-simples", "lavagem-completa", "lavagem-com-cera")
"""What the customers of the demo choose, in turn: ids of the example catalogue."""

_CALM_BANK: Final[tuple[tuple[str, Mapping[str, object]], ...]] = (
    ("clear_faults", {}),
    ("set_down", {"down": False}),
    ("set_refunds", {"state": "DEVOLVIDO"}),
)
_CALM_WORLD: Final[tuple[tuple[str, Mapping[str, object]], ...]] = (
    *((f"{bank}.{name}", values) for bank in ("bank", "second") for name, values in _CALM_BANK),
    ("printer.mend", {}),
    ("spare.mend", {}),
    *((f"{terminal}.clear_faults", {}) for terminal in TERMINALS),
)
"""Each customer finds the world in order; what is to go wrong is in the script."""
_MOST_PICTURED: Final = 10
"""Customers of one run whose screens are kept as pictures."""
_RESULTS: Final = frozenset({"thanks", "trouble"})
_WITH_TROUBLE: Final = frozenset({"trouble", "out_of_service", "ticket_unknown"})
_CODE: Final = re.compile(r"\b[A-Z]{3}-[0-9]{3}\b")


_LOOK_AGAIN_S: Final = 0.1


class ActFailed(Exception):
    """The world did not let an act of the script happen."""


class Actor:
    """Plays sales one after another; the first customer takes a picture of every screen on the way."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._played = 0
        self._code = ""
        self._trouble = ""
        self._words: tuple[str, ...] = ()
        self._screens: tuple[str, ...] = ()
        self._trail_from = 0
        self._last_row = 0

    async def play(self, sale: ScriptedSale) -> SeenSale:
        """Raises DriverError, ActFailed or ControlError where the script cannot be followed."""
        stage = self._stage
        self._code, self._trouble, self._words, self._screens = "", "", (), ()
        await self.set_right()
        await stage.driver.wait_screen("attract")
        self._trail_from = len(stage.driver.trail)
        self._last_row = await stage.last_entry()
        for act in sale.acts:
            await self._do(act)
        screens = (*self._screens, *stage.driver.trail[self._trail_from :])
        last = screens[-1] if sale.end.screen not in screens else sale.end.screen
        await self._leave()
        self._played += 1
        return SeenSale(self._code, screens, self._trouble, self._words, last)

    async def set_right(self) -> None:
        """Put the world in order. Raises ActFailed or ControlError where it does not let itself."""
        for name, values in _CALM_WORLD:
            await self._stage.act(name, values)

    async def _do(self, act: Act) -> None:
        stage = self._stage
        match act:
            case Choose():
                await self._choose()
            case Wait(screens, limit_s):
                await stage.driver.wait_screen(*screens, limit_s=limit_s)
                await self._read_trouble()
            case Touch() | TouchPage() | FillPage() | TypeCard():
                await self._touch(act)
            case ReadCode():
                image = await stage.driver.screenshot("pix" if self._takes_pictures else "")
                self._code = await stage.driver.read_code(image)
            case Look(name, still_s):
                await self._look(name, still_s)
            case Pay():
                await self._pay(act)
            case World(name, values):
                await stage.act(name, values)
            case Befall(blow):
                await self._befall(blow)
            case JumpClock(hours):
                stage.clock.jump(hours)
            case Recorded():
                await self._until_recorded(act)
            case _:
                assert_never(act)

    async def _touch(self, act: Touch | TouchPage | FillPage | TypeCard) -> None:
        driver = self._stage.driver
        match act:
            case Touch(name):
                await driver.tap(name)
            case TouchPage(name):
                await self._stage.page_hands().touch(name)
            case FillPage(name, text):
                await self._stage.page_hands().fill(name, text)
            case TypeCard():
                await self._type(act)

    async def _choose(self) -> None:
        driver = self._stage.driver
        with_pictures = self._played == 0
        if with_pictures:
            # Its picture moves for seconds, and a customer does not wait for that.
            await driver.frame()
            await driver.screenshot("attract", still_s=0)
        await driver.tap("key.begin")
        await driver.wait_screen("services")
        await driver.tap(f"plus.{_SERVICES[self._played % len(_SERVICES)]}")
        if with_pictures:
            await driver.screenshot("services")
        await driver.tap("key.next")
        await driver.wait_screen("method")
        if with_pictures:
            await driver.screenshot("method")

    @property
    def _takes_pictures(self) -> bool:
        return self._played < _MOST_PICTURED

    async def _look(self, name: str, still_s: float) -> None:
        """Only the first customer of a run waits for the last movement to end."""
        driver = self._stage.driver
        if self._takes_pictures:
            still_s = still_s if self._played == 0 else min(still_s, STILL_S)
            await driver.screenshot(name or driver.screen, still_s)

    async def _type(self, card: TypeCard) -> None:
        """Key by key, as a customer does. Its picture is taken when nothing of the card is readable."""
        driver = self._stage.driver
        await driver.wait_screen("key_card")
        for place, text in enumerate((card.number, card.expiry, card.code, card.name)):
            for character in text:
                await driver.tap("key.pad.space" if character == " " else f"key.pad.{character}")
            await driver.tap("key.pad.next")
            if place == 0 and self._takes_pictures:
                await driver.screenshot("key_card")

    async def _pay(self, pay: Pay) -> None:
        """A phone does not care which bank made the code: the one that knows it gets the money."""
        values: dict[str, object] = {"copia_e_cola": self._code}
        if pay.late:
            values["late"] = True
        if pay.difference_cents:
            asked = decode(self._code).amount_cents
            if asked is None:
                raise ActFailed("the code names no amount to pay another than")
            values["amount_cents"] = asked + pay.difference_cents
        name = "pay_twice" if pay.twice else "pay"
        answer = await self._stage.act(f"bank.{name}", values)
        if answer.get("reason") == "unknown_charge":
            answer = await self._stage.act(f"second.{name}", values)
        if not answer["paid"]:
            raise ActFailed(f"the customer's phone refuses to pay: {answer['reason']}")

    async def _befall(self, blow: Blow) -> None:
        stage = self._stage
        match blow:
            case Blow.DISK_FULL | Blow.DISK_FREE:
                await stage.fill_disk(blow is Blow.DISK_FULL)
            case Blow.RESTART:
                await self._befall(Blow.OFF)
                await self._befall(Blow.ON)
            case Blow.OFF:
                self._screens += stage.driver.trail[self._trail_from :]
                await stage.close()
            case Blow.ON:
                self._last_row = await stage.last_entry()
                await stage.open()
                self._trail_from = 0
            case _:
                assert_never(blow)

    async def _until_recorded(self, wanted: Recorded) -> None:
        """The journal's file is read as anybody may read it; the kiosk is not asked."""
        try:
            async with asyncio.timeout(wanted.limit_s):
                while True:
                    rows = await self._stage.entries_since(self._last_row)
                    found = sum((row.kind, row.state) == (wanted.kind, wanted.state) for row in rows)
                    if found >= wanted.count:
                        return
                    await asyncio.sleep(_LOOK_AGAIN_S)
        except TimeoutError:
            told = f"{wanted.count} x {wanted.kind} {wanted.state}".rstrip()
            raise ActFailed(f"the journal did not say {told} in {wanted.limit_s} s") from None

    async def _read_trouble(self) -> None:
        """The last code of a trouble that stood on the screen: where the sale ends with one, that one."""
        driver = self._stage.driver
        if driver.screen in _WITH_TROUBLE:
            await driver.settle()
            self._words = driver.words()
            found = [code for text in self._words for code in _CODE.findall(text)]
            self._trouble = found[-1] if found else ""

    async def _leave(self) -> None:
        """Home again by the customer's own touch, as the next one must find the kiosk."""
        driver = self._stage.driver
        if driver.screen in _RESULTS:
            await driver.tap("key.done")
            await driver.wait_screen("attract")
