"""An ESC/POS printer on any link: the Printer port over one worker thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from hardware.printer.conversation import PrinterLimits
from hardware.printer.links import Link
from hardware.printer.profile import PrinterProfile
from hardware.printer.worker import PrinterWorker
from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

DEFAULT_LIMITS = PrinterLimits()
_CLOSED = PrinterStatus(frozenset({Condition.UNREACHABLE}))


class EscPosPrinter:
    """Implements `totem.domain.ports.Printer`.

    All calls queue behind one another on the printer's own thread. A call that is cancelled runs to its end there:
    a ticket is never cut off in its middle because somebody stopped waiting for it. `at_end` is called there last.
    """

    def __init__(
        self,
        name: str,
        link: Link,
        profile: PrinterProfile,
        limits: PrinterLimits = DEFAULT_LIMITS,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        at_end: Callable[[], None] | None = None,
    ) -> None:
        self._name = name
        self._limits = limits
        self._at_end = at_end
        self._stop = threading.Event()
        self._worker = PrinterWorker(link, profile, limits, self._stop, monotonic)
        self._asked = 0
        """Calls that the worker thread has not ended: listening gives way to them."""
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"printer-{name}")

    @property
    def name(self) -> str:
        return self._name

    async def status(self) -> PrinterStatus:
        if self._stop.is_set():
            return _CLOSED
        return await self._run(self._worker.status)

    async def print(self, job_id: int, data: bytes) -> PrintOutcome:
        """See the port. Raises ValueError for a job id outside 0-9999, before anything is sent."""
        if not 0 <= job_id <= 9999:
            raise ValueError(f"job id {job_id} is not within 0-9999")
        if self._stop.is_set():
            return PrintOutcome(PrintResult.NOT_SENT, _CLOSED)
        return await self._run(lambda: self._worker.print(job_id, data))

    async def settle(self, job_id: int) -> PrintOutcome:
        if self._stop.is_set():
            return PrintOutcome(PrintResult.UNKNOWN, _CLOSED)
        return await self._run(lambda: self._worker.settle(job_id))

    async def changed(self, since: PrinterStatus, timeout_s: float) -> PrinterStatus:
        """See `totem.domain.ports.WatchedPrinter`. Other calls go first: they wait 50 ms for it at most."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + timeout_s
        gone = threading.Event()

        def is_wanted() -> bool:
            return self._asked > 0 or gone.is_set()

        try:
            while not self._stop.is_set():
                listen = partial(self._worker.listen, since, until_s - loop.time(), is_wanted)
                status = await loop.run_in_executor(self._executor, listen)
                if not self._stop.is_set() and (status.conditions != since.conditions or loop.time() >= until_s):
                    return status
        finally:
            gone.set()
        return _CLOSED

    async def close(self) -> None:
        """Ends within `close_s`, whatever the printer does. A job still held is given up: it stays unknown."""
        if self._stop.is_set():
            return
        self._stop.set()
        closing = asyncio.get_running_loop().run_in_executor(self._executor, self._let_go)
        self._executor.shutdown(wait=False)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(closing), self._limits.close_s)
            return
        _log.warning("printer %s did not let go within %s s", self._name, self._limits.close_s)

    def _let_go(self) -> None:
        self._worker.close()
        if self._at_end is not None:
            self._at_end()

    async def _run(self, act: Callable[[], _T]) -> _T:
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, act)
        finally:
            self._asked -= 1
