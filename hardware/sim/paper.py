"""Draws a strip of thermal paper from the operations alone, as PNG."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

from hardware.sim import operations as op
from hardware.sim.code128 import bars
from hardware.sim.qrcodes import matrix
from hardware.sim.typesetter import BAR_TEXT_DOTS, Line, Page, Placed, Run, cell_height, cell_width, typeset

_PAPER = 253
_INK = 24
_MARGIN_DOTS = 28
"""Paper beside the head's reach, and above and below what is printed."""
_BASELINE = 18 / 24
"""From the top of a cell to the feet of its letters."""
_FONT_SHARE = 20 / 24
"""Size of the font in a cell: IBM Plex Mono is 0.6 as wide as high, so 20 dots fill a cell of 12."""
_BOX_LINES = {"─": 1, "━": 3, "═": 2}


@dataclass(frozen=True, slots=True)
class Paper:
    """How it is drawn. `dots` is the head's width (576, 512 or 384), `zoom` the pixels of one dot."""

    dots: int = 576
    zoom: int = 2


def draw(operations: Iterable[op.Operation], paper: Paper) -> bytes:
    """The ticket as PNG, greyscale; (dots + 2 margins) x zoom wide."""
    return to_png(picture(typeset(operations, paper.dots), paper))


def to_png(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG", compress_level=3)
    return target.getvalue()


def picture(page: Page, paper: Paper) -> Image.Image:
    zoom = paper.zoom
    size = ((page.width + 2 * _MARGIN_DOTS) * zoom, (page.height + 2 * _MARGIN_DOTS) * zoom)
    image = Image.new("L", size, _PAPER)
    pen = _Pen(image, zoom)
    for line in page.lines:
        pen.line(line)
    for placed in page.placed:
        pen.graphic(placed)
    return image


class _Pen:
    def __init__(self, image: Image.Image, zoom: int) -> None:
        self._image = image
        self._zoom = zoom
        self._draw = ImageDraw.Draw(image)
        self._fonts: dict[tuple[bool, int], ImageFont.FreeTypeFont] = {}

    def line(self, line: Line) -> None:
        tallest = max((cell_height(run.style) for run in line.runs), default=0)
        for run in line.runs:
            self._run(run, line.y + tallest - cell_height(run.style))

    def _run(self, run: Run, y: int) -> None:
        style, zoom = run.style, self._zoom
        left, top = (_MARGIN_DOTS + run.x) * zoom, (_MARGIN_DOTS + y) * zoom
        width, height = run.width * zoom, cell_height(style) * zoom
        ink, ground = (_PAPER, _INK) if style.inverse else (_INK, _PAPER)
        if style.inverse:
            self._draw.rectangle((left, top, left + width - 1, top + height - 1), fill=ground)
        step = cell_width(style) * zoom
        for index, char in enumerate(run.text):
            if char in _BOX_LINES:
                self._box_line(left + index * step, top, step, height, _BOX_LINES[char] * zoom, ink)
            elif char not in " \u00a0":
                self._glyph(char, style, (left + index * step, top), (step, height), ink)
        if style.underline:
            foot = top + height - zoom
            self._draw.rectangle((left, foot - style.underline * zoom, left + width - 1, foot), fill=ink)

    def _box_line(self, left: int, top: int, step: int, height: int, thickness: int, ink: int) -> None:
        middle = top + height // 2
        self._draw.rectangle((left, middle, left + step - 1, middle + thickness - 1), fill=ink)

    def _glyph(self, char: str, style: op.Style, at: tuple[int, int], cell: tuple[int, int], ink: int) -> None:
        width, height = cell
        font = self._font(bold=style.bold, size=round(height * _FONT_SHARE))
        if style.width == style.height:
            self._draw.text((at[0] + width / 2, at[1] + height * _BASELINE), char, fill=ink, font=font, anchor="ms")
            return
        # Widths and heights that differ stretch the letter, as a printer does.
        natural = round(height * 0.5)
        mask = Image.new("L", (natural, height), 0)
        ImageDraw.Draw(mask).text((natural / 2, height * _BASELINE), char, fill=255, font=font, anchor="ms")
        self._image.paste(ink, at, mask.resize((width, height), Image.Resampling.BILINEAR))

    def _font(self, *, bold: bool, size: int) -> ImageFont.FreeTypeFont:
        key = (bold, size)
        if key not in self._fonts:
            file = files("assets") / "fonts" / f"IBMPlexMono-{'Bold' if bold else 'Regular'}.ttf"
            self._fonts[key] = ImageFont.truetype(
                io.BytesIO(file.read_bytes()), size, layout_engine=ImageFont.Layout.BASIC
            )
        return self._fonts[key]

    def graphic(self, placed: Placed) -> None:
        dots = _dots(placed.operation)
        large = dots.resize((dots.width * self._zoom, dots.height * self._zoom), Image.Resampling.NEAREST)
        self._image.paste(_INK, ((_MARGIN_DOTS + placed.x) * self._zoom, (_MARGIN_DOTS + placed.y) * self._zoom), large)
        if isinstance(placed.operation, op.Barcode) and placed.operation.has_text:
            text = placed.operation.text
            left = placed.x + (dots.width - cell_width(op.Style()) * len(text)) // 2
            top = placed.y + placed.operation.height + (BAR_TEXT_DOTS - cell_height(op.Style()))
            self._run(Run(left, text, op.Style()), top)


def _dots(operation: op.Qr | op.Raster | op.Barcode) -> Image.Image:
    """A mask of it, 255 where it is black."""
    match operation:
        case op.Qr():
            return _qr_dots(operation)
        case op.Barcode():
            return _bar_dots(operation)
        case op.Raster():
            return _raster_dots(operation)


def _bar_dots(operation: op.Barcode) -> Image.Image:
    modules = bars(operation.values)
    image = Image.frombytes("L", (len(modules), 1), bytes(255 if black else 0 for black in modules))
    return image.resize((len(modules) * operation.module, operation.height), Image.Resampling.NEAREST)


def _qr_dots(operation: op.Qr) -> Image.Image:
    """A mask of the code, 255 where it is black."""
    rows = matrix(operation)
    image = Image.frombytes("L", (len(rows), len(rows)), bytes(255 if dark else 0 for row in rows for dark in row))
    side = len(rows) * operation.module
    return image.resize((side, side), Image.Resampling.NEAREST)


def _raster_dots(operation: op.Raster) -> Image.Image:
    """A mask of the raster, 255 where it is black."""
    image = Image.frombytes("1", (operation.width_bytes * 8, operation.height), operation.data).convert("L")
    size = (image.width * operation.scale_x, image.height * operation.scale_y)
    return image.resize(size, Image.Resampling.NEAREST)
