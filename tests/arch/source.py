"""Reads the project's own sources for the tests of their shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED = ("totem", "hardware", "providers", "assets")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """Of the folders named, all that ship when none is; in a fixed order."""
    return sorted(path for folder in folders or SHIPPED for path in (ROOT / folder).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Every module imported anywhere in the file, in functions too, by its full name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def calls(node: ast.AST) -> Iterator[ast.Call]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


def own_calls(function: Function) -> Iterator[ast.Call]:
    """Those that the function makes itself, not the functions that stand within it."""
    within = {
        id(inner)
        for nested in ast.walk(function)
        if nested is not function and isinstance(nested, Function | ast.Lambda)
        for inner in calls(nested)
    }
    return (call for call in calls(function) if id(call) not in within)


def called(call: ast.Call) -> str:
    """The last word of what is called: `exec` of `dialog.exec()`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
