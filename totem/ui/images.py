"""Pictures that QML asks for by address: icons in any colour, and those that live only for one sale."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtQuick import QQuickImageProvider
from PySide6.QtSvg import QSvgRenderer

QUIET_MODULES = 4
"""Light border around a code, in modules (ISO/IEC 18004, 9.1)."""


def draw_code(text: str) -> tuple[QImage, int]:
    """The QR code of a text, one pixel a module, quiet zone included; and its width in modules.

    Takes milliseconds: call it in a thread. Level M is what Bacen's manual of BR Codes asks for.
    """
    import qrcode  # noqa: PLC0415 - with Pillow, which no first screen waits for; this runs in a thread

    code = qrcode.QRCode(border=QUIET_MODULES, error_correction=qrcode.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = len(matrix)
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                image.setPixel(x, y, 0xFF000000)
    return image, side


def decode_picture(data: bytes) -> QImage:
    """A PNG's pixels; a null image for broken data. Takes milliseconds: call it in a thread."""
    return QImage.fromData(QByteArray(data))


class LiveImages(QQuickImageProvider):
    """Pictures of the present sale: `image://live/<name>`. Nothing of a sale stays when it is over."""

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._images: dict[str, QImage] = {}
        self._count = 0

    def put(self, kind: str, image: QImage) -> str:
        """Keep the picture, in place of an older one of its kind; its address is new, so that QML reads it again."""
        self.drop(kind)
        self._count += 1
        name = f"{kind}/{self._count}"
        self._images[name] = image
        return f"image://live/{name}"

    def drop(self, kind: str) -> None:
        self._images = {name: image for name, image in self._images.items() if not name.startswith(f"{kind}/")}

    def requestImage(self, name: str, size: QSize, wanted: QSize) -> QImage:
        image = self._images.get(name, QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied))
        size.setWidth(image.width())
        size.setHeight(image.height())
        if wanted.isValid() and wanted.width() > 0 and wanted.height() > 0:
            return image.scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        return image


class IconImages(QQuickImageProvider):
    """Icons of one colour: `image://icon/<name>/<rrggbb>`, drawn from `<name>.svg` at the size asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._folder = folder
        self._sources: dict[str, str] = {}

    def requestImage(self, name: str, size: QSize, wanted: QSize) -> QImage:
        stem, _, color = name.partition("/")
        side = wanted if wanted.isValid() and wanted.width() > 0 else QSize(64, 64)
        if stem not in self._sources:
            self._sources[stem] = (self._folder / f"{stem}.svg").read_text(encoding="utf-8")
        painted = self._sources[stem].replace("currentColor", QColor(f"#{color}").name())
        image = QImage(side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        QSvgRenderer(QByteArray(painted.encode())).render(painter, QRectF(0, 0, side.width(), side.height()))
        painter.end()
        size.setWidth(side.width())
        size.setHeight(side.height())
        return image
