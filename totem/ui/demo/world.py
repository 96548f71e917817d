"""The second window of the demo: the customer's phone, the bank and the printer, played by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QByteArray, QObject, QUrl, Slot
from PySide6.QtGui import QColor, QImage
from PySide6.QtQuick import QQuickView

from totem.domain.brcode import BrCodeError, decode
from totem.domain.money import Money, format_money
from totem.ui.bridge import Board
from totem.ui.demo.words import WORLD_WORDS
from totem.ui.images import IconImages, LiveImages
from totem.ui.theme import Look, tokens

QML: Final = Path(__file__).resolve().parent / "qml" / "World.qml"
WIDTH_PX, HEIGHT_PX = 1240, 820
_DIAGONAL_INCH: Final = 27.0
"""Gives keys and letters the size of a desk, not of a kiosk."""
_REFRESH_S: Final = 0.5
_MOST_CHARGES: Final = 6
_DIFFERENCE_CENTS: Final = 100

Act = Callable[[str, Mapping[str, object]], Awaitable[dict[str, Any]]]
"""One act of the simulators by its name. Raises WorldGone where they do not answer."""
Camera = Callable[[], Awaitable[tuple[str, ...]]]
"""The codes that a phone can read on the kiosk's screen now."""
Spawn = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[Any]"]


class WorldGone(Exception):
    """The simulators do not answer, or refuse."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The newest piece of paper, as drawn from its bytes."""

    number: int
    picture: bytes


@dataclass(frozen=True, slots=True)
class WorldLinks:
    """The ways to the simulators. `newest_paper` is given the number that is shown; None where there is no newer."""

    act: Act
    camera: Camera
    newest_paper: Callable[[int], Awaitable[Paper | None]]
    spawn: Spawn


_ANY_FAULT: Final[Mapping[str, tuple[Mapping[str, object], ...]]] = {
    "normal": (),
    "slow": ({"operation": "any", "effect": {"kind": "slow", "delay_s": 3.0}, "count": None},),
    "errors": ({"operation": "any", "effect": {"kind": "status", "code": 503}, "count": None},),
    "silent": ({"operation": "any", "effect": {"kind": "never_after"}, "count": None},),
}


