"""A kiosk window with the real WebEngine in it, and a site on this machine that it is sent to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF

from tests.support.fake_checkout import in_parts
from tests.support.web_site import Page, Site, site, throwaway, trusting
from tests.ui.studio import WAIT_S, Studio, studio
from tests.ui.touches import find, press, release, tap
from totem.domain.cards import Prompt, PromptKind, WebPage
from totem.domain.money import Currency, Money
from totem.runtime import Runtime
from totem.services.state import CardOnScreen, CheckoutState, Method, Stage
from totem.ui.web.settings import WebSettings

ANSWER = "https://loja.example/resposta/9f8e7d6c5b4a"
FORM = (("posID", "90051"), ("fingerprint", "a+b/c="), ("merchantRef", "R20260101000001"))
AMOUNT = Money(1500, Currency.CVE)


CARD_PAGE = """<!doctype html><style>body { margin: 0; font: 20px sans-serif } input, select, button { display: block;
  position: absolute; left: 20px; width: 300px; height: 40px; font-size: 20px }</style>
<form method="post" action="/card">
  <input name="pan" inputmode="numeric" autocomplete="cc-number" style="top: 20px">
  <input name="holder" style="top: 80px">
  <select name="month" style="top: 140px"><option>01<option disabled>02<option>03<option>04</select>
  <button style="top: 200px">Pagar</button>
</form>"""
"""The middle of each field lies at x 170 and y 40, 100, 160, 220."""


def post_to(address: str, **fields: str) -> str:
    """A page that posts a form by itself."""
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    return f'<form method="post" action="{address}">{inputs}</form><script>document.forms[0].submit()</script>'


def page_state(page: WebPage, *, asked: bool = False) -> CheckoutState:
    card = CardOnScreen(Method.CARD, in_parts(AMOUNT, 1), Prompt(PromptKind.WEB_PAGE, page=page), 0.0, asked)
    return CheckoutState(Stage.CARD, "S1", AMOUNT, card=card, can_cancel=not asked)


@dataclass
class Stand:
    stage: Studio
    site: Site

    def open(self, path: str = "/pay", *, at: str = "") -> WebPage:
        """Show the acquirer's page at that path, as a gateway asks for it."""
        page = WebPage((at or self.site.home) + path, FORM, ANSWER)
        self.stage.checkout.publish(page_state(page))
        return page

    def leave(self) -> None:
        self.stage.checkout.publish(CheckoutState())

    @property
    def answers(self) -> list[object]:
        return [call[1] for call in self.stage.checkout.calls if call[0] == "returned"]

    def address(self) -> str:
        return str(find(self.stage, "webpage").property("url").toString())

    def whole(self) -> QRectF:
        return QRectF(0, 0, self.stage.kiosk.window.width(), self.stage.kiosk.window.height())

    def trouble(self) -> str:
        return str(self.stage.kiosk.web.property("trouble"))

    def screen(self) -> str:
        return self.stage.kiosk.screen

    async def frames(self, number: int = 20) -> None:
        """Long enough for what is on its way to arrive, where nothing may."""
        for _ in range(number):
            await self.stage.frame()

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """By looking at every frame: a page's own news come by no signal of ours."""
        try:
            async with asyncio.timeout(WAIT_S * 2):
                while not condition():
                    await self.stage.frame()
        except TimeoutError:
            raise AssertionError(f"waited for {what or condition}; the site was asked {self.site.paths()}") from None

    async def until_drawn(self) -> None:
        """Until the site's page is there and a frame of it was drawn."""
        await self.site.until("/pay")
        await self.until(self._is_loaded, "the page to be there")
        await self.stage.frame()
        await self.stage.frame()

    def _is_loaded(self) -> bool:
        item = find(self.stage, "webpage")
        return item.property("url").scheme() == "https" and not item.property("loading")

    async def touch(self, x: float, y: float) -> None:
        """A finger on the page, so many CSS pixels from its corner."""
        item = find(self.stage, "webpage")
        zoom = float(item.property("zoomFactor"))
        at = item.mapToScene(QPointF(x * zoom, y * zoom)).toPoint()
        await press(self.stage, at)
        await release(self.stage, at)

    async def press_key(self, name: str) -> None:
        await tap(self.stage, f"key.type.{name}")

    async def touch_key(self, name: str) -> None:
        await tap(self.stage, name)


@asynccontextmanager
async def stand(
    folder: Path,
    runtime: Runtime,
    *,
    pages: bool = True,
    simulators: bool = True,
    trusted: bool = True,
    names: tuple[str, ...] = (),
    orientation: str = "portrait",
) -> AsyncIterator[Stand]:
    """The kiosk on the page's site; `trusted`: its throwaway authority is the simulators'. `pages`: it shows any."""
    root = throwaway()
    async with site(folder, root, names) as made:
        made.pages["/pay"] = Page(CARD_PAGE)
        settings = WebSettings(simulators=simulators, trusts=trusting(root) if trusted else None)
        with studio(orientation, runtime, web=settings if pages else None) as stage:
            await stage.kiosk.first_frame.wait()
            await stage.kiosk.web.load()
            yield Stand(stage, made)
