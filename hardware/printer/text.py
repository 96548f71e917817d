"""Any text to the bytes of one code page, losing as little as that page allows."""

from __future__ import annotations

import unicodedata

# What decomposition does not find. Values are ASCII, which every code page has.
_NEAREST = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "′": "'", "″": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "─": "-", "━": "-",
    "•": "*", "●": "*", "·": ".", "→": "->", "←": "<-", "✓": "v", "✔": "v", "✗": "x", "✘": "x", "×": "x", "÷": "/",
    "€": "EUR", "£": "GBP", "¥": "JPY", "™": "TM", "©": "(c)", "®": "(R)", "«": '"', "»": '"', "‹": "<", "›": ">",
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "¿": "?", "¡": "!", "°": "o", "⁄": "/", "∕": "/",
}  # fmt: skip

_NO_BREAK_SPACES = "\u00a0\u2007\u202f"


def clean(text: str) -> str:
    """Composed, without controls and invisible marks. Line ends stay as `\\n`, tabs become blanks.

    A no-break blank stays U+00A0, so that wrapping can respect it.
    """
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")):
        if char == "\n":
            kept.append(char)
        elif char in _NO_BREAK_SPACES:
            kept.append("\u00a0")
        elif char == "\t" or unicodedata.category(char) in {"Zs", "Zl", "Zp"}:
            kept.append(" ")
        elif unicodedata.category(char) not in {"Cc", "Cf", "Cs"}:
            kept.append(char)
    return "".join(kept)


def printable(text: str, codec: str) -> str:
    """Cleaned text in which every character exists in the code page: itself, else its nearest form, else `?`."""
    return "".join(_fit(char, codec) for char in clean(text))


def encode(text: str, codec: str) -> bytes:
    """Bytes of text that `printable` gave. The no-break blank goes out as a plain one, which every printer has."""
    return text.replace("\u00a0", " ").encode(codec)


def _fit(char: str, codec: str) -> str:
    if char.isascii() or char == "\u00a0" or _has(char, codec):
        return char
    if char in _NEAREST:
        return _NEAREST[char]
    if unicodedata.combining(char) or unicodedata.category(char) == "Me" or "\ufe00" <= char <= "\ufe0f":
        return ""
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    if plain == char or not plain:
        return "?"
    return "".join(_fit(part, codec) if part != char else "?" for part in plain if part.isprintable()) or "?"


def _has(char: str, codec: str) -> bool:
    try:
        return char.encode(codec)[0] >= 0x20
    except UnicodeEncodeError:
        return False
