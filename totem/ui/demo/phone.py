"""A phone's camera: reads the QR codes of a picture by a decoder that shares nothing with what drew them."""

from __future__ import annotations

import zxingcpp
from PySide6.QtGui import QImage


def read_codes(image: QImage) -> tuple[str, ...]:
    """The text of every QR code in the picture. Takes some tens of ms: call it in a thread."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return tuple(code.text for code in found)
