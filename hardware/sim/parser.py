"""ESC/POS as a printer reads it, written from Epson's command reference and sharing nothing with our encoder.

Strict where a printer is lenient: whatever is not in the tables is refused, because a real printer would print it as
rubbish, or swallow the bytes after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hardware.sim import operations as op
from hardware.sim.code128 import NotCode128, plain_symbols, symbols
from hardware.sim.modes import CODE_PAGES, Incomplete, Modes, Refused

_NATIONAL_USA = 0
_MOST_QR_BYTES = 7089
_CODE_128 = 73
_LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}
_JUSTIFY = {0: op.Justify.LEFT, 1: op.Justify.CENTER, 2: op.Justify.RIGHT}


Read = tuple[op.Operation, int]


class Parser:
    """Feed it bytes in any cut; it gives each operation as soon as its last byte is there.

    With `strict`, the first thing unknown raises UnknownCommand; otherwise it becomes an `Unknown` operation, is kept
    in `unknown`, and reading goes on after it. Text is given at the end of each run or of what was fed.
    """

    code_pages = CODE_PAGES
    bar_widths = range(2, 7)
    names_code_sets = True
    """Whether the data of a Code 128 says which set it is in."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._modes = Modes()
        self._rest = b""
        self._offset = 0
        self.unknown: list[op.UnknownCommand] = []
        self._commands = {0x1B: self._escape, 0x1C: self._file_separator, 0x1D: self._group, 0x10: self._realtime}

    def feed(self, data: bytes) -> list[op.Parsed]:
        self._rest += data
        found: list[op.Parsed] = []
        at = 0
        try:
            while at < len(self._rest):
                try:
                    operation, length = self._one(at)
                except Incomplete:
                    break
                except Refused as refused:
                    operation, length = self._refuse(at, refused)
                found.append(op.Parsed(operation, self._offset + at, self._rest[at : at + length]))
                at += length
        finally:
            self._rest = self._rest[at:]
            self._offset += at
        return found

    def finish(self) -> list[op.Parsed]:
        """What is left when no more will come: a command cut off in the middle is unknown."""
        if not self._rest:
            return []
        refused = Refused("the stream ends within a command", len(self._rest))
        operation, length = self._refuse(0, refused)
        parsed = op.Parsed(operation, self._offset, self._rest)
        self._rest = b""
        self._offset += length
        return [parsed]

    @property
    def pending(self) -> bytes:
        """The start of a command whose end has not come."""
        return self._rest

    def _refuse(self, at: int, refused: Refused) -> Read:
        data = self._rest[at : at + refused.length]
        reason = str(refused)
        error = op.UnknownCommand(self._offset + at, data, reason)
        if self._strict:
            raise error
        self.unknown.append(error)
        return op.Unknown(data, reason), refused.length

    def _one(self, at: int) -> Read:
        first = self._rest[at]
        if first >= 0x20 and first != 0x7F:
            return self._text(at)
        if first == 0x0A:
            return op.LineFeed(), 1
        if first == 0x09:
            return op.Tab(), 1
        if first == 0x0D:
            # Ignored on the parallel and USB interfaces' default; LF does the work.
            return op.Mode("CR", 0), 1
        if first == 0x00:
            # Ignored: drivers fill up with it what a printer may still await of a job that was cut off.
            return op.Mode("NUL", 0), 1
        if first in self._commands:
            return self._commands[first](at)
        raise Refused(f"control {first:02x}", 1)

    def _text(self, at: int) -> Read:
        end = at
        while end < len(self._rest) and self._rest[end] >= 0x20 and self._rest[end] != 0x7F:
            end += 1
        raw = self._rest[at:end]
        try:
            text = raw.decode(self._modes.codec)
        except UnicodeDecodeError as error:
            if error.start:
                good = raw[: error.start]
                return op.Text(good.decode(self._modes.codec), self._modes.style), len(good)
            raise Refused(f"{raw[0]:02x} has no character in {self._modes.codec}", 1) from error
        return op.Text(text, self._modes.style), len(raw)

    # --- readers of arguments -----------------------------------------------------------------------------------

    def _byte(self, at: int, index: int) -> int:
        if at + index >= len(self._rest):
            raise Incomplete
        return self._rest[at + index]

    def _block(self, at: int, start: int, length: int) -> bytes:
        if at + start + length > len(self._rest):
            raise Incomplete
        return self._rest[at + start : at + start + length]

    def _choice(self, at: int, index: int, allowed: dict[int, int]) -> int:
        """An argument for which both the number and its ASCII digit are allowed."""
        value = self._byte(at, index)
        if value not in allowed:
            raise Refused(f"argument {value}", index + 1)
        return allowed[value]

    # --- DLE ----------------------------------------------------------------------------------------------------

    def _realtime(self, at: int) -> Read:
        second = self._byte(at, 1)
        if second not in (0x04, 0x05):
            raise Refused(f"DLE {second:02x}", 2)
        which = self._byte(at, 2)
        if second == 0x04:
            if which not in (1, 2, 3, 4):
                raise Refused(f"DLE EOT {which}", 3)
            return op.RealtimeStatus(which), 3
        if which not in (1, 2):
            raise Refused(f"DLE ENQ {which}", 3)
        return op.RealtimeRequest(which), 3

    # --- FS -----------------------------------------------------------------------------------------------------

    def _file_separator(self, at: int) -> Read:
        second = self._byte(at, 1)
        if second == ord("."):
            return op.Mode("FS .", 0), 2
        raise Refused(f"FS {second:02x}", 2)

    # --- ESC ----------------------------------------------------------------------------------------------------

    def _escape(self, at: int) -> Read:
        second = self._byte(at, 1)
        if second == ord("@"):
            self._modes = Modes()
            return op.Initialize(), 2
        if second == ord("2"):
            return op.LineSpacing(None), 2
        if second in (ord("i"), ord("m")):
            return op.Cut(full=second == ord("i")), 2
        readers: dict[int, Callable[[int], Read]] = {
            ord("t"): self._code_page,
            ord("R"): self._national,
            ord("E"): self._bold,
            ord("G"): self._bold,
            ord("-"): self._underline,
            ord("M"): self._font,
            ord("!"): self._print_mode,
            ord("a"): self._align,
            ord("d"): lambda one: (op.FeedLines(self._byte(one, 2)), 3),
            ord("J"): lambda one: (op.FeedDots(self._byte(one, 2)), 3),
            ord("3"): lambda one: (op.LineSpacing(self._byte(one, 2)), 3),
            ord("{"): self._upright,
            ord("p"): self._pulse,
            ord("c"): self._panel,
        }
        if second in readers:
            return readers[second](at)
        raise Refused(f"ESC {second:02x}", 2)

    def _code_page(self, at: int) -> Read:
        slot = self._byte(at, 2)
        if slot not in self.code_pages:
            raise Refused(f"code page {slot}", 3)
        self._modes.codec = self.code_pages[slot]
        return op.Mode("ESC t", slot), 3

    def _national(self, at: int) -> Read:
        value = self._byte(at, 2)
        if value != _NATIONAL_USA:
            raise Refused(f"national character set {value} changes signs such as $", 3)
        return op.Mode("ESC R", value), 3

    def _upright(self, at: int) -> Read:
        value = self._byte(at, 2)
        if value & 1:
            raise Refused("printing upside down", 3)
        return op.Mode("ESC {", value), 3

    def _bold(self, at: int) -> Read:
        value = self._byte(at, 2) & 1
        self._modes.style = replace(self._modes.style, bold=bool(value))
        return op.Mode("ESC E", value), 3

    def _underline(self, at: int) -> Read:
        value = self._choice(at, 2, {0: 0, 1: 1, 2: 2, 48: 0, 49: 1, 50: 2})
        self._modes.style = replace(self._modes.style, underline=value)
        return op.Mode("ESC -", value), 3

    def _font(self, at: int) -> Read:
        value = self._choice(at, 2, {0: 0, 1: 1, 48: 0, 49: 1})
        self._modes.style = replace(self._modes.style, font="AB"[value])
        return op.Mode("ESC M", value), 3

    def _print_mode(self, at: int) -> Read:
        value = self._byte(at, 2)
        self._modes.style = replace(
            self._modes.style,
            font="AB"[value & 1],
            bold=bool(value & 0x08),
            height=2 if value & 0x10 else 1,
            width=2 if value & 0x20 else 1,
            underline=1 if value & 0x80 else 0,
        )
        return op.Mode("ESC !", value), 3

    def _align(self, at: int) -> Read:
        return op.Align(_JUSTIFY[self._choice(at, 2, {0: 0, 1: 1, 2: 2, 48: 0, 49: 1, 50: 2})]), 3

    def _pulse(self, at: int) -> Read:
        pin = self._choice(at, 2, {0: 0, 1: 1, 48: 0, 49: 1})
        self._block(at, 3, 2)
        return op.Pulse(pin), 5

    def _panel(self, at: int) -> Read:
        if self._byte(at, 2) != ord("5"):
            raise Refused(f"ESC c {self._byte(at, 2):02x}", 3)
        return op.Mode("ESC c 5", self._byte(at, 3)), 4

    # --- GS -----------------------------------------------------------------------------------------------------

    def _group(self, at: int) -> Read:
        second = self._byte(at, 1)
        readers: dict[int, Callable[[int], Read]] = {
            ord("!"): self._size,
            ord("B"): self._inverse,
            ord("V"): self._cut,
            ord("b"): lambda one: (op.Mode("GS b", self._byte(one, 2) & 1), 3),
            ord("a"): lambda one: (op.AutoStatus(self._byte(one, 2)), 3),
            ord("r"): lambda one: (op.QueuedStatus(self._choice(one, 2, {1: 1, 2: 2, 49: 1, 50: 2})), 3),
            ord("v"): self._raster,
            ord("("): self._extended,
            ord("h"): self._bar_height,
            ord("w"): self._bar_width,
            ord("H"): self._bar_text,
            ord("f"): lambda one: (op.Mode("GS f", self._choice(one, 2, {0: 0, 1: 1, 48: 0, 49: 1})), 3),
            ord("k"): self._barcode,
        }
        if second in readers:
            return readers[second](at)
        raise Refused(f"GS {second:02x}", 2)

    def _size(self, at: int) -> Read:
        value = self._byte(at, 2)
        if value & 0x88:
            raise Refused(f"size {value:02x}", 3)
        self._modes.style = replace(self._modes.style, width=(value >> 4) + 1, height=(value & 7) + 1)
        return op.Mode("GS !", value), 3

    def _inverse(self, at: int) -> Read:
        value = self._byte(at, 2) & 1
        self._modes.style = replace(self._modes.style, inverse=bool(value))
        return op.Mode("GS B", value), 3

    def _cut(self, at: int) -> Read:
        value = self._byte(at, 2)
        if value in (0, 1, 48, 49):
            return op.Cut(full=value in (0, 48)), 3
        if value in (65, 66):
            return op.Cut(full=value == 65, feed_dots=self._byte(at, 3)), 4
        raise Refused(f"GS V {value}", 3)

    def _raster(self, at: int) -> Read:
        self._choice(at, 2, {48: 48})
        mode = self._choice(at, 3, {0: 0, 1: 1, 2: 2, 3: 3, 48: 0, 49: 1, 50: 2, 51: 3})
        low_x, high_x, low_y, high_y = (self._byte(at, index) for index in (4, 5, 6, 7))
        width, height = low_x + 256 * high_x, low_y + 256 * high_y
        if not 1 <= width <= 128 or not 1 <= height <= 4095:
            raise Refused(f"raster of {width} bytes by {height} dots", 8)
        data = self._block(at, 8, width * height)
        return op.Raster(width, height, 2 if mode & 1 else 1, 2 if mode & 2 else 1, data), 8 + width * height

    def _bar_height(self, at: int) -> Read:
        value = self._byte(at, 2)
        if not value:
            raise Refused("a barcode without height", 3)
        self._modes.bar_height = value
        return op.Mode("GS h", value), 3

    def _bar_width(self, at: int) -> Read:
        value = self._byte(at, 2)
        if value not in self.bar_widths:
            raise Refused(f"barcode width {value}", 3)
        self._modes.bar_module = value
        return op.Mode("GS w", value), 3

    def _bar_text(self, at: int) -> Read:
        value = self._choice(at, 2, {0: 0, 1: 1, 2: 2, 3: 3, 48: 0, 49: 1, 50: 2, 51: 3})
        self._modes.bar_text = value >= 2
        self._modes.bar_text_above = value in (1, 3)
        return op.Mode("GS H", value), 3

    def _barcode(self, at: int) -> Read:
        """Function B of GS k, Code 128 only: its length says where the next command begins."""
        if self._byte(at, 2) != _CODE_128:
            raise Refused(f"barcode system {self._byte(at, 2)}", 3)
        length = self._byte(at, 3)
        data = self._block(at, 4, length)
        try:
            values, text = symbols(data) if self.names_code_sets else plain_symbols(data)
        except NotCode128 as error:
            raise Refused(f"Code 128: {error}", 4 + length) from error
        modes = self._modes
        if modes.bar_text_above:
            raise Refused("the text of a barcode above it is not drawn", 4 + length)
        return op.Barcode(values, text, modes.bar_module, modes.bar_height, modes.bar_text), 4 + length

    def _extended(self, at: int) -> Read:
        """GS ( x pL pH ...: the length says where the next command begins."""
        kind = self._byte(at, 2)
        length = self._byte(at, 3) + 256 * self._byte(at, 4)
        total = 5 + length
        if kind not in (ord("k"), ord("H")) or not 2 <= length <= _MOST_QR_BYTES + 3:
            raise Refused(f"GS ( {kind:02x} of {length} bytes", 5)
        body = self._block(at, 5, length)
        if kind == ord("k"):
            return self._qr(body, total), total
        if body[:2] != b"00" or length != 6 or not all(0x20 <= byte <= 0x7E for byte in body[2:]):
            raise Refused(f"GS ( H {body[:2].hex(' ')}", total)
        return op.ProcessId(body[2:]), total

    def _qr(self, body: bytes, total: int) -> op.Operation:
        modes = self._modes
        if body[0] != 49:
            raise Refused(f"two-dimensional code {body[0]}", total)
        function, rest = body[1], body[2:]
        if function == 65 and len(rest) == 2 and rest[0] in (49, 50) and rest[1] == 0:
            modes.qr_model = rest[0] - 48
        elif function == 67 and len(rest) == 1 and 1 <= rest[0] <= 16:
            modes.qr_module = rest[0]
        elif function == 69 and len(rest) == 1 and rest[0] in _LEVELS:
            modes.qr_level = _LEVELS[rest[0]]
        elif function == 80 and len(rest) >= 2 and rest[0] == 48:
            modes.qr_data = rest[1:]
        elif function == 81 and rest == b"0" and modes.qr_data is not None:
            return op.Qr(modes.qr_data, modes.qr_module, modes.qr_level, modes.qr_model)
        else:
            raise Refused(f"QR function {function} with {rest[:4].hex(' ')}", total)
        return op.QrSetting(function)


def parse(data: bytes, *, strict: bool = True) -> list[op.Parsed]:
    """A whole job at once. With `strict`, raises UnknownCommand at whatever a printer would not understand."""
    parser = Parser(strict=strict)
    return [*parser.feed(data), *parser.finish()]
