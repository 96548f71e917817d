"""What differs in the built program: how it is started again, and what the system's own programs must not inherit."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

_LIBRARIES = "LD_LIBRARY_PATH"
_BEFORE = "LD_LIBRARY_PATH_ORIG"


def is_frozen() -> bool:
    """Whether this is the built program rather than the source."""
    return bool(getattr(sys, "frozen", False))


def command() -> tuple[str, ...]:
    """The program itself, to be started once more: its one file when it is frozen, its package otherwise."""
    return (sys.executable,) if is_frozen() else (sys.executable, "-m", "totem")


def environment_for_others(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """For programs of the system, `lp` for one: PyInstaller leads every process to the libraries of the bundle.

    Source: PyInstaller's manual, "LD_LIBRARY_PATH / LIBPATH considerations": what was set before is kept under the
    same name with `_ORIG`.
    """
    found = dict(os.environ if environment is None else environment)
    if is_frozen():
        before = found.pop(_BEFORE, None)
        found.pop(_LIBRARIES, None)
        if before is not None:
            found[_LIBRARIES] = before
    return found
