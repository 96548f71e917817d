"""The world's window: every key does its act at the simulators, and shows what they say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QColor, QImage
from PySide6.QtQuick import QQuickItem

import assets
from totem.domain.brcode import encode_dynamic
from totem.runtime import Runtime
from totem.ui.demo.album import Album
from totem.ui.demo.driver import TouchDriver, new_touch_device
from totem.ui.demo.phone import read_codes
from totem.ui.demo.stall import StallMeter
from totem.ui.demo.words import WORLD_WORDS
from totem.ui.demo.world import Paper, WorldGone, WorldLinks, WorldWindow

CODE = encode_dynamic("pix.example.com/qr/v2/abc", "LAVA RAPIDO", "GRAMADO", 4500)


class Simulators:
    """Answers as the sandbox does, and remembers what was asked of it."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, dict[str, object]]] = []
        self.codes: tuple[str, ...] = ()
        self.refusal = ""
        self.gone = False
        self.paper: Paper | None = None
        self.state: dict[str, Any] = {"paper_present": True, "cover_open": False, "unplugged": False}
        self.ledger: dict[str, Any] = {"charges": [], "pix": []}
        self.acted = asyncio.Event()

    async def act(self, name: str, values: Mapping[str, object]) -> dict[str, Any]:
        if self.gone:
            raise WorldGone("nobody answers")
        if name == "bank.ledger":
            return self.ledger
        if name == "printer.state":
            return self.state
        self.acts.append((name, dict(values)))
        self.acted.set()
        if name == "bank.pay":
            if self.refusal:
                return {"paid": False, "reason": self.refusal}
            return {"paid": True, "amount_cents": values.get("amount_cents", 4500)}
        return {}

    async def camera(self) -> tuple[str, ...]:
        return self.codes

    async def newest_paper(self, shown: int) -> Paper | None:
        return self.paper if self.paper is not None and self.paper.number > shown else None


class OneScreen(QObject):
    screenChanged = Signal(str)  # noqa: N815 - as Qt writes it
    screen = "world"


class Rig:
    def __init__(self, window: WorldWindow, simulators: Simulators, driver: TouchDriver) -> None:
        self.window = window
        self.simulators = simulators
        self.driver = driver

    async def tap(self, name: str) -> tuple[str, dict[str, object]]:
        """The act that the tap led to."""
        self.simulators.acted.clear()
        await self.driver.tap(name)
        async with asyncio.timeout(5):
            await self.simulators.acted.wait()
        return self.simulators.acts[-1]

    async def shows(self, name: str, value: object) -> None:
        async with asyncio.timeout(5):
            while self.window.model.board.value(name) != value:
                await self.driver.frame()


@asynccontextmanager
async def world(runtime: Runtime, folder: Path, language: str = "pt") -> AsyncIterator[Rig]:
    simulators = Simulators()
    links = WorldLinks(simulators.act, simulators.camera, simulators.newest_paper, runtime.spawn)
    window = WorldWindow(links, language, assets.path("icons"))
    album = Album(folder)
    driver = TouchDriver(
        window.window,
        source=OneScreen(),
        touch=new_touch_device(),
        stall=StallMeter(),
        decode=read_codes,
        album=album,
    )
    window.show()
    try:
        yield Rig(window, simulators, driver)
    finally:
        window.close()
        await album.close()


def test_every_sentence_is_there_in_each_language() -> None:
    assert set(WORLD_WORDS) == {"pt", "en", "es"}
    assert all(words.keys() == WORLD_WORDS["pt"].keys() for words in WORLD_WORDS.values())


@pytest.mark.qt
async def test_the_phone_reads_and_pays(runtime: Runtime, tmp_path: Path) -> None:
    async with world(runtime, tmp_path) as one:
        await one.driver.tap("phone.read")
        await one.shows("phoneMessage", WORLD_WORDS["pt"]["phone.none"])
        one.simulators.codes = (CODE,)
        await one.driver.tap("phone.read")
        await one.shows("phoneAmount", "R$\N{NO-BREAK SPACE}45,00")
        assert await one.tap("phone.pay") == ("bank.pay", {"copia_e_cola": CODE, "late": False})
        await one.shows("phoneMessage", "Pix enviado: R$\N{NO-BREAK SPACE}45,00")
        assert (await one.tap("phone.less"))[1]["amount_cents"] == 4400
        assert (await one.tap("phone.more"))[1]["amount_cents"] == 4600
        assert (await one.tap("phone.late"))[1]["late"] is True
        one.simulators.refusal = "expired"
        await one.tap("phone.pay")
        await one.shows("phoneMessage", WORLD_WORDS["pt"]["refused.expired"])


