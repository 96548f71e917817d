"""A small judge of JSON against the schema words that Bacen's specification uses; any other word is an error here."""

from __future__ import annotations

import re
from typing import Any

Schema = dict[str, Any]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "number": (int, float),
}


_IGNORED_ON: dict[str, type] = {
    "required": dict,
    "properties": dict,
    "items": list,
    "maxItems": list,
    "pattern": str,
    "minLength": str,
    "maxLength": str,
    "minimum": int,
    "maximum": int,
}
"""Words that say nothing of a value of another type: `type` is what judges that."""


def faults_of(value: Any, schema: Schema, path: str = "$") -> list[str]:
    """Every place where the value breaks the schema; empty where it keeps it."""
    found: list[str] = []
    for word, rule in schema.items():
        wanted = _IGNORED_ON.get(word)
        if wanted is None:
            faults = _judge_any(word, rule, value, path)
        elif not isinstance(value, wanted):
            continue
        else:
            faults = _judge_typed(word, rule, value, path)
        found += [fault if fault.startswith("$") else f"{path}: {fault}" for fault in faults]
    return found


def _judge_any(word: str, rule: Any, value: Any, path: str) -> list[str]:
    match word:
        case "type":
            return [] if _is(value, rule) else [f"is no {rule}"]
        case "enum":
            return [] if value in rule else [f"{value!r} is none of {rule}"]
        case "allOf":
            return [fault for part in rule for fault in faults_of(value, part, path)]
        case "oneOf" | "anyOf":
            fitting = sum(not faults_of(value, part, path) for part in rule)
            return [] if fitting == 1 or (word == "anyOf" and fitting) else [f"fits {fitting} of the choices"]
        case _:
            raise ValueError(f"{path}: a schema word that is not known here: {word}")


def _judge_typed(word: str, rule: Any, value: Any, path: str) -> list[str]:
    if word in {"required", "properties"}:
        return _judge_object(word, rule, value, path)
    if word in {"items", "maxItems"}:
        return _judge_list(word, rule, value, path)
    if word in {"pattern", "minLength", "maxLength"}:
        return _judge_text(word, rule, value)
    fits = value >= rule if word == "minimum" else value <= rule
    return [] if fits else [f"{value} against {word} {rule}"]


def _is(value: Any, wanted: str) -> bool:
    if wanted == "integer":
        return type(value) is int
    return isinstance(value, _TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))


def _judge_object(word: str, rule: Any, value: dict[str, Any], path: str) -> list[str]:
    if word == "required":
        return [f"{name} is missing" for name in rule if name not in value]
    return [
        fault
        for name, part in rule.items()
        if name in value
        for fault in faults_of(value[name], part, f"{path}.{name}")
    ]


def _judge_list(word: str, rule: Any, value: list[Any], path: str) -> list[str]:
    if word == "maxItems":
        return [] if len(value) <= rule else [f"{len(value)} items, at most {rule}"]
    return [fault for at, item in enumerate(value) for fault in faults_of(item, rule, f"{path}[{at}]")]


def _judge_text(word: str, rule: Any, value: str) -> list[str]:
    if word == "pattern":
        return [] if re.fullmatch(rule, value, re.ASCII) else [f"{value!r} does not match {rule}"]
    fits = len(value) >= rule if word == "minLength" else len(value) <= rule
    return [] if fits else [f"{len(value)} characters against {word} {rule}"]
