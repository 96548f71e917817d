"""A template and what it is filled with, to the blocks that a printer's encoder takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from totem.domain.receipt import Block, Columns, Feed, Rule, Text
from totem.domain.template import (
    SCHEMAS,
    BlankLine,
    BlockLine,
    ColumnsLine,
    Field,
    Line,
    Parts,
    Repeat,
    RuleLine,
    Template,
    TextLine,
)


@dataclass(frozen=True, slots=True)
class Filling:
    """Every field of the receipt's schema as it is printed; `blocks` by name, or `name:option`."""

    fields: Mapping[str, str]
    repeats: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    blocks: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)


def render(template: Template, filling: Filling, language: str) -> tuple[Block, ...]:
    """The template's lines in that language, else in Portuguese. Raises KeyError for a field that is not filled."""
    schema = SCHEMAS[template.paper]
    renderer = _Renderer(filling, schema.fields)
    for line in template.of(language):
        if isinstance(line, Repeat):
            known = {**schema.fields, **schema.repeats[line.name]}
            for values in filling.repeats[line.name]:
                renderer.lines(line.lines, {**filling.fields, **values}, known)
            if not filling.repeats[line.name]:
                renderer.leave_out()
        else:
            renderer.lines((line,), filling.fields, schema.fields)
    return tuple(renderer.blocks)


class _Renderer:
    def __init__(self, filling: Filling, fields: Mapping[str, Field]) -> None:
        self._filling = filling
        self._fields = fields
        self.blocks: list[Block] = []
        self._left_out = False
        """Whether something was left out since the last block: then no second gap or rule follows the first."""

    def lines(self, lines: Iterable[Line], values: Mapping[str, str], known: Mapping[str, Field]) -> None:
        for line in lines:
            match line:
                case TextLine():
                    self._text(line, values, known)
                case ColumnsLine():
                    self._columns(line, values, known)
                case RuleLine():
                    self._between(Rule())
                case BlankLine():
                    self._between(Feed(line.lines))
                case BlockLine():
                    name = f"{line.name}:{line.option}" if line.option else line.name
                    self._put(*self._filling.blocks[name])
                case Repeat():
                    raise TypeError(f"a repeat {line.name} within a repeat")

    def leave_out(self) -> None:
        self._left_out = True

    def _put(self, *blocks: Block) -> None:
        if not blocks:
            self.leave_out()
            return
        self.blocks.extend(blocks)
        self._left_out = False

    def _between(self, block: Feed | Rule) -> None:
        if self._left_out and self.blocks and type(self.blocks[-1]) is type(block):
            return
        self._put(block)

    def _text(self, line: TextLine, values: Mapping[str, str], known: Mapping[str, Field]) -> None:
        text = _filled(line.parts, values, known)
        if text is None:
            self.leave_out()
        else:
            self._put(Text(text, line.align, line.bold, line.scale, line.inverse))

    def _columns(self, line: ColumnsLine, values: Mapping[str, str], known: Mapping[str, Field]) -> None:
        left, right = _filled(line.left, values, known), _filled(line.right, values, known)
        if left is None or right is None:
            self.leave_out()
        else:
            self._put(Columns(left, right, line.bold))


def _filled(parts: Parts, values: Mapping[str, str], known: Mapping[str, Field]) -> str | None:
    """The line's text; None where an optional field of it has nothing to say."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        value = values[part.name]
        if not value and known[part.name].optional:
            return None
        text += value
    return text
