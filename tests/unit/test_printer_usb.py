"""The USB wire against an emulated bus: which printer, what is asked of the kernel, and counts that are exact."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

import pytest

from hardware.printer.links import LinkLost
from hardware.printer.links.usb import UsbAddress, UsbLink
from hardware.sim.wires.usb import UsbBus, UsbPrinter
from hardware.sim.wires.usb_descriptors import UsbIdentity
from totem.domain.errors import PrinterUnreachable

_T = TypeVar("_T")

ADDRESS = UsbAddress(0x04B8, 0x0E15)


class Bench:
    """A bus; printers are plugged in by `plug`. Links are used from a thread, as the driver does."""

    def __init__(self, undo: AsyncExitStack) -> None:
        self.bus = UsbBus()
        self._undo = undo

    def plug(self, identity: UsbIdentity | None = None, fifo_bytes: int = 64) -> UsbPrinter:
        printer = UsbPrinter(self.bus, identity, fifo_bytes=fifo_bytes)
        printer.start()
        self._undo.callback(printer.stop)
        return printer

    def link(self, address: UsbAddress = ADDRESS, system: str = "linux") -> UsbLink:
        link = UsbLink(address, lambda: self.bus, system=system)
        self._undo.callback(link.close)
        return link

    async def opened(self, address: UsbAddress = ADDRESS) -> UsbLink:
        link = self.link(address)
        await do(lambda: link.open(1))
        return link


async def do(act: Callable[[], _T]) -> _T:
    return await asyncio.to_thread(act)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with AsyncExitStack() as undo:
        yield Bench(undo)


# --- which one ------------------------------------------------------------------------------------------------------


async def test_by_number_alone_only_where_there_is_one(bench: Bench) -> None:
    bench.plug(UsbIdentity(vendor_id=0x20D1, product_id=0x7008))
    with pytest.raises(PrinterUnreachable, match="not plugged in"):
        await bench.opened()
    first = bench.plug(UsbIdentity(serial_number="A1"))
    await bench.opened()
    bench.plug(UsbIdentity(serial_number="B2"))
    with pytest.raises(PrinterUnreachable, match="2 are plugged in: name its serial number"):
        await bench.opened()
    link = await bench.opened(UsbAddress(0x04B8, 0x0E15, "B2"))
    assert link.description == "usb 04b8:0e15 B2"
    first.unplug(True)
    with pytest.raises(PrinterUnreachable, match="not plugged in"):
        await bench.opened(UsbAddress(0x04B8, 0x0E15, "A1"))


@pytest.mark.parametrize("interface_class", [7, 0xFF])
async def test_its_endpoints_are_found_behind_another_interface(bench: Bench, interface_class: int) -> None:
    printer = bench.plug(UsbIdentity(interface_class=interface_class))
    link = await bench.opened()
    assert await do(lambda: link.write(b"\x10\x04\x01", 5)) == 3
    assert await do(lambda: link.read(5)) == b"\x12"
    assert not printer.unknown


async def test_a_device_that_is_no_printer(bench: Bench) -> None:
    bench.plug(UsbIdentity(interface_class=8))
    with pytest.raises(PrinterUnreachable, match="no bulk endpoint"):
        await bench.opened()


async def test_without_libusb() -> None:
    with pytest.raises(PrinterUnreachable, match="libusb is not installed"):
        await do(lambda: UsbLink(ADDRESS, lambda: None).open(1))


async def test_without_permission_the_udev_rule_is_named(bench: Bench) -> None:
    bench.plug(UsbIdentity(may_open=False))
    with pytest.raises(PrinterUnreachable, match="udev"):
        await bench.opened()


async def test_another_program_has_it(bench: Bench) -> None:
    bench.plug()
    link = await bench.opened()
    with pytest.raises(PrinterUnreachable, match="another program"):
        await bench.opened()
    link.close()
    await bench.opened()


async def test_a_printer_without_a_way_back_is_silent(bench: Bench) -> None:
    bench.plug(UsbIdentity(one_way=True))
    link = await bench.opened()
    assert await do(lambda: link.write(b"\x10\x04\x01", 5)) == 3
    assert await do(lambda: link.read(0.01)) == b""


# --- the kernel's driver --------------------------------------------------------------------------------------------


async def test_the_kernels_driver_leaves_once_and_comes_back_at_the_end(bench: Bench) -> None:
    bench.plug()
    link = await bench.opened()
    link.close()
    await do(lambda: link.open(1))
    link.close()
    assert bench.bus.calls == ["detach 1", "claim 1", "release 1", "claim 1", "release 1"]
    await do(link.give_back)
    assert bench.bus.calls[-1] == "attach 1"
    await do(link.give_back)
    assert bench.bus.calls.count("attach 1") == 1


async def test_a_printer_pulled_out_is_given_back_to_nobody(bench: Bench) -> None:
    printer = bench.plug()
    link = await bench.opened()
    printer.unplug(True)
    await do(link.give_back)
    assert "attach 1" not in bench.bus.calls


async def test_where_there_is_no_kernel_driver_none_is_asked_for(bench: Bench) -> None:
    bench.plug(UsbIdentity(has_kernel_driver=False))
    link = bench.link(system="win32")
    await do(lambda: link.open(1))
    await do(link.give_back)
    assert bench.bus.calls == ["claim 1", "release 1"]


async def test_a_device_is_configured_only_where_it_is_not(bench: Bench) -> None:
    bench.plug(UsbIdentity(configured=False))
    await bench.opened()
    assert bench.bus.calls == ["detach 1", "configure 1", "claim 1"]


# --- in use ---------------------------------------------------------------------------------------------------------


async def test_what_the_printer_does_not_take_is_counted_exactly(bench: Bench) -> None:
    printer = bench.plug(fifo_bytes=100)
    link = await bench.opened()
    printer.stall(True)
    data = b"\x1b@" + b"0123456789\n" * 30
    accepted = await do(lambda: link.write(data, 0.1))
    assert 0 < accepted < len(data)
    assert await do(lambda: link.write(data[accepted:], 0.05)) == 0
    printer.stall(False)
    while accepted < len(data):
        rest = data[accepted:]
        accepted += await do(lambda rest=rest: link.write(rest, 5))  # type: ignore[misc]
    await printer.until(lambda: printer.received_bytes == len(data))
    (ticket,) = printer.tickets()
    assert ticket.data == data


@pytest.mark.parametrize("act", ["unplug", "halt"])
async def test_a_write_that_breaks_in_its_middle_counts_as_sent(bench: Bench, act: str) -> None:
    """libusb does not say how much of it left: "not a byte" would be a lie."""
    printer = bench.plug()
    link = await bench.opened()
    printer.stall(True)
    writing = asyncio.ensure_future(do(lambda: link.write(b"\x1b@" + b"x" * 500, 30)))
    await _until_full(bench)
    if act == "unplug":
        printer.unplug(True)
    else:
        printer.halt()
    assert await writing > 0
    with pytest.raises(LinkLost):
        await do(lambda: link.write(b"x", 1))
    with pytest.raises(LinkLost):
        await do(lambda: link.read(1))
    if act == "halt":
        assert bench.bus.calls[-1] == "clear 1"
        printer.stall(False)
        await do(lambda: link.open(1))
        assert await do(lambda: link.write(b"\x10\x04\x04", 5)) == 3


async def _until_full(bench: Bench) -> None:
    """Until the device takes no more."""
    (device,) = bench.bus.enumerate_devices()
    await do(lambda: device.wait_full(10))


async def test_a_read_of_a_printer_pulled_out_is_lost(bench: Bench) -> None:
    printer = bench.plug()
    link = await bench.opened()
    reading = asyncio.ensure_future(do(lambda: link.read(30)))
    printer.unplug(True)
    with pytest.raises(LinkLost, match="pulled out"):
        await reading


async def test_after_a_job_cut_off_the_printer_begins_anew(bench: Bench) -> None:
    """Else it would take the next job for the rest of the last one's command."""
    printer = bench.plug()
    link = await bench.opened()
    printer.stall(True)
    raster = b"\x1dv0\x00\x48\x00\x80\x00" + bytes(100)
    assert await do(lambda: link.write(raster, 0.05)) < len(raster)
    link.close()
    printer.stall(False)
    await do(lambda: link.open(1))
    assert bench.bus.calls[-1] == "soft reset 1"
    assert await do(lambda: link.write(b"\x10\x04\x01", 5)) == 3
    assert await do(lambda: link.read(5)) == b"\x12"
    link.close()
    await do(lambda: link.open(1))
    assert bench.bus.calls.count("soft reset 1") == 1
