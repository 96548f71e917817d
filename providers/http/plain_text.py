"""An acquirer's words made fit for journal and screen: no line breaks, no card numbers, no secrets."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

from providers.http.problem import clean_text

_CARD_LIKE: Final = re.compile(r"(?<![0-9])[0-9](?:[ .\-]?[0-9]){12,18}(?![0-9])")
"""A run of more than nineteen digits is an id, and no card's number (ISO/IEC 7812-1)."""


def plain_text(value: object) -> str:
    """ "" for anything that is no text."""
    return _CARD_LIKE.sub("[removed]", clean_text(value)) if isinstance(value, str) else ""


def plain_word(value: object) -> str:
    """A word exactly as it came, or nothing: what only looks like a known one once cleaned is not it."""
    return value if isinstance(value, str) and value == plain_text(value) else ""


Text = Annotated[str, BeforeValidator(plain_text)]
Word = Annotated[str, BeforeValidator(plain_word)]
