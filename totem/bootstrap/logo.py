"""A shop's logo in a form that the ticket's encoder reads: SVG is drawn by Qt, which the screen draws it with too."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from totem.domain.errors import ReceiptNotPrintable

if TYPE_CHECKING:
    from PySide6.QtGui import QGuiApplication

_MOST_DOTS: Final = (384, 200)
"""An SVG has no size of its own on paper: as wide as the narrowest paper, 25 mm high at most."""


def readable(pictures: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """The same pictures; of an SVG, its PNG in that folder. Blocking. Raises ReceiptNotPrintable."""
    return {name: _drawn(path, folder / f"{name}.png") if _is_svg(path) else path for name, path in pictures.items()}


def _is_svg(path: Path) -> bool:
    return path.suffix.lower() == ".svg"


def _drawn(path: Path, target: Path) -> Path:
    try:
        from PySide6.QtCore import QSize, Qt  # noqa: PLC0415 - `totem print` without an SVG needs no Qt
        from PySide6.QtGui import QImage, QPainter  # noqa: PLC0415
        from PySide6.QtSvg import QSvgRenderer  # noqa: PLC0415
    except ImportError as error:
        raise ReceiptNotPrintable(f"picture {path.name} needs a library that is missing: {error}") from error
    application = _application(path)
    renderer = QSvgRenderer(str(path))
    if not renderer.isValid() or renderer.defaultSize().isEmpty():
        raise ReceiptNotPrintable(f"picture {path.name} cannot be read: no SVG with a size")
    size = renderer.defaultSize().scaled(QSize(*_MOST_DOTS), Qt.AspectRatioMode.KeepAspectRatio)
    image = QImage(size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    del application
    if not image.save(str(target)):
        raise ReceiptNotPrintable(f"picture {path.name} cannot be drawn to {target.parent}")
    return target


def _application(path: Path) -> QGuiApplication | None:
    """Qt aborts the process over a letter in an SVG where there is no application; None where there is one already."""
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415

    if QGuiApplication.instance() is not None:
        return None
    if threading.current_thread() is not threading.main_thread():
        raise ReceiptNotPrintable(f"picture {path.name}: an SVG is drawn by the main thread, or with a screen open")
    return QGuiApplication(["totem", "-platform", "offscreen"])
