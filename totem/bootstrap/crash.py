"""What nobody caught, told once and redacted: Python's own report hides nothing of an exception's words."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from totem.bootstrap.redaction import redact

log = logging.getLogger(__name__)


def crash_report(error: BaseException) -> str:
    """The traceback as Python prints it, its causes included, without secrets and card data."""
    return redact("".join(traceback.format_exception(error)))


@contextmanager
def crashes_told() -> Iterator[None]:
    """Until the end of the `with`, a thread's or a finaliser's exception is told on stderr, redacted, and logged."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del kind
        tell(error.with_traceback(trace))

    def in_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not issubclass(told.exc_type, SystemExit):
            tell(told.exc_value)

    def unraisable(told: sys.UnraisableHookArgs) -> None:
        # Not the object: its repr is anybody's.
        if told.exc_value is not None:
            tell(told.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before


def tell(error: BaseException) -> None:
    """One crash, on stderr and in the log."""
    sys.stderr.write(crash_report(error))
    if log.hasHandlers():
        log.critical("uncaught", exc_info=error)
