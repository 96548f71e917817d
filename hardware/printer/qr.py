"""QR codes: how large the modules may be, and the code as a picture for printers that cannot draw it."""

from __future__ import annotations

import qrcode
from PIL import Image
from qrcode.util import BIT_LIMIT_TABLE

from totem.domain.errors import ReceiptNotPrintable

QUIET_ZONE = 4
"""Modules of white around the code, ISO/IEC 18004."""
_LEAST_MODULE_DOTS = 2
"""0.25 mm at 203 dpi: a phone's camera still reads it; smaller ones it does not."""
_MOST_MODULE_DOTS = 16
_LEVEL = qrcode.constants.ERROR_CORRECT_M


def fitting_module_dots(data: str, wanted_dots: int, paper_dots: int) -> int:
    """The wanted module size, or the largest that fits the paper: a printer draws nothing of a code too wide.

    Raises ReceiptNotPrintable where the data is empty or does not fit even with the smallest modules.
    """
    if not data:
        raise ReceiptNotPrintable("a QR code without data")
    width = modules(data) + 2 * QUIET_ZONE
    dots = min(max(wanted_dots, 1), _MOST_MODULE_DOTS, paper_dots // width)
    if dots < min(_LEAST_MODULE_DOTS, max(wanted_dots, 1)):
        raise ReceiptNotPrintable(f"a QR code of {len(data)} characters is wider than {paper_dots} dots of paper")
    return dots


def modules(data: str) -> int:
    """Modules a side, were all data in byte mode: never less than what a printer or library chooses."""
    length = len(data.encode())
    for version in range(1, 41):
        count_bits = 8 if version < 10 else 16
        if 4 + count_bits + 8 * length <= BIT_LIMIT_TABLE[_LEVEL][version]:
            return 17 + 4 * version
    raise ReceiptNotPrintable(f"{length} bytes are more than a QR code holds")


def draw(data: str, module_dots: int) -> Image.Image:
    """The code with its quiet zone, black on white, one pixel a dot."""
    code = qrcode.QRCode(error_correction=_LEVEL, box_size=1, border=QUIET_ZONE)
    code.add_data(data)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = len(matrix)
    picture = Image.new("1", (side, side), 1)
    picture.putdata([0 if dark else 1 for row in matrix for dark in row])
    return picture.resize((side * module_dots, side * module_dots), Image.Resampling.NEAREST)
