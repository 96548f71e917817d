"""One world a driver: the simulated printer, its wire, and the printer of the port in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from hardware.printer.conversation import PrinterLimits
from hardware.printer.driver import EscPosPrinter
from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.links import Link, NetworkLink
from hardware.printer.links.device import DeviceLink
from hardware.printer.links.ipp import CupsServer
from hardware.printer.links.serial_port import FlowControl, SerialLink, SerialSettings, named_port
from hardware.printer.links.spooler_cups import CupsAccess, CupsSpooler
from hardware.printer.links.spooler_windows import WindowsSpooler
from hardware.printer.links.usb import UsbAddress, UsbLink
from hardware.printer.one_way import OneWayPrinter
from hardware.printer.profile import EPSON_80, PrinterProfile
from hardware.printer.spooled import SpoolLimits, SpoolPress
from hardware.sim.core import PrinterCore
from hardware.sim.printer import SimulatedPrinter
from hardware.sim.wires.cups import SimulatedCups
from hardware.sim.wires.spool import SpoolQueue
from hardware.sim.wires.terminal import TerminalPrinter
from hardware.sim.wires.usb import UsbBus, UsbPrinter
from hardware.sim.wires.windows import SimulatedWin32Print
from tests.contract.printer_bench import RECEIPT
from totem.domain.ports import Printer, PrintOutcome

IDENTITY = UsbAddress(0x04B8, 0x0E15, "SIM0001")


@dataclass(slots=True)
class World:
    """A printer of the port, and the simulated one behind it."""

    sim: PrinterCore
    printer: Printer
    profile: PrinterProfile = EPSON_80

    def job(self, job_id: int = 7) -> bytes:
        return ReceiptEncoder(self.profile, {}).encode(RECEIPT, job_id)

    async def print(self, job_id: int = 7) -> PrintOutcome:
        return await self.printer.print(job_id, self.job(job_id))

    def whole_tickets(self) -> int:
        return sum(ticket.complete for ticket in self.sim.tickets())


@dataclass(slots=True, kw_only=True)
class SpoolWorld(World):
    """And a spooler between."""

    queue: SpoolQueue
    hanging: set[str]
    """Calls that never come back."""
    broken: set[str]
    """Calls that fail."""


MakeWorld = Callable[[Path, PrinterLimits], AbstractAsyncContextManager[World]]


@contextlib.asynccontextmanager
async def _served(sim: PrinterCore, link: Link, limits: PrinterLimits) -> AsyncIterator[World]:
    printer = EscPosPrinter("recibo", link, EPSON_80, limits)
    try:
        yield World(sim, printer)
    finally:
        await printer.close()


@contextlib.asynccontextmanager
async def network(folder: Path, limits: PrinterLimits) -> AsyncIterator[World]:
    sim = SimulatedPrinter()
    await sim.start()
    async with _served(sim, NetworkLink("127.0.0.1", sim.port), limits) as world:
        yield world
    await sim.stop()


@contextlib.asynccontextmanager
async def serial(folder: Path, limits: PrinterLimits, flow: FlowControl = FlowControl.RTS_CTS) -> AsyncIterator[World]:
    sim = TerminalPrinter(folder / "serial-by-id")
    sim.start()
    link = SerialLink(str(sim.path), named_port(str(sim.path)), SerialSettings(flow=flow))
    async with _served(sim, link, limits) as world:
        yield world
    sim.stop()


@contextlib.asynccontextmanager
async def device(folder: Path, limits: PrinterLimits) -> AsyncIterator[World]:
    sim = TerminalPrinter(folder / "lp0")
    sim.start()
    async with _served(sim, DeviceLink(sim.path), limits) as world:
        yield world
    sim.stop()


@contextlib.asynccontextmanager
async def usb(folder: Path, limits: PrinterLimits) -> AsyncIterator[World]:
    bus = UsbBus()
    sim = UsbPrinter(bus)
    sim.start()
    async with _served(sim, UsbLink(IDENTITY, lambda: bus), limits) as world:
        yield world
    sim.stop()


# --- those that do not answer ---------------------------------------------------------------------------------------


def spool_limits(limits: PrinterLimits) -> SpoolLimits:
    return SpoolLimits(
        call_s=limits.connect_s,
        submit_s=limits.status_s,
        job_s=limits.job_s,
        poll_s=limits.poll_s,
        cancel_s=limits.write_s,
    )


@contextlib.asynccontextmanager
async def cups(folder: Path, limits: PrinterLimits) -> AsyncIterator[SpoolWorld]:
    sim = PrinterCore()
    queue = SpoolQueue(sim)
    queue.start()
    server = SimulatedCups(folder, queue)
    await server.start()
    stop = threading.Event()
    spooler = CupsSpooler(queue.name, CupsAccess(CupsServer(server.socket), server.commands))
    printer = OneWayPrinter("recibo", SpoolPress(spooler, spool_limits(limits), stop), stop, limits.close_s)
    try:
        yield SpoolWorld(sim, printer, queue=queue, hanging=server.hanging, broken=server.broken)
    finally:
        await printer.close()
        await server.stop()
        await queue.stop()


@contextlib.asynccontextmanager
async def windows(folder: Path, limits: PrinterLimits) -> AsyncIterator[SpoolWorld]:
    sim = PrinterCore()
    queue = SpoolQueue(sim)
    queue.start()
    api = SimulatedWin32Print(queue, asyncio.get_running_loop())
    stop = threading.Event()
    spooler = WindowsSpooler(queue.name, lambda: api)
    printer = OneWayPrinter("recibo", SpoolPress(spooler, spool_limits(limits), stop), stop, limits.close_s)
    try:
        yield SpoolWorld(sim, printer, queue=queue, hanging=api.hanging, broken=set())
        assert api.hanging or not api.open_handles
    finally:
        await printer.close()
        api.let_go.set()
        await queue.stop()


SPOOLED: dict[str, Callable[[Path, PrinterLimits], AbstractAsyncContextManager[SpoolWorld]]] = {
    "cups": cups,
    "windows": windows,
}
ANSWERING: dict[str, MakeWorld] = {"network": network, "serial": serial, "device": device, "usb": usb}
"""Those whose printer tells its status and confirms each job."""