class WorldModel(QObject):
    """What the world's window shows and does. Slots return at once; every act runs on the loop as a task."""

    def __init__(self, links: WorldLinks, language: str) -> None:
        super().__init__()
        self._links = links
        self._language = language
        self._texts = {**WORLD_WORDS["pt"], **WORLD_WORDS[language]}
        self._code = ""
        self._paper_number = 0
        self.live = LiveImages()
        self.board, self.words, self.theme = Board(self), Board(self), Board(self)
        self.words.show(self._texts)
        self.theme.show(tokens(Look(WIDTH_PX, HEIGHT_PX, _DIAGONAL_INCH, "#1B4DB8")))
        self.board.show(
            {
                "gone": False,
                "phoneMessage": self._texts["phone.idle"],
                "phoneAmount": "",
                "phoneReceiver": "",
                "bankMode": "normal",
                "charges": [],
                "paperPresent": True,
                "coverOpen": False,
                "unplugged": False,
                "ticketPicture": "",
                "ticketRatio": 2.0,
                "ticketNumber": 0,
            }
        )

    # --- the phone --------------------------------------------------------------------------------------------------

    @Slot()
    def readCode(self) -> None:
        self._run(self._read(), "world.read")

    @Slot(int, bool)
    def pay(self, difference: int, late: bool) -> None:
        """Pay the code that was read: `difference` -1, 0 or 1 real; `late` though the charge is over."""
        self._run(self._pay(difference * _DIFFERENCE_CENTS, late=late), "world.pay")

    # --- the bank ---------------------------------------------------------------------------------------------------

    @Slot(str)
    def setBank(self, mode: str) -> None:
        """`normal`, `slow`, `errors`, `silent` or `down`, until another is set."""
        self._run(self._set_bank(mode), "world.bank")

    # --- the printer ------------------------------------------------------------------------------------------------

    @Slot(bool)
    def setPaper(self, present: bool) -> None:
        self._run(self._act("printer.paper", present=present), "world.paper")

    @Slot()
    def endPaper(self) -> None:
        """The roll ends within the next ticket."""
        self._run(self._act("printer.paper_ends_after", lines=6), "world.paper")

    @Slot(bool)
    def setCover(self, is_open: bool) -> None:
        self._run(self._act("printer.cover", open=is_open), "world.cover")

    @Slot(bool)
    def setPlug(self, unplugged: bool) -> None:
        self._run(self._act("printer.unplug", unplugged=unplugged), "world.plug")

    # --- inside -----------------------------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Show what the simulators say of themselves, again and again; ends by cancellation."""
        while True:
            try:
                await self.refresh()
            except WorldGone:
                self.board.show({"gone": True})
            await asyncio.sleep(_REFRESH_S)

    async def refresh(self) -> None:
        ledger = await self._links.act("bank.ledger", {})
        state = await self._links.act("printer.state", {})
        self.board.show(
            {
                "gone": False,
                "charges": [self._charge(each, ledger) for each in ledger["charges"][-_MOST_CHARGES:][::-1]],
                "paperPresent": state["paper_present"],
                "coverOpen": state["cover_open"],
                "unplugged": state["unplugged"],
            }
        )
        paper = await self._links.newest_paper(self._paper_number)
        if paper is not None:
            self._show_paper(paper)

    def _show_paper(self, paper: Paper) -> None:
        image = QImage.fromData(QByteArray(paper.picture))
        if image.isNull():
            return
        self._paper_number = paper.number
        address = self.live.put("paper", image)
        ratio = image.height() / image.width()
        self.board.show(
            {"ticketPicture": address, "ticketRatio": ratio, "ticketNumber": paper.number}, last=("ticketNumber",)
        )

    def _charge(self, charge: Mapping[str, Any], ledger: Mapping[str, Any]) -> dict[str, str]:
        paid = {each["end_to_end_id"]: each["amount_cents"] for each in ledger["pix"]}
        received = sum(paid[each] for each in charge["pix"])
        status = str(charge["status"])
        return {
            "txid": str(charge["txid"])[-6:],
            "amount": self._money(int(charge["amount_cents"])),
            "received": self._money(received) if received else "",
            "status": self._texts.get(f"status.{status}", status),
        }

    async def _read(self) -> None:
        codes = await self._links.camera()
        amount = receiver = message = ""
        self._code = ""
        for text in codes:
            try:
                code = decode(text)
            except BrCodeError:
                message = self._texts["refused.unreadable"]
                continue
            self._code = text
            amount = self._money(code.amount_cents) if code.amount_cents is not None else ""
            receiver = self._texts["phone.to"].format(receiver=code.merchant_name)
        if not self._code:
            message = message or self._texts["phone.none"]
        self.board.show({"phoneAmount": amount, "phoneReceiver": receiver, "phoneMessage": message})

    async def _pay(self, difference_cents: int, *, late: bool) -> None:
        values: dict[str, object] = {"copia_e_cola": self._code, "late": late}
        asked = decode(self._code).amount_cents if self._code else None
        if difference_cents and asked is not None:
            values["amount_cents"] = asked + difference_cents
        answer = await self._links.act("bank.pay", values)
        if answer["paid"]:
            told = self._texts["phone.paid"].format(amount=self._money(int(answer["amount_cents"])))
        else:
            told = self._texts.get(f"refused.{answer['reason']}", str(answer["reason"]))
        self.board.show({"phoneMessage": told})

    async def _set_bank(self, mode: str) -> None:
        await self._links.act("bank.set_faults", {"faults": [dict(fault) for fault in _ANY_FAULT.get(mode, ())]})
        await self._links.act("bank.set_down", {"down": mode == "down"})
        self.board.show({"bankMode": mode})

    async def _act(self, name: str, **values: object) -> None:
        await self._links.act(name, values)
        await self.refresh()

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        async def guarded() -> None:
            try:
                await work
            except WorldGone:
                self.board.show({"gone": True})

        self._links.spawn(guarded(), name)

    def _money(self, amount_cents: int) -> str:
        return format_money(Money(amount_cents), self._language)


class WorldWindow:
    """The window itself. Made on the loop's thread, beside the kiosk's."""

    def __init__(self, links: WorldLinks, language: str, icons: Path) -> None:
        self._links = links
        self.model = WorldModel(links, language)
        self._icons = IconImages(icons)
        self._task: asyncio.Task[Any] | None = None
        self.window = QQuickView()
        view, model = self.window, self.model
        view.setTitle(str(model.words.value("title")))
        view.setColor(QColor(str(model.theme.value("brandDeep"))))
        view.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
        view.resize(WIDTH_PX, HEIGHT_PX)
        view.engine().addImageProvider("icon", self._icons)
        view.engine().addImageProvider("live", model.live)
        context = view.rootContext()
        for name, board in (("Sim", model.board), ("Words", model.words), ("Theme", model.theme)):
            context.setContextProperty(name, board.map)
        context.setContextProperty("world", model)
        view.setSource(QUrl.fromLocalFile(str(QML)))
        if view.status() is not QQuickView.Status.Ready:
            raise RuntimeError("; ".join(error.toString() for error in view.errors()))

    def show(self) -> None:
        """Open the window and follow the simulators. Call it on a running loop."""
        self.window.show()
        self._task = self._links.spawn(self.model.follow(), "world.follow")

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.window.setSource(QUrl())
        self.window.close()
        self.window.destroy()
