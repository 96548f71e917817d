"""A kiosk without a screen in a process of its own, which dies by SIGKILL at a named moment of its life.

What only costs time is taken out: contexts and encoder are made once for all lives, no picture of the ticket is drawn,
and questions come when there is something to ask, never by a timer. So a life has the same moments every time.
"""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import httpx

from hardware.printer.conversation import PrinterLimits
from hardware.printer.driver import EscPosPrinter
from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.links import NetworkLink
from hardware.printer.profile import EPSON_80
from providers.http.client import HttpClient, Timeouts
from providers.http.tls import TlsContexts, open_contexts
from providers.pix.bacen import BacenPix
from providers.pix.bank import Bank
from providers.pix.sicredi import SICREDI_SCOPES, SICREDI_VERSIONS, SicrediSettings
from providers.pix.token import TokenCache, TokenSettings
from tests.faults.adiq_watch import ShiftedClock
from tests.faults.asks_once import AsksOnce
from tests.faults.tef_watch import open_watched_tef
from tests.faults.watch import Kill, Watch, WatchedLink, WatchedTransport
from tests.support.scripted import ScriptedBank
from totem.bootstrap.engine import Engine, EngineSettings, Ports
from totem.bootstrap.press import EncoderPress
from totem.bootstrap.sealing import ReceiptSealer
from totem.bootstrap.tuning import texts_of_assets
from totem.domain.cards import CardTerminal
from totem.domain.catalogue import Basket, Service
from totem.domain.machine import ATTEMPT_UNRESOLVED, AttemptState, Machine
from totem.domain.money import Money
from totem.domain.ports import Clock, PixCapabilities, PixProvider
from totem.domain.records import Subject
from totem.domain.texts import Texts
from totem.services import card_steps, steps
from totem.services.card_flow import CardFlowSettings
from totem.services.charges import ChargeSettings
from totem.services.clock import SystemClock
from totem.services.journal import JournalSettings, SqliteJournal, open_journal
from totem.services.pix_flow import PixFlowSettings
from totem.services.poller import PollSettings
from totem.services.print_queue import QueueSettings
from totem.services.refunds import OPEN_STATES, RefundSettings
from totem.services.settlements import CARRIED_OUT, SettlementSettings
from totem.services.state import CheckoutState, Method, PaymentChoice, Stage
from totem.services.ticket import TicketSettings

PRICE_CENTS = 4500
SERVICE = Service("wash", {"pt": "Lavagem completa"}, Money(PRICE_CENTS))
NEVER_S = 1000.0
ONLY_LOOKS = frozenset({"health", "printer-watch", "machine-watch"})
"""Loops that change nothing, and would ask the printer in the midst of it all: another moment each time."""
CHUNK_BYTES = 128
"""Small, so that a ticket is several writes."""


class CardErrand(Protocol):
    """Another way to pay than Pix and TEF, as a life of the kiosk opens it."""

    @property
    def method(self) -> Method: ...

    @property
    def price(self) -> Money: ...

    async def open(self, clock: Clock, watch: Watch) -> CardTerminal: ...


@dataclass(frozen=True, slots=True)
class Errand:
    """What one life of the kiosk is to do. `act`: "pay" waits for the end, "cancel" cancels, "" only recovers.

    With a `tef_port` or a `card` it is a card that pays, and the bank is one in memory, of which nobody asks anything.
    `shift_s` is how much later the kiosk's clock is than the system's.
    """

    folder: Path
    bank: SicrediSettings | None
    printer_port: int
    tef_port: int = 0
    card: CardErrand | None = None
    shift_s: float = 0.0
    act: str = ""
    kill: Kill | None = None
    seed: int = 1

    @property
    def journal(self) -> JournalSettings:
        return JournalSettings(self.folder / "journal.sqlite3", self.folder / "journal.key", reserve_bytes=1 << 16)

    @property
    def moments_file(self) -> Path:
        return self.folder / "moments"

    @property
    def side(self) -> Path:
        """Where files lie as they were at their last sync."""
        return self.folder / "synced"


