"""What goes into the built program: the lists that `totem.spec` hands to PyInstaller, and what is thrown out again.

Standard library only, and free of PyInstaller, so that a test can hold the lists against the source.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

PACKAGES = ("totem", "hardware", "providers")
"""Every module of these is named to PyInstaller: drivers, banks and services are loaded when the kiosk wants them."""

LOADED_BY_NAME = (
    "anyio._backends._asyncio",  # anyio picks it by the loop that runs
    "keyring.backends",
    "libusb_package",
    "qrcode.image.pil",
    "qrcode.image.pure",
    "serial.urlhandler.protocol_spy",
    "usb.backend.libusb1",
)
"""Modules of libraries that are imported by a string."""

ON_WINDOWS = ("win32print", "win32timezone", "keyring.backends.Windows")

WITH_DATA = ("escpos", "libusb_package")
"""Libraries whose data files are read at run time: the printers' capabilities, and libusb itself."""

WITH_METADATA = ("keyring",)
"""Distributions that find their parts by their own metadata."""

QT_MODULES_OF_WEB = ("QtWebChannel", "QtWebEngineCore", "QtWebEngineQuick")
"""For the hosted payment page of vinti4 only."""

QT_PLUGINS = (
    "imageformats/*qjpeg.*",
    "imageformats/*qsvg.*",
    "imageformats/*qwebp.*",
    "platforms/*qcocoa.*",
    "platforms/*qoffscreen.*",
    "platforms/*qwayland.*",
    "platforms/*qwindows.*",
    "platforms/*qxcb.*",
    "wayland-decoration-client/*bradient.*",
    "wayland-graphics-integration-client/*qt-plugin-wayland-egl.*",
    "wayland-shell-integration/*fullscreen-shell-v1.*",
    "wayland-shell-integration/*xdg-shell.*",
    "xcbglintegrations/*",
)
"""Of Qt's plugins: pictures, and the screens that a kiosk may have. Everything else stays out."""

QML_MODULES = (
    "QtQml",
    "QtQml.Base",
    "QtQml.Models",
    "QtQml.WorkerScript",
    "QtQuick",
    "QtQuick.Shapes",
    "QtQuick.Window",
)
"""Of QML's modules: what the screens import, and what these import in turn."""

QML_MODULES_OF_WEB = ("QtWebChannel", "QtWebEngine")

_OF_BUILDING = """
    PyInstaller _distutils_hack _pytest altgraph argcomplete ast_serialize click editables execnet grimp hatchling
    hypothesis importlinter iniconfig lazy_importer librt macholib markdown_it mdurl mypy mypy_extensions mypyc pathspec
    pefile pip pluggy pygments pytest pytest_asyncio pytestqt rich ruff setuptools sortedcontainers trove_classifiers uv
    wheel xdist
"""
_OF_PYTHON = "distutils ensurepip idlelib lib2to3 pydoc pydoc_data test tkinter turtle unittest venv"
_OF_OTHERS = "PyQt5 PyQt6 PySide2"
_NOT_LGPL = "PySide6.QtCharts PySide6.QtDataVisualization PySide6.QtGraphs PySide6.QtVirtualKeyboard"

EXCLUDES = tuple(f"{_OF_BUILDING} {_OF_PYTHON} {_OF_OTHERS} {_NOT_LGPL}".split())
"""What builds and tests in the same environment; of Python what no kiosk does; the Qt bindings that qasync would look
for first; and Qt's modules under the GPL or a commercial licence only."""

OF_THE_SYSTEM = (
    # A graphics driver loads the system's own; an older copy beside the program would keep it from starting.
    *("libstdc++.so.*", "libgcc_s.so.*", "libdrm.so.*", "libgbm.so.*", "libwayland-*.so.*", "libvulkan.so.*"),
    # Has to fit the system's configuration and services.
    *("libfontconfig.so.*", "libfreetype.so.*", "libudev.so.*", "libsystemd.so.*", "libdbus-1.so.*"),
)
"""Never bundled: the system has them, and `packaging/preflight.py` names the package where it has not."""

SECRETS = (
    "*.key",
    "*.pem",
    "*.pfx",
    "*.p12",
    "*.cer",
    "*.crt",
    "*.secret",
    "*.token",
    "*.sqlite3*",
    "*.head",
    "*.jsonl",
    "secrets.json",
)
"""No file of such a name goes in, whoever put it there: a kiosk's secrets and its books are its own."""

PUBLIC = ("certifi/cacert.pem",)
"""But this one: the world's public certificate authorities."""

DATA = (("assets", "assets"), ("totem/ui/qml", "totem/ui/qml"), ("totem/ui/demo/qml", "totem/ui/demo/qml"))
"""Folders read as files, and where they go."""

