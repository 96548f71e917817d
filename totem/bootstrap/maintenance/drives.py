"""Removable drives that are mounted now, as Linux and Windows tell."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from totem.services.maintenance.views import Stick

_OCTAL: Final = re.compile(r"\\([0-7]{3})")
"""How spaces stand in /proc/mounts (fstab(5))."""


@dataclass(frozen=True, slots=True)
class MachinePaths:
    """Where Linux tells of its drives."""

    mounts: Path = Path("/proc/self/mounts")
    blocks: Path = Path("/sys/class/block")


async def find_sticks(paths: MachinePaths | None = None) -> tuple[Stick, ...]:
    """Those that can be written. Never raises: a drive that is being pulled out is none."""
    return await asyncio.to_thread(lambda: tuple(_sticks(paths or MachinePaths())))


def _sticks(paths: MachinePaths) -> Iterator[Stick]:
    for mount in _mounts(paths):
        try:
            free_bytes = shutil.disk_usage(mount).free
            if os.access(mount, os.W_OK):
                yield Stick(mount, mount.name or str(mount), free_bytes)
        except OSError:
            continue


def _mounts(paths: MachinePaths) -> Iterator[Path]:
    if sys.platform == "win32":
        yield from _windows_drives()
        return
    try:
        lines = paths.mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        device, place, _, options, *_ = (*line.split(" "), "", "", "", "")
        if device.startswith("/dev/") and "rw" in options.split(",") and _is_removable(paths.blocks, Path(device).name):
            yield Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), place))


def _is_removable(blocks: Path, name: str) -> bool:
    """The flag is the whole disk's; a partition's folder lies within its."""
    folder = (blocks / name).resolve()
    for place in (folder, folder.parent):
        try:
            flag = (place / "removable").read_text(encoding="ascii").strip()
        except OSError:
            continue
        # Many external disks call themselves fixed, and still hang on a USB port.
        return flag == "1" or "/usb" in str(folder)
    return False


if sys.platform == "win32":
    import ctypes

    _REMOVABLE = 2
    """DRIVE_REMOVABLE of GetDriveType."""

    def _windows_drives() -> Iterator[Path]:
        kernel = ctypes.windll.kernel32
        letters = kernel.GetLogicalDrives()
        for index in range(26):
            root = f"{chr(ord('A') + index)}:\\"
            if letters >> index & 1 and kernel.GetDriveTypeW(root) == _REMOVABLE:
                yield Path(root)

else:

    def _windows_drives() -> Iterator[Path]:
        yield from ()
