"""What an ESC/POS printer is told to do, one typed operation a command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Style:
    """How characters look. `width` and `height` multiply the font's cell (`typesetter.CELL`)."""

    bold: bool = False
    underline: int = 0
    inverse: bool = False
    width: int = 1
    height: int = 1
    font: str = "A"


class Justify(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Initialize:
    """ESC @: print buffer cleared, modes as at power on."""


@dataclass(frozen=True, slots=True)
class Text:
    """Characters of one style, by the code page that was in force."""

    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class LineFeed:
    """LF: print the line and advance by the line spacing."""


@dataclass(frozen=True, slots=True)
class Tab:
    """HT: on to the next stop, every eight columns."""


@dataclass(frozen=True, slots=True)
class FeedLines:
    """ESC d n: print and feed n lines."""

    lines: int


@dataclass(frozen=True, slots=True)
class FeedDots:
    """ESC J n: print and feed n dots."""

    dots: int


@dataclass(frozen=True, slots=True)
class LineSpacing:
    """ESC 2 (None, the default) or ESC 3 n."""

    dots: int | None


@dataclass(frozen=True, slots=True)
class Align:
    """ESC a n. It counts only at the start of a line."""

    justify: Justify


@dataclass(frozen=True, slots=True)
class Mode:
    """A setting that later operations already carry in themselves (ESC E, ESC t, GS !, ...), by its command."""

    command: str
    value: int


@dataclass(frozen=True, slots=True)
class Qr:
    """GS ( k fn 81: draw what fn 80 stored. `level` is L, M, Q or H; `module` the dots of one module."""

    data: bytes
    module: int
    level: str
    model: int


@dataclass(frozen=True, slots=True)
class QrSetting:
    """GS ( k fn 65, 67, 69 and 80."""

    function: int


@dataclass(frozen=True, slots=True)
class Raster:
    """GS v 0: rows of `width_bytes` bytes, the highest bit at the left, 1 is black."""

    width_bytes: int
    height: int
    scale_x: int
    scale_y: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Barcode:
    """GS k 73: Code 128. `values` are its symbols from start to check sum, without the stop; `text` what they say.

    `module` are the dots of the narrowest bar, `height` those of all; `has_text` prints what it says below.
    """

    values: tuple[int, ...]
    text: str
    module: int
    height: int
    has_text: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """GS V, ESC i, ESC m. `feed_dots` is None where the command does not first feed to the blade."""

    full: bool
    feed_dots: int | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """ESC p: the cash drawer's kick."""

    pin: int


@dataclass(frozen=True, slots=True)
class ProcessId:
    """GS ( H fn 48: report these four bytes back once all before them is printed."""

    id: bytes


@dataclass(frozen=True, slots=True)
class QueuedStatus:
    """GS r n, answered in its turn."""

    which: int


@dataclass(frozen=True, slots=True)
class AutoStatus:
    """GS a n: from now on push four bytes at every change of what the bits of n choose; 0 ends it."""

    mask: int


@dataclass(frozen=True, slots=True)
class RealtimeStatus:
    """DLE EOT n, answered at once, whatever waits in the buffer."""

    which: int


@dataclass(frozen=True, slots=True)
class ExtendedStatus:
    """GS F8 1 of a Bematech: five bytes, at once."""


@dataclass(frozen=True, slots=True)
class RealtimeRequest:
    """DLE ENQ n: 1 goes on after an error from the line it stopped at, 2 after clearing the buffer."""

    which: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Bytes that are no command of this printer, or a known one with a value that it does not take."""

    data: bytes
    reason: str


Operation = (
    Initialize
    | Text
    | LineFeed
    | Tab
    | FeedLines
    | FeedDots
    | LineSpacing
    | Align
    | Mode
    | Qr
    | QrSetting
    | Raster
    | Barcode
    | Cut
    | Pulse
    | ProcessId
    | QueuedStatus
    | AutoStatus
    | RealtimeStatus
    | ExtendedStatus
    | RealtimeRequest
    | Unknown
)

SELECT_SET = "GS F9 SP"
"""The command of a Mode that changes the command set and starts anew (Bematech)."""
REALTIME = (RealtimeStatus, ExtendedStatus, RealtimeRequest)
"""Carried out as they are read, and no bytes of a job."""
SILENT = (ProcessId, QueuedStatus, Pulse)
"""Carried out in their turn, and no part of a ticket."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """An operation and the bytes that it was read from; `offset` counts from the first byte of the stream."""

    operation: Operation
    offset: int
    data: bytes


class UnknownCommand(ValueError):
    """The stream has something that the printer would not understand, at `offset` of it."""

    def __init__(self, offset: int, data: bytes, reason: str) -> None:
        super().__init__(f"offset {offset}: {data[:8].hex(' ')}: {reason}")
        self.offset = offset
        self.data = data
        self.reason = reason
