"""The text of a receipt, as its owner writes it, to lines. What each line may say is told in the head of `ticket.txt`.

The marks are those of other receipt languages, ReceiptLine above all: text alone stands in the middle, and a `|`
draws it to its side.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from totem.domain.receipt import Align
from totem.domain.template import (
    BlankLine,
    BlockLine,
    ColumnsLine,
    Field,
    Line,
    Parts,
    Place,
    Repeat,
    RuleLine,
    Schema,
    TextLine,
)
from totem.domain.texts import CUSTOMER_LANGUAGES

Fault = tuple[int, str]
"""Line number, 0 for the whole file, and the reason."""

_LANGUAGE: Final = re.compile(r"([a-z]{2}):(?:\s+|$)")
_RULE: Final = re.compile(r"-{3,}")
_ALONE: Final = re.compile(r"\{(/?)([^{}:\\]*)(?::([^{}\\]*))?\}")
_MARKS: Final = re.compile(r"[*^!\s]*")
_LARGEST: Final = 4


@dataclass(frozen=True, slots=True)
class Rows:
    """A repeat whose lines still know where they stand."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line with its number in the file and its language, "" for all of them."""

    number: int
    language: str
    line: TextLine | ColumnsLine | RuleLine | BlankLine | BlockLine | Rows


@dataclass(frozen=True, slots=True)
class Source:
    rows: tuple[Row, ...]

    def chosen(self) -> dict[str, tuple[Line, ...]]:
        return {language: tuple(_lines(rows_of(self.rows, language), language)) for language in CUSTOMER_LANGUAGES}


def rows_of(rows: Iterable[Row], language: str) -> list[Row]:
    """The rows of one language: where neighbours say the same in others only, the Portuguese ones."""
    found: list[Row] = []
    for group in _groups(rows):
        spoken = {row.language for row in group}
        wanted = "" if "" in spoken else language if language in spoken else "pt"
        found += [row for row in group if row.language == wanted]
    return found


def parse(text: str, schema: Schema) -> tuple[Source, list[Fault]]:
    """All lines that could be read, and what is wrong with the others."""
    reader = _Reader(schema)
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        stripped = line.strip(" \t")
        if not stripped.startswith("#"):
            reader.read(number, stripped)
    return Source(reader.end()), reader.faults


def _groups(rows: Iterable[Row]) -> list[list[Row]]:
    """Neighbours that are one another's translations; a language that comes back begins the next group."""
    groups: list[list[Row]] = []
    for row in rows:
        last = groups[-1] if groups else []
        before = last[-1].language if last else ""
        spoken = {one.language for one in last}
        if row.language and before and (row.language == before or row.language not in spoken):
            last.append(row)
        else:
            groups.append([row])
    return groups


def _lines(rows: Iterable[Row], language: str) -> Iterable[Line]:
    for row in rows:
        if isinstance(row.line, Rows):
            yield Repeat(row.line.name, tuple(_lines(rows_of(row.line.rows, language), language)))
        else:
            yield row.line


@dataclass(slots=True)
class _Open:
    """A repeat that was begun, or the file itself."""

    name: str
    number: int
    language: str
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class _Style:
    bold: bool
    inverse: bool
    scale: int

    @property
    def is_plain(self) -> bool:
        return not self.bold and not self.inverse and self.scale == 1


