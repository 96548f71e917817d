"""The wires of vinti4, each message of which is a moment at which a kiosk may die, and the page that outlives it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any, cast

import httpx

from providers.http.client import HttpClient
from providers.http.tls import TlsContexts, open_trust
from providers.vinti4.calls import Vinti4Calls
from providers.vinti4.gateway import Vinti4Gateway
from providers.vinti4.settings import Vinti4Settings
from tests.faults.watch import Watch, WatchedTransport
from tests.support.sisp_browser import Browser, Customer
from totem.domain.cards import CardEvent, CardSale, CardTerminal, Prompt, WebPage
from totem.domain.money import Currency, Money
from totem.domain.ports import Clock
from totem.services.state import Method

HOST = "127.0.0.1"
_KNOCK = b"null\n"


@dataclass(frozen=True, slots=True)
class Vinti4Errand:
    """What a life needs to sell by vinti4; the browser stands behind a door of the test's own process."""

    settings: Vinti4Settings
    browser_port: int

    @property
    def method(self) -> Method:
        return Method.CARD

    @property
    def price(self) -> Money:
        return Money(4500, Currency.CVE)

    async def open(self, clock: Clock, watch: Watch) -> CardTerminal:
        settings = self.settings
        contexts = await open_trust(settings.ca, public_roots=settings.public_roots)
        clients = [_http(url, contexts, settings, clock, watch) for url in (settings.status_url, settings.page_url)]
        calls = Vinti4Calls(settings, clients[0], clients[1], clock)
        gateway = Vinti4Gateway(settings, calls, clock, random.SystemRandom())
        return cast("CardTerminal", _AtTheDoor(gateway, self.browser_port, watch))


def _http(url: str, contexts: TlsContexts, settings: Vinti4Settings, clock: Clock, watch: Watch) -> HttpClient:
    inner = httpx.AsyncHTTPTransport(
        verify=contexts.calls, limits=httpx.Limits(max_connections=1), retries=0, trust_env=False
    )
    client = httpx.AsyncClient(transport=WatchedTransport(inner, watch), base_url=url, timeout=30.0, trust_env=False)
    return HttpClient(client, clock, settings.timeouts)


class _AtTheDoor:
    """The gateway, whose pages are shown by a browser in another process."""

    name = Vinti4Gateway.name

    def __init__(self, inner: Vinti4Gateway, port: int, watch: Watch) -> None:
        self._inner = inner
        self._port = port
        self._watch = watch
        self._visits: set[asyncio.Task[None]] = set()

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        async with aclosing(cast("Any", self._inner.start(sale))) as events:
            async for event in events:
                yield event
                if isinstance(event, Prompt) and event.page is not None:
                    self._visits.add(asyncio.create_task(self._visit(sale.attempt_id, event.page)))

    async def _visit(self, attempt_id: str, page: WebPage) -> None:
        self._watch.reach("page to be shown")
        reader, writer = await asyncio.open_connection(HOST, self._port)
        writer.write(json.dumps(asdict(page)).encode() + b"\n")
        await writer.drain()
        self._watch.reach("page shown")
        answer = json.loads(await reader.readline())
        self._watch.reach("page answered")
        writer.close()
        if answer is not None:
            await self._inner.returned(attempt_id, answer)

    async def close(self) -> None:
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        await self._inner.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class BrowserDoor:
    """Shows each page that is handed in, to its end, whether or not the kiosk that asked still lives."""

    def __init__(self, browser: Browser, customer: Customer) -> None:
        self._browser = browser
        self._customer = customer
        self._server: asyncio.Server | None = None
        self._open = 0
        self._rested = asyncio.Event()
        self._rested.set()
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._rested.wait()

    async def rest(self) -> None:
        """Until no page is shown: whoever came before this knock is inside by the time it is answered."""
        reader, writer = await asyncio.open_connection(HOST, self.port)
        writer.write(_KNOCK)
        await reader.readline()
        writer.close()
        await self._rested.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        self._rested.clear()
        try:
            line = await reader.readline()
            if line == _KNOCK:
                writer.write(_KNOCK)
            elif line.endswith(b"\n"):
                told = json.loads(line)
                page = WebPage(told["url"], tuple(map(tuple, told["form"])), told["returns_to"])
                visit = await self._browser.visit(page, self._customer)
                writer.write(json.dumps(visit.answer).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # nobody is there any more to be told
        finally:
            writer.close()
            self._open -= 1
            if not self._open:
                self._rested.set()
