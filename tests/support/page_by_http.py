"""A customer's hands at SISP's page without a browser: `PageHands` finds things by sight, these by their ids."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import httpx

from tests.support.sisp_browser import SispPage
from totem.domain.cards import WebPage
from totem.services.state import CheckoutControl
from totem.ui.demo.driver import DriverError

_LIMIT_S: Final = 20.0


@dataclass(slots=True)
class _Opened:
    page: WebPage
    url: str = ""
    html: SispPage = field(default_factory=SispPage)


class PageByHttp:
    """Implements what the actor needs of `PageHands`. What the page posts back is handed to the checkout."""

    def __init__(self, checkout: CheckoutControl, ca: Path) -> None:
        self._checkout = checkout
        self._trust = ssl.create_default_context(cafile=str(ca))
        self._opened: _Opened | None = None

    async def touch(self, name: str) -> None:
        """Raises DriverError where no such thing comes."""
        opened = await self._with(name)
        if name in opened.html.keys:
            field_name, value = opened.html.things[name]
            await self._post(opened, urljoin(opened.url, opened.html.action), {**opened.html.fields, field_name: value})

    async def fill(self, name: str, text: str) -> None:
        """Raises DriverError where no such field comes."""
        opened = await self._with(name)
        opened.html.fields[opened.html.things[name][0]] = text

    async def _with(self, name: str) -> _Opened:
        opened = await self._shown()
        if name not in opened.html.things:
            raise DriverError(f"no {name} on the page that is shown")
        return opened

    async def _shown(self) -> _Opened:
        """The page as it is now; one that the kiosk shows for the first time is loaded."""
        page = await self._page()
        if self._opened is None or self._opened.page is not page:
            self._opened = _Opened(page)
            await self._post(self._opened, page.url, dict(page.form))
        return self._opened

    async def _page(self) -> WebPage:
        changed = asyncio.Event()
        leave = self._checkout.subscribe(lambda _: changed.set())
        try:
            async with asyncio.timeout(_LIMIT_S):
                while True:
                    card = self._checkout.state.card
                    if card is not None and card.prompt.page is not None:
                        return card.prompt.page
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            raise DriverError("no page is shown") from None
        finally:
            leave()

    async def _post(self, opened: _Opened, url: str, fields: dict[str, str]) -> None:
        """Until a page waits for the customer, or the answer is caught, as the kiosk's own view catches it."""
        async with httpx.AsyncClient(verify=self._trust, trust_env=False, timeout=10.0) as client:
            while True:
                response = await client.post(url, data=fields)
                opened.url, opened.html = str(response.url), SispPage(response.text)
                if opened.html.step != "going":
                    return
                url, fields = urljoin(opened.url, opened.html.action), opened.html.fields
                if url == opened.page.returns_to:
                    await self._checkout.returned(fields)
                    return
