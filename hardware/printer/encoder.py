"""A receipt to the bytes of one job."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from hardware.printer import barcode, dither, layout, qr, text
from hardware.printer.bematech import BematechCommands
from hardware.printer.commands import Commands, load_library
from hardware.printer.profile import Language, PrinterProfile
from totem.domain.errors import ReceiptNotPrintable
from totem.domain.receipt import Align, Barcode, Block, Columns, Cut, Feed, Picture, Qr, Receipt, Rule, Text, Verbatim

_log = logging.getLogger(__name__)

_MOST_BAR_DOTS = 255
_PICTURE_DOTS_HIGH = 400
"""A logo higher than 50 mm wastes the roll."""


class ReceiptEncoder:
    """Encodes for one printer. Making it reads the pictures and loads the library (about 0.3 s): do it in a thread.

    `pictures` are files that Pillow reads, by the names that receipts use. Raises ReceiptNotPrintable where one of
    them cannot be read.
    """

    def __init__(self, profile: PrinterProfile, pictures: Mapping[str, Path]) -> None:
        self.profile = profile
        self._library = load_library()
        self._pictures = {name: self._load(path) for name, path in pictures.items()}

    def encode(self, receipt: Receipt, job_id: int) -> bytes:
        """The whole job, from ESC @ to the cut. `job_id`, 0-9999, is what the printer may confirm it by.

        Raises ReceiptNotPrintable for a code that no paper of this width holds.
        """
        if not 0 <= job_id <= 9999:
            raise ValueError(f"job id {job_id} is not within 0-9999")
        out = self._commands()
        out.begin()
        for block in receipt.blocks:
            self._block(out, block)
        out.cut()
        if self.profile.has_process_id:
            out.process_id(job_id)
        return out.output

    def advance(self, lines: int, job_id: int, *, cut: bool) -> bytes:
        """So much blank paper, and the cut after it if wanted: what a technician tries a printer with."""
        out = self._commands()
        out.begin()
        out.feed(lines)
        if cut:
            out.cut()
        if self.profile.has_process_id:
            out.process_id(job_id)
        return out.output

    def _block(self, out: Commands, block: Block) -> None:
        match block:
            case Text():
                self._text(out, block)
            case Columns():
                self._columns(out, block)
            case Rule():
                out.line(text.encode(self._rule(), self.profile.code_page.codec))
            case Feed():
                out.feed(block.lines)
            case Qr():
                self._qr(out, block)
            case Barcode():
                self._barcode(out, block)
            case Verbatim():
                self._verbatim(out, block)
            case Picture():
                self._picture(out, block)
            case Cut():
                out.cut()
                out.go_on()

    def _text(self, out: Commands, block: Text) -> None:
        scale = min(max(block.scale, 1), self.profile.most_scale)
        columns = self.profile.columns // scale
        lines = layout.wrap(self._printable(block.text), columns - 2 if block.inverse else columns)
        if block.align is not Align.LEFT:
            out.align(block.align)
        if block.bold:
            out.bold(on=True)
        if scale > 1:
            out.scale(scale)
        for line in lines:
            self._line(out, line, inverse=block.inverse)
        if scale > 1:
            out.scale(1)
        if block.bold:
            out.bold(on=False)
        if block.align is not Align.LEFT:
            out.align(Align.LEFT)

    def _line(self, out: Commands, line: str, *, inverse: bool) -> None:
        codec = self.profile.code_page.codec
        if not inverse or not line:
            out.line(text.encode(line, codec))
            return
        # Off again before the line ends: some printers blacken the rest of a line that ends in inverse.
        out.inverse(on=True)
        out.raw(text.encode(f" {line} ", codec))
        out.inverse(on=False)
        out.line(b"")

    def _columns(self, out: Commands, block: Columns) -> None:
        if block.bold:
            out.bold(on=True)
        for line in layout.spread(self._printable(block.left), self._printable(block.right), self.profile.columns):
            out.line(text.encode(line, self.profile.code_page.codec))
        if block.bold:
            out.bold(on=False)

    def _qr(self, out: Commands, block: Qr) -> None:
        paper = self.profile.dots
        dots = qr.fitting_module_dots(block.data, block.module_dots, paper)
        if self.profile.language is Language.BEMATECH:
            # Whether GS k Q takes dots or half dots no manual tells: the code must fit either way.
            dots = min(dots, paper // (2 * qr.width_modules(block.data)))
        out.align(Align.CENTER)
        if self.profile.has_qr and dots >= qr.LEAST_MODULE_DOTS:
            # The printer's own codes come without their quiet zone: a blank line above and below makes it.
            out.feed(1)
            out.own_qr(block.data, dots)
            out.feed(1)
        else:
            dots = qr.fitting_module_dots(block.data, block.module_dots, paper)
            out.raster(*qr.draw(block.data, dots))
        out.align(Align.LEFT)

    def _barcode(self, out: Commands, block: Barcode) -> None:
        planned = barcode.plan(block.data)
        own_sets = self.profile.language is Language.BEMATECH
        modules = barcode.plain_modules(block.data) if own_sets else planned.modules
        dots = barcode.fitting_module_dots(modules, self.profile.dots)
        height = min(max(block.height_dots, 1), _MOST_BAR_DOTS)
        out.align(Align.CENTER)
        if self.profile.has_barcode:
            out.own_barcode(block.data.encode("ascii") if own_sets else planned.command_data, dots, height)
        else:
            out.raster(*planned.rows(dots, height))
            out.line(text.encode(block.data, self.profile.code_page.codec))
        out.align(Align.LEFT)

    def _verbatim(self, out: Commands, block: Verbatim) -> None:
        """Another's lines. What is wider than the paper goes out in the smaller font; see `layout.fit`."""
        lines = [self._printable(line.replace("\n", " ")).rstrip() for line in block.lines]
        columns = self.profile.columns
        small = self.profile.condensed_columns > columns and any(len(line) > columns for line in lines)
        if small:
            out.condensed(on=True)
        for line in layout.fit(lines, self.profile.condensed_columns if small else columns):
            out.line(text.encode(line, self.profile.code_page.codec))
        if small:
            out.condensed(on=False)

    def _picture(self, out: Commands, block: Picture) -> None:
        if block.name not in self._pictures:
            # A paid ticket without its logo is worth more than none.
            _log.warning("receipt names picture %r, which this kiosk does not have", block.name)
            return
        out.align(Align.CENTER)
        out.raw(self._pictures[block.name])
        out.align(Align.LEFT)

    def _printable(self, value: str) -> str:
        return text.printable(value, self.profile.code_page.codec)

    def _rule(self) -> str:
        return text.printable("─", self.profile.code_page.codec) * self.profile.columns

    def _load(self, path: Path) -> bytes:
        """The raster command of a picture: on white, at most as wide as the paper, dithered to black dots."""
        try:
            with Image.open(path) as file:
                dots = dither.black_dots(file, self.profile.dots, _PICTURE_DOTS_HIGH)
        except (OSError, ValueError) as error:
            raise ReceiptNotPrintable(f"picture {path.name} cannot be read: {error}") from error
        out = self._commands()
        out.raster(*dither.rows(dots))
        return out.output

    def _commands(self) -> Commands:
        kind = BematechCommands if self.profile.language is Language.BEMATECH else Commands
        return kind(self._library, self.profile)
