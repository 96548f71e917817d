"""USB by pyusb: the printer found by VID:PID and serial number at every opening, its endpoints by its descriptors."""

from __future__ import annotations

import contextlib
import errno
import importlib
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import usb.backend.libusb1
import usb.core
import usb.util

from hardware.printer.links.protocol import LinkLost
from totem.domain.errors import PrinterUnreachable

_log = logging.getLogger(__name__)

PRINTER_CLASS = 7
_VENDOR_CLASS = 0xFF
"""Some makers hide the printer behind a class of their own."""
_TO_INTERFACE, _SOFT_RESET = 0x21, 2
"""Printer class 1.1, 4.2.3: buffers are flushed, nothing printed is lost."""
_READ_BYTES = 512
"""A whole packet of the fastest bulk endpoint (USB 2.0, 5.8.3): less would overflow, and lose what came."""
_GIVE_BACK_S = 1.0
_GONE = (errno.ENODEV, errno.ENOENT, errno.ESHUTDOWN)

Device = Any
"""pyusb's `Device`; it ships no types."""
Backend = Any
FindBackend = Callable[[], Backend]


@dataclass(frozen=True, slots=True)
class UsbAddress:
    """Which printer. `serial_number` "" is any, where there is only one."""

    vendor_id: int
    product_id: int
    serial_number: str = ""

    def __str__(self) -> str:
        return f"{self.vendor_id:04x}:{self.product_id:04x}" + (f" {self.serial_number}" if self.serial_number else "")


@dataclass(frozen=True, slots=True)
class Ends:
    """The interface of a printer and its bulk endpoints; `into` None where the printer never answers."""

    interface: int
    alternate: int
    out: int
    into: int | None
    is_printer: bool


def find_backend() -> Backend:
    """The system's libusb, else the one that the `libusb-package` brings, else None."""
    found = usb.backend.libusb1.get_backend()
    if found is None:
        with contextlib.suppress(ImportError):
            found = importlib.import_module("libusb_package").get_libusb1_backend()
    return found


def find_ends(device: Device) -> Ends | None:
    """Printer class first, then a vendor's own; both ways before one way. Raises USBError."""
    found = sorted(_all_ends(device), key=lambda ends: (not ends.is_printer, ends.into is None))
    return found[0] if found else None


