"""A device node or a file that never answers: what can be known is that every byte left in time."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hardware.printer.links.descriptor import has_room, write_some
from hardware.printer.links.protocol import LinkLost
from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult

_DEVICES = Path("/dev")
_SLICE_S = 0.2
_LPGETSTATUS = 0x060B
"""linux/lp.h; `usblp` knows it too, and asks the printer (GET_PORT_STATUS, printer class 1.1, 4.2.2)."""
_PAPER_EMPTY, _SELECTED, _NO_ERROR = 0x20, 0x10, 0x08
_UNREACHABLE = PrinterStatus(frozenset({Condition.UNREACHABLE}))
_SILENT = PrinterStatus(frozenset({Condition.NO_REPLY}))

PortStatus = Callable[[int], int | None]
"""The byte of a parallel port's status lines, None where the device has none."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """`write_s` without one more byte taken."""

    write_s: float = 5.0


def port_status(descriptor: int) -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    import fcntl  # noqa: PLC0415 - Windows has none

    answer = bytearray(4)
    try:
        fcntl.ioctl(descriptor, _LPGETSTATUS, answer)
    except OSError:
        return None
    return answer[0]


class FilePress:
    """See `one_way.Press`. A plain file gets each job at its end.

    PRINTED means stored there, or taken by the device. A plain file in /dev is none of ours: somebody wrote to the
    name of a printer that was pulled out, and tickets in there would reach nobody.
    """

    def __init__(
        self,
        path: Path,
        limits: FileLimits,
        stop: threading.Event,
        *,
        port_status: PortStatus = port_status,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._limits = limits
        self._stop = stop
        self._port_status = port_status
        self._monotonic = monotonic

    def status(self) -> PrinterStatus:
        try:
            descriptor = self._open()
        except OSError:
            return _UNREACHABLE
        try:
            return self._status_of(descriptor)
        finally:
            os.close(descriptor)

    def print(self, job_id: int, data: bytes) -> PrintOutcome:  # noqa: ARG002 - nothing comes back to know it by
        try:
            descriptor = self._open()
        except OSError:
            return PrintOutcome(PrintResult.NOT_SENT, _UNREACHABLE)
        try:
            status = self._status_of(descriptor)
            if not status.can_print:
                return PrintOutcome(PrintResult.NOT_SENT, status)
            return self._print(descriptor, data)
        finally:
            # A device whose last bytes are not taken is not waited for.
            with contextlib.suppress(OSError):
                os.close(descriptor)

    # --- inside -------------------------------------------------------------------------------------------------

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
        if _DEVICES not in self._path.parents:
            return os.open(self._path, flags | getattr(os, "O_BINARY", 0) | os.O_CREAT, 0o600)
        descriptor = os.open(self._path, flags)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(f"{self._path} is no device")
        return descriptor

    def _status_of(self, descriptor: int) -> PrinterStatus:
        lines = self._port_status(descriptor)
        if lines is None:
            return PrinterStatus()
        found = set()
        if lines & _PAPER_EMPTY:
            found.add(Condition.PAPER_OUT)
        elif not lines & _NO_ERROR:
            found.add(Condition.ERROR)
        elif not lines & _SELECTED:
            found.add(Condition.OFFLINE)
        return PrinterStatus(frozenset(found), bytes((lines,)))

    def _print(self, descriptor: int, data: bytes) -> PrintOutcome:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return self._store(descriptor, data)
        taken = 0
        deadline = self._monotonic() + self._limits.write_s
        try:
            while taken < len(data):
                left_s = deadline - self._monotonic()
                if left_s <= 0 or self._stop.is_set():
                    return PrintOutcome(PrintResult.UNKNOWN if taken else PrintResult.NOT_SENT, _SILENT)
                count = write_some(descriptor, data[taken:], min(left_s, _SLICE_S), str(self._path))
                taken += count
                if count:
                    deadline = self._monotonic() + self._limits.write_s
            # Closing earlier would throw away what the printer has not fetched (`usblp` unlinks it).
            while not has_room(descriptor, _SLICE_S, str(self._path)):
                if self._monotonic() >= deadline or self._stop.is_set():
                    return PrintOutcome(PrintResult.UNKNOWN, _SILENT)
        except LinkLost:
            return PrintOutcome(PrintResult.UNKNOWN if taken else PrintResult.NOT_SENT, _UNREACHABLE)
        return PrintOutcome(PrintResult.PRINTED, self._status_of(descriptor))

    def _store(self, descriptor: int, data: bytes) -> PrintOutcome:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        except OSError:
            return PrintOutcome(PrintResult.UNKNOWN, PrinterStatus(frozenset({Condition.ERROR})))
        return PrintOutcome(PrintResult.PRINTED)
