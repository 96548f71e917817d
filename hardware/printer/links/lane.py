"""Limits for calls that know none: name servers, spoolers, drivers of others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


class Lane:
    """Runs one call at a time, each on a thread that nobody waits for at the program's end.

    A call that overstays its time is left behind; until it is back, the next ones only wait for it. So a name server
    that never answers costs one thread, however often it is asked.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._free = threading.Lock()

    def call(self, work: Callable[[], _T], timeout_s: float) -> _T:
        """Raises TimeoutError where it is not back in time, and whatever `work` raises."""
        deadline = time.monotonic() + timeout_s
        if not self._free.acquire(timeout=max(timeout_s, 0)):
            raise TimeoutError(f"{self._name}: an earlier call is not back yet")
        results: list[_T] = []
        errors: list[BaseException] = []
        done = threading.Event()

        def act() -> None:
            try:
                results.append(work())
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits for it
                errors.append(error)
            finally:
                self._free.release()
                done.set()

        threading.Thread(target=act, name=self._name, daemon=True).start()
        if not done.wait(max(deadline - time.monotonic(), 0)):
            raise TimeoutError(f"{self._name}: no answer within {timeout_s:g} s")
        if errors:
            raise errors[0]
        return results[0]
