"""What every page of maintenance is made of, as plain values: blocks with a state, facts, tables, rows and keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Final

Values = dict[str, object]
"""Names and values as QML reads them."""


class Tone(StrEnum):
    """A colour of the theme; each has an icon of its own shape, and a page puts a word beside it."""

    NONE = ""
    GOOD = "paid"
    WARN = "wait"
    BAD = "stopped"


SHAPES: Final = {
    Tone.NONE: "state-off",
    Tone.GOOD: "state-ok",
    Tone.WARN: "state-warn",
    Tone.BAD: "state-bad",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure: its name and what it is."""

    label: str
    value: str
    tone: Tone = Tone.NONE


@dataclass(frozen=True, slots=True)
class Press:
    """A key. `id` is `act` or `act:argument`, and comes back as such when it is pressed."""

    id: str
    text: str
    icon: str = ""
    kind: str = "plain"
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One of many that may be opened; without an `id` it is only read."""

    id: str
    title: str
    note: str = ""
    figure: str = ""
    state: str = ""
    tone: Tone = Tone.NONE
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures: the first column is words, the others stand right. `total` is drawn apart, () for none."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of a timeline."""

    at: str
    text: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One thing on a page. `state` is the word beside the tone's icon, `remedy` what a technician should do."""

    title: str = ""
    icon: str = ""
    tone: Tone = Tone.NONE
    state: str = ""
    since: str = ""
    text: str = ""
    remedy: str = ""
    code: str = ""
    busy: bool = False
    progress: float = -1.0
    """0 to 1; less than 0 for none."""
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()
    keys: tuple[Press, ...] = ()
    field_key: str = ""
    """The key under which a touch on the field below opens the keyboard; "" for no field."""
    typed: str = ""
    hint: str = ""
    wide: bool = False
    """Over both columns of a wide screen; such blocks stand before all others."""

    @property
    def weight(self) -> int:
        """About how high it is, for two columns of one height."""
        told = sum(1 + len(text) // 40 for text in (self.text, self.remedy) if text)
        table = len(self.table.rows) + 2 if self.table else 0
        return 3 + told + len(self.facts) + table + 2 * len(self.lines) + 3 * len(self.rows) + 3 * (len(self.keys) // 2)


def plain(value: object) -> object:
    """Dataclasses as maps and tuples as lists, which is what QML takes."""
    if is_dataclass(value) and not isinstance(value, type):
        shown: Values = {each.name: plain(getattr(value, each.name)) for each in fields(value)}
        if isinstance(value, (Block, Row)):
            shown["shape"] = SHAPES[value.tone]
        return shown
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    return value


def sentence(text: str) -> str:
    """With a capital: parts and states are told in the small letters of a table."""
    return text[:1].upper() + text[1:]


def in_columns(blocks: Sequence[Block], columns: int) -> list[list[object]]:
    """The narrow blocks, in order, each in the column that is the shortest so far."""
    made: list[list[object]] = [[] for _ in range(columns)]
    heights = [0] * columns
    for block in (each for each in blocks if not each.wide):
        place = heights.index(min(heights))
        made[place].append(plain(block))
        heights[place] += block.weight
    return made


def keys_of(blocks: Iterable[Block]) -> set[str]:
    """Every key that can be pressed on the page now."""
    found: set[str] = set()
    for block in blocks:
        found |= {key.id for key in block.keys if key.enabled}
        found |= {row.id for row in block.rows if row.id}
        if block.field_key:
            found.add(block.field_key)
    return found
