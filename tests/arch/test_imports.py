"""Imports point inward, and what may import Qt, qasync or a library is as the design says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.arch.source import ROOT, imports, name, python_files

QT = ("PySide6", "shiboken6")
WITH_QT = ("totem/ui/", "totem/bootstrap/", "totem/runtime.py")


def importers(*packages: str) -> list[str]:
    """The shipped files that import one of the packages."""
    return [name(path) for path in python_files() if {module.split(".")[0] for module in imports(path)} & set(packages)]


def test_the_contracts_of_pyproject_hold() -> None:
    """In a process of its own: the linter sets the logging of the one that it runs in."""
    linter = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_domain_imports_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names
    strangers = [
        f"{name(path)}: {module}"
        for path in python_files("totem/domain")
        for module in imports(path)
        if module.split(".")[0] not in allowed and not (module == "totem.domain" or module.startswith("totem.domain."))
    ]
    assert strangers == []


def test_qt_stays_in_its_three_places() -> None:
    assert [path for path in importers(*QT) if not path.startswith(WITH_QT)] == []


def test_only_the_runtime_imports_qasync() -> None:
    assert set(importers("qasync")) <= {"totem/runtime.py"}


def test_the_tests_know_how_to_see_an_import(tmp_path: Path) -> None:
    """Also one inside a function, which a reader overlooks."""
    file = tmp_path / "module.py"
    file.write_text("import ssl\ndef f() -> None:\n    from PySide6.QtCore import QObject\n", encoding="utf-8")
    assert list(imports(file)) == ["ssl", "PySide6.QtCore"]
