"""Qt and asyncio on one loop. The only importer of qasync, and the only owner of Qt's application object."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from qasync import QEventLoop

log = logging.getLogger("totem.runtime")

Failure = Callable[[str, BaseException], None]
"""Told of an exception that nobody awaited: the name of the task or callback, and the exception."""


class Runtime:
    """What a running program shares: a stop event, and tasks that are neither lost nor silent.

    Made by `run`, and handed to its main coroutine. Tests make one of their own on their own loop.
    """

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        """Set by Ctrl+C, SIGTERM or `request_stop`; the main coroutine waits for it and returns."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_failure: list[Failure] = []

    def spawn(self, coro: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run a coroutine as a task that is held until it ends, and whose failure is reported."""
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def on_failure(self, listener: Failure) -> None:
        """Call `listener` for every exception that nobody awaits; it is logged in any case."""
        self._on_failure.append(listener)

    def report(self, where: str, error: BaseException) -> None:
        """Log an exception that reached the top, and tell whoever listens."""
        log.error("unhandled in %s", where, exc_info=error)
        for listener in self._on_failure:
            listener(where, error)

    def request_stop(self) -> None:
        self.stop.set()

    async def close(self) -> None:
        """Cancel every task that `spawn` started, and await it."""
        while self._tasks:
            tasks = tuple(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tasks.difference_update(tasks)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self.report(task.get_name(), error)


Main = Callable[[Runtime], Coroutine[Any, Any, int]]


def run(main: Main, argv: Sequence[str], *, pages: bool = False) -> int:
    """Run `main` on Qt's loop until it returns, and close in stages; returns what `main` returned.

    A signal sets `Runtime.stop`. Then main returns, every task left is cancelled and awaited, and only then the
    application goes: quitting it while a coroutine runs raises (qasync 0.28).

    `pages`: web pages may be shown, which share the graphics card's contexts with the screens.
    """
    if pages:
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    application = _application(argv)
    loop = make_loop(application)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_staged(main))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
        application.shutdown()


def make_loop(application: QGuiApplication | None = None) -> asyncio.AbstractEventLoop:
    """A loop driven by Qt, for `run` and for tests; makes the application where there is none yet."""
    return cast(asyncio.AbstractEventLoop, QEventLoop(application or _application(["totem"])))


def _application(argv: Sequence[str]) -> QGuiApplication:
    present = QGuiApplication.instance()
    if isinstance(present, QGuiApplication):
        return present
    application = QGuiApplication(list(argv))
    application.setApplicationName("totem")
    application.setQuitOnLastWindowClosed(False)
    return application


async def _staged(main: Main) -> int:
    runtime = Runtime()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: _report_context(runtime, context))
    with _hooks(runtime), _signals(loop, runtime):
        try:
            return await main(runtime)
        finally:
            runtime.request_stop()
            await runtime.close()
            await _cancel_strays()
            await loop.shutdown_asyncgens()


async def _cancel_strays() -> None:
    """Whatever a library started on its own must not outlive the loop either."""
    strays = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in strays:
        task.cancel()
    await asyncio.gather(*strays, return_exceptions=True)


def _report_context(runtime: Runtime, context: Mapping[str, Any]) -> None:
    error = context.get("exception")
    message = str(context.get("message", "event loop"))
    runtime.report(message, error if isinstance(error, BaseException) else RuntimeError(message))


@contextmanager
def _hooks(runtime: Runtime) -> Iterator[None]:
    """Python code that Qt calls has no caller to raise to: what it raises comes here."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind
        runtime.report("Qt callback", error.with_traceback(trace))

    before = sys.excepthook
    sys.excepthook = hook
    try:
        yield
    finally:
        sys.excepthook = before


@contextmanager
def _signals(loop: asyncio.AbstractEventLoop, runtime: Runtime) -> Iterator[None]:
    if sys.platform == "win32":
        with _signals_of_windows(loop, runtime):
            yield
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, runtime.request_stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextmanager
def _signals_of_windows(loop: asyncio.AbstractEventLoop, runtime: Runtime) -> Iterator[None]:
    """Windows' loop has no signal handlers; Python sees a signal only when some Python code runs, so a tick does."""

    def handler(*_: object) -> None:
        loop.call_soon_threadsafe(runtime.request_stop)

    timers: list[asyncio.TimerHandle] = []

    def tick() -> None:
        timers[:] = [loop.call_later(0.5, tick)]

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    tick()
    try:
        yield
    finally:
        timers[0].cancel()
        for number, old in before.items():
            signal.signal(number, old)
