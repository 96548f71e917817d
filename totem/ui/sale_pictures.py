"""The pictures of the present sale: Pix code, ticket, the ticket's code; drawn in threads, gone when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from totem.domain.catalogue import Catalogue
from totem.services.state import CheckoutState, Stage
from totem.ui.images import LiveImages, decode_picture, draw_code
from totem.ui.presenter import Pictures
from totem.ui.settings import UiSettings

Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[Any]]


class SalePictures:
    """Keeps `shown` up to date with the checkout, and calls `changed` when something was drawn."""

    def __init__(self, services: Mapping[str, str], spawn: Spawn, changed: Callable[[], None]) -> None:
        self.live = LiveImages()
        self.shown = Pictures(services=services)
        self._spawn = spawn
        self._changed = changed
        self._state = CheckoutState()

    def follow(self, state: CheckoutState) -> None:
        """Draw what this state shows and the one before did not."""
        before, self._state = self._state, state
        code = _pix_code(state)
        if code and code != _pix_code(before):
            self._spawn(self._draw_pix(code), "ui.draw_code")
        paperless = _ticket_code(state)
        if paperless and paperless != _ticket_code(before):
            self._spawn(self._draw_ticket_code(paperless), "ui.draw_code")
        paper = _paper(state)
        if paper and paper != _paper(before):
            self._spawn(self._show_ticket(paper), "ui.show_ticket")
        if state.stage is Stage.IDLE:
            for kind in ("code", "ticket", "ticketcode"):
                self.live.drop(kind)
            self.shown = replace(self.shown, code="", code_of="", ticket="", ticket_code="")

    async def _draw_pix(self, text: str) -> None:
        image, modules = await asyncio.to_thread(draw_code, text)
        if _pix_code(self._state) == text:
            address = self.live.put("code", image)
            self.shown = replace(self.shown, code=address, code_of=text, code_modules=modules)
            self._changed()

    async def _draw_ticket_code(self, text: str) -> None:
        image, modules = await asyncio.to_thread(draw_code, text)
        if _ticket_code(self._state) == text:
            address = self.live.put("ticketcode", image)
            self.shown = replace(self.shown, ticket_code=address, ticket_code_modules=modules)
            self._changed()

    async def _show_ticket(self, data: bytes) -> None:
        image = await asyncio.to_thread(decode_picture, data)
        if _paper(self._state) == data and not image.isNull():
            ratio = image.height() / image.width()
            self.shown = replace(self.shown, ticket=self.live.put("ticket", image), ticket_ratio=ratio)
            self._changed()


def _pix_code(state: CheckoutState) -> str:
    return state.pix.copia_e_cola if state.pix else ""


def _ticket_code(state: CheckoutState) -> str:
    return state.ticket.code if state.ticket and state.ticket.paperless else ""


def _paper(state: CheckoutState) -> bytes:
    return state.ticket.picture if state.ticket else b""


def service_pictures(catalogue: Catalogue, settings: UiSettings) -> dict[str, str]:
    """Address of each service's picture: the owner's first, then the shipped one; nothing for those without."""
    folders = [folder for folder in (settings.pictures, settings.assets / "images") if folder is not None]
    found: dict[str, str] = {}
    for service in catalogue.services:
        candidates = (folder / service.picture for folder in folders if service.picture)
        file = next((each for each in candidates if each.is_file()), None)
        if file is not None:
            found[service.id] = file.resolve().as_uri()
    return found
