"""One thread for one device, which nobody waits for at the program's end: a device may never answer."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")


class DaemonThread:
    """Runs what it is given in order. A call that is cancelled runs to its end if it has begun, else never."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._started = False

    async def run(self, work: Callable[[], _T]) -> _T:
        return await self.start(work)

    def start(self, work: Callable[[], _T]) -> asyncio.Future[_T]:
        """In its place in the line from now on, whether it is awaited or not."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_T] = loop.create_future()

        def act() -> None:
            if done.cancelled():
                return
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - handed to whoever awaits it
                self._tell(loop, done, done.set_exception, error)
            else:
                self._tell(loop, done, done.set_result, result)

        self._work.put(act)
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return done

    def stop(self) -> None:
        """Ends the thread after what was given already; never waits."""
        self._work.put(None)

    def _tell(
        self, loop: asyncio.AbstractEventLoop, done: asyncio.Future[_T], tell: Callable[..., None], what: object
    ) -> None:
        def finish() -> None:
            if not done.done():
                tell(what)

        with suppress(RuntimeError):  # the loop may be closed by then
            loop.call_soon_threadsafe(finish)

    def _run(self) -> None:
        while (act := self._work.get()) is not None:
            act()
