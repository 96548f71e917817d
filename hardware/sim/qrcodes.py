"""QR codes as a printer's own generator makes them from GS ( k."""

from __future__ import annotations

import qrcode
from qrcode.exceptions import DataOverflowError

from hardware.sim import operations as op

_LEVELS = {
    "L": qrcode.constants.ERROR_CORRECT_L,
    "M": qrcode.constants.ERROR_CORRECT_M,
    "Q": qrcode.constants.ERROR_CORRECT_Q,
    "H": qrcode.constants.ERROR_CORRECT_H,
}


def side_modules(operation: op.Qr) -> int:
    """Modules a side without quiet zone; 0 where the data is more than a code holds: then nothing is printed."""
    code = _code(operation)
    try:
        version: int = code.best_fit()
    except (DataOverflowError, ValueError):
        return 0
    return 17 + 4 * version


def matrix(operation: op.Qr) -> list[list[bool]]:
    """Rows of modules, True is black, without quiet zone."""
    code = _code(operation)
    code.make(fit=True)
    return [[bool(dark) for dark in row] for row in code.get_matrix()]


def _code(operation: op.Qr) -> qrcode.QRCode:  # type: ignore[type-arg]
    code = qrcode.QRCode(error_correction=_LEVELS[operation.level], border=0)
    code.add_data(operation.data)
    return code
