"""Maintenance that does what a test says: views are fields, every call is written down, failures are scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import assets
from totem.domain.cards import CardEvent, CardOutcome, CardResult, Prompt, PromptKind
from totem.domain.errors import TotemError, Trouble
from totem.domain.machine import CompensationState, SaleState, TicketState
from totem.domain.money import Money
from totem.domain.ports import PrinterStatus, PrintResult
from totem.domain.texts import LANGUAGES
from totem.services.health import signs
from totem.services.health.vocabulary import Word
from totem.services.health.words import HealthWords
from totem.services.maintenance.control import Listener, MaintenanceRefused, Reason
from totem.services.maintenance.overview import part_in_words
from totem.services.maintenance.sale_views import (
    AttentionView,
    Evidence,
    Finding,
    MoneyBack,
    RefundEnd,
    ReprintResult,
    SaleRow,
    SaleStory,
    StoryLine,
    WayBack,
)
from totem.services.maintenance.views import (
    ConfigLine,
    ConfigVerdict,
    ConfigView,
    Entry,
    ExportEnd,
    MaintenanceState,
    Overview,
    PinAnswer,
    PrintAct,
    PrintEnd,
    PrinterView,
    Probe,
    ProbeStage,
    ProviderView,
    Stick,
    TerminalView,
    VerifyStep,
    Version,
    WaitingTicket,
)
from totem.services.receipts.reports import DayReport, ReportRow
from totem.services.texts import load_texts

AT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
PIN = "482915"
SALE = "LAVA01-261122-0PE8QS"
NEW_FILE = Path("/media/pen/totem.toml")
ATTENTION = f"{SALE}/ticket/PRN-007"


@dataclass
class Script:
    """What every desk shares: the calls, in order, and what the next call of a name raises."""

    calls: list[tuple[object, ...]] = field(default_factory=list)
    failures: dict[str, TotemError] = field(default_factory=dict)
    unlocked: bool = False

    def called(self, name: str, *arguments: object) -> None:
        """Raises what is scripted for that name, once; MaintenanceRefused while locked."""
        self.calls.append((name, *arguments))
        if not self.unlocked:
            raise MaintenanceRefused(Reason.LOCKED)
        failure = self.failures.pop(name, None)
        if failure is not None:
            raise failure


@dataclass
class FakePrinters:
    script: Script
    views: tuple[PrinterView, ...] = (PrinterView("escpos", PrinterStatus(raw=b"\x16\x12\x12\x12")),)
    end: PrintEnd = field(default_factory=lambda: PrintEnd(PrintResult.PRINTED))
    tickets: tuple[WaitingTicket, ...] = (WaitingTicket(SALE, "0PE8QS", 7, TicketState.UNKNOWN, AT),)

    async def look(self) -> tuple[PrinterView, ...]:
        self.script.called("printers.look")
        return self.views

    async def act(self, printer: str, act: PrintAct) -> PrintEnd:
        self.script.called("printers.act", printer, act)
        return self.end

    async def waiting(self) -> tuple[WaitingTicket, ...]:
        self.script.called("printers.waiting")
        return self.tickets


@dataclass
class FakeTerminals:
    script: Script
    views: tuple[TerminalView, ...] = (TerminalView("tef", ready=True, has_admin=True),)
    events: tuple[CardEvent, ...] = (
        Prompt(PromptKind.MENU, "Função", options=("Cancelamento", "Reimpressão")),
        CardResult(CardOutcome.APPROVED, message="Feito"),
    )
    settled: bool = True
    waits: bool = False
    """The menu stays open after its events until it is left."""

    async def look(self) -> tuple[TerminalView, ...]:
        self.script.called("terminals.look")
        return self.views

    async def admin(self, terminal: str) -> AsyncIterator[CardEvent]:
        self.script.called("terminals.admin", terminal)
        for event in self.events:
            yield event
        if self.waits:
            await asyncio.Event().wait()

    async def answer(self, terminal: str, option: int) -> None:
        self.script.called("terminals.answer", terminal, option)

    async def cancel(self, terminal: str) -> None:
        self.script.called("terminals.cancel", terminal)

    async def settle(self, terminal: str) -> bool:
        self.script.called("terminals.settle", terminal)
        return self.settled


@dataclass
class FakeProviders:
    script: Script
    views: tuple[ProviderView, ...] = (
        ProviderView("sicredi", True, certificate_until=date(2027, 3, 1), certificate_days=99, can_probe=True),
        ProviderView("inter", False, Trouble.CREDENTIALS, certificate_until=date(2026, 12, 1), certificate_days=9),
    )
    stages: tuple[ProbeStage, ...] = (ProbeStage.MAKING, ProbeStage.MADE, ProbeStage.REMOVING, ProbeStage.REMOVED)

    async def look(self) -> tuple[ProviderView, ...]:
        self.script.called("providers.look")
        return self.views

    async def probe(self, provider: str) -> AsyncIterator[Probe]:
        self.script.called("providers.probe", provider)
        for stage in self.stages:
            yield Probe(stage, Money(1), "6LAVA01" + "0" * 25, SALE)


def _row() -> SaleRow:
    return SaleRow(SALE, "0PE8QS", AT, SaleState.COMPLETED, Money(4500), 7, "pix", "sicredi", 1)


def _attention() -> AttentionView:
    return AttentionView(ATTENTION, SALE, "0PE8QS", Trouble.PRINT_UNKNOWN, AT, Money(4500), f"{SALE}/ticket")


def _back() -> MoneyBack:
    return MoneyBack("R1", WayBack.REFUND, Money(4500), CompensationState.DONE)


@dataclass
class FakeSales:
    script: Script
    rows: tuple[SaleRow, ...] = field(default_factory=lambda: (_row(),))
    attention: AttentionView = field(default_factory=_attention)
    lines: tuple[StoryLine, ...] = (
        StoryLine(AT, "sale", "open", {"amount": "R$ 45,00"}),
        StoryLine(AT, "ticket", "printed", {"number": "7"}),
    )
    refundable: Money | None = field(default_factory=lambda: Money(4500))
    reprinted: ReprintResult = ReprintResult.PRINTED
    refunded: RefundEnd = field(default_factory=lambda: RefundEnd(True, (_back(),)))
    found: Evidence = field(default_factory=lambda: Evidence(Finding.SETTLES, "CONCLUIDA"))

    async def search(self, text: str = "", day: date | None = None) -> tuple[SaleRow, ...]:
        self.script.called("sales.search", text, day)
        return self.rows

    async def story(self, sale_id: str) -> SaleStory:
        self.script.called("sales.story", sale_id)
        row = next((each for each in self.rows if each.sale_id == sale_id), None)
        if row is None:
            raise MaintenanceRefused(Reason.NOT_FOUND)
        attentions = () if self.attention.settled else (self.attention,)
        return SaleStory(row, self.lines, attentions, self.refundable, can_reprint=True)

    async def reprint(self, sale_id: str) -> ReprintResult:
        self.script.called("sales.reprint", sale_id)
        return self.reprinted

    async def refund(self, sale_id: str, reason: str, pin: str, *, pix_key: str = "") -> RefundEnd:
        self.script.called("sales.refund", sale_id, reason, pix_key)
        if pin != PIN:
            raise MaintenanceRefused(Reason.PIN, pin=PinAnswer(Entry.WRONG, 2))
        if not reason.strip():
            raise MaintenanceRefused(Reason.REASON_MISSING)
        self.refundable = None
        return self.refunded

    async def attentions(self) -> tuple[AttentionView, ...]:
        self.script.called("sales.attentions")
        return () if self.attention.settled else (self.attention,)

    async def evidence(self, attention_id: str) -> Evidence:
        self.script.called("sales.evidence", attention_id)
        return self.found

    async def settle(self, attention_id: str, reason: str = "") -> AttentionView:
        self.script.called("sales.settle", attention_id, reason)
        if self.found.finding is Finding.CONTRADICTS:
            raise MaintenanceRefused(Reason.CONTRADICTED)
        self.attention = replace(self.attention, settled=True, evidence=reason or self.found.told)
        return self.attention


@dataclass
class FakeClosing:
    script: Script
    end: PrintEnd = field(default_factory=lambda: PrintEnd(PrintResult.PRINTED))

    async def report(self, day: date | None = None, language: str = "pt") -> DayReport:
        self.script.called("closing.report", day, language)
        rows = (ReportRow("pix", 31, Money(186_500)), ReportRow("credit", 12, Money(90_000)))
        return DayReport(day or AT.date(), AT, rows, rows, rows, 1, 43, (13,), 1, Money(4500), 1, language)

    async def print(self, day: date | None = None, language: str = "pt") -> PrintEnd:
        self.script.called("closing.print", day, language)
        return self.end

    async def export(self, stick: Path, day: date | None = None) -> ExportEnd:
        self.script.called("closing.export", stick, day)
        return ExportEnd((stick / "fechamento.csv", stick / "fechamento.json"), 43)


@dataclass
class FakeConfiguration:
    script: Script
    path: Path = Path("/etc/xdg/totem/totem.toml")
    lines: tuple[ConfigLine, ...] = (
        ConfigLine("kiosk", "id", "LAVA01"),
        ConfigLine("pix", "expiry_s", "300", is_default=True),
    )
    verdict: ConfigVerdict = field(
        default_factory=lambda: ConfigVerdict(Path("/media/pen/totem.toml"), changed=("pix.expiry_s",))
    )

    async def view(self) -> ConfigView:
        self.script.called("configuration.view")
        return ConfigView(self.path, self.lines, AT)

    async def candidates(self) -> tuple[Path, ...]:
        self.script.called("configuration.candidates")
        return (self.path, self.verdict.path)

    async def check(self, path: Path) -> ConfigVerdict:
        self.script.called("configuration.check", path)
        return self.verdict

    async def adopt(self, path: Path) -> ConfigVerdict:
        self.script.called("configuration.adopt", path)
        if not self.verdict.is_good:
            raise MaintenanceRefused(Reason.BAD_CONFIGURATION)
        return self.verdict

    async def go_back(self) -> ConfigVerdict:
        self.script.called("configuration.go_back")
        return ConfigVerdict(self.path)


@dataclass
class FakeJournal:
    script: Script
    steps: tuple[VerifyStep, ...] = (VerifyStep(0, 900), VerifyStep(450, 900), VerifyStep(900, 900, over=True))
    drives: tuple[Stick, ...] = (Stick(Path("/media/pen"), "PEN", 8_000_000_000),)

    async def verify(self) -> AsyncIterator[VerifyStep]:
        self.script.called("journal.verify")
        for step in self.steps:
            yield step

    async def sticks(self) -> tuple[Stick, ...]:
        self.script.called("journal.sticks")
        return self.drives

    async def export(self, stick: Path) -> ExportEnd:
        self.script.called("journal.export", stick)
        return ExportEnd((stick / "journal.csv", stick / "journal.jsonl"), 900)


@dataclass
class FakeMachine:
    script: Script
    change: Callable[..., None]

    async def version(self) -> Version:
        self.script.called("machine.version")
        return Version("0.1.0", "3.11.9", "Linux", "LAVA01", simulated=True)

    async def set_out_of_service(self, wanted: bool) -> None:
        self.script.called("machine.set_out_of_service", wanted)
        self.change(out_of_service=wanted)

    async def restart(self) -> None:
        self.script.called("machine.restart")
        self.change(restarting=True)


class FakeMaintenance:
    """Implements `MaintenanceControl`. The PIN is `PIN`, unless `answers` has something for the next tries."""

    def __init__(self) -> None:
        self.script = Script()
        self.state = MaintenanceState()
        self.has_pin = True
        self.answers: list[PinAnswer] = []
        self.touches = 0
        self.words = HealthWords(load_texts(assets.path("i18n/health"), LANGUAGES))
        self.parts: tuple[signs.Part, ...] = (
            signs.part(signs.Area.PRINTER, "escpos", Word.PRINTER_READY),
            signs.part(signs.Area.CERTIFICATE, "inter", Word.CERTIFICATE_ENDS, date="01/12/2026", days=9),
        )
        self.printers = FakePrinters(self.script)
        self.terminals = FakeTerminals(self.script)
        self.providers = FakeProviders(self.script)
        self.sales = FakeSales(self.script)
        self.closing = FakeClosing(self.script)
        self.configuration = FakeConfiguration(self.script)
        self.journal = FakeJournal(self.script)
        self.machine = FakeMachine(self.script, self._change)
        self._listeners: list[Listener] = []

    @property
    def calls(self) -> list[tuple[object, ...]]:
        return self.script.calls

    def publish(self, state: MaintenanceState) -> None:
        self.state = state
        self.script.unlocked = state.is_unlocked
        for listener in tuple(self._listeners):
            listener(state)

    def _change(self, **values: bool) -> None:
        self.publish(replace(self.state, **values))  # type: ignore[arg-type]  # the switches of the state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def unlock(self, pin: str) -> PinAnswer:
        self.script.calls.append(("unlock",))
        right = PinAnswer(Entry.OK) if pin == PIN else PinAnswer(Entry.WRONG, 2)
        answer = self.answers.pop(0) if self.answers else right if self.has_pin else PinAnswer(Entry.NO_PIN)
        if answer.is_right:
            self.publish(replace(self.state, session="T-1", ends_at_s=1e9))
        return answer

    async def lock(self) -> None:
        self.script.calls.append(("lock",))
        self.publish(replace(self.state, session="", ends_at_s=0.0))

    def touched(self) -> None:
        self.touches += 1

    async def overview(self, language: str = "pt") -> Overview:
        self.script.called("overview", language)
        told = tuple(part_in_words(part, self.words, language) for part in self.parts)
        return Overview(told, AT, 0 if self.sales.attention.settled else 1)
