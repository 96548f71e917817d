"""Field messages to bytes and back: `AAA-BBB = value`, CRLF, ASCII 20h-7Eh, the last line `999-999 = 0`.

Pure. What goes out is strict: accents lose their marks, and a control character (a line break above all, which would
inject a field) is refused. What comes in is judged leniently line by line, since PayGo's versions differ, and strictly
as a whole: a message without its last line was cut off.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from hardware.terminal.tef.fields import TRAILER, Key, Message, is_receipt_line

MOST_BYTES: Final = 64 * 1024
MOST_LINES: Final = 2000
MOST_VALUE: Final = 1024

_LINE: Final = re.compile(r"([0-9]{3})-([0-9]{3}) ?= ?(.*)", re.DOTALL)
_TRAILER: Final = re.compile(rb"(?:\A|\n)999-999 ?= ?0[ \t]*(?:\r?\n|\Z)")
_TRAILER_KEY: Final = (TRAILER, TRAILER)
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")


class BadMessage(ValueError):
    """Not a field message, or one that may not be written. The text holds no value of it."""


def to_ascii(text: str) -> str:
    """The text without accents and marks, `?` for what has no ASCII form. Raises BadMessage for control characters."""
    plain = "".join(_letter(each) for each in text)
    if not _PRINTABLE.fullmatch(plain):
        raise BadMessage("a control character in a value")
    return plain


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    if unicodedata.category(letter) in ("Cc", "Zl", "Zp"):
        raise BadMessage("a control character in a value")
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode("ascii") or "?"


def encode(message: Message) -> bytes:
    """The whole message with its last line. Raises BadMessage for values or sizes that may not be written."""
    lines = [_encode_line(key, value) for key, value in message.fields]
    lines.append("999-999 = 0\r\n")
    data = "".join(lines).encode("ascii")
    if len(lines) > MOST_LINES or len(data) > MOST_BYTES:
        raise BadMessage("the message is too long")
    return data


def _encode_line(key: Key, value: str) -> str:
    field, index = key
    if not (0 <= field <= 999 and 0 <= index <= 999) or key == _TRAILER_KEY:
        raise BadMessage("no such field")
    text = to_ascii(value)
    if len(text) > MOST_VALUE:
        raise BadMessage("a value is too long")
    if is_receipt_line(key):
        return f'{field:03}-{index:03} = "{text}"\r\n'
    return f"{field:03}-{index:03} = {text.strip()}\r\n"


def decode(data: bytes) -> Message:
    """The message in those bytes, whatever they are. Lines of no known shape are left out.

    Raises BadMessage where it is too long or its last line is missing: then half of it may be.
    """
    if len(data) > MOST_BYTES:
        raise BadMessage("the message is too long")
    fields: list[tuple[Key, str]] = []
    # cp1252 leaves five bytes without a meaning; PayGo itself writes ASCII only.
    lines = data.decode("cp1252", errors="replace").split("\n")
    if len(lines) > MOST_LINES:
        raise BadMessage("the message has too many lines")
    for line in lines:
        match = _LINE.fullmatch(line.rstrip("\r"))
        if match is None:
            continue
        key = (int(match[1]), int(match[2]))
        if key == _TRAILER_KEY:
            return Message(tuple(fields))
        fields.append((key, _decode_value(key, match[3])))
    raise BadMessage("the message has no last line")


def _decode_value(key: Key, raw: str) -> str:
    text = "".join(each if each.isprintable() else " " for each in raw)
    if is_receipt_line(key):
        quoted = text.strip()
        if len(quoted) >= 2 and quoted[0] == quoted[-1] == '"':
            return quoted[1:-1][:MOST_VALUE]
        return text.rstrip()[:MOST_VALUE]
    return text.strip()[:MOST_VALUE]


class Splitter:
    """Cuts a stream of bytes into messages, each ending at its `999-999` line."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._buffer = b""

    @property
    def in_a_message(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._buffer.strip(b"\r\n"))

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now. Raises BadMessage for one that is longer than the limit."""
        self._buffer += data
        whole: list[bytes] = []
        while match := _TRAILER.search(self._buffer):
            if match.end() > self._most_bytes:
                break
            message = self._buffer[: match.end()].lstrip(b"\r\n")
            whole.append(message if message.endswith(b"\n") else message + b"\r\n")
            self._buffer = self._buffer[match.end() :].lstrip(b"\r\n")
        if len(self._buffer) > self._most_bytes:
            self._buffer = b""
            raise BadMessage("the message is too long")
        return whole
