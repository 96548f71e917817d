"""The judge of published schemas refuses what it must: else the contract tests that use it could not fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.json_schema import Schema, faults_of


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string"}, "a", 1),
        ({"type": "integer"}, 1, True),
        ({"type": "integer"}, 1, 1.0),
        ({"type": "object"}, {}, []),
        ({"type": "array"}, [], {}),
        ({"enum": ["A"]}, "A", "B"),
        ({"pattern": "[0-9]{2}"}, "12", "123"),
        ({"maxLength": 2}, "ab", "abc"),
        ({"minLength": 2}, "ab", "a"),
        ({"minimum": 0}, 0, -1),
        ({"maximum": 1}, 1, 2),
        ({"required": ["a"]}, {"a": 1}, {"b": 1}),
        ({"properties": {"a": {"type": "string"}}}, {"a": "x"}, {"a": 1}),
        ({"items": {"type": "string"}}, ["x"], ["x", 1]),
        ({"maxItems": 1}, [1], [1, 2]),
        ({"allOf": [{"type": "string"}, {"maxLength": 1}]}, "a", "ab"),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}, {"a": 1, "b": 1}),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 1}, {"c": 1}),
    ],
)
def test_each_word_judges(schema: Schema, good: Any, bad: Any) -> None:
    assert faults_of(good, schema) == []
    assert len(faults_of(bad, schema)) == 1


def test_a_fault_names_its_place() -> None:
    schema = {"properties": {"a": {"items": {"type": "string"}}}}
    assert faults_of({"a": ["x", 1]}, schema) == ["$.a[1]: is no string"]


def test_an_unknown_word_is_never_passed_over() -> None:
    with pytest.raises(ValueError, match="uniqueItems"):
        faults_of([], {"uniqueItems": True})
