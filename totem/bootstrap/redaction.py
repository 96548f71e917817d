"""Hides card numbers and secrets from whatever is about to be logged or told of a failure.

Three nets, each for what slips through the others: fields by a list of those that may be told (`is_told`), values by
the name that stands before them, and card numbers by their shape and check digit. A security code or an expiry without
its name has no shape: such values are never put into a message in the first place, which the contract test of all
providers and drivers watches over.
"""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "[oculto]"

TOLD: Final = frozenset({"sale", "attempt", "amount_cents", "code", "state", "provider", "station", "job"})
"""Fields of a log record (`extra`) that are told with their value; of every other one the name alone is."""

_SECRET_NAMES: Final = (
    "authorization",
    "proxy-authorization",
    "card[_-]?number",
    "card[_-]?holder(?:[_-]?name)?",
    "holder[_-]?name",
    "expiration[_-]?(?:month|year)",
    "expiry[_-]?(?:month|year)",
    "cavv",
    "xid",
    "security[_-]?code",
    "cv[vc]2?",
    "track[_-]?[12]?",
    "pos[_-]?auth[_-]?code",
    "purchase[_-]?request",
    "vault[_-]?id",
    "pin",
    "set-cookie",
    "cookie",
    # Whatever stands before them: `portalPassword`, `client_secret`, `numberToken`, `pfx-password`.
    "[a-z_-]{0,30}(?:password|passphrase|senha|secret|token)",
)

# A value in quotes: escaped ones first (JSON inside JSON), where a quote of the value has three backslashes before it.
_QUOTED: Final = r"""\\"(?:\\\\(?:\\"|.)|[^\\])*\\"|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
# A comma parts a name from its value only in a tuple, where the name is in quotes.
_SECRET: Final = re.compile(
    rf"""(?P<name>(?<![A-Za-z0-9])(?:{"|".join(_SECRET_NAMES)})(?![A-Za-z0-9])"""
    rf"""(?:\\?["']\s*[:=,]|\s*[:=])\s*(?:b(?=["']))?)"""
    rf"""(?P<value>(?!\[oculto\])(?:{_QUOTED}|(?:(?:Basic|Bearer|Digest|Token)\s+)?[^\s"',;&}}\])]+))""",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"\b(?P<kind>Basic|Bearer)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)

# Where a number may begin: anywhere but inside of a longer one. What is escaped (`%22`, `\u0022`) ends before it.
_START: Final = re.compile(r"(?:(?<![0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4}))[2-6]")
_RUN: Final = re.compile(r"[0-9]{13,19}(?![0-9])")
_WORD: Final = re.compile(r"[A-Za-z0-9]*")
SHORTEST_ID: Final = 26
"""Characters of a txid; endToEndId, UUID without hyphens and hashes are longer. Digits inside of those are no card."""
# In the groups that cards print, or digit by digit, always parted in the same way. Every shape is tried at every place:
# a number may stand before or behind a card.
_PARTED: Final = r"([ .\t\xa0_/-]{1,2})"
_SHAPES: Final = tuple(
    re.compile(shape + r"(?![A-Za-z0-9])")
    for shape in (
        rf"[0-9]{{4}}{_PARTED}[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{1,3}}",
        rf"[0-9]{{4}}{_PARTED}[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{1,7}}",
        rf"[0-9]{{4}}{_PARTED}[0-9]{{6}}\1[0-9]{{4,5}}",
        r"[0-9]([^A-Za-z0-9]{1,5})[0-9](?:\1[0-9]){11,17}",
    )
)
_TRACK: Final = re.compile(r"(?<![A-Za-z0-9])[0-9]{13,19}[=D][0-9]{4,}")
"""Track 2 of a card (ISO/IEC 7813), of which nothing may be kept."""


def redact(text: str) -> str:
    """The text without secrets and card data; a card keeps its last four digits, as everywhere else in the kiosk."""
    text = _SECRET.sub(lambda match: match["name"] + HIDDEN, text)
    text = _TOKEN.sub(lambda match: f"{match['kind']} {HIDDEN}", text)
    text = _TRACK.sub(HIDDEN, text)
    return _hide_cards(text)


def is_told(name: str) -> bool:
    """Whether a field of a log record may be told with its value."""
    return name in TOLD


def _hide_cards(text: str) -> str:
    pieces: list[str] = []
    done = 0
    for start in _START.finditer(text):
        card = _card_at(text, start.start()) if start.start() >= done else ""
        if card:
            digits = _bare(card)
            pieces += [text[done : start.start()], "*" * (len(digits) - 4) + digits[-4:]]
            done = start.start() + len(card)
    return "".join([*pieces, text[done:]])


def _card_at(text: str, place: int) -> str:
    """The card number that begins there, "" for none."""
    run = _RUN.match(text, place)
    if run is not None:
        return run[0] if passes_luhn(run[0]) and not _is_in_id(text, place, run.end()) else ""
    if place and text[place - 1].isalnum() and not _is_escape(text, place):
        return ""
    found = (match[0] for shape in _SHAPES if (match := shape.match(text, place)))
    return next((card for card in found if passes_luhn(_bare(card))), "")


def _is_in_id(text: str, start: int, end: int) -> bool:
    """Whether digits are glued to letters to a word that is longer than anything a card number is written into."""
    before = _WORD.match(text[max(0, start - SHORTEST_ID) : start][::-1])
    after = _WORD.match(text, end, end + SHORTEST_ID)
    glued = (before.end() if before else 0) + (after.end() - end if after else 0)
    return glued > 0 and end - start + glued >= SHORTEST_ID


def _is_escape(text: str, place: int) -> bool:
    return text[place - 3 : place - 2] == "%" or text[place - 6 : place - 4] == "\\u"


def _bare(card: str) -> str:
    return re.sub(r"[^0-9]", "", card)


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
