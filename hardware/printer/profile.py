"""What a model of printer can do, as far as a ticket depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cut(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    """No cutter: the customer tears the ticket off."""


@dataclass(frozen=True, slots=True)
class CodePage:
    """A table of characters: `slot` is n of ESC t n, `codec` the name of Python's codec with the same table."""

    slot: int
    codec: str


# Slots as in Epson's ESC/POS reference for ESC t, which Brazilian makers follow for these. CP858 is CP850 with the
# euro sign in place of the dotless i; CP850 itself and CP860 have no euro sign.
CP858 = CodePage(19, "cp858")
CP850 = CodePage(2, "cp850")
WPC1252 = CodePage(16, "cp1252")


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """`columns` of font A (12 dots each) across a head of `dots`; 203 dpi, 8 dots a millimetre."""

    name: str
    columns: int
    dots: int
    code_page: CodePage = CP858
    has_qr: bool = True
    """GS ( k draws QR codes; otherwise they are sent as a raster (GS v 0)."""
    has_process_id: bool = False
    """GS ( H fn 48 is answered once the job is on paper. Switch on where a probe shows that it works."""
    has_queued_status: bool = True
    """GS r 1 is answered in its turn, after all that was sent before it."""
    cut: Cut = Cut.FULL
    feed_lines_before_cut: int = 5
    """From the head to the blade, about 15 mm."""
    two_byte_mode: bool = False
    """Made for China: reads accented letters in pairs until told not to (FS .)."""


EPSON_80 = PrinterProfile("epson-80", columns=48, dots=576, has_process_id=True, cut=Cut.PARTIAL)
GENERIC_80 = PrinterProfile("generic-80", columns=48, dots=576, code_page=CP850, cut=Cut.PARTIAL)
GENERIC_42 = PrinterProfile("generic-42", columns=42, dots=512, code_page=CP850, cut=Cut.PARTIAL)
GENERIC_58 = PrinterProfile(
    "generic-58", columns=32, dots=384, code_page=WPC1252, has_qr=False, cut=Cut.NONE, two_byte_mode=True
)

PROFILES: dict[str, PrinterProfile] = {
    profile.name: profile for profile in (EPSON_80, GENERIC_80, GENERIC_42, GENERIC_58)
}
