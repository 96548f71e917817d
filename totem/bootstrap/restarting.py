"""Starting the program anew: by whoever watches over it, else by itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

RESTART: Final = 75
"""Exit code of a program that wants to be started anew (EX_TEMPFAIL of sysexits.h); 0 is an end that was asked for."""
WATCHED: Final = "TOTEM_SUPERVISED"
"""Set by a service that starts the program anew when it ends with code 75; systemd sets INVOCATION_ID by itself."""


def is_watched(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether exit code 75 is enough. On Windows it is: Shell Launcher's actions go by exit codes, and a shell that
    starts another program and ends would leave the kiosk without one."""
    return platform == "win32" or bool(environment.get(WATCHED) or environment.get("INVOCATION_ID"))


def start_anew(environment: Mapping[str, str], arguments: Sequence[str]) -> None:
    """The same command in this process's place; does not return. A frozen program unpacks itself anew (PyInstaller
    6.9 and newer wants to be told, or the new one takes the old one's environment for its own)."""
    frozen = bool(getattr(sys, "frozen", False))
    command = [sys.executable, *arguments] if frozen else [sys.executable, "-m", "totem", *arguments]
    os.execve(sys.executable, command, {**environment, "PYINSTALLER_RESET_ENVIRONMENT": "1"})  # noqa: S606 - ourselves
