"""A device node that answers: `/dev/usb/lp0`, a serial port without settings of its own."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Literal

from hardware.printer.links.descriptor import read_some, write_some
from hardware.printer.links.protocol import LinkLost
from totem.domain.errors import PrinterUnreachable

_NO_RIGHT = (errno.EACCES, errno.EPERM)


class DeviceLink:
    """Opened non-blocking, so that neither a printer that is out of paper nor one without a reader holds it up."""

    lasting: Literal[True] = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def description(self) -> str:
        return f"device {self._path}"

    def open(self, timeout_s: float) -> None:  # noqa: ARG002 - a non-blocking open takes no time
        self.close()
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            hint = " (is the udev rule installed?)" if error.errno in _NO_RIGHT else ""
            raise PrinterUnreachable(f"{self.description}: {error}{hint}") from error

    def write(self, data: bytes, timeout_s: float) -> int:
        return write_some(self._opened(), data, timeout_s, self.description)

    def read(self, timeout_s: float) -> bytes:
        return read_some(self._opened(), timeout_s, self.description)

    def close(self) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        if self._descriptor is None:
            raise LinkLost(f"{self.description}: not open")
        return self._descriptor