@pytest.mark.qt
async def test_a_code_that_is_no_pix_is_told(runtime: Runtime, tmp_path: Path) -> None:
    async with world(runtime, tmp_path, "en") as one:
        one.simulators.codes = ("https://example.com",)
        await one.driver.tap("phone.read")
        await one.shows("phoneMessage", WORLD_WORDS["en"]["refused.unreadable"])


@pytest.mark.qt
async def test_the_bank_behaves_as_it_is_told(runtime: Runtime, tmp_path: Path) -> None:
    async with world(runtime, tmp_path) as one:
        for mode, kind in (("slow", "slow"), ("errors", "status"), ("silent", "never_after")):
            await one.driver.tap(f"bank.{mode}")
            await one.shows("bankMode", mode)
            faults = dict(one.simulators.acts[-2][1])["faults"]
            assert isinstance(faults, list)
            assert faults[0]["effect"]["kind"] == kind
            assert one.simulators.acts[-1] == ("bank.set_down", {"down": False})
        await one.driver.tap("bank.down")
        await one.shows("bankMode", "down")
        assert one.simulators.acts[-1] == ("bank.set_down", {"down": True})
        await one.driver.tap("bank.normal")
        await one.shows("bankMode", "normal")
        assert one.simulators.acts[-2:] == [("bank.set_faults", {"faults": []}), ("bank.set_down", {"down": False})]


@pytest.mark.qt
async def test_hands_on_the_printer(runtime: Runtime, tmp_path: Path) -> None:
    async with world(runtime, tmp_path) as one:
        assert await one.tap("printer.paper") == ("printer.paper", {"present": False})
        one.simulators.state = {"paper_present": False, "cover_open": True, "unplugged": True}
        await one.shows("paperPresent", False)
        assert await one.tap("printer.paper") == ("printer.paper", {"present": True})
        assert await one.tap("printer.cover") == ("printer.cover", {"open": False})
        assert await one.tap("printer.plug") == ("printer.unplug", {"unplugged": False})
        assert await one.tap("printer.ends") == ("printer.paper_ends_after", {"lines": 6})


@pytest.mark.qt
async def test_the_ticket_slides_out(runtime: Runtime, tmp_path: Path) -> None:
    async with world(runtime, tmp_path) as one:
        image = QImage(200, 500, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        assert image.save(buffer, "PNG")  # type: ignore[call-overload]
        one.simulators.paper = Paper(1, bytes(buffer.data().data()))
        await one.shows("ticketNumber", 1)
        assert one.window.model.board.value("ticketRatio") == 2.5
        paper: QQuickItem = await one.driver.find("paper")
        assert paper.y() == 0
        assert paper.height() == pytest.approx(paper.width() * 2.5)


@pytest.mark.qt
async def test_the_banks_books(runtime: Runtime, tmp_path: Path) -> None:
    async with world(runtime, tmp_path) as one:
        charge = {"txid": "LAVA01X", "amount_cents": 4500, "status": "CONCLUIDA", "pix": ["E1"]}
        one.simulators.ledger = {"charges": [charge], "pix": [{"end_to_end_id": "E1", "amount_cents": 4400}]}
        row = {
            "txid": "AVA01X",
            "amount": "R$\N{NO-BREAK SPACE}45,00",
            "received": "R$\N{NO-BREAK SPACE}44,00",
            "status": "paga",
        }
        await one.shows("charges", [row])


@pytest.mark.qt
async def test_simulators_that_are_gone_are_told(runtime: Runtime, tmp_path: Path) -> None:
    async with world(runtime, tmp_path) as one:
        one.simulators.gone = True
        await one.driver.tap("bank.slow")
        await one.shows("gone", True)
        one.simulators.gone = False
        await one.shows("gone", False)