def _all_ends(device: Device) -> Iterator[Ends]:
    for interface in _configuration(device):
        kind = interface.bInterfaceClass
        bulk = [one for one in interface if usb.util.endpoint_type(one.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK]
        out = _address(bulk, usb.util.ENDPOINT_OUT)
        if kind in {PRINTER_CLASS, _VENDOR_CLASS} and out is not None:
            into = _address(bulk, usb.util.ENDPOINT_IN)
            yield Ends(
                interface.bInterfaceNumber, interface.bAlternateSetting, out, into, is_printer=kind == PRINTER_CLASS
            )


def _configuration(device: Device) -> Iterable[Any]:
    """The active one, or else the first; setting one anew would reset a printer in mid-ticket."""
    try:
        return device.get_active_configuration()  # type: ignore[no-any-return]
    except usb.core.USBError as error:
        if error.errno is not None:
            raise
        return device[0]  # type: ignore[no-any-return]


def _address(endpoints: Iterable[Any], direction: int) -> int | None:
    found = (one.bEndpointAddress for one in endpoints)
    return next((address for address in found if usb.util.endpoint_direction(address) == direction), None)


def serial_number_of(device: Device) -> str:
    """ "" where it has none, or may not be read."""
    try:
        return str(device.serial_number or "") if device.iSerialNumber else ""
    except (usb.core.USBError, ValueError):
        return ""


class UsbLink:
    """One printer, claimed at each opening. The kernel's own driver stays away until `give_back`."""

    def __init__(self, address: UsbAddress, backend: FindBackend = find_backend, *, system: str = sys.platform) -> None:
        self._address = address
        self._find_backend = backend
        self._backend: Backend | None = None
        self._has_kernel_driver = system.startswith("linux")
        self._device: Device | None = None
        self._ends = Ends(0, 0, 0, None, is_printer=False)
        self._lost = ""
        self._detached = False
        self._unfinished = False
        """A write was cut short: the printer may wait for the rest of a command, and would take a new job for it."""

    @property
    def description(self) -> str:
        return f"usb {self._address}"

    # --- opening ------------------------------------------------------------------------------------------------

    def open(self, timeout_s: float) -> None:
        self.close()
        self._lost = ""
        device = None
        try:
            device = self._find(timeout_s)
            self._claim(device)
        except (usb.core.USBError, ValueError) as error:
            if device is not None:
                self._dispose(device)
            raise PrinterUnreachable(f"{self.description}: {_reason(error)}") from error
        self._device = device

    def _find(self, timeout_s: float) -> Device:
        # Found once: each time would be another context of libusb.
        self._backend = backend = self._backend or self._find_backend()
        if backend is None:
            raise PrinterUnreachable(f"{self.description}: libusb is not installed")
        wanted = self._address
        found = list(
            usb.core.find(find_all=True, backend=backend, idVendor=wanted.vendor_id, idProduct=wanted.product_id)
        )
        for device in found:
            device.default_timeout = _milliseconds(timeout_s)  # of one control transfer
        if wanted.serial_number:
            others = [device for device in found if serial_number_of(device) != wanted.serial_number]
            for device in others:
                found.remove(device)
                self._dispose(device)
        if len(found) != 1:
            reason = "not plugged in" if not found else f"{len(found)} are plugged in: name its serial number"
            raise PrinterUnreachable(f"{self.description}: {reason}")
        return found[0]

    def _claim(self, device: Device) -> None:
        """Raises USBError, or ValueError where it is no printer."""
        ends = find_ends(device)
        if ends is None:
            raise ValueError("it has no bulk endpoint to print to")
        if self._has_kernel_driver and device.is_kernel_driver_active(ends.interface):
            device.detach_kernel_driver(ends.interface)
            self._detached = True
        if not _is_configured(device):
            device.set_configuration()
        usb.util.claim_interface(device, ends.interface)
        if ends.alternate:
            device.set_interface_altsetting(ends.interface, ends.alternate)
        if self._unfinished and ends.is_printer:
            with contextlib.suppress(usb.core.USBTimeoutError):
                device.ctrl_transfer(_TO_INTERFACE, _SOFT_RESET, 0, ends.interface)
                self._unfinished = False
        self._ends = ends

    # --- in use -------------------------------------------------------------------------------------------------

    def write(self, data: bytes, timeout_s: float) -> int:
        device = self._opened()
        try:
            accepted = int(device.write(self._ends.out, data, _milliseconds(timeout_s)))
            self._unfinished = accepted < len(data)
            return accepted
        except usb.core.USBTimeoutError:
            # libusb's back end tells a partial transfer as a count, not as an error: nothing left.
            self._unfinished = True
            return 0
        except usb.core.USBError as error:
            if error.errno == errno.EPIPE:
                self._unhalt(device, self._ends.out)
            # How many packets went before, libusb does not say: the printer may have some of them.
            self._lost = _reason(error)
            return len(data)

    def read(self, timeout_s: float) -> bytes:
        device = self._opened()
        if self._ends.into is None:
            return b""
        try:
            return bytes(device.read(self._ends.into, _READ_BYTES, _milliseconds(timeout_s)))
        except usb.core.USBTimeoutError:
            return b""
        except usb.core.USBError as error:
            if error.errno == errno.EPIPE:
                self._unhalt(device, self._ends.into)
            raise LinkLost(f"{self.description}: {_reason(error)}") from error

    def close(self) -> None:
        if self._device is not None:
            self._dispose(self._device)
            self._device = None

    def give_back(self) -> None:
        """At the program's end: the kernel's driver (`usblp`) gets the printer again. Never raises.

        Not at every close: its probing would load the printer and the system's log at each look at the status.
        """
        self.close()
        if not self._detached:
            return
        self._detached = False
        try:
            device = self._find(_GIVE_BACK_S)
            ends = find_ends(device)
            if ends is not None:
                device.attach_kernel_driver(ends.interface)
            self._dispose(device)
        except (PrinterUnreachable, usb.core.USBError) as error:
            _log.info("%s: the kernel's driver was not attached again: %s", self.description, error)

    # --- inside -------------------------------------------------------------------------------------------------

    def _opened(self) -> Device:
        if self._device is None or self._lost:
            raise LinkLost(f"{self.description}: {self._lost or 'not open'}")
        return self._device

    def _unhalt(self, device: Device, endpoint: int) -> None:
        """A stalled endpoint stays so until it is told otherwise (USB 2.0, 9.4.5)."""
        with contextlib.suppress(usb.core.USBError):
            device.clear_halt(endpoint)

    def _dispose(self, device: Device) -> None:
        with contextlib.suppress(usb.core.USBError):
            usb.util.dispose_resources(device)


def _is_configured(device: Device) -> bool:
    try:
        device.get_active_configuration()
    except usb.core.USBError as error:
        if error.errno is not None:
            raise
        return False
    return True


def _milliseconds(timeout_s: float) -> int:
    """0 would be for ever, to libusb."""
    return max(int(timeout_s * 1000), 1)


def _reason(error: Exception) -> str:
    match getattr(error, "errno", None):
        case errno.EACCES | errno.EPERM:
            return f"no permission (is the udev rule installed?): {error}"
        case errno.EBUSY:
            return f"another program uses it: {error}"
        case number if number in _GONE:
            return f"pulled out: {error}"
        case _:
            return str(error)
