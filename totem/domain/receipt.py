"""A receipt as a list of typed blocks, free of any printer's language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph, wrapped at the paper's columns. `scale` 1-4 multiplies width and height of the letters."""

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    scale: int = 1
    inverse: bool = False
    """White on black, for marks that must not be overlooked."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A label at the left and a value at the right of one line; the label wraps, the value never does."""

    left: str
    right: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Feed:
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code of ASCII `data`; `module_dots` is the size of one module, in printer dots."""

    data: str
    module_dots: int = 6


@dataclass(frozen=True, slots=True)
class Barcode:
    """A Code 128 of printable ASCII `data`, for readers that do not know QR; `height_dots` in printer dots."""

    data: str
    height_dots: int = 80


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Lines that another made up for the paper (an acquirer's receipt): never wrapped, each cut at the last column."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by name (the logo); which file that is, the encoder is told at its making."""

    name: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The paper is cut here, and the job goes on: ticket and card receipt come out as two slips of one job."""


Block = Text | Columns | Rule | Feed | Qr | Barcode | Verbatim | Picture | Cut


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one job prints, from top to cut. `title` names it for logs and queues, it is not printed."""

    title: str
    blocks: tuple[Block, ...]
