"""A kiosk window with a scripted maintenance behind it, led to any page; and a kiosk that has much to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import QPoint

from tests.support.fake_maintenance import AT, PIN, FakeMaintenance
from tests.ui.studio import StillClock, Studio, studio
from tests.ui.touches import press, release, tap
from totem.domain.errors import Trouble
from totem.domain.machine import SaleState, TicketState
from totem.domain.money import Money
from totem.domain.ports import Condition, PrinterStatus
from totem.runtime import Runtime
from totem.services.banks import Health
from totem.services.health import signs
from totem.services.health.vocabulary import Word
from totem.services.maintenance.sale_views import SaleRow, StoryLine
from totem.services.maintenance.views import (
    ConfigLine,
    MaintenanceState,
    PrinterView,
    ProviderView,
    TerminalView,
    WaitingTicket,
)
from totem.ui.maintenance.gesture import Corner
from totem.ui.maintenance.model import MaintenanceModel
from totem.ui.maintenance.settings import MaintenanceSettings

WAIT_S = 20.0
INSET_PX = 70
"""Where a finger lands in a corner: under the strip of a simulation."""
STAY_S = 600.0
"""How long a scripted visit lasts before it would lock."""


@dataclass
class Bench:
    stage: Studio
    control: FakeMaintenance

    @property
    def model(self) -> MaintenanceModel:
        model = self.stage.kiosk.maintenance.model
        assert model is not None, "maintenance is not open"
        return model

    @property
    def screen(self) -> str:
        return self.stage.kiosk.screen

    async def until(self, screen: str) -> None:
        """Frames go by until that screen is there."""
        async with asyncio.timeout(WAIT_S):
            while self.screen != screen:
                await self.stage.frame()

    async def until_over(self, over: str) -> None:
        """Until that lies over the page ("" for nothing)."""
        async with asyncio.timeout(WAIT_S):
            while self.model.board.value("over") != over:
                await self.stage.frame()
            await self.stage.frame()

    async def touch_corner(self, corner: Corner) -> None:
        window = self.stage.kiosk.window
        x = INSET_PX if "left" in corner else window.width() - INSET_PX
        y = INSET_PX if "top" in corner else window.height() - INSET_PX
        await press(self.stage, QPoint(x, y))
        await release(self.stage, QPoint(x, y))

    async def gesture(self, *corners: Corner) -> None:
        for corner in corners or tuple(Corner):
            await self.touch_corner(corner)

    async def tap(self, name: str) -> None:
        await tap(self.stage, name)

    async def type_pin(self, pin: str) -> None:
        for digit in pin:
            await self.tap(f"key.pin.{digit}")
        await self.tap("key.pin.enter")
        await self.stage.frame()

    async def enter(self) -> None:
        """Through the door as a technician does."""
        await self.gesture()
        await self.until("maintenance.pin")
        await self.stage.frame()
        await self.type_pin(PIN)
        await self.until("maintenance.overview")
        await self.settle()

    async def settle(self) -> None:
        """Until what the page asked was answered and drawn."""
        loading = self.model.visit.loading
        if loading is not None:
            await asyncio.wait([loading])
        await self.stage.frame()
        await self.stage.frame()

    async def open_sale(self, row_id: str) -> None:
        """From the list of sales."""
        await self.tap(f"key.{row_id}")
        await self.until("maintenance.sale")
        await self.settle()

    async def ask_refund(self, suggestion: int) -> None:
        """Of the sale whose page is open, for a reason that is offered: as far as the question."""
        await self.tap("key.refund")
        await self.until_over("typing")
        await self.tap(f"key.suggest:{suggestion}")
        await self.tap("key.typed")
        await self.until_over("ask")

    async def go(self, page: str) -> None:
        await self.tap(f"key.nav.{page}")
        await self.until(f"maintenance.{page}")
        await self.settle()


class Patient(FakeMaintenance):
    """Locks by the studio's clock, as the real one does: `STAY_S` after the last touch."""

    def __init__(self, clock: StillClock) -> None:
        super().__init__()
        self._clock = clock

    def publish(self, state: MaintenanceState) -> None:
        ends = self._clock.monotonic() + STAY_S if state.is_unlocked else 0.0
        super().publish(replace(state, ends_at_s=ends))

    def touched(self) -> None:
        super().touched()
        self.publish(self.state)


@contextmanager
def bench(runtime: Runtime, orientation: str = "portrait", **changes: Any) -> Iterator[Bench]:
    changes.setdefault("maintenance", MaintenanceSettings(timeout_s=STAY_S))
    with studio(orientation, runtime, **changes) as stage:
        control = Patient(stage.clock)
        stage.kiosk.maintain(control)
        yield Bench(stage, control)