@dataclass(frozen=True, slots=True)
class Warm:
    """What all lives share: it costs more than the rest of a life."""

    contexts: TlsContexts | None
    encoder: ReceiptEncoder
    texts: Texts


LATE_MODULES = ("httpcore", "anyio._backends._asyncio", "anyio.streams.tls", "encodings.idna", "encodings.cp858")
"""What a first life would import: half of its time."""


async def warm_up(bank: SicrediSettings | None) -> Warm:
    for module in LATE_MODULES:
        importlib.import_module(module)
    contexts = None
    if bank is not None and bank.source is not None:
        contexts = await open_contexts(bank.source, SystemClock().now())
    return Warm(contexts, ReceiptEncoder(EPSON_80, {}), texts_of_assets())


class _PressWithoutPictures(EncoderPress):
    async def draw(self, sale: Subject, ticket: Subject) -> bytes:
        return b""


def live(errand: Errand, warm: Warm) -> None:
    """One life; its moments lie in `moments_file` if it lived to its end."""
    watch = Watch(errand.journal, errand.side, errand.kill)
    asyncio.run(_Life(errand, warm, watch).run())
    errand.moments_file.write_text("\n".join(watch.moments), encoding="utf-8")


class _Life:
    def __init__(self, errand: Errand, warm: Warm, watch: Watch) -> None:
        self._errand = errand
        self._warm = warm
        self._watch = watch
        self._clock = ShiftedClock(errand.shift_s)
        self._asked: set[str] = set()
        self._stored = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()

        def tell() -> None:
            loop.call_soon_threadsafe(self._stored.set)

        self._watch.after_seal = tell
        journal, engine = await self._open()
        begun = await journal.count()
        try:
            await engine.start(self._spawn, "kill-test")
            if self._errand.bank is not None:
                await self._until(lambda: _is_swept(journal, begun))
            met = [task for task in self._tasks if task.get_name() == "terminals"]
            await asyncio.gather(*met)  # a question that comes at any time would be another moment each time
            if self._errand.act:
                await self._customer(engine)
            await self._until(lambda: self._is_settled(journal))
            await engine.queue.wait_quiet()
            await engine.settlements.wait_quiet()
            await self._until(lambda: self._is_settled(journal))
        finally:
            await engine.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _open(self) -> tuple[SqliteJournal, Engine]:
        errand, warm, clock = self._errand, self._warm, self._clock
        settings = errand.journal
        journal = await open_journal(
            JournalSettings(
                settings.path, settings.key_file, reserve_bytes=settings.reserve_bytes, at_point=self._watch.at_point
            ),
            clock,
        )
        link = WatchedLink(NetworkLink("127.0.0.1", errand.printer_port), self._watch)
        limits = PrinterLimits(status_s=10.0, poll_s=10.0, chunk_bytes=CHUNK_BYTES)
        printer = EscPosPrinter("kill", link, EPSON_80, limits)
        press = _PressWithoutPictures(warm.encoder, printer, TicketSettings("LAVA JATO"), warm.texts, "pt")
        account = errand.bank
        provider = self._provider(account) if account is not None else ScriptedBank(clock)
        terminals = await self._terminals()
        # The bank is quiet when a life begins, so nothing of an earlier one can still be carried out: lives are 0.
        engine = Engine(
            Ports(
                journal,
                (provider,) if errand.card is None else (),
                printer,
                press,
                clock,
                random.Random(errand.seed),
                terminals=terminals,
                sealer=ReceiptSealer(b"of this test"),
            ),
            EngineSettings(
                PixFlowSettings("KILL"),
                charges=ChargeSettings(request_life_s=0.0),
                # An acquirer is asked of a refund once a life: what it does not know, it will not know a moment later.
                refunds=RefundSettings(
                    again_s=NEVER_S if any(isinstance(each, AsksOnce) for each in terminals) else 0.005,
                    slowest_s=0.01,
                    request_life_s=0.0,
                ),
                queue=QueueSettings(reprint_window_s=0.0),
                settlements=SettlementSettings(again_s=0.005, slowest_s=0.01),
                card=CardFlowSettings(choose_s=0.0),
                polling=PollSettings(first_s=NEVER_S if errand.act else 0.005, after_end_s=(NEVER_S,), share=1.0),
            ),
        )
        return journal, engine

    async def _terminals(self) -> tuple[CardTerminal, ...]:
        errand = self._errand
        if errand.card is not None:
            terminal = await errand.card.open(self._clock, self._watch)
            if isinstance(terminal, AsksOnce):
                terminal.told, self._asked = self._stored.set, terminal.asked
            return (terminal,)
        return (open_watched_tef(errand.tef_port, self._clock, self._watch),) if errand.tef_port else ()

    def _provider(self, account: SicrediSettings) -> PixProvider:
        """As `open_sicredi` builds it, on a transport that is watched and on one connection."""
        clock, limits = self._clock, Timeouts()
        assert self._warm.contexts is not None
        inner = httpx.AsyncHTTPTransport(
            verify=self._warm.contexts.calls, limits=httpx.Limits(max_connections=1), retries=0, trust_env=False
        )
        client = httpx.AsyncClient(
            transport=WatchedTransport(inner, self._watch), base_url=account.base_url, timeout=30.0, trust_env=False
        )
        http = HttpClient(client, clock, limits)
        token = TokenSettings("/oauth/token", account.client_id, account.client_secret, SICREDI_SCOPES)
        capabilities = PixCapabilities(calls_per_minute=account.calls_per_minute)
        bank = Bank("sicredi", "/api", account.pix_key, token, SICREDI_VERSIONS, capabilities)
        return BacenPix(bank, http, TokenCache(token, http, clock))

    def _spawn(self, coro: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        if name in ONLY_LOOKS:
            coro.close()
            coro = asyncio.sleep(0)
        task = asyncio.create_task(coro, name=name)
        self._tasks.add(task)
        return task

    async def _is_settled(self, journal: SqliteJournal) -> bool:
        """Nothing is left that this life can bring to an end by itself.

        An unknown card is named, and waits for a sale; so does a refund of which its acquirer was asked in vain.
        """
        attempts = await journal.find(Machine.ATTEMPT, *ATTEMPT_UNRESOLVED)
        open_cards = [each for each in attempts if card_steps.is_card(each) and each.state == AttemptState.UNKNOWN]
        back = [each for each in await journal.find(Machine.COMPENSATION, *OPEN_STATES) if each.id not in self._asked]
        return not (len(attempts) > len(open_cards) or back or await journal.find(Machine.SETTLEMENT, *CARRIED_OUT))

    async def _until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Looks again whenever the journal took something in."""
        self._stored.clear()
        while not await holds():
            await self._stored.wait()
            self._stored.clear()

    async def _customer(self, engine: Engine) -> None:
        ended = asyncio.Event()
        begun: list[Stage] = []

        def watch(state: CheckoutState) -> None:
            begun.append(state.stage)
            idle_again = state.stage is Stage.IDLE and Stage.PREPARING in begun
            if state.stage in (Stage.COMPLETED, Stage.STOPPED, Stage.OUT_OF_SERVICE) or idle_again:
                ended.set()

        engine.checkout.subscribe(watch)
        card = self._errand.card
        method = Method.CREDIT if self._errand.tef_port else Method.PIX if card is None else card.method
        service = SERVICE if card is None else replace(SERVICE, price=card.price)
        basket = Basket(currency=service.price.currency).with_quantity(service, 1)
        await engine.checkout.open(basket, PaymentChoice(method), "pt")
        if self._errand.act == "cancel":
            await engine.checkout.cancel()
        else:
            for bank in engine.banks:
                for txid in bank.poller.watched:
                    bank.poller.ask_now(txid)
        await ended.wait()
        await engine.checkout.acknowledge()


async def _is_swept(journal: SqliteJournal, begun: int) -> bool:
    note = await journal.last_note(steps.SWEPT, "sweep/sicredi")
    return note is not None and note.seq > begun
