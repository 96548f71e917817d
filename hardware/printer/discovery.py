"""Which printers are plugged in or installed here, with the lines of configuration that use each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import usb.core
import usb.util

from hardware.printer.links import spooler_cups, spooler_windows
from hardware.printer.links.lane import Lane
from hardware.printer.links.serial_port import ListPorts, list_serial_ports
from hardware.printer.links.usb import PRINTER_CLASS, Device, FindBackend, find_backend, serial_number_of
from totem.domain.errors import PrinterError

SOURCE_LIMIT_S = 3.0
_VENDOR_CLASS = 0xFF


@dataclass(frozen=True, slots=True)
class KnownPrinter:
    """A model by what it says on USB, and the profile that fits it."""

    vendor_id: int
    product_id: int
    model: str
    profile: str


KNOWN = (
    KnownPrinter(0x04B8, 0x0E03, "Epson TM-T20", "epson-tm-t20"),
    KnownPrinter(0x04B8, 0x0E15, "Epson TM-T20", "epson-tm-t20"),
    KnownPrinter(0x04B8, 0x0E28, "Epson TM-T20", "epson-tm-t20"),
    KnownPrinter(0x0B1B, 0x0003, "Bematech MP-4200 TH", "bematech-mp4200"),
    KnownPrinter(0x20D1, 0x7008, "Elgin i9", "elgin-i9"),
    KnownPrinter(0x23B8, 0x0005, "Daruma DR800", "daruma-dr800"),
    KnownPrinter(0x1C8A, 0x3001, "Sweda SI-300", "sweda-si300"),
    KnownPrinter(0x0416, 0x5011, "genérica (Winbond)", "generic-80"),
)
"""From community udev rules: not confirmed on devices of ours."""
_UNKNOWN_PROFILE = "generic-80"


@dataclass(frozen=True, slots=True)
class FoundPrinter:
    """`lines` are the keys of `[printer]`; `note` is a word of warning in Portuguese, "" for none."""

    model: str
    place: str
    lines: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where is looked; each may raise or hang."""

    usb_backend: FindBackend = find_backend
    serial_ports: ListPorts = list_serial_ports
    cups_queues: Callable[[], dict[str, str]] = spooler_cups.queues
    windows_queues: Callable[[], tuple[str, ...]] = spooler_windows.queues


def discover(sources: Sources | None = None, limit_s: float = SOURCE_LIMIT_S) -> tuple[FoundPrinter, ...]:
    """All that can be found, at most `limit_s` for each of four sources; one that fails is left out. Blocking."""
    chosen = sources or Sources()
    looks: tuple[Callable[[], list[FoundPrinter]], ...] = (
        lambda: list(_usb(chosen)),
        lambda: list(_serial(chosen)),
        lambda: list(_cups(chosen)),
        lambda: list(_windows(chosen)),
    )
    found: list[FoundPrinter] = []
    for look in looks:
        try:
            found += Lane("discovery").call(look, limit_s)
        except (OSError, ValueError, PrinterError):  # TimeoutError and USBError are OSErrors
            continue
    return tuple(found)


# --- each source ----------------------------------------------------------------------------------------------------


def _usb(sources: Sources) -> Iterator[FoundPrinter]:
    backend = sources.usb_backend()
    if backend is None:
        return
    devices = list(usb.core.find(find_all=True, backend=backend))
    for device in devices:
        known = _known(device.idVendor, device.idProduct)
        classes = _classes(device)
        # A known printer without either class shows itself as a serial port, and is found there.
        if PRINTER_CLASS not in classes and not (known and _VENDOR_CLASS in classes):
            continue
        twins = [(other.idVendor, other.idProduct) for other in devices].count((device.idVendor, device.idProduct))
        serial_number = serial_number_of(device)
        usb.util.dispose_resources(device)
        yield FoundPrinter(
            known.model if known else "não conhecida",
            "USB",
            _lines("usb", known, usb_id=f"{device.idVendor:04x}:{device.idProduct:04x}", serial_number=serial_number),
            "há outra igual, e esta não diz o número de série" if twins > 1 and not serial_number else "",
        )


def _serial(sources: Sources) -> Iterator[FoundPrinter]:
    for port in sources.serial_ports():
        known = _known(port.vid, port.pid)
        if known is None:
            continue
        usb_id = f"{known.vendor_id:04x}:{known.product_id:04x}"
        lines = _lines("serial", known, usb_id=usb_id, serial_number=port.serial_number or "")
        yield FoundPrinter(known.model, f"porta {port.device}", lines)


def _cups(sources: Sources) -> Iterator[FoundPrinter]:
    for queue, address in sources.cups_queues().items():
        yield FoundPrinter(
            f"fila {queue}", f"CUPS, {address}", _lines("cups", None, queue=queue), "a fila tem de ser crua (raw)"
        )


def _windows(sources: Sources) -> Iterator[FoundPrinter]:
    for queue in sources.windows_queues():
        yield FoundPrinter(f"impressora {queue}", "Windows", _lines("windows", None, queue=queue))


def _known(vendor_id: int | None, product_id: int | None) -> KnownPrinter | None:
    return next((one for one in KNOWN if (one.vendor_id, one.product_id) == (vendor_id, product_id)), None)


def _classes(device: Device) -> set[int]:
    """Of its interfaces, from its descriptors: no permission is needed for them."""
    try:
        return {interface.bInterfaceClass for configuration in device for interface in configuration}
    except usb.core.USBError:
        return set()


def _lines(driver: str, known: KnownPrinter | None, **keys: str) -> tuple[str, ...]:
    """TOML; a JSON string is a basic string of TOML (TOML 1.0.0, String)."""
    pairs = {"driver": driver, **keys, "profile": known.profile if known else _UNKNOWN_PROFILE}
    return tuple(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in pairs.items() if value)
