"""Operations to lines on paper: what stands where, in dots, free of any drawing library."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hardware.sim import operations as op
from hardware.sim.code128 import width_modules
from hardware.sim.qrcodes import side_modules

CELL = {"A": (12, 24), "B": (9, 17), "C": (14, 24), "D": (10, 24)}
"""Dots of a character, width and height. C and D are Bematech's in ESC/POS; D is half a dot wider in truth."""
BAR_TEXT_DOTS = 28
"""Below a barcode that prints what it says."""
DEFAULT_SPACING = 30
BLADE_DOTS = 120
"""From head to blade, 15 mm: what is fed before a cut ends up under the head, as the next ticket's upper margin."""
_TAB_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one style, `x` dots from the left of the printable area."""

    x: int
    text: str
    style: op.Style

    @property
    def width(self) -> int:
        return cell_width(self.style) * len(self.text)


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; runs stand on the same base, `height` is how far the paper moves."""

    y: int
    height: int
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Placed:
    """A code or a raster at its place."""

    x: int
    y: int
    operation: op.Qr | op.Raster | op.Barcode


@dataclass(frozen=True, slots=True)
class CutMark:
    y: int
    full: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A strip of paper, `width` and `height` in dots."""

    width: int
    height: int
    lines: tuple[Line, ...]
    placed: tuple[Placed, ...]
    cuts: tuple[CutMark, ...]

    @property
    def text(self) -> tuple[str, ...]:
        """Its lines of text without the blanks at their ends; feeds are not lines."""
        return tuple(line.text.rstrip() for line in self.lines)


def cell_width(style: op.Style) -> int:
    return CELL[style.font][0] * style.width


def cell_height(style: op.Style) -> int:
    return CELL[style.font][1] * style.height


@dataclass(slots=True)
class _Setter:
    width: int
    y: int = 0
    spacing: int = DEFAULT_SPACING
    justify: op.Justify = op.Justify.LEFT
    buffer: list[tuple[str, op.Style]] = field(default_factory=list)
    used: int = 0
    lines: list[Line] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    cuts: list[CutMark] = field(default_factory=list)
    inked: int = 0

    def text(self, operation: op.Text) -> None:
        step = cell_width(operation.style)
        for char in operation.text:
            # A line that is exactly full is printed only when another character comes.
            if self.used + step > self.width and self.buffer:
                self.end_line()
            self.buffer.append((char, operation.style))
            self.used += step

    def tab(self) -> None:
        stop = CELL["A"][0] * _TAB_COLUMNS
        blanks = (stop - self.used % stop) // CELL["A"][0]
        self.text(op.Text(" " * max(blanks, 1), op.Style()))

    def end_line(self) -> None:
        tallest = max((cell_height(style) for _, style in self.buffer), default=0)
        height = max(self.spacing, tallest)
        self.lines.append(Line(self.y, height, tuple(self._runs())))
        self.y += height
        self.inked = self.y
        self.buffer.clear()
        self.used = 0

    def _runs(self) -> Iterable[Run]:
        x = self.left(self.used)
        text = ""
        style: op.Style | None = None
        for char, own in self.buffer:
            if style is not None and own != style:
                yield Run(x, text, style)
                x += cell_width(style) * len(text)
                text = ""
            style = own
            text += char
        if style is not None:
            yield Run(x, text, style)

    def left(self, width: int) -> int:
        """Where something so wide begins under the present justification."""
        free = max(self.width - width, 0)
        return {op.Justify.LEFT: 0, op.Justify.CENTER: free // 2, op.Justify.RIGHT: free}[self.justify]

    def graphic(self, operation: op.Qr | op.Raster | op.Barcode) -> None:
        self.flush()
        width, height = size(operation)
        if not isinstance(operation, op.Raster) and not 0 < width <= self.width:
            # A code that does not fit the paper is not printed at all.
            return
        self.placed.append(Placed(self.left(width), self.y, operation))
        self.y += height
        self.inked = self.y

    def flush(self) -> None:
        if self.buffer:
            self.end_line()


def size(operation: op.Qr | op.Raster | op.Barcode) -> tuple[int, int]:
    """Width and height in dots."""
    if isinstance(operation, op.Barcode):
        height = operation.height + (BAR_TEXT_DOTS if operation.has_text else 0)
        return width_modules(operation.values) * operation.module, height
    if isinstance(operation, op.Qr):
        side = side_modules(operation) * operation.module
        return side, side
    return operation.width_bytes * 8 * operation.scale_x, operation.height * operation.scale_y


def typeset(operations: Iterable[op.Operation], width: int) -> Page:
    """All operations on one strip of paper with a head of `width` dots. A line that nothing ends is not printed."""
    setter = _Setter(width)
    for operation in operations:
        _apply(setter, operation)
    return Page(width, setter.y, tuple(setter.lines), tuple(setter.placed), tuple(setter.cuts))


def _apply(setter: _Setter, operation: op.Operation) -> None:
    match operation:
        case op.Initialize():
            setter.buffer.clear()
            setter.used = 0
            setter.spacing = DEFAULT_SPACING
            setter.justify = op.Justify.LEFT
        case op.Text():
            setter.text(operation)
        case op.Tab():
            setter.tab()
        case op.LineFeed():
            setter.end_line()
        case op.FeedLines(lines):
            setter.flush()
            setter.y += lines * setter.spacing
        case op.FeedDots(dots):
            setter.flush()
            setter.y += dots
        case op.LineSpacing(dots):
            setter.spacing = DEFAULT_SPACING if dots is None else dots
        case op.Align(justify):
            if not setter.buffer:
                setter.justify = justify
        case op.Qr() | op.Raster() | op.Barcode():
            setter.graphic(operation)
        case op.Cut(full, feed_dots):
            setter.flush()
            # GS V 65 and 66 feed to the blade by themselves; the others cut 15 mm above what was printed last.
            setter.y = max(setter.y - BLADE_DOTS, setter.inked) if feed_dots is None else setter.y + feed_dots
            setter.cuts.append(CutMark(setter.y, full))
        case _:
            return
