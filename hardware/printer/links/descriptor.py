"""Reading and writing a POSIX file descriptor within limits. The descriptor must be non-blocking."""

from __future__ import annotations

import contextlib
import os
import select
import time

from hardware.printer.links.protocol import LinkLost

_READ_BYTES = 1024


def write_some(descriptor: int, data: bytes, timeout_s: float, description: str) -> int:
    """How many bytes the kernel took, 0 where none within the time. Raises LinkLost."""
    deadline = time.monotonic() + timeout_s
    try:
        while True:
            # Readiness may be gone again by the time of the write, where XOFF comes between.
            if _wait(descriptor, select.POLLOUT, deadline):
                with contextlib.suppress(BlockingIOError):
                    return os.write(descriptor, data)
            if time.monotonic() >= deadline:
                return 0
    except OSError as error:
        raise LinkLost(f"{description}: {error}") from error


def has_room(descriptor: int, timeout_s: float, description: str) -> bool:
    """Whether it takes more within the time; of a printer's node (`usblp`): whether the printer took the last write.

    Raises LinkLost.
    """
    events = _wait(descriptor, select.POLLOUT, time.monotonic() + timeout_s)
    if events and not events & select.POLLOUT:
        raise LinkLost(f"{description}: gone")
    return bool(events)


def read_some(descriptor: int, timeout_s: float, description: str) -> bytes:
    """What is there, empty where nothing came within the time. Raises LinkLost, also at the end of the stream."""
    deadline = time.monotonic() + timeout_s
    try:
        if not _wait(descriptor, select.POLLIN, deadline):
            return b""
        data = os.read(descriptor, _READ_BYTES)
    except BlockingIOError:
        return b""
    except OSError as error:
        raise LinkLost(f"{description}: {error}") from error
    if not data:
        raise LinkLost(f"{description}: closed by the printer")
    return data


def _wait(descriptor: int, event: int, deadline: float) -> int:
    poll = select.poll()
    poll.register(descriptor, event)
    found = poll.poll(max(deadline - time.monotonic(), 0) * 1000)
    return found[0][1] if found else 0
