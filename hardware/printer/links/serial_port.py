"""Serial ports by pyserial, real ones and those that a USB printer shows (cdc_acm).

pyserial's own `write` is not used on POSIX: after its time limit nobody knows how much of the data left.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

import serial
from serial.tools import list_ports

from hardware.printer.links.descriptor import read_some, write_some
from hardware.printer.links.protocol import LinkLost
from totem.domain.errors import PrinterUnreachable

try:
    from termios import error as _TermiosError  # noqa: N812 - a lower-case class; it is no OSError
except ImportError:
    _TermiosError = OSError  # type: ignore[misc, assignment]  # Windows has no terminals

_ERRORS = (OSError, _TermiosError)
"""pyserial's own are OSErrors; what it does to a port that is gone raises termios' own."""
_STEP_S = 0.005
"""Between two looks, where the system has no way to wait for the port."""
_PIECE_BYTES = 256
"""Under way at once on such systems, and behind DSR; the rest is not accepted yet."""


class FlowControl(StrEnum):
    """How the printer says that its buffer is full."""

    RTS_CTS = "rtscts"
    DSR_DTR = "dsrdtr"
    XON_XOFF = "xonxoff"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """`baud` matters on a real line only. 8 data bits, no parity, 1 stop bit, as receipt printers are delivered."""

    baud: int = 9600
    flow: FlowControl = FlowControl.RTS_CTS


class PortInfo(Protocol):
    """What pyserial's `ListPortInfo` says of a port."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None


class Port(Protocol):
    """What is used of pyserial's `Serial`. All calls but `open` are made with its time limits at 0."""

    @property
    def dsr(self) -> bool: ...
    @property
    def in_waiting(self) -> int: ...
    @property
    def out_waiting(self) -> int: ...
    def fileno(self) -> int: ...
    def read(self, size: int = 1, /) -> bytes: ...
    def write(self, data: bytes, /) -> int | None: ...
    def reset_output_buffer(self) -> None: ...
    def close(self) -> None: ...


ListPorts = Callable[[], Iterable[PortInfo]]
OpenPort = Callable[[str, SerialSettings], Port]


def list_serial_ports() -> list[PortInfo]:
    return list(list_ports.comports())


def open_port(device: str, settings: SerialSettings) -> Port:
    """Raises OSError (pyserial's errors are), also where another program has it."""
    return serial.Serial(
        device,
        settings.baud,
        timeout=0,
        write_timeout=0,
        xonxoff=settings.flow is FlowControl.XON_XOFF,
        rtscts=settings.flow is FlowControl.RTS_CTS,
        dsrdtr=settings.flow is FlowControl.DSR_DTR,
        exclusive=True if os.name == "posix" else None,
    )


def named_port(device: str) -> Callable[[], str]:
    """Where the port has a name that stays: `/dev/serial/by-id/...`, `COM3`."""
    return lambda: device


def port_by_usb_id(
    vendor_id: int, product_id: int, serial_number: str = "", ports: ListPorts = list_serial_ports
) -> Callable[[], str]:
    """Looks for it at every opening: a port that was pulled out often comes back under another name."""

    def find() -> str:
        found = [
            port.device
            for port in ports()
            if (port.vid, port.pid) == (vendor_id, product_id)
            and (not serial_number or port.serial_number == serial_number)
        ]
        if len(found) != 1:
            wanted = f"{vendor_id:04x}:{product_id:04x}{f' {serial_number}' if serial_number else ''}"
            raise PrinterUnreachable(f"{len(found)} serial ports are {wanted}")
        return found[0]

    return find


class SerialLink:
    """One serial port, opened anew for each job. `find` gives its name; raises PrinterUnreachable."""

    lasting: Literal[True] = True

    def __init__(
        self,
        name: str,
        find: Callable[[], str],
        settings: SerialSettings | None = None,
        *,
        open_port: OpenPort = open_port,
        posix: bool = os.name == "posix",
    ) -> None:
        self._name = name
        self._find = find
        self._settings = settings or SerialSettings()
        self._open_port = open_port
        self._posix = posix
        self._port: Port | None = None
        self._in_flight = b""
        """Kept for the driver of Windows, which reads from it after the call."""

    @property
    def description(self) -> str:
        return f"serial {self._name}"

    def open(self, timeout_s: float) -> None:  # noqa: ARG002 - opening a port does not wait for the printer
        self.close()
        try:
            self._port = self._open_port(self._find(), self._settings)
        except (*_ERRORS, ValueError) as error:
            raise PrinterUnreachable(f"{self.description}: {error}") from error

    def write(self, data: bytes, timeout_s: float) -> int:
        port = self._opened()
        deadline = time.monotonic() + timeout_s
        try:
            if self._settings.flow is FlowControl.DSR_DTR and self._posix:
                # Linux has no DSR/DTR flow control: small pieces, each when the printer is ready and the last has left.
                if not _until(lambda: port.dsr and port.out_waiting == 0, deadline):
                    return 0
                data = data[:_PIECE_BYTES]
            if self._posix:
                return write_some(port.fileno(), data, max(deadline - time.monotonic(), 0), self.description)
            return self._write_queued(port, data, deadline)
        except _ERRORS as error:
            raise LinkLost(f"{self.description}: {error}") from error

    def _write_queued(self, port: Port, data: bytes, deadline: float) -> int:
        """Without a way to wait for room: the next piece only once the driver has sent the last one."""
        if not _until(lambda: port.out_waiting == 0, deadline):
            return 0
        self._in_flight = data[:_PIECE_BYTES]
        return port.write(self._in_flight) or 0

    def read(self, timeout_s: float) -> bytes:
        port = self._opened()
        try:
            if self._posix:
                return read_some(port.fileno(), timeout_s, self.description)
            if not _until(lambda: port.in_waiting > 0, time.monotonic() + timeout_s):
                return b""
            return port.read(max(port.in_waiting, 1))
        except _ERRORS as error:
            raise LinkLost(f"{self.description}: {error}") from error

    def close(self) -> None:
        if self._port is None:
            return
        # Linux waits up to 30 s at close for a printer that takes no bytes, unless they are thrown away before.
        with contextlib.suppress(*_ERRORS):
            self._port.reset_output_buffer()
        with contextlib.suppress(*_ERRORS):
            self._port.close()
        self._port = None

    def _opened(self) -> Port:
        if self._port is None:
            raise LinkLost(f"{self.description}: not open")
        return self._port


def _until(holds: Callable[[], bool], deadline: float) -> bool:
    pause = threading.Event()
    while not holds():
        if (left_s := deadline - time.monotonic()) <= 0:
            return False
        pause.wait(min(left_s, _STEP_S))
    return True
