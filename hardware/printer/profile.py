"""What a model of printer can do, as far as a ticket depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cut(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    """No cutter: the customer tears the ticket off."""


class Language(StrEnum):
    """The command set that a job is written in."""

    ESC_POS = "esc_pos"
    BEMATECH = "bematech"
    """The own set of Bematech's MP printers (ESC/Bema)."""


class StatusQuery(StrEnum):
    """How the printer is asked how it is."""

    DLE_EOT = "dle_eot"
    """Epson: one byte a question, four questions."""
    GS_F8 = "gs_f8"
    """Bematech: five bytes at once, in either command set."""


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
BEMATECH_CP858 = CodePage(5, "cp858")
"""ESC t 5 of the own set: MP-4200 TH programmer's manual, chapter 3."""


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """`columns` of the normal font across a head of `dots`; 203 dpi, 8 dots a millimetre."""

    name: str
    columns: int
    dots: int
    code_page: CodePage = CP858
    language: Language = Language.ESC_POS
    status_query: StatusQuery = StatusQuery.DLE_EOT
    condensed_columns: int = 0
    """Of the smaller font (B), for lines that others made up for wider paper; 0 for none."""
    has_qr: bool = True
    """It draws QR codes itself; otherwise they are sent as a raster (GS v 0)."""
    has_barcode: bool = True
    """GS k 73 draws Code 128; otherwise it is sent as a raster."""
    has_process_id: bool = False
    """GS ( H fn 48 is worth trying: sent with each job, and believed once the printer answered it."""
    has_queued_status: bool = True
    """GS r 1 is answered in its turn, after all that was sent before it."""
    has_asb: bool = False
    """GS a: it tells every change of its state by itself."""
    cut: Cut = Cut.FULL
    feed_lines_before_cut: int = 5
    """From the head to the blade, about 15 mm."""
    two_byte_mode: bool = False
    """Made for China: reads accented letters in pairs until told not to (FS .)."""
    select: bytes = b""
    """What chooses the command set, before all else."""
    most_scale: int = 4
    """Letters that many times as wide and high."""


EPSON_80 = PrinterProfile(
    "epson-80", columns=48, dots=576, condensed_columns=64, has_process_id=True, has_asb=True, cut=Cut.PARTIAL
)
GENERIC_80 = PrinterProfile(
    "generic-80", columns=48, dots=576, condensed_columns=64, code_page=CP850, has_barcode=False, cut=Cut.PARTIAL
)
GENERIC_42 = PrinterProfile(
    "generic-42", columns=42, dots=512, condensed_columns=56, code_page=CP850, has_barcode=False, cut=Cut.PARTIAL
)
GENERIC_58 = PrinterProfile(
    "generic-58",
    columns=32,
    dots=384,
    condensed_columns=42,
    code_page=WPC1252,
    has_qr=False,
    has_barcode=False,
    cut=Cut.NONE,
    two_byte_mode=True,
)

# Epson TM-T20, X and II: Epson's ESC/POS reference lists GS ( H, GS a and code page 19 for them; 48 and 64 columns.
EPSON_TM_T20 = PrinterProfile(
    "epson-tm-t20", columns=48, dots=576, condensed_columns=64, has_process_id=True, has_asb=True, cut=Cut.PARTIAL
)
# Bematech MP-4200 TH, programmer's manual revision 1.0. Chapter 4, ESC/POS: 588 dots, fonts of 14 and 10.5 dots, code
# page 19, GS a, GS r, only partial cuts, no GS ( H; GS F8 1 works in both sets. Its GS ( k draws PDF417, not QR.
BEMATECH_MP4200 = PrinterProfile(
    "bematech-mp4200",
    columns=42,
    dots=588,
    condensed_columns=56,
    status_query=StatusQuery.GS_F8,
    has_qr=False,
    has_asb=True,
    cut=Cut.PARTIAL,
    select=b"\x1d\xf9\x20\x01",
)
# Chapter 3, its own set: fonts of 12 and 9 dots, letters at most doubled, no inverse, no question that is queued.
BEMATECH_MP4200_BEMA = PrinterProfile(
    "bematech-mp4200-bema",
    columns=48,
    dots=576,
    code_page=BEMATECH_CP858,
    language=Language.BEMATECH,
    status_query=StatusQuery.GS_F8,
    condensed_columns=64,
    has_queued_status=False,
    cut=Cut.FULL,
    select=b"\x1d\xf9\x20\x00",
    most_scale=2,
)
# What follows was confirmed by no manual: CP850 in slot 2 is what ACBr sets on all of them, and of codes only the QR of
# the i9 is drawn by the printer, as shops print their NFC-e; whatever else is a raster.
ELGIN_I9 = PrinterProfile(
    "elgin-i9", columns=48, dots=576, condensed_columns=64, code_page=CP850, has_barcode=False, cut=Cut.PARTIAL
)
DARUMA_DR800 = PrinterProfile(
    "daruma-dr800",
    columns=48,
    dots=576,
    condensed_columns=64,
    code_page=CP850,
    has_qr=False,
    has_barcode=False,
    cut=Cut.PARTIAL,
)
"""With the printer's emulation set to ESC/POS: its own set (ESC/Daruma) is another language."""
SWEDA_SI300 = PrinterProfile(
    "sweda-si300",
    columns=48,
    dots=576,
    condensed_columns=64,
    code_page=CP850,
    has_qr=False,
    has_barcode=False,
    cut=Cut.PARTIAL,
)

PROFILES: dict[str, PrinterProfile] = {
    profile.name: profile
    for profile in (
        EPSON_80,
        GENERIC_80,
        GENERIC_42,
        GENERIC_58,
        EPSON_TM_T20,
        BEMATECH_MP4200,
        BEMATECH_MP4200_BEMA,
        ELGIN_I9,
        DARUMA_DR800,
        SWEDA_SI300,
    )
}
