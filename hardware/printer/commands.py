"""Command by command to the bytes of a job, in ESC/POS: the only place that touches python-escpos, its traps guarded.

The library's `text()` is never used: it chooses code pages by sorting their numbers as text, so that "ã" selects CP857
on most profiles. Text is encoded by `hardware.printer.text` and passes through as bytes. Its `image()` and drawn
`qr()` are not used either: they are slow, and rasters are ready bytes here (`raster`).
"""

from __future__ import annotations

import logging
import shutil
from types import ModuleType
from typing import Protocol, cast

from hardware.printer.profile import Cut, PrinterProfile
from totem.domain.receipt import Align


class _Escpos(Protocol):
    """The part of `escpos.printer.Dummy` that is used."""

    output: bytes

    def hw(self, hw: str) -> None: ...

    def set(
        self,
        *,
        align: str | None = None,
        bold: bool | None = None,
        invert: bool | None = None,
        custom_size: bool | None = None,
        width: int | None = None,
        height: int | None = None,
    ) -> None: ...

    def print_and_feed(self, n: int) -> None: ...

    def qr(self, content: str, *, ec: int, size: int, native: bool) -> None: ...

    def _raw(self, msg: bytes) -> None: ...


_QR_LEVEL_M = 1
_BAND_DOTS = 512
"""A raster goes out in bands of this height: small printers hold no more in their image buffer."""
_CODE_128 = 73
_TEXT_BELOW = 2
ASB_MASK = 0x0E
"""GS a: changes of online, error and paper; neither the drawer's nor the panel's."""


class Commands:
    """Builds the bytes of one job, command by command."""

    has_inverse = True

    def __init__(self, escpos: ModuleType, profile: PrinterProfile) -> None:
        self._profile = profile
        self._out = cast(_Escpos, escpos.Dummy(profile=_library_profile(profile)))

    @property
    def output(self) -> bytes:
        return self._out.output

    def begin(self) -> None:
        """A known state, whatever the job before left and whatever its switches say: ESC @, and what `go_on` sends."""
        self.raw(self._profile.select)
        self._out.hw("INIT")
        self._set_up()

    def go_on(self) -> None:
        """Within a job, after a cut: the next slip says for itself in which set and code page it is."""
        self.raw(self._profile.select)
        self._set_up()

    def _set_up(self) -> None:
        if self._profile.has_asb:
            # ESC @ ended it.
            self.raw(b"\x1da" + bytes([ASB_MASK]))
        if self._profile.two_byte_mode:
            self.raw(b"\x1c.")
        # Some national sets of ESC R put another sign in the place of "$"; others choose a code page: so before ESC t.
        self.raw(b"\x1bR\x00")
        self.raw(b"\x1bt" + bytes([self._profile.code_page.slot]))

    def align(self, align: Align) -> None:
        self._out.set(align=align.value)

    def bold(self, on: bool) -> None:
        self._out.set(bold=on)

    def inverse(self, on: bool) -> None:
        self._out.set(invert=on)

    def scale(self, factor: int) -> None:
        self._out.set(custom_size=True, width=factor, height=factor)

    def condensed(self, on: bool) -> None:
        """The smaller font (ESC M)."""
        self.raw(b"\x1bM" + (b"\x01" if on else b"\x00"))

    def line(self, data: bytes) -> None:
        self.raw(data + b"\n")

    def feed(self, lines: int) -> None:
        """At most 255 lines, about a metre: more is a mistake that would empty the roll."""
        if lines > 0:
            self._out.print_and_feed(min(lines, 255))

    def own_qr(self, data: str, module_dots: int) -> None:
        self._out.qr(data, ec=_QR_LEVEL_M, size=module_dots, native=True)

    def own_barcode(self, data: bytes, module_dots: int, height_dots: int) -> None:
        """Code 128, with its text below. `data` as GS k 73 takes it, less than 256 bytes."""
        self.raw(b"\x1dh" + bytes([height_dots]) + b"\x1dw" + bytes([module_dots]))
        self.raw(b"\x1dH" + bytes([_TEXT_BELOW]) + b"\x1df\x00")
        self.raw(b"\x1dk" + bytes([_CODE_128, len(data)]) + data)

    def raster(self, width_bytes: int, height: int, data: bytes) -> None:
        """GS v 0 of rows, 1 is black."""
        for top in range(0, height, _BAND_DOTS):
            rows = min(_BAND_DOTS, height - top)
            head = b"\x1dv0\x00" + width_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little")
            self.raw(head + data[top * width_bytes : (top + rows) * width_bytes])

    def cut(self) -> None:
        self.feed(self._profile.feed_lines_before_cut)
        if self._profile.cut is not Cut.NONE:
            self.raw(b"\x1dV" + (b"\x00" if self._profile.cut is Cut.FULL else b"\x01"))

    def process_id(self, job_id: int) -> None:
        """GS ( H fn 48: the printer answers `37 22 id 00` once all before it is on paper. The id is four digits."""
        self.raw(b"\x1d(H\x06\x0000" + b"%04d" % job_id)

    def raw(self, data: bytes) -> None:
        self._out._raw(data)  # noqa: SLF001 - the library has no public way to pass bytes through


def load_library() -> ModuleType:
    """python-escpos, imported late, since that takes 0.3 s and does more than an import should.

    It reads all printers' data, leaves a copy in a new temporary folder at every start, and gives the root logger a
    handler. The last two are undone here.
    """
    root = logging.getLogger()
    handlers = list(root.handlers)
    from escpos import capabilities, printer  # noqa: PLC0415

    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return cast(ModuleType, printer)


def _library_profile(profile: PrinterProfile) -> object:
    """A profile that knows its width: with the library's own default, every picture prints a warning on stdout."""
    from escpos.capabilities import Profile  # noqa: PLC0415

    ours = Profile(columns=profile.columns)
    ours.profile_data = {**ours.profile_data, "media": {"width": {"pixels": profile.dots}}}
    return cast(object, ours)