Toc = tuple[str, str, str]
"""PyInstaller's entry: where it goes in the bundle, where it comes from, what it is."""

_QT = re.compile(r"^PySide6/(?:Qt/)?(?P<kind>plugins|qml|translations|resources)/(?P<rest>.+)$")


def modules(root: Path) -> list[str]:
    """Every module of ours, by its dotted name."""
    files = (file for package in PACKAGES for file in sorted((root / package).rglob("*.py")))
    return [_dotted(file.relative_to(root)) for file in files]


def hidden_imports(root: Path, *, windows: bool) -> list[str]:
    """All that nothing but a string names."""
    return [*modules(root), *LOADED_BY_NAME, *(ON_WINDOWS if windows else ())]


def data_files(root: Path) -> list[tuple[str, str]]:
    """(file, folder in the bundle) of assets and screens. Raises ValueError for one that looks like a secret."""
    found = []
    for folder, target in DATA:
        for file in sorted((root / folder).rglob("*")):
            inside = PurePosixPath(target, file.relative_to(root / folder).as_posix())
            if not file.is_file() or file.suffix in {".py", ".pyc"}:
                continue
            if is_secret(str(inside)):
                raise ValueError(f"{inside} looks like a secret and lies where it would be shipped")
            found.append((str(file), str(inside.parent)))
    return found


def is_secret(name: str) -> bool:
    """By its name in the bundle."""
    return name not in PUBLIC and any(fnmatch.fnmatch(PurePosixPath(name).name, pattern) for pattern in SECRETS)


def excludes(*, web: bool) -> list[str]:
    """Modules that stay out; without `web`, WebEngine too."""
    others = (f"PySide6.{each}" for each in ("QtWebEngineWidgets", *(() if web else QT_MODULES_OF_WEB)))
    return [*EXCLUDES, *others]


def wanted(entry: Toc, *, web: bool) -> bool:
    """Whether a file that PyInstaller found goes in, for itself; `reachable` throws out what nothing needs after it."""
    name = entry[0].replace("\\", "/")
    if is_secret(name) or (".dist-info/" in name and not name.startswith(WITH_METADATA)):
        return False
    if any(fnmatch.fnmatch(PurePosixPath(name).name, pattern) for pattern in OF_THE_SYSTEM):
        return False
    part = _QT.match(name)
    if part is None:
        return True
    match part["kind"]:
        case "plugins":
            return any(fnmatch.fnmatch(part["rest"], pattern) for pattern in QT_PLUGINS)
        case "qml":
            return _is_wanted_qml(PurePosixPath(part["rest"]), web=web)
        case _:
            return web and ("webengine" in name.lower() or part["kind"] == "resources")


def _is_wanted_qml(path: PurePosixPath, *, web: bool) -> bool:
    wanted_modules = {*QML_MODULES, *(QML_MODULES_OF_WEB if web else ())}
    return path.suffix != ".qmltypes" and ".".join(path.parent.parts) in wanted_modules


def reachable(binaries: Iterable[Toc], needs: Callable[[str], Iterable[str]]) -> list[Toc]:
    """Without Qt's libraries that neither a module, a plugin nor another kept library needs.

    `needs`: names of the libraries that a file is linked against.
    """
    entries = list(binaries)
    by_name = {
        PurePosixPath(target.replace("\\", "/")).name: (target, source, kind) for target, source, kind in entries
    }
    waiting = [entry for entry in entries if not _is_on_demand(entry[0])]
    kept = set(waiting)
    while waiting:
        for library in needs(waiting.pop()[1]):
            entry = by_name.get(PurePosixPath(library.replace("\\", "/")).name)
            if entry is not None and entry not in kept:
                kept.add(entry)
                waiting.append(entry)
    return [entry for entry in entries if entry in kept]


def _is_on_demand(target: str) -> bool:
    """A plain library, there for others only: one of Qt's or of the system's, not a module or a plugin."""
    path = PurePosixPath(target.replace("\\", "/"))
    is_of_qt = path.parts[:3] == ("PySide6", "Qt", "lib") or path.name.startswith("Qt6")
    is_of_the_system = len(path.parts) == 1 and re.match(r"lib(?!python|usb).*\.so(\.|$)", path.name) is not None
    return is_of_qt or is_of_the_system


def without_dangling(entries: Iterable[Toc], kept: Iterable[Toc]) -> Iterator[Toc]:
    """Links of the first list whose target is still there, and all that is no link."""
    targets = {PurePosixPath(target).name for target, _, _ in kept}
    for entry in entries:
        if entry[2] != "SYMLINK" or PurePosixPath(entry[1]).name in targets:
            yield entry


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
