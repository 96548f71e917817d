"""Reads which libraries a Linux shared object asks for: DT_NEEDED in its dynamic section (System V gABI, ELF-64)."""

from __future__ import annotations

import struct
from pathlib import Path

SHT_DYNAMIC = 6
DT_NEEDED = 1
SECTION = struct.Struct("<IIQQQQIIQQ")  # name, type, flags, address, offset, size, link, info, align, entry size
ENTRY = struct.Struct("<qQ")  # tag, value


def needed(path: Path) -> list[str]:
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{path} is no 64-bit little-endian ELF file")
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    sections = [SECTION.unpack_from(data, table + number * size) for number in range(count)]
    for section in sections:
        if section[1] == SHT_DYNAMIC:
            strings = sections[section[6]][4]
            entries = ENTRY.iter_unpack(data[section[4] : section[4] + section[5]])
            return [_text(data, strings + value) for tag, value in entries if tag == DT_NEEDED]
    return []


def _text(data: bytes, start: int) -> str:
    return data[start : data.index(b"\0", start)].decode("ascii")
