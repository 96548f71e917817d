"""QR codes: how large the modules may be, and the code as a picture for printers that cannot draw it."""

from __future__ import annotations

import qrcode
from qrcode.util import BIT_LIMIT_TABLE

from totem.domain.errors import ReceiptNotPrintable

QUIET_ZONE = 4
"""Modules of white around the code, ISO/IEC 18004."""
LEAST_MODULE_DOTS = 2
"""0.25 mm at 203 dpi: a phone's camera still reads it; smaller ones it does not."""
_MOST_MODULE_DOTS = 16
_MASK = 3
_LEVEL = qrcode.constants.ERROR_CORRECT_M


def fitting_module_dots(data: str, wanted_dots: int, paper_dots: int) -> int:
    """The wanted module size, or the largest that fits the paper: a printer draws nothing of a code too wide.

    Raises ReceiptNotPrintable where the data is empty or does not fit even with the smallest modules.
    """
    if not data:
        raise ReceiptNotPrintable("a QR code without data")
    width = width_modules(data)
    dots = min(max(wanted_dots, 1), _MOST_MODULE_DOTS, paper_dots // width)
    if dots < min(LEAST_MODULE_DOTS, max(wanted_dots, 1)):
        raise ReceiptNotPrintable(f"a QR code of {len(data)} characters is wider than {paper_dots} dots of paper")
    return dots


def width_modules(data: str) -> int:
    """Modules a side, quiet zone and all, at most."""
    return modules(data) + 2 * QUIET_ZONE


def modules(data: str) -> int:
    """Modules a side, were all data in byte mode: never less than what a printer or library chooses."""
    length = len(data.encode())
    for version in range(1, 41):
        count_bits = 8 if version < 10 else 16
        if 4 + count_bits + 8 * length <= BIT_LIMIT_TABLE[_LEVEL][version]:
            return 17 + 4 * version
    raise ReceiptNotPrintable(f"{length} bytes are more than a QR code holds")


def draw(data: str, module_dots: int) -> tuple[int, int, bytes]:
    """The code with its quiet zone as a raster: bytes a row, rows, and the rows, 1 is black.

    The mask is a fixed one: readers undo any of the eight, and the search for the prettiest takes 85 % of the time.
    """
    code = qrcode.QRCode(error_correction=_LEVEL, border=0, mask_pattern=_MASK)
    code.add_data(data)
    code.make(fit=True)
    matrix = code.modules
    quiet = QUIET_ZONE * module_dots
    side = len(matrix) * module_dots + 2 * quiet
    width = (side + 7) // 8
    white, black = "0" * module_dots, "1" * module_dots
    margin = bytes(width) * quiet
    rows = [margin]
    for line in matrix:
        bits = "".join(black if dark else white for dark in line)
        row = (int(bits, 2) << (width * 8 - quiet - len(bits))).to_bytes(width, "big")
        rows.append(row * module_dots)
    rows.append(margin)
    return width, side, b"".join(rows)
