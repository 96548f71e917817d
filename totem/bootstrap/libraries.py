"""Names the system libraries that Qt needs and this machine lacks, before Qt aborts without a word."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Mapping
from typing import Final

# What Qt 6.11's QtGui, Quick and platform plug-ins link and the wheel does not bring (objdump -p); Debian's package.
_ALWAYS: Final = (
    ("libEGL.so.1", "libegl1"),
    ("libGL.so.1", "libgl1"),
    ("libX11.so.6", "libx11-6"),
    ("libfontconfig.so.1", "libfontconfig1"),
    ("libfreetype.so.6", "libfreetype6"),
    ("libglib-2.0.so.0", "libglib2.0-0"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libdbus-1.so.3", "libdbus-1-3"),
)
_XCB: Final = (
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libxcb-cursor.so.0", "libxcb-cursor0"),
    ("libxcb-icccm.so.4", "libxcb-icccm4"),
    ("libxcb-image.so.0", "libxcb-image0"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    ("libxcb-randr.so.0", "libxcb-randr0"),
    ("libxcb-render-util.so.0", "libxcb-render-util0"),
    ("libxcb-shape.so.0", "libxcb-shape0"),
    ("libxcb-util.so.1", "libxcb-util1"),
    ("libxcb-xkb.so.1", "libxcb-xkb1"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
)


def has_display(environment: Mapping[str, str], system: str = sys.platform) -> bool:
    """Whether Qt can open a window: on Linux that takes X11, Wayland or a platform named on purpose."""
    if not system.startswith("linux"):
        return True
    return any(environment.get(name) for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"))


def missing_libraries(
    environment: Mapping[str, str], system: str = sys.platform, loads: Callable[[str], bool] | None = None
) -> tuple[tuple[str, str], ...]:
    """(library, Debian package) of each that cannot be loaded; those of X11 only where Qt will use it."""
    if not system.startswith("linux"):
        return ()
    platform = environment.get("QT_QPA_PLATFORM", "")
    uses_xcb = platform.startswith("xcb") or (
        not platform and not environment.get("WAYLAND_DISPLAY") and bool(environment.get("DISPLAY"))
    )
    wanted = (*_ALWAYS, *_XCB) if uses_xcb else _ALWAYS
    return tuple(pair for pair in wanted if not (loads or _loads)(pair[0]))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
