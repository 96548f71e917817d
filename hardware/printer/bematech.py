"""Commands of a Bematech MP-4200's own set.

From the MP-4200 TH programmer's manual, revision 1.0, chapter 3. GS k Q (QR) and ESC m (partial cut) are newer than
that: as the ACBr project sends them (ACBrEscBematech.pas).
"""

from __future__ import annotations

from hardware.printer.commands import Commands
from hardware.printer.profile import Cut
from totem.domain.receipt import Align

_ALIGN = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
_QR_LEVEL_M = 1
_NO_FEED = 48
_LINE_DOTS = 34
"""A sixth of an inch."""
_QR_BYTES = 2


class BematechCommands(Commands):
    """The own set. It has no inverse and no letters more than doubled: marks are bold instead."""

    has_inverse = False

    def begin(self) -> None:
        """GS F9 SP 0, ESC @, ESC t n."""
        self.raw(self._profile.select + b"\x1b@")
        self._set_up()

    def _set_up(self) -> None:
        # ESC R would choose another code page, so it is not sent.
        self.raw(b"\x1bt" + bytes([self._profile.code_page.slot]))

    def align(self, align: Align) -> None:
        self.raw(b"\x1ba" + bytes([_ALIGN[align]]))

    def bold(self, on: bool) -> None:
        self.raw(b"\x1bE" if on else b"\x1bF")

    def inverse(self, on: bool) -> None:
        self.bold(on)

    def scale(self, factor: int) -> None:
        flag = b"\x01" if factor > 1 else b"\x00"
        self.raw(b"\x1bW" + flag + b"\x1bd" + flag)

    def condensed(self, on: bool) -> None:
        self.raw(b"\x1b\x0f" if on else b"\x1bH")

    def feed(self, lines: int) -> None:
        """ESC J, 48 and the dots: ESC d is double height here."""
        left = min(max(lines, 0), 255) * _LINE_DOTS
        while left:
            step = min(left, 255 - _NO_FEED)
            self.raw(b"\x1bJ" + bytes([_NO_FEED + step]))
            left -= step

    def own_qr(self, data: str, module_dots: int) -> None:
        """GS k Q level, twice the module, 0, bytes, length."""
        raw = data.encode()
        self.raw(b"\x1dkQ" + bytes([_QR_LEVEL_M, module_dots * 2, 0, _QR_BYTES]) + len(raw).to_bytes(2, "little") + raw)

    def cut(self) -> None:
        self.feed(self._profile.feed_lines_before_cut)
        if self._profile.cut is not Cut.NONE:
            self.raw(b"\x1bw" if self._profile.cut is Cut.FULL else b"\x1bm")
