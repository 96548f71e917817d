"""Field messages as this simulator reads and writes them: `AAA-BBB = value`, CRLF, ASCII 20h-7Eh, ended by 999-999.

Written from PayGo's description of the exchange, apart from the kiosk's own codec: the two meet on the wire only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

LINE_END = b"\r\n"
_LINE = re.compile(rb"(\d{3}-\d{3}) = (.*)", re.DOTALL)
_PRINTABLE = frozenset(range(0x20, 0x7F))
END = "999-999"


@dataclass(frozen=True, slots=True)
class Message:
    """Fields in their order; a key is `"003-000"`."""

    fields: tuple[tuple[str, str], ...]

    def get(self, number: str, index: str = "000") -> str | None:
        key = f"{number}-{index}"
        return next((value for name, value in self.fields if name == key), None)

    def text(self, number: str) -> str:
        """The field's value, "" where it is absent."""
        return self.get(number) or ""

    @property
    def command(self) -> str:
        return self.text("000")


@dataclass(frozen=True, slots=True)
class FormFault:
    """One thing that is wrong with the form of a message; `field` is "" where it is not of one field."""

    rule: str
    field: str = ""


def decode(raw: bytes) -> tuple[Message, tuple[FormFault, ...]]:
    """What can be read, and all that a strict reader finds wrong with its form."""
    faults: list[FormFault] = []
    fields: list[tuple[str, str]] = []
    lines = raw.split(LINE_END)
    if lines[-1] != b"":
        faults.append(FormFault("line_end"))
    else:
        lines.pop()
    seen: set[str] = set()
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            faults.append(FormFault("form"))
            continue
        key, value = found[1].decode("ascii"), found[2]
        if not _PRINTABLE.issuperset(value):
            faults.append(FormFault("ascii", key))
        if key in seen:
            faults.append(FormFault("duplicate", key))
        seen.add(key)
        fields.append((key, value.decode("ascii", errors="replace")))
    if not fields or fields[0][0] != "000-000":
        faults.append(FormFault("first", "000-000"))
    if not fields or fields[-1] != (END, "0"):
        faults.append(FormFault("last", END))
    return Message(tuple(fields)), tuple(faults)


def encode(fields: Iterable[tuple[str, str]]) -> bytes:
    """With the end line added."""
    lines = (f"{key} = {value}".encode("ascii") for key, value in (*fields, (END, "0")))
    return b"".join(line + LINE_END for line in lines)


def message_length(buffer: bytes | bytearray) -> int | None:
    """Bytes of the first whole message in `buffer`, None while its last line has not come."""
    found = re.search(rb"(?:\A|\n)999-999[^\n]*\n", buffer)
    return found.end() if found is not None else None
