"""The POS's own words, made fit for a screen, a journal and a log: one line, short, without card data.

The protocol forbids card data in them; an app that sends it all the same must not make the kiosk keep it.
"""

from __future__ import annotations

import re
from typing import Final

_MOST: Final = 200
_RECEIPT_COLUMNS: Final = 64
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NUMBER: Final = re.compile(r"(?<![0-9])[0-9](?:[ .\-]?[0-9]){12,18}(?![0-9])")
_LABELLED: Final = re.compile(
    r"(?i)\b(validade|valid(?:ity)?|val|venc(?:imento)?|exp(?:iry|iration)?|portador|titular|holder|cardholder|cvv|cvc)"
    r"\b\s*[:.=]\s*\S.*"
)


def clean(text: str) -> str:
    """At most 200 characters of one line, redacted."""
    return _redact(_CONTROL.sub(" ", text[: 4 * _MOST])).strip()[:_MOST]


def clean_receipt(line: str) -> str:
    """One line of a receipt: its leading spaces are its layout."""
    return _redact(_CONTROL.sub(" ", line[: 4 * _RECEIPT_COLUMNS])).rstrip()[:_RECEIPT_COLUMNS]


def last_four(value: object) -> str:
    """The last four digits, from `"1111"` or a masked number; empty for anything else."""
    if not isinstance(value, str):
        return ""
    found = re.search(r"(?:^|[^0-9])([0-9]{4})$", value)
    return found.group(1) if found else ""


def _redact(text: str) -> str:
    return _LABELLED.sub(r"\1 [removed]", _NUMBER.sub(_masked, text))


def _masked(match: re.Match[str]) -> str:
    digits = re.sub(r"[^0-9]", "", match.group())
    return f"{'*' * (len(digits) - 4)}{digits[-4:]}" if _is_card(digits) else match.group()


def _is_card(digits: str) -> bool:
    """Luhn's check (ISO/IEC 7812-1, annex B)."""
    doubled = (2 * int(digit) if place % 2 else int(digit) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
