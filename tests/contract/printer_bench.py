"""A printer of the port and the world around it, for the contract's tests."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from hardware.printer.conversation import PrinterLimits
from hardware.printer.driver import EscPosPrinter
from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.links import NetworkLink
from hardware.printer.profile import EPSON_80, GENERIC_80, PrinterProfile
from hardware.sim.printer import SimPrinterSettings, SimulatedPrinter
from totem.domain.ports import PrintOutcome, PrintResult, WatchedPrinter
from totem.domain.receipt import Align, Columns, Qr, Receipt, Rule, Text

PATIENT = PrinterLimits(
    connect_s=10.0, status_s=10.0, write_s=10.0, job_s=30.0, poll_s=0.02, settle_s=0.05, silence_s=30.0, drain_s=0.2
)
"""For tests in which the printer answers: a busy machine must not look like a silent printer."""
HASTY = PrinterLimits(
    connect_s=1.0, status_s=0.2, write_s=0.3, job_s=0.5, poll_s=0.02, settle_s=0.05, silence_s=0.3, drain_s=0.2
)
"""For tests in which it does not, and time must run out."""
RECEIPT = Receipt(
    "ticket",
    (
        Text("Lava-rápido São João", Align.CENTER, bold=True, scale=2),
        Rule(),
        Columns("Lavagem completa", "R$ 45,00"),
        Columns("Cera de carnaúba", "R$ 30,00"),
        Columns("Total", "R$ 75,00", bold=True),
        Qr("https://exemplo.com.br/t/0001"),
        Text("Obrigado"),
    ),
)
PROCESS_ID = b"\x1d(H\x06\x00000007"
PROFILES = (EPSON_80, GENERIC_80)
"""One that confirms by process id, and one that confirms by a queued status."""


class Bench:
    """A printer of the port, and the world around it."""

    def __init__(self, sim: SimulatedPrinter, printer: WatchedPrinter, encoder: ReceiptEncoder) -> None:
        self.sim = sim
        self.printer = printer
        self._encoder = encoder

    def job(self, job_id: int = 7) -> bytes:
        return self._encoder.encode(RECEIPT, job_id)

    async def print(self, job_id: int = 7) -> PrintOutcome:
        return await self.printer.print(job_id, self.job(job_id))

    async def settled(self, job_id: int = 7) -> PrintOutcome:
        """Asks until the job is no longer held; the printer's own limits end it."""
        outcome = await self.printer.settle(job_id)
        while outcome.result is PrintResult.HELD:
            outcome = await self.printer.settle(job_id)
        return outcome

    def whole_tickets(self) -> int:
        return sum(ticket.complete for ticket in self.sim.tickets())


@contextlib.asynccontextmanager
async def bench_of(
    profile: PrinterProfile, settings: SimPrinterSettings | None = None, limits: PrinterLimits = PATIENT
) -> AsyncIterator[Bench]:
    base = settings or SimPrinterSettings()
    sim = SimulatedPrinter(replace(base, has_process_id=base.has_process_id and profile.has_process_id))
    await sim.start()
    printer = EscPosPrinter("recibo", NetworkLink("127.0.0.1", sim.port), profile, limits)
    try:
        yield Bench(sim, printer, ReceiptEncoder(profile, {}))
    finally:
        await printer.close()
        await sim.stop()