def fill(control: FakeMaintenance) -> None:
    """A kiosk on a bad day: something of every kind, with the longest words."""
    area = signs.Area
    control.parts = (
        replace(signs.part(area.PRINTER, "escpos", Word.PAPER_OUT), since=AT),
        signs.part(area.CERTIFICATE, "inter", Word.CERTIFICATE_ENDS, date="01/12/2026", days=9),
        replace(signs.part(area.ATTENTIONS, "", Word.ATTENTIONS_OPEN, count=2), since=AT),
        signs.part(area.PROVIDER, "sicredi", Word.PROVIDER_GOOD),
        signs.part(area.CERTIFICATE, "sicredi", Word.CERTIFICATE_GOOD, date="01/03/2027", days=99),
        signs.part(area.TERMINAL, "tef", Word.TERMINAL_READY, most=12),
        signs.part(area.TERMINAL, "smartpos", Word.TERMINAL_READY, most=12),
        signs.part(area.CLOCK, "sicredi", Word.CLOCK_RIGHT, seconds=0),
        signs.part(area.DISK, "", Word.DISK_GOOD, mb=31_000),
        signs.part(area.JOURNAL, "", Word.JOURNAL_WRITES),
    )
    out, low = frozenset({Condition.PAPER_OUT, Condition.OFFLINE}), frozenset({Condition.PAPER_LOW})
    control.printers.views = (
        PrinterView("escpos", PrinterStatus(out, b"\x1e\x32\x12\x72"), Trouble.PAPER_OUT),
        PrinterView("reserva", PrinterStatus(low, b"\x16\x12\x12\x1e"), None, is_spare=True),
    )
    control.printers.tickets = (
        WaitingTicket("S1", "0PE8QS", 7, TicketState.UNKNOWN, AT),
        WaitingTicket("S2", "1KD93Z", 8, TicketState.QUEUED, AT, to_claim=True),
    )
    control.terminals.views = (
        TerminalView("tef", ready=True, has_admin=True, held=1, unsettled=2),
        TerminalView("smartpos", False, Trouble.TERMINAL_UNREACHABLE, "connection refused", 3.0, has_admin=False),
    )
    control.providers.views = (
        ProviderView("sicredi", True, None, Health.CLOSED, AT, date(2027, 3, 1), 99, can_probe=True),
        ProviderView("inter", False, Trouble.CREDENTIALS, Health.OPEN, AT, date(2026, 12, 1), 9, can_probe=True),
    )
    control.sales.rows = tuple(_rows())
    control.sales.attention = replace(control.sales.attention, can_ask=True)
    control.sales.lines = tuple(_lines())
    control.configuration.lines = tuple(_settings())


def _rows() -> Iterator[SaleRow]:
    yield SaleRow("LAVA01-261122-0PE8QS", "0PE8QS", AT, SaleState.COMPLETED, Money(4500), 43, "pix", "sicredi", 1)
    states = (SaleState.COMPLETED, SaleState.COMPENSATED, SaleState.COMPLETED, SaleState.ABANDONED)
    for number in range(12):
        state = states[number % 4]
        yield SaleRow(
            f"LAVA01-261122-{number:06d}",
            f"{number:06d}",
            AT - timedelta(minutes=17 * number),
            state,
            Money(4500 + 1250 * number),
            None if state is SaleState.ABANDONED else 42 - number,
            ("pix", "credit", "debit")[number % 3],
            ("sicredi", "tef", "smartpos")[number % 3],
        )


def _lines() -> Iterator[StoryLine]:
    steps: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("sale", "open", {"amount": "R$ 45,00"}),
        ("attempt", "intended", {"txid": "6LAVA01" + "0" * 25}),
        ("attempt", "pending", {}),
        ("attempt", "approved", {"end_to_end_id": "E00038166202611221730AbCdEfGhIjK"}),
        ("sale", "paid", {}),
        ("ticket", "queued", {"number": "43"}),
        ("ticket", "sending", {"printer": "escpos"}),
        ("ticket", "unknown", {}),
        ("attention", "open", {"trouble": "PRN-007"}),
    )
    for number, (kind, state, details) in enumerate(steps):
        yield StoryLine(AT + timedelta(seconds=7 * number), kind, state, details)


def _settings() -> Iterator[ConfigLine]:
    yield ConfigLine("kiosk", "id", "LAVA01")
    yield ConfigLine("kiosk", "name", "Totem da entrada")
    yield ConfigLine("journal", "directory", "/var/lib/totem/dados")
    yield ConfigLine("pix", "providers", "sicredi, inter")
    yield ConfigLine("pix", "expiry_s", "600", is_default=True)
    yield ConfigLine("pix.sicredi", "client_secret_file", "(segredo)")
    yield ConfigLine("printer", "driver", "network")
    yield ConfigLine("printer", "host", "192.168.0.42")
