"""No secret field is part of a repr: a settings object in a message or a traceback tells nothing."""

from __future__ import annotations

import ast
import re

from tests.arch.source import name, python_files, tree

SECRET = re.compile(
    r"(secret|password|passphrase|token|security_code|card_number|pos_auth_code|cardholder_name|cavv|xid|_hash|^hash)$",
    re.IGNORECASE,
)
HARMLESS = {"txid"}
"""Ends like a secret's name and is none: the id of a charge, printed on tickets."""
HIDES = ("repr=False", "SecretStr", "_Secret", "_Hidden")


def test_no_secret_field_is_in_a_repr() -> None:
    """Simulators apart, whose secrets are published with them."""
    shown = [
        f"{name(path)}:{field.lineno} {each.name}.{field.target.id}"
        for path in python_files("totem", "providers", "hardware")
        if "sim" not in path.parts
        for each in ast.walk(tree(path))
        if isinstance(each, ast.ClassDef) and not _has_own_repr(each)
        for field in each.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_shown(field, field.target.id)
    ]
    assert shown == []


def _has_own_repr(each: ast.ClassDef) -> bool:
    return any(isinstance(part, ast.FunctionDef) and part.name == "__repr__" for part in each.body)


def _is_shown(field: ast.AnnAssign, called: str) -> bool:
    if called in HARMLESS or not SECRET.search(called):
        return False
    kind = ast.unparse(field.annotation)
    told = kind + (ast.unparse(field.value) if field.value is not None else "")
    return re.search(r"\b(str|bytes)\b", kind) is not None and not any(way in told for way in HIDES)
