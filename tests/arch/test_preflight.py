"""The list of system libraries is the one that the installed Qt asks for, and what lacks is named with its package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import PySide6
import pytest

from tests.arch.elf import needed
from tests.arch.source import ROOT

QT = Path(PySide6.__file__).parent / "Qt"
OF_THE_WHEEL = ("libQt6", "libicu", "libpyside6", "libshiboken6")
OF_GLIBC = {"libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libresolv.so.2", "librt.so.1"}
MODULES = ("Core", "DBus", "Gui", "Network", "OpenGL", "Qml", "QmlModels", "Quick", "QuickControls2", "Svg", "Test")

pytestmark = pytest.mark.usefixtures("linux")


@pytest.fixture
def linux() -> None:
    """The table is Linux's; on the other systems Qt's wheel brings all."""
    assert sys.platform == "linux"


@pytest.fixture
def preflight() -> ModuleType:
    spec = importlib.util.spec_from_file_location("preflight", ROOT / "packaging" / "preflight.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked_of_the_system(files: list[Path]) -> set[str]:
    sonames = {soname for file in files for soname in needed(file)}
    return {
        soname
        for soname in sonames - OF_GLIBC
        if not soname.startswith(OF_THE_WHEEL) and not soname.startswith("ld-linux")
    }


def test_what_the_offscreen_kiosk_loads_is_in_the_core(preflight: ModuleType) -> None:
    files = [QT / "lib" / f"libQt6{module}.so.6" for module in MODULES]
    files += [QT / "plugins/platforms/libqoffscreen.so", *(QT / "plugins/imageformats").glob("*.so")]
    assert asked_of_the_system(files) - set(preflight.CORE) == set()


def test_what_a_window_loads_is_in_the_display(preflight: ModuleType) -> None:
    files = [QT / "lib/libQt6XcbQpa.so.6", QT / "plugins/platforms/libqxcb.so"]
    files += (QT / "plugins/xcbglintegrations").glob("*.so")
    assert asked_of_the_system(files) - set(preflight.CORE) - set(preflight.DISPLAY) == set()


def test_what_a_page_loads_is_in_the_pages(preflight: ModuleType) -> None:
    files = [QT / "libexec/QtWebEngineProcess", *libraries_of("libQt6WebEngineQuick.so.6")]
    assert QT / "lib/libQt6WebEngineCore.so.6" in files
    assert asked_of_the_system(files) - set(preflight.CORE) == set(preflight.PAGES)


def libraries_of(name: str) -> set[Path]:
    """The library and all of Qt's that it needs, near and far."""
    found: set[Path] = set()
    waiting = [name]
    while waiting:
        file = QT / "lib" / waiting.pop()
        if file not in found:
            found.add(file)
            waiting += [each for each in needed(file) if each.startswith("libQt6")]
    return found


def test_this_machine_lacks_nothing(preflight: ModuleType) -> None:
    assert preflight.missing({"display", "pages", "tests"}) == {}
    assert preflight.main(["display", "tests"]) == 0


def test_what_lacks_is_named_with_its_package(
    preflight: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(preflight.CORE, "libfalta.so.9", "libfalta9")
    monkeypatch.setitem(preflight.PROGRAMS, "Xfalta", "xfalta")
    assert preflight.main(["tests"]) == 3
    told = capsys.readouterr().err
    assert "libfalta.so.9  package libfalta9" in told
    assert told.endswith("apt-get install -y --no-install-recommends libfalta9 xfalta\n")
    assert preflight.main(["--packages"]) == 3
    assert capsys.readouterr().out == "libfalta9\n"
