"""From `[printer]` to an opened Printer: which driver, which wire, which limits."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hardware.printer.conversation import PrinterLimits
from hardware.printer.driver import EscPosPrinter
from hardware.printer.image_printer import ImageFormat, ImagePress
from hardware.printer.links import Link, NetworkLink
from hardware.printer.links.device import DeviceLink
from hardware.printer.links.serial_port import (
    FlowControl,
    ListPorts,
    SerialLink,
    SerialSettings,
    list_serial_ports,
    named_port,
    port_by_usb_id,
)
from hardware.printer.links.spooler_cups import CupsAccess, CupsSpooler
from hardware.printer.links.spooler_windows import Load, WindowsSpooler, load_win32print
from hardware.printer.links.usb import FindBackend, UsbAddress, UsbLink, find_backend
from hardware.printer.one_way import OneWayPrinter, Press
from hardware.printer.profile import PROFILES, PrinterProfile
from hardware.printer.spooled import SpoolLimits, SpoolPress
from hardware.printer.unanswered import FileLimits, FilePress
from totem.bootstrap.frozen import environment_for_others
from totem.config.printers import PrinterKeys
from totem.domain.ports import Printer

_SPOOL_CALL_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the drivers reach the machine by."""

    usb_backend: FindBackend = find_backend
    serial_ports: ListPorts = list_serial_ports
    cups: CupsAccess = field(default_factory=lambda: CupsAccess(environment=environment_for_others()))
    win32print: Load = load_win32print


def profile_of(keys: PrinterKeys) -> PrinterProfile:
    return PROFILES[keys.profile]


def limits_of(keys: PrinterKeys) -> PrinterLimits:
    return PrinterLimits(connect_s=keys.connect_timeout_s, status_s=keys.reply_timeout_s, job_s=keys.print_timeout_s)


def open_printer(keys: PrinterKeys, surroundings: Surroundings | None = None) -> Printer:
    """The printer behind the port. Nothing is asked of it yet, and nothing is raised for one that is not there."""
    around = surroundings or Surroundings()
    match keys.driver:
        case "cups" | "windows" | "image":
            return _one_way(keys, around)
        case "device" if not keys.replies:
            return _one_way(keys, around)
        case "usb":
            link = UsbLink(UsbAddress(*keys.usb_ids, keys.serial_number), around.usb_backend)
            return EscPosPrinter(keys.name, link, profile_of(keys), limits_of(keys), at_end=link.give_back)
        case _:
            return EscPosPrinter(keys.name, _link(keys, around), profile_of(keys), limits_of(keys))


def _link(keys: PrinterKeys, around: Surroundings) -> Link:
    if keys.driver == "network":
        return NetworkLink(keys.host, keys.port)
    if keys.driver == "device":
        return DeviceLink(_path(keys.device))
    settings = SerialSettings(keys.baud, FlowControl(keys.flow_control))
    if keys.device is not None:
        return SerialLink(str(keys.device), named_port(str(keys.device)), settings)
    find = port_by_usb_id(*keys.usb_ids, keys.serial_number, around.serial_ports)
    return SerialLink(keys.usb_id, find, settings)


def _one_way(keys: PrinterKeys, around: Surroundings) -> Printer:
    stop = threading.Event()
    limits = limits_of(keys)
    return OneWayPrinter(keys.name, _press(keys, around, limits, stop), stop, limits.close_s)


def _press(keys: PrinterKeys, around: Surroundings, limits: PrinterLimits, stop: threading.Event) -> Press:
    spool = SpoolLimits(call_s=_SPOOL_CALL_S, job_s=limits.job_s)
    match keys.driver:
        case "cups":
            return SpoolPress(CupsSpooler(keys.queue, around.cups), spool, stop)
        case "windows":
            return SpoolPress(WindowsSpooler(keys.queue, around.win32print), spool, stop)
        case "device":
            return FilePress(_path(keys.device), FileLimits(write_s=limits.write_s), stop)
        case _:
            kind = ImageFormat(keys.image_format)
            return ImagePress(_path(keys.folder), kind, _draw, profile_of(keys).dots, stop)


def _draw(data: bytes, dots: int) -> bytes:
    from hardware.sim.preview import draw  # noqa: PLC0415 - it brings Pillow, which no real printer needs

    return draw(data, dots)


def _path(path: Path | None) -> Path:
    if path is None:
        raise ValueError("the configuration was not checked")
    return path
