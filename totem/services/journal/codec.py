"""One text for each value: what is compared and signed must not depend on who wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Never

from totem.domain.errors import JournalWriteFailed
from totem.domain.records import JsonValue

MAX_DATA_BYTES: Final = 64 * 1024
"""Limit of one record's data: a BR Code has at most some 500 characters, a basket a few kB."""

MAX_DEPTH: Final = 16


def encode_data(data: Mapping[str, JsonValue]) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII only (a lone surrogate would have no UTF-8).

    Raises TypeError for anything that JsonValue does not allow, a float above all; JournalWriteFailed over the limit.
    """
    text = json.dumps(_plain(data), sort_keys=True, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_DATA_BYTES:
        raise JournalWriteFailed(f"a record of {len(text)} bytes is over the limit of {MAX_DATA_BYTES}")
    return text


def decode_data(text: str) -> dict[str, JsonValue]:
    """Raises ValueError where the text is not an object of JsonValues."""
    value: JsonValue = _DECODER.decode(text)
    if not isinstance(value, dict):
        raise ValueError("stored data is not an object")  # noqa: TRY004 - what is wrong is the text
    return value


def merge_data(stored: str, added: str) -> str:
    """`added` laid over `stored`, both canonical and so the result."""
    merged = {**decode_data(stored), **decode_data(added)}
    return json.dumps(merged, sort_keys=True, separators=(",", ":"), allow_nan=False)


def encode_time(moment: datetime) -> str:
    """`2026-11-22T20:15:03.120Z`. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time of the journal needs its zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decode_time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _plain(value: object, depth: int = 0) -> JsonValue:
    """The same value in JSON's own types."""
    if depth > MAX_DEPTH:
        raise TypeError("journal data is nested too deeply")
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a key of journal data is not text")
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    raise TypeError(f"journal data cannot hold {type(value).__name__}")


def _refuse_number(text: str) -> Never:
    raise ValueError(f"stored data holds {text}, which is no whole number")


_DECODER: Final = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number)
"""Made once: `json.loads` would make one for each text, in more time than it takes to read it."""
