"""A customer at SISP's page, by HTTP alone: reads each page's form, fills it, follows what posts itself."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

import httpx

from providers.sim import sisp_cards
from providers.vinti4.gateway import Vinti4Gateway
from totem.domain.cards import CardCapabilities, CardEvent, CardReference, CardResult, CardSale, Prompt, WebPage

EXPIRY, CVC = "12/39", "123"
_MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class Customer:
    """What the person types and touches. `cancels_at`: card or otp; `leaves_at`: the step that is never answered."""

    pan: str = sisp_cards.APPROVED
    otp: str = sisp_cards.OTP
    wants_dcc: bool = True
    cancels_at: str = ""
    leaves_at: str = ""
    gives_up: bool = False
    """Touches the kiosk's own cancel key once the page has nothing more for him."""


@dataclass(slots=True)
class Visit:
    """What became of it: the steps in order, and what the last page would post back; None where it posts nothing."""

    steps: list[str] = field(default_factory=list)
    answer: dict[str, str] | None = None
    texts: list[str] = field(default_factory=list)


class SispPage(HTMLParser):
    """One page: its form's fields by name, and what bears an id as (name, value); `keys` are the ids of buttons."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.step = ""
        self.action = ""
        self.fields: dict[str, str] = {}
        self.things: dict[str, tuple[str, str]] = {}
        self.keys: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "meta" and told.get("name") == "step":
            self.step = told["content"]
        elif tag == "form" and not self.action:
            self.action = told["action"]
        elif tag == "input" and "name" in told:
            self.fields[told["name"]] = told.get("value", "")
        if "id" in told and tag in {"input", "button"}:
            self.things[told["id"]] = (told["name"], told.get("value", ""))
        if "id" in told and tag == "button":
            self.keys.add(told["id"])


class Browser:
    """One off-the-record browser for each visit."""

    def __init__(self, ca: Path) -> None:
        self._trust = ssl.create_default_context(cafile=str(ca))

    async def visit(self, page: WebPage, customer: Customer) -> Visit:
        async with httpx.AsyncClient(verify=self._trust, trust_env=False, timeout=10.0) as client:
            visit = Visit()
            response = await client.post(page.url, data=dict(page.form))
            for _ in range(_MOST_STEPS):
                visit.texts.append(response.text)
                read = SispPage(response.text)
                visit.steps.append(read.step)
                where = urljoin(str(response.url), read.action)
                if read.step == "going" and where == page.returns_to:
                    visit.answer = read.fields
                    return visit
                if read.step in {"end", "refused"} or read.step == customer.leaves_at:
                    return visit
                response = await client.post(where, data=_typed(read, customer))
            raise AssertionError(f"the pages never end: {visit.steps}")


def _typed(page: SispPage, customer: Customer) -> dict[str, str]:
    if page.step == customer.cancels_at:
        return {**page.fields, "do": "cancel"}
    typed = {
        "card": {"pan": customer.pan, "expiry": EXPIRY, "cvc": CVC, "do": "pay"},
        "dcc": {"do": "yes" if customer.wants_dcc else "no"},
        "otp": {"otp": customer.otp, "do": "confirm"},
    }
    return {**page.fields, **typed.get(page.step, {})}


class BrowsedGateway:
    """The gateway as the kiosk has it, with a customer at each of its pages."""

    name = Vinti4Gateway.name

    def __init__(self, inner: Vinti4Gateway, browser: Browser, customer: Customer | None = None) -> None:
        self.inner = inner
        self.customer = customer or Customer()
        self.visits: list[Visit] = []
        self._browser = browser
        self._visiting: set[asyncio.Task[None]] = set()

    @property
    def capabilities(self) -> CardCapabilities:
        return self.inner.capabilities

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        visiting: asyncio.Task[None] | None = None
        async with aclosing(cast("Any", self.inner.start(sale))) as events:
            async for event in events:
                yield event
                if isinstance(event, Prompt) and event.page is not None:
                    visiting = asyncio.create_task(self._visit(sale.attempt_id, event.page))
                    self._visiting.add(visiting)

    async def _visit(self, attempt_id: str, page: WebPage) -> None:
        try:
            visit = await self._browser.visit(page, self.customer)
        except httpx.TransportError:
            await self.inner.cancel(attempt_id)  # a page that does not come is left by whoever waits for it
            return
        self.visits.append(visit)
        if visit.answer is not None:
            await self.inner.returned(attempt_id, visit.answer)
        if self.customer.gives_up:
            await self.inner.cancel(attempt_id)

    async def close(self) -> None:
        for visiting in self._visiting:
            visiting.cancel()
        await asyncio.gather(*self._visiting, return_exceptions=True)
        await self.inner.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def reference_of(sale: CardSale, result: CardResult | None = None, **more: Any) -> CardReference:
    trace: Mapping[str, str] = result.trace if result is not None else {}
    return CardReference(sale.attempt_id, sale.number, sale.amount, sale.kind, 1, trace, **more)
