"""The tree's shape: what may lie at the top, and how large a file or a function may grow."""

from __future__ import annotations

import ast

from tests.arch.source import ROOT, called, calls, functions, name, own_calls, python_files, tree

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 70
EVERYWHERE = ("totem", "hardware", "providers", "assets", "tests", "packaging")

TOP = {"totem", "hardware", "providers", "assets", "tests", "packaging", "pyproject.toml", "totem.spec", "README.md"}
DEMANDED_BY_TOOLS = {"requirements.lock", "requirements-dev.lock", "LICENSE"}
LEFT_BY_TOOLS = {"build", "dist", "__pycache__"}


def test_the_top_level_is_the_owners() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - TOP - DEMANDED_BY_TOOLS - LEFT_BY_TOOLS == set()
    assert TOP - {"totem.spec"} <= found


def test_packaging_is_no_package() -> None:
    """It would shadow PyPI's `packaging`, which pip, pytest and hatchling import."""
    assert list((ROOT / "packaging").rglob("__init__.py")) == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in python_files("totem", "hardware", "providers", "assets", "tests")}
    assert [name(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_files_stay_small() -> None:
    files = python_files(*EVERYWHERE) + sorted((ROOT / "totem").rglob("*.qml"))
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: length for path, length in lengths.items() if length >= MOST_LINES_OF_A_FILE} == {}


def test_functions_stay_small() -> None:
    lengths = {
        f"{name(path)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in python_files(*EVERYWHERE)
        for node in functions(path)
    }
    assert {where: length for where, length in lengths.items() if length >= MOST_LINES_OF_A_FUNCTION} == {}


def test_nothing_re_enters_the_event_loop() -> None:
    """`processEvents` and a nested `exec` stop asyncio's loop for good (qasync), wherever they stand."""
    offenders = [
        f"{name(path)}:{call.lineno}"
        for path in python_files(*EVERYWHERE)
        for call in calls(tree(path))
        if called(call) in {"processEvents", "qWait", "qWaitForWindowExposed"}
    ]
    assert offenders == []


def test_no_coroutine_opens_a_modal_loop() -> None:
    offenders = [
        f"{name(path)}:{call.lineno}"
        for path in python_files(*EVERYWHERE)
        for node in functions(path)
        if isinstance(node, ast.AsyncFunctionDef)
        for call in calls(node)
        if called(call) in {"exec", "exec_"}
    ]
    assert offenders == []


def test_no_coroutine_strikes_keys_by_the_test_library() -> None:
    """It lets other events in between, and a task that is run within another is never woken again."""
    offenders = [
        f"{name(path)}:{call.lineno}"
        for path in python_files("tests")
        for node in functions(path)
        if isinstance(node, ast.AsyncFunctionDef)
        for call in own_calls(node)
        if called(call).startswith(("keyClick", "keyPress", "keyRelease", "mouseClick", "mousePress", "mouseRelease"))
    ]
    assert offenders == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    offenders = [
        f"{name(path)}:{node.lineno}"
        for path in python_files("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"skip", "skipif", "xfail", "importorskip"}
        and ast.unparse(node.value) in {"pytest", "pytest.mark"}
    ]
    assert offenders == []
