"""What a template must have, and what would not come out right on the narrowest paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

from totem.config.template_parser import Fault, Row, Rows, Source, rows_of
from totem.domain.template import BlockLine, ColumnsLine, Field, Parts, Place, Schema, TextLine
from totem.domain.texts import CUSTOMER_LANGUAGES

NARROWEST_COLUMNS: Final = 32
MOST_ROWS: Final = 300
_CODECS: Final = ("cp850", "cp1252")
"""What both of these have, every printer of ours has: a template stays right when the printer is replaced."""


def check(source: Source, schema: Schema) -> list[Fault]:
    if not source.rows:
        return [(0, "o recibo está vazio")]
    if len(source.rows) > MOST_ROWS:
        return [(0, f"o recibo tem mais de {MOST_ROWS} linhas")]
    faults: list[Fault] = []
    for row, fields in _each(source.rows, schema):
        faults += [(row.number, reason) for reason in _letters(row)]
        faults += [(row.number, reason) for reason in _widths(row, fields)]
    for language in CUSTOMER_LANGUAGES:
        faults += [fault for fault in _demands(source, schema, language) if fault not in faults]
    return faults


def _each(rows: Iterable[Row], schema: Schema) -> Iterable[tuple[Row, Mapping[str, Field]]]:
    """Every row but the repeats themselves, with the fields that it knows."""
    for row in rows:
        if isinstance(row.line, Rows):
            fields = {**schema.fields, **schema.repeats[row.line.name]}
            yield from ((inner, fields) for inner in row.line.rows)
        else:
            yield row, schema.fields


def _parts(row: Row) -> Parts:
    match row.line:
        case TextLine():
            return row.line.parts
        case ColumnsLine():
            return (*row.line.left, *row.line.right)
        case _:
            return ()


def _letters(row: Row) -> list[str]:
    text = "".join(part for part in _parts(row) if isinstance(part, str))
    if not text or _is_everywhere(text):
        return []
    strange = dict.fromkeys(char for char in text if not _is_everywhere(char))
    return [f'"{_shown(char)}" não existe nas impressoras de tíquete; escreva de outro modo' for char in strange]


def _is_everywhere(text: str) -> bool:
    """Controls have no place in a receipt: they would be commands to the printer."""
    try:
        for codec in _CODECS:
            text.encode(codec)
    except UnicodeEncodeError:
        return False
    return text.replace("\u00a0", " ").isprintable()


def _shown(char: str) -> str:
    return char if char.isprintable() else f"U+{ord(char):04X}"


# --- Width ----------------------------------------------------------------------------------------------------------


def _widths(row: Row, fields: Mapping[str, Field]) -> list[str]:
    match row.line:
        case TextLine() as line:
            room = NARROWEST_COLUMNS // line.scale - (2 if line.inverse else 0)
            return _too_wide(_words(line.parts, fields), room)
        case ColumnsLine() as line:
            value = sum(len(part) if isinstance(part, str) else fields[part.name].columns for part in line.right)
            wide = [(value, _written(line.right))] if value else []
            return _too_wide([*wide, *_words(line.left, fields)], NARROWEST_COLUMNS)
        case _:
            return []


def _too_wide(pieces: Iterable[tuple[int, str]], room: int) -> list[str]:
    return [
        f"{written} pode ocupar {columns} colunas, e no papel mais estreito cabem {room}"
        for columns, written in pieces
        if columns > room
    ]


def _words(parts: Parts, fields: Mapping[str, Field]) -> list[tuple[int, str]]:
    """What no line may break, at its widest. A field of any text is broken where it must be, and counts for nothing."""
    words: list[tuple[int, str]] = []
    columns, written = 0, ""
    for part in parts:
        if isinstance(part, Place):
            columns += fields[part.name].word
            written += _written((part,))
            continue
        first, *more = part.split(" ")
        columns, written = columns + len(first), written + first
        for word in more:
            words.append((columns, written))
            columns, written = len(word), word
    return [*words, (columns, written)]


def _written(parts: Parts) -> str:
    return "".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in parts)


# --- What must be printed -------------------------------------------------------------------------------------------


def _demands(source: Source, schema: Schema, language: str) -> list[Fault]:
    """A paid ticket without its number is no ticket: this is not the owner's to leave out."""
    spoken = rows_of(source.rows, language)
    if not spoken:
        return [(0, f'o recibo está vazio no idioma "{language}"')]
    rows = [row for row in spoken if not isinstance(row.line, Rows)]
    faults: list[Fault] = []
    for names in schema.demanded:
        holding = [row for row in rows if _names(row) & set(names)]
        if not holding:
            wanted = " ou ".join(f"{{{name}}}" for name in names)
            faults.append((0, f"falta {wanted}, que não pode faltar neste recibo{_for(language, source, names)}"))
        elif all(_may_vanish(row, schema) for row in holding):
            faults.append(
                (holding[0].number, f"{{{names[0]}}} não pode dividir a linha com um campo que às vezes não tem valor")
            )
    return faults


def _for(language: str, source: Source, names: tuple[str, ...]) -> str:
    """Names the language only where another has it."""
    everywhere = chain.from_iterable(_names(row) for row in source.rows)
    return f' no idioma "{language}"' if set(everywhere) & set(names) else ""


def _names(row: Row) -> set[str]:
    if isinstance(row.line, BlockLine):
        return {row.line.name}
    return {part.name for part in _parts(row) if isinstance(part, Place)}


def _may_vanish(row: Row, schema: Schema) -> bool:
    return any(schema.fields[name].optional for name in _names(row) if name in schema.fields)
