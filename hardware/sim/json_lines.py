"""A file of JSON lines that only grows, and outlives the process that writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def append_line(path: Path, plain: dict[str, Any]) -> None:
    """Handed to the operating system when this returns. A page in memory: not worth a thread."""
    line = json.dumps(plain, ensure_ascii=True) + "\n"
    with path.open("a", encoding="ascii") as target:
        target.write(line)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Every whole line, oldest first; none where there is no file. Half a line at the end is cut off the file."""
    if not path.exists():
        return
    whole, _, torn = path.read_bytes().rpartition(b"\n")
    if torn:
        # The simulator died within the write of this line: nobody was told of it.
        path.write_bytes(whole + b"\n" if whole else b"")
    for line in whole.splitlines():
        yield json.loads(line)
