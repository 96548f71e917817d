"""A Bematech MP-4200 TH: its own command set and ESC/POS, changed by GS F9 SP n.

From the programmer's manual of the MP-4200 TH (revision 1.0, chapters 3 and 4). ESC m and GS k Q are newer than it, as
the ACBr project sends them (ACBrEscBematech.pas).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hardware.sim import operations as op
from hardware.sim.modes import BEMATECH_PAGES, Modes, Refused
from hardware.sim.parser import Parser, Read

_POS_PAGES = {0: "cp437", 2: "cp850", 3: "cp860", 17: "cp866", 19: "cp858", 22: "cp864"}
_LEVELS = "LMQH"
_LEAST_FEED = 48
"""ESC J n feeds n - 48 dots in the own set."""


class BematechParser(Parser):
    """Begins in its own set, as its switches may say."""

    bar_widths = range(2, 5)

    def __init__(self, *, strict: bool = False) -> None:
        super().__init__(strict=strict)
        self._change(own=True)

    def _change(self, *, own: bool) -> None:
        self._own = own
        self.code_pages = BEMATECH_PAGES if own else _POS_PAGES
        self.names_code_sets = not own
        self._reset()

    def _reset(self) -> None:
        self._modes = Modes(codec="cp850", bar_text_above=True)
        # Chapter 4: fonts C (14 x 24) and D (10.5 x 24) in ESC/POS; chapter 3: 12 x 24.
        self._modes.style = op.Style(font="A" if self._own else "C")

    def _one(self, at: int) -> Read:
        if self._own and self._rest[at] == 0x10:
            raise Refused("DLE in the own command set", 1)
        operation, length = super()._one(at)
        if isinstance(operation, op.Initialize):
            self._reset()
        return operation, length

    def _group(self, at: int) -> Read:
        second = self._byte(at, 1)
        if second == 0xF8:
            if self._byte(at, 2) != ord("1"):
                raise Refused(f"GS F8 {self._byte(at, 2):02x}", 3)
            return op.ExtendedStatus(), 3
        if second == 0xF9:
            if self._byte(at, 2) != ord(" "):
                raise Refused(f"GS F9 {self._byte(at, 2):02x}", 3)
            value = self._choice(at, 3, {0: 0, 1: 1, 48: 0, 49: 1})
            self._change(own=not value)
            return op.Mode(op.SELECT_SET, value), 4
        if self._own and second not in b"vhwHfk":
            raise Refused(f"GS {second:02x} in the own command set", 2)
        if self._own and second == ord("k") and self._byte(at, 2) == ord("Q"):
            return self._own_qr(at)
        return super()._group(at)

    def _own_qr(self, at: int) -> Read:
        """GS k Q level, module * 2, 0, mode, length: ACBrEscBematech.pas, ComandoQrCode."""
        level, width, version, mode, low, high = (self._byte(at, index) for index in range(3, 9))
        length = low + 256 * high
        if level > 3 or not 2 <= width <= 32 or width % 2 or version or mode > 2 or not length:
            raise Refused(f"GS k Q {level} {width} {version} {mode} of {length} bytes", 9)
        return op.Qr(self._block(at, 9, length), width // 2, _LEVELS[level], 2), 9 + length

    def _escape(self, at: int) -> Read:
        if not self._own:
            operation, length = super()._escape(at)
            if isinstance(operation, op.Mode) and operation.command in ("ESC M", "ESC !"):
                font = {"A": "C", "B": "D"}.get(self._modes.style.font, self._modes.style.font)
                self._modes.style = replace(self._modes.style, font=font)
            return operation, length
        second = self._byte(at, 1)
        readers: dict[int, Callable[[int], Read]] = {
            ord("E"): lambda _: self._styled("ESC E", 2, bold=True),
            ord("F"): lambda _: self._styled("ESC F", 2, bold=False),
            0x0F: lambda _: self._styled("ESC SI", 2, font="B"),
            ord("H"): lambda _: self._styled("ESC H", 2, font="A"),
            ord("P"): lambda _: self._styled("ESC P", 2, font="A"),
            ord("W"): lambda one: self._styled("ESC W", 3, width=1 + self._flag(one)),
            ord("d"): lambda one: self._styled("ESC d", 3, height=1 + self._flag(one)),
            ord("J"): self._fine_feed,
            ord("i"): lambda _: (op.Cut(full=True), 2),
            ord("w"): lambda _: (op.Cut(full=True), 2),
            ord("m"): lambda _: (op.Cut(full=False), 2),
        }
        if second in readers:
            return readers[second](at)
        if second in b"@23-tRa":
            return super()._escape(at)
        raise Refused(f"ESC {second:02x} in the own command set", 2)

    def _national(self, at: int) -> Read:
        """ESC R chooses a code page here: 0 is CP437, 1-11 CP858, 12 CP850."""
        value = self._byte(at, 2)
        if value > 12:
            raise Refused(f"ESC R {value}", 3)
        self._modes.codec = "cp437" if not value else "cp850" if value == 12 else "cp858"
        return op.Mode("ESC R", value), 3

    def _flag(self, at: int) -> int:
        return self._choice(at, 2, {0: 0, 1: 1, 48: 0, 49: 1})

    def _styled(self, command: str, length: int, **changes: object) -> Read:
        self._modes.style = replace(self._modes.style, **changes)  # type: ignore[arg-type]
        return op.Mode(command, 0), length

    def _fine_feed(self, at: int) -> Read:
        value = self._byte(at, 2)
        if value < _LEAST_FEED:
            raise Refused(f"ESC J {value}", 3)
        return op.FeedDots(value - _LEAST_FEED), 3


def parser_of(data: bytes, *, strict: bool = False) -> Parser:
    """The parser for a whole job: one that begins by choosing a Bematech's command set is for a Bematech."""
    return BematechParser(strict=strict) if data.startswith(b"\x1d\xf9") else Parser(strict=strict)


def parse_job(data: bytes, *, strict: bool = True) -> list[op.Parsed]:
    """As `parser.parse`, in the language that the job chooses."""
    parser = parser_of(data, strict=strict)
    return [*parser.feed(data), *parser.finish()]
