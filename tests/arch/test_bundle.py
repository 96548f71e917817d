"""What the built program holds, by its lists against the source: all that is loaded by name, and nothing it must not.

The build itself, and the built program in an empty environment, are `packaging/build.sh` and `tests.bench.bundle`.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from tests.arch.source import ROOT, python_files
from tests.arch.test_lock import BASE, DEV, pins

NEEDED_OF_DEV = {"keyring", "jeepney", "secretstorage", "jaraco", "backports", "more-itertools", "pyside6-addons"}
"""Locked for the tests, and shipped: the keyring with what it stands on, and WebEngine where it is wanted."""


@pytest.fixture(scope="module")
def bundle() -> ModuleType:
    path = ROOT / "packaging" / "bundle.py"
    spec = importlib.util.spec_from_file_location("totem_bundle", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_whatever_is_imported_by_a_string_is_named(bundle: ModuleType) -> None:
    named = {*bundle.hidden_imports(ROOT, windows=True), "keyring", "keyring.errors"}
    sources = "\n".join(file.read_text(encoding="utf-8") for file in python_files("totem", "hardware", "providers"))
    by_string = set(re.findall(r"import_module\(\s*\"([\w.]+)\"", sources))
    assert {"libusb_package", "win32print", "hardware.sim.preview"} <= by_string
    missing = {name for name in by_string if name not in named and not any(each.startswith(name) for each in named)}
    assert missing == set()


def test_every_driver_and_bank_is_named(bundle: ModuleType) -> None:
    named = set(bundle.hidden_imports(ROOT, windows=False))
    files = python_files("totem", "hardware", "providers")
    wanted = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files}
    assert wanted - named == set()
    assert {"hardware.printer.links.spooler_cups", "providers.pix.inter", "hardware.terminal.tef.driver"} <= named
    assert "win32print" not in named


def test_modules_named_of_libraries_are_there(bundle: ModuleType) -> None:
    lost = [name for name in bundle.LOADED_BY_NAME if importlib.util.find_spec(name) is None]
    assert lost == []


def test_what_the_source_imports_is_not_shut_out(bundle: ModuleType) -> None:
    shut_out = bundle.excludes(web=True)
    sources = "\n".join(file.read_text(encoding="utf-8") for file in python_files("totem", "hardware", "providers"))
    imported = set(re.findall(r"^\s*(?:from|import) ([\w.]+)", sources, re.MULTILINE))
    assert {"PySide6.QtTest", "escpos", "httpx"} <= imported
    clashes = {name for name in imported if any(name == each or name.startswith(f"{each}.") for each in shut_out)}
    assert clashes == set()


def test_what_only_builds_and_tests_is_shut_out(bundle: ModuleType) -> None:
    """Top-level modules of every distribution that the tests add to what ships."""
    added = pins(DEV).keys() - pins(BASE).keys()
    owners = metadata.packages_distributions()
    modules = {
        module
        for module, names in owners.items()
        if module.isidentifier() and any(_flat(name) in {_flat(each) for each in added} for name in names)
    }
    shut_out = {each.partition(".")[0] for each in bundle.excludes(web=False)}
    allowed = {_flat(each) for each in NEEDED_OF_DEV} | {"pyside6", "py", "importlibmetadata", "zipp"}
    # A name with a mark before it is a part of another, which is shut out itself.
    left = {name for name in modules - shut_out if _flat(name) not in allowed and name[0] != "_" and "__" not in name}
    assert left == set()


def _flat(name: str) -> str:
    return re.sub(r"[-_.]", "", name).lower()


@pytest.mark.parametrize(
    ("name", "base", "web"),
    [
        ("PySide6/Qt/qml/QtQuick/libqtquick2plugin.so", True, True),
        ("PySide6/Qt/qml/QtQuick/qmldir", True, True),
        ("PySide6/Qt/qml/QtQuick/Shapes/libqmlshapesplugin.so", True, True),
        ("PySide6/Qt/qml/QtQuick/Controls/libqtquickcontrols2plugin.so", False, False),
        ("PySide6/Qt/qml/QtQuick/VirtualKeyboard/libqtvkbplugin.so", False, False),
        ("PySide6/Qt/qml/QtCharts/libqtchartsqml2plugin.so", False, False),
        ("PySide6/Qt/qml/QtWebEngine/libqtwebenginequickplugin.so", False, True),
        ("PySide6/Qt/resources/qtwebengine_resources.pak", False, True),
        ("PySide6/Qt/translations/qtbase_pt_BR.qm", False, False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True, True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False, False),
        ("PySide6/plugins/platforms/qwindows.dll", True, True),
        ("PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so", False, False),
        ("PySide6/Qt/plugins/qmltooling/libqmldbg_tcp.so", False, False),
        ("libstdc++.so.6", False, False),
        ("libxcb-cursor.so.0", True, True),
        ("assets/config/totem.toml", True, True),
        ("certifi/cacert.pem", True, True),
        ("assets/bank.pem", False, False),
        ("segredos/sicredi.secret", False, False),
        ("dados/journal.sqlite3", False, False),
        ("dados/journal.sqlite3-wal", False, False),
        ("dados/secrets.json", False, False),
        ("totem-0.1.0.dist-info/direct_url.json", False, False),
        ("keyring-25.7.0.dist-info/entry_points.txt", True, True),
    ],
)
def test_what_goes_in(bundle: ModuleType, name: str, *, base: bool, web: bool) -> None:
    entry = (name, f"/somewhere/{name}", "DATA")
    assert (bundle.wanted(entry, web=False), bundle.wanted(entry, web=True)) == (base, web)


def test_a_secret_beside_the_assets_stops_the_build(bundle: ModuleType, tmp_path: Path) -> None:
    for folder, _ in bundle.DATA:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "assets" / "logo.svg").touch()
    assert [target for _, target in bundle.data_files(tmp_path)] == ["assets"]
    (tmp_path / "assets" / "bank.key").touch()
    with pytest.raises(ValueError, match=r"bank\.key"):
        bundle.data_files(tmp_path)


def test_every_file_that_is_no_code_goes_in(bundle: ModuleType) -> None:
    shipped = {source for source, _ in bundle.data_files(ROOT)}
    folders = [ROOT / package for package in ("totem", "hardware", "providers", "assets")]
    others = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    left = [
        str(file.relative_to(ROOT))
        for file in others
        if file.suffix not in {".py", ".pyc", ".md", ".typed"} and str(file) not in shipped
    ]
    assert left == []


def test_every_module_of_qml_that_a_screen_imports_goes_in(bundle: ModuleType) -> None:
    known = {*bundle.QML_MODULES, *bundle.QML_MODULES_OF_WEB}
    lines = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "totem").rglob("*.qml"))
    assert set(re.findall(r"^import ([A-Z][\w.]+)", lines, re.MULTILINE)) - known == set()


def test_libraries_that_nothing_needs_fall_out(bundle: ModuleType) -> None:
    lib = "PySide6/Qt/lib"
    plugin = ("PySide6/Qt/plugins/platforms/libqxcb.so", "/q/libqxcb.so", "BINARY")
    gui = (f"{lib}/libQt6Gui.so.6", "/q/libQt6Gui.so.6", "BINARY")
    web = (f"{lib}/libQt6WebEngineCore.so.6", "/q/libQt6WebEngineCore.so.6", "BINARY")
    nss = ("libnss3.so", "/u/libnss3.so", "BINARY")
    cursor = ("libxcb-cursor.so.0", "/u/libxcb-cursor.so.0", "BINARY")
    python = ("libpython3.11.so.1.0", "/u/libpython3.11.so.1.0", "BINARY")
    usb = ("libusb_package/libusb-1.0.so", "/u/libusb-1.0.so", "BINARY")
    needs = {plugin[1]: ["libQt6Gui.so.6", "libxcb-cursor.so.0", "libc.so.6"], web[1]: ["libnss3.so"]}
    kept = bundle.reachable([plugin, gui, web, nss, cursor, python, usb], lambda source: needs.get(source, []))
    assert kept == [plugin, gui, cursor, python, usb]
    links = [("libQt6Gui.so.6", f"{lib}/libQt6Gui.so.6", "SYMLINK"), ("x.so.6", f"{lib}/x.so.6", "SYMLINK")]
    assert list(bundle.without_dangling(links, kept)) == links[:1]


def test_the_recipe_takes_the_lists_from_there() -> None:
    recipe = (ROOT / "totem.spec").read_text(encoding="utf-8")
    ast.parse(recipe)
    for name in ("hidden_imports", "excludes", "data_files", "wanted", "reachable", "licences.gather"):
        assert name in recipe
    assert "upx=True" not in recipe
    assert sys.platform != "linux" or (ROOT / "packaging" / "licences" / "LGPL-3.0.txt").is_file()
