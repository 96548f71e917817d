"""Hides card numbers and secrets from whatever is about to be logged."""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "[oculto]"

_SECRET_NAMES: Final = (
    "authorization",
    "proxy-authorization",
    "client[_-]?secret",
    "access[_-]?token",
    "refresh[_-]?token",
    "id[_-]?token",
    "card[_-]?number",
    "number[_-]?token",
    "card[_-]?holder[_-]?name",
    "expiration[_-]?(?:month|year)",
    "cavv",
    "xid",
    "security[_-]?code",
    "cv[cv]2?",
    "pos[_-]?auth[_-]?code",
    "portal[_-]?password",
    "purchase[_-]?request",
    "password",
    "senha",
    "passphrase",
    "set-cookie",
)

# A value in quotes: escaped ones first (JSON inside JSON), where a quote of the value has three backslashes before it.
_QUOTED: Final = r"""\\"(?:\\\\(?:\\"|.)|[^\\])*\\"|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
_SECRET: Final = re.compile(
    rf"""(?P<name>(?<![A-Za-z0-9])(?:{"|".join(_SECRET_NAMES)})(?![A-Za-z0-9])\\?["']?\s*[:=,]\s*(?:b(?=["']))?)"""
    rf"""(?P<value>{_QUOTED}|(?:(?:Basic|Bearer|Digest|Token)\s+)?[^\s"',;&}}\])]+)""",
    re.IGNORECASE,
)
_NAME: Final = re.compile("|".join(_SECRET_NAMES), re.IGNORECASE)
_TOKEN: Final = re.compile(r"\b(?P<kind>Basic|Bearer)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)

# Digits in one piece or in the groups that cards print, never glued to letters: those are ids (txid, endToEndId,
# UUID), and so is a run longer than any card number. Every shape is tried at every place: a number may stand before
# or behind a card.
_START: Final = re.compile(r"(?<![A-Za-z0-9])[2-6]")
_SHAPES: Final = tuple(
    re.compile(shape + r"(?![A-Za-z0-9])")
    for shape in (
        r"[0-9]{13,19}",
        r"[0-9]{4}([ .-])[0-9]{4}\1[0-9]{4}\1[0-9]{4}\1[0-9]{1,3}",
        r"[0-9]{4}([ .-])[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}",
        r"[0-9]{4}([ .-])[0-9]{6}\1[0-9]{4,5}",
    )
)
_TRACK: Final = re.compile(r"(?<![A-Za-z0-9])[0-9]{13,19}[=D][0-9]{4,}")
"""Track 2 of a card (ISO/IEC 7813), of which nothing may be kept."""


def redact(text: str) -> str:
    """The text without secrets and card data; a card keeps its first six and last four digits (PCI DSS 3.4.1)."""
    text = _SECRET.sub(lambda match: match["name"] + HIDDEN, text)
    text = _TOKEN.sub(lambda match: f"{match['kind']} {HIDDEN}", text)
    text = _TRACK.sub(HIDDEN, text)
    return _hide_cards(text)


def is_secret_name(name: str) -> bool:
    """Whether a value of that name is never logged."""
    return _NAME.fullmatch(name) is not None


def _hide_cards(text: str) -> str:
    pieces: list[str] = []
    done = 0
    for start in _START.finditer(text):
        card = _card_at(text, start.start()) if start.start() >= done else ""
        if card:
            digits = _bare(card)
            pieces += [text[done : start.start()], f"{digits[:6]}******{digits[-4:]}"]
            done = start.start() + len(card)
    return "".join([*pieces, text[done:]])


def _card_at(text: str, place: int) -> str:
    """The card number that begins there, "" for none."""
    found = (match[0] for shape in _SHAPES if (match := shape.match(text, place)))
    return next((card for card in found if passes_luhn(_bare(card))), "")


def _bare(card: str) -> str:
    return re.sub(r"[ .-]", "", card)


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