class _Reader:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._outer = _Open("", 0, "")
        self._inner: _Open | None = None
        self.faults: list[Fault] = []

    def read(self, number: int, line: str) -> None:
        language = ""
        prefix = _LANGUAGE.match(line)
        if prefix:
            language, line = prefix[1], line[prefix.end() :]
            if language not in CUSTOMER_LANGUAGES:
                self._fault(number, f'não há o idioma "{language}"; há {", ".join(CUSTOMER_LANGUAGES)}')
                return
        if not line:
            self._blank(number, language)
        elif _RULE.fullmatch(line):
            self._add(number, language, RuleLine())
        else:
            self._content(number, language, line)

    def end(self) -> tuple[Row, ...]:
        if self._inner is not None:
            self._fault(self._inner.number, f"{{{self._inner.name}}} não foi fechado com {{/{self._inner.name}}}")
            self._close(self._inner)
        return _trimmed(self._outer.rows)

    def _fault(self, number: int, reason: str) -> None:
        self.faults.append((number, reason))

    def _add(self, number: int, language: str, line: TextLine | ColumnsLine | RuleLine | BlankLine | BlockLine) -> None:
        (self._inner or self._outer).rows.append(Row(number, language, line))

    def _blank(self, number: int, language: str) -> None:
        rows = (self._inner or self._outer).rows
        if rows and isinstance(rows[-1].line, BlankLine) and rows[-1].language == language:
            rows[-1] = Row(rows[-1].number, language, BlankLine(rows[-1].line.lines + 1))
        else:
            rows.append(Row(number, language, BlankLine()))

    def _content(self, number: int, language: str, line: str) -> None:
        marks = _MARKS.match(line)
        style = self._style(number, marks[0] if marks else "")
        rest = line[marks.end() :] if marks else line
        alone = _ALONE.fullmatch(rest)
        if alone and (alone[1] or alone[2] in self._schema.blocks or alone[2] in self._schema.repeats):
            if not style.is_plain:
                self._fault(number, f"{rest} não aceita *, ^ nem !")
            self._block(number, language, alone)
        else:
            self._text(number, language, style, rest)

    def _style(self, number: int, marks: str) -> _Style:
        scale = 1 + marks.count("^")
        if scale > _LARGEST:
            self._fault(number, f"o maior tamanho é {'^' * (_LARGEST - 1)}")
        return _Style("*" in marks, "!" in marks, min(scale, _LARGEST))

    def _block(self, number: int, language: str, alone: re.Match[str]) -> None:
        closes, name, option = bool(alone[1]), alone[2], alone[3]
        if closes:
            self._end_repeat(number, name)
        elif name in self._schema.repeats:
            if self._inner is not None:
                self._fault(number, f"{{{name}}} não pode começar dentro de {{{self._inner.name}}}")
                self._close(self._inner)
            self._inner = _Open(name, number, language)
        elif option is not None and option not in self._schema.blocks[name]:
            options = ", ".join(f"{{{name}:{one}}}" for one in self._schema.blocks[name])
            self._fault(number, f"{alone[0]} não existe; existe {options or f'{{{name}}}'}")
        else:
            self._add(number, language, BlockLine(name, option or ""))

    def _end_repeat(self, number: int, name: str) -> None:
        if self._inner is None or self._inner.name != name:
            self._fault(number, f"{{/{name}}} fecha o que não foi aberto")
        else:
            self._close(self._inner)

    def _close(self, inner: _Open) -> None:
        rows = tuple(inner.rows)
        self._inner = None
        self._outer.rows.append(Row(inner.number, inner.language, Rows(inner.name, rows)))

    def _text(self, number: int, language: str, style: _Style, line: str) -> None:
        cells = self._cells(number, line)
        if len(cells) > 2:
            self._fault(number, r"só cabe um | na linha; para imprimir o próprio sinal, escreva \|")
            return
        if len(cells) == 2 and all(cells):
            if style.scale > 1 or style.inverse:
                self._fault(number, "uma linha de duas colunas não aceita ^ nem !")
            self._add(number, language, ColumnsLine(cells[0], cells[1], style.bold))
            return
        align = Align.CENTER if len(cells) == 1 else Align.RIGHT if cells[0] else Align.LEFT
        parts = cells[0] or cells[-1]
        self._add(number, language, TextLine(parts, align, style.bold, style.scale, style.inverse))

    def _cells(self, number: int, line: str) -> list[Parts]:
        """The parts on each side of the `|`, without the blanks at their ends."""
        cells: list[list[str | Place]] = [[]]
        text = ""
        at = 0
        while at < len(line):
            char = line[at]
            if char == "\\":
                at += 1
                text += line[at : at + 1]
            elif char == "|":
                _push(cells[-1], text)
                cells.append([])
                text = ""
            elif char == "{":
                _push(cells[-1], text)
                text = ""
                end = line.find("}", at)
                if end < 0:
                    self._fault(number, "a chave { não foi fechada com }")
                    break
                self._place(number, line[at + 1 : end], cells[-1])
                at = end
            elif char == "}":
                self._fault(number, "a chave } não foi aberta com {")
            else:
                text += char
            at += 1
        _push(cells[-1], text)
        return [_stripped(cell) for cell in cells]

    def _place(self, number: int, name: str, cell: list[str | Place]) -> None:
        known: Mapping[str, Field] = self._schema.fields
        if self._inner is not None:
            known = {**known, **self._schema.repeats[self._inner.name]}
        if name in known:
            cell.append(Place(name))
            return
        bare = name.split(":", maxsplit=1)[0]
        if bare in self._schema.blocks or bare in self._schema.repeats:
            self._fault(number, f"{{{name}}} tem de ficar sozinho na linha")
            return
        owner = next((repeat for repeat, fields in self._schema.repeats.items() if name in fields), None)
        if owner is not None:
            self._fault(number, f"{{{name}}} só existe entre {{{owner}}} e {{/{owner}}}")
            return
        near = difflib.get_close_matches(name, [*known, *self._schema.blocks, *self._schema.repeats], n=1)
        hint = f"; você quis dizer {{{near[0]}}}?" if near else ""
        self._fault(number, f"{{{name}}} não existe neste recibo{hint}")


def _push(cell: list[str | Place], text: str) -> None:
    if text:
        cell.append(text)


def _stripped(cell: list[str | Place]) -> Parts:
    parts = list(cell)
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip(" \t")
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip(" \t")
    return tuple(part for part in parts if part)


def _trimmed(rows: list[Row]) -> tuple[Row, ...]:
    """Without the blank lines at both ends: those belong to the file, not to the paper."""
    while rows and isinstance(rows[0].line, BlankLine):
        rows = rows[1:]
    while rows and isinstance(rows[-1].line, BlankLine):
        rows = rows[:-1]
    return tuple(rows)
