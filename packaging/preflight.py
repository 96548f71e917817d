"""Name the system libraries that this machine lacks, and the Debian package that brings each.

Standard library only, and run by the system's own Python before anything is downloaded. The tables hold what PySide6
Essentials 6.11.3 asks of the system; `tests/arch/test_preflight.py` compares them with the libraries themselves.

    python3 packaging/preflight.py [display] [pages] [tests] [--packages]

Exits 0 if nothing lacks, else 3. `--packages` prints the packages' names alone, for a script.
On releases that carry the 64-bit time change (Debian 13, Ubuntu 24.04) `libglib2.0-0` is provided by `libglib2.0-0t64`,
and `libasound2` by `libasound2t64`.
"""

from __future__ import annotations

import ctypes
import shutil
import sys

EXIT_MISSING = 3

# Needed always, QT_QPA_PLATFORM=offscreen included: QtGui links against OpenGL, EGL and X11 even to draw in software.
CORE = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}

# Needed to open a window on X11 or Xvfb: what the "xcb" platform plugin links against.
DISPLAY = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

# Needed to show the acquirer's page of vinti4: what WebEngine, of the extra totem[vinti4], links against, even to draw
# in software and without a display.
PAGES = {
    "libXcomposite.so.1": "libxcomposite1",
    "libXdamage.so.1": "libxdamage1",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXrandr.so.2": "libxrandr2",
    "libXtst.so.6": "libxtst6",
    "libasound.so.2": "libasound2",
    "libexpat.so.1": "libexpat1",
    "libgbm.so.1": "libgbm1",
    "libnspr4.so": "libnspr4",
    "libnss3.so": "libnss3",
    "libnssutil3.so": "libnss3",
    "libsmime3.so": "libnss3",
    "libudev.so.1": "libudev1",
    "libxcb-dri3.so.0": "libxcb-dri3-0",
    "libxcb.so.1": "libxcb1",
    "libxkbfile.so.1": "libxkbfile1",
}

# Needed by the tests, which open real windows on a screen that nobody sees.
PROGRAMS = {"Xvfb": "xvfb"}


def loads(soname: str) -> bool:
    """Whether the system's loader finds the library, just as it would for Qt."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def missing(topics: set[str]) -> dict[str, str]:
    """What lacks, each with its Debian package. Topics: `display`, `pages`, `tests`; the core always."""
    libraries = dict(CORE)
    if topics & {"display", "tests"}:
        libraries |= DISPLAY
    if topics & {"pages", "tests"}:
        libraries |= PAGES
    lacking = {name: package for name, package in libraries.items() if not loads(name)}
    if "tests" in topics:
        lacking |= {name: package for name, package in PROGRAMS.items() if shutil.which(name) is None}
    return lacking


def explain(lacking: dict[str, str]) -> str:
    width = max(len(name) for name in lacking)
    rows = "\n".join(f"  {name:<{width}}  package {package}" for name, package in lacking.items())
    packages = " ".join(sorted(set(lacking.values())))
    return (
        f"This machine lacks what Qt needs:\n{rows}\n"
        f"Install it (Debian, Ubuntu), then run the same command again:\n"
        f"  sudo apt-get update && sudo apt-get install -y --no-install-recommends {packages}"
    )


def main(arguments: list[str]) -> int:
    topics = {word for word in arguments if not word.startswith("-")}
    lacking = missing(topics)
    if not lacking:
        return 0
    if "--packages" in arguments:
        print(" ".join(sorted(set(lacking.values()))))
    else:
        print(explain(lacking), file=sys.stderr)
    return EXIT_MISSING


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
