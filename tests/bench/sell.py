"""Whole Pix sales by real touches on the kiosk of the demo, measured from inside: `sell FOLDER SALES`.

Simulated bank and printer run in a process of their own. What the demo itself does on the kiosk's loop, photographs
of the screen and looking for things to touch, is left out of the figures by its own meter.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import providers  # noqa: F401 - pydantic comes before Qt
from hardware.printer import worker
from hardware.printer.conversation import Conversation, Sent
from tests.bench.children import HEIGHT_PX, WIDTH_PX
from tests.bench.holders import Holders, Span, TracedMeter, percentile
from totem.bootstrap import demo, kiosk, opening, stage
from totem.bootstrap.actor import Actor
from totem.bootstrap.engine import Ports
from totem.bootstrap.options import DemoOptions
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.bootstrap.scenarios import PLAIN
from totem.bootstrap.tuning import Tuning
from totem.config.loader import Configuration
from totem.domain.ports import Charge, Printer, PrintOutcome
from totem.runtime import Runtime
from totem.runtime import run as run_on_qt
from totem.services.state import CheckoutState, Stage
from totem.ui.demo import phone

if TYPE_CHECKING:
    from PySide6.QtGui import QImage


@dataclass(slots=True)
class Moments:
    """Of one sale, on `time.monotonic()`."""

    known_s: float = 0.0
    """The bank's answer that names the payment was read."""
    printing_s: float = 0.0
    """The screen was told."""
    job_s: float = 0.0
    """The printer's port got the encoded ticket."""
    last_byte_s: float = 0.0
    """The link took the last byte."""
    confirmed_s: float = 0.0
    """The printer said that the ticket is on paper."""


class Stopwatch:
    """One customer at a time: what happens belongs to the sale whose payment became known last."""

    def __init__(self) -> None:
        self.sales: dict[str, Moments] = {}
        self._txid = ""

    def known(self, txid: str) -> None:
        """The bank is asked again long after: the first answer counts."""
        if txid not in self.sales:
            self._txid = txid
            self.sales[txid] = Moments(known_s=time.monotonic())

    def reached(self, name: str) -> None:
        sale = self.sales.get(self._txid)
        if sale is not None and not getattr(sale, name):
            setattr(sale, name, time.monotonic())

    def on_state(self, state: CheckoutState) -> None:
        if state.stage is Stage.PRINTING:
            self.reached("printing_s")


class TimedBank:
    """A PixProvider that notes when a payment becomes known; everything goes through to the real one."""

    def __init__(self, inner: Any, watch: Stopwatch) -> None:
        self._inner = inner
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def get_charge(self, txid: str) -> Charge:
        charge: Charge = await self._inner.get_charge(txid)
        if charge.payments:
            self._watch.known(txid)
        return charge


class TimedPrinter:
    def __init__(self, inner: Printer, watch: Stopwatch) -> None:
        self._inner = inner
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def print(self, job_id: int, data: bytes) -> PrintOutcome:
        self._watch.reached("job_s")
        outcome = await self._inner.print(job_id, data)
        self._watch.reached("confirmed_s")
        return outcome


class TimedConversation(Conversation):
    """Notes when the link has taken a job's last byte, and the short question behind it."""

    watch: Stopwatch

    def send(self, data: bytes, sent: Sent) -> bool:
        whole = super().send(data, sent)
        if whole:
            self.watch.reached("last_byte_s")
        return whole


def _wrap_the_ports(watch: Stopwatch, holders: Holders) -> None:
    opened_ports, opened_kiosk = opening.open_ports, kiosk.open_kiosk

    async def open_ports(configuration: Configuration, tuning: Tuning) -> Ports:
        ports = await opened_ports(configuration, tuning)
        banks: Any = tuple(TimedBank(provider, watch) for provider in ports.providers)
        printer: Any = TimedPrinter(ports.printer, watch)
        return replace(ports, providers=banks, printer=printer)

    @asynccontextmanager
    async def open_kiosk(*arguments: Any, **named: Any) -> AsyncIterator[kiosk.Kiosk]:
        async with opened_kiosk(*arguments, **named) as opened:
            opened.engine.checkout.subscribe(watch.on_state)
            yield opened

    def read_codes(image: QImage) -> tuple[str, ...]:
        began_s = time.monotonic()
        try:
            return phone.read_codes(image)
        finally:
            holders.callbacks.append(Span("the demo's camera, in a thread", began_s, time.monotonic()))

    TimedConversation.watch = watch
    _put(opening, open_ports=open_ports)
    _put(stage, open_kiosk=open_kiosk, read_codes=read_codes)
    _put(worker, Conversation=TimedConversation)


def _put(module: ModuleType, **values: object) -> None:
    for name, value in values.items():
        if not hasattr(module, name):
            raise LookupError(f"{module.__name__} has no {name} to measure")
        setattr(module, name, value)


def main(folder: Path, sales: int) -> int:
    watch, holders = Stopwatch(), Holders()
    _wrap_the_ports(watch, holders)
    options = DemoOptions(headless=True, width_px=WIDTH_PX, height_px=HEIGHT_PX, sales=sales)
    demo.choose_platform(options, folder, os.environ)
    sandbox = SandboxProcess(folder / "sandbox", options.seed)
    told: dict[str, Any] = {}

    async def play(runtime: Runtime) -> int:
        theatre = stage.Stage(runtime, options, folder, await sandbox.ready())
        theatre.stall = TracedMeter(holders)
        try:
            with holders.watching():
                await theatre.open()
                holders.watch_frames(theatre.window)
                actor = Actor(theatre)
                # The pictures of a first customer are the demo's; a sale is the same without them.
                actor._played = 1
                for _ in range(sales):
                    await actor.play(PLAIN.sales[0])
                told["stall"] = _stall(theatre.stall)
        finally:
            await theatre.end()
        return 0

    try:
        code = run_on_qt(play, ["totem"])
    finally:
        sandbox.stop()
    told |= {
        "sales": [asdict(sale) for sale in watch.sales.values()],
        "frames": _figures([span.ms for span in holders.frames]),
        "callbacks": _figures([span.ms for span in holders.callbacks]),
        "without_frames": _figures(holders.late_without_frames_ms()),
        "worst": holders.worst(),
    }
    print(json.dumps(told), flush=True)  # noqa: T201 - the parent reads it
    return code


def _stall(meter: Any) -> Mapping[str, float]:
    report = meter.report()
    return {"samples": report.samples, "p99_ms": report.p99_ms, "max_ms": report.max_ms}


def _figures(values: Sequence[float]) -> Mapping[str, float]:
    return {"count": len(values), "p99_ms": percentile(values, 0.99), "max_ms": max(values, default=0.0)}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
