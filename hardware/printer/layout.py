"""Text into lines of so many columns. One character is one column: `text.printable` has seen to that."""

from __future__ import annotations

import re

_GAPS = re.compile(" +")


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most `columns` characters, broken between words; a longer word is broken where it must be.

    Every `\\n` starts a new line, and an empty line stays. Runs of blanks shrink to one; U+00A0 does not break.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrap_paragraph(paragraph, columns))
    return lines


def spread(left: str, right: str, columns: int) -> list[str]:
    """The label at the left, wrapped; the value at the right end of the label's last line, or alone on the next.

    A value wider than the paper is broken, since nothing of it may be lost.
    """
    value = right.replace("\n", " ").strip(" ")
    label = wrap(left, columns)
    if not value:
        return label
    if len(value) > columns:
        return [line for line in label if line] + [piece.rjust(columns) for piece in _pieces(value, columns)]
    # A label that would wrap anyway wraps clear of the value, so that amounts stay in a column of their own.
    if len(label) > 1 and columns - len(value) - 2 >= columns // 3:
        label = wrap(left, columns - len(value) - 2)
    last = label[-1]
    if len(last) + 1 + len(value) <= columns:
        return [*label[:-1], last + value.rjust(columns - len(last))]
    return [*label, value.rjust(columns)]


def fit(lines: list[str], columns: int) -> list[str]:
    """Lines that another made up for wider paper, each still one line.

    Only blanks are given up: first what all lines have at their left, then, in a line that is still too wide, blanks
    of its widest gaps, one always staying. What is too wide even so is cut at the last column.
    """
    indented = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")]
    if indented and any(len(line) > columns for line in lines):
        lines = [line[min(indented) :] for line in lines]
    return [_narrow(line, columns)[:columns] for line in lines]


def _narrow(line: str, columns: int) -> str:
    while len(line) > columns:
        gap = max(_GAPS.findall(line), key=len, default="")
        if len(gap) < 2:
            return line
        at = line.index(gap)
        line = line[:at] + line[at + 1 :]
    return line


def _wrap_paragraph(paragraph: str, columns: int) -> list[str]:
    lines: list[str] = []
    current = ""
    for word in paragraph.split(" "):
        if not word:
            continue
        candidate = f"{current} {word}" if current else word
        if len(candidate) <= columns:
            current = candidate
            continue
        if current:
            lines.append(current)
        *full, current = _pieces(word, columns)
        lines.extend(full)
    return [*lines, current] if current or not lines else lines


def _pieces(word: str, columns: int) -> list[str]:
    return [word[start : start + columns] for start in range(0, len(word), columns)]
