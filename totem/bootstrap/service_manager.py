"""What systemd wants to hear of a service: that it is there, that it lives, and that it is going.

Source: sd_notify(3) and systemd.service(5), the protocol alone: one datagram of `NAME=value` lines to the Unix socket
that `NOTIFY_SOCKET` names (a leading `@` stands for the zero byte of an abstract one). Elsewhere nothing is sent.

The sign of life goes out from the event loop, which is Qt's, on the thread that paints: when either stands still, so
does the sign, and systemd starts the program anew. `WATCHDOG_PID` is not looked at: under a compositor the main
process is the compositor, and the unit lets any of its processes speak (`NotifyAccess=all`).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

log = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, Any], str], "asyncio.Task[Any]"]

READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"
STOPPING: Final = "STOPPING=1"

_SIGNS_IN_A_LIMIT: Final = 3
"""sd_watchdog_enabled(3) wants at least two; the third is for a busy moment."""
_US: Final = 1_000_000


class ServiceManager:
    """Tells systemd, where systemd started this program; silent otherwise. Sending never blocks and never raises."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        limit_us = environment.get("WATCHDOG_USEC", "")
        self._limit_s = int(limit_us) / _US if limit_us.isascii() and limit_us.isdigit() else 0.0

    @property
    def every_s(self) -> float:
        """How often the sign of life is due; 0 where nobody waits for it."""
        return self._limit_s / _SIGNS_IN_A_LIMIT if self._address else 0.0

    def ready(self, spawn: Spawn) -> None:
        """The first screen is there; from now on the sign of life goes out, as a task of whoever owns the loop."""
        self.tell(READY)
        if self.every_s > 0:
            spawn(self._beat(), "service.alive")

    def stopping(self) -> None:
        """The program is about to close, for which the unit's `TimeoutStopSec` leaves it time."""
        self.tell(STOPPING)

    def tell(self, *lines: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
                wire.setblocking(False)  # noqa: FBT003 - the standard library takes it by place only
                wire.sendto("\n".join(lines).encode(), address)
        except (OSError, AttributeError) as error:
            # A service manager that does not listen is no reason to sell nothing.
            log.warning("systemd could not be told %s: %s", lines[0], error)

    async def _beat(self) -> None:
        while True:
            self.tell(ALIVE)
            await asyncio.sleep(self.every_s)
