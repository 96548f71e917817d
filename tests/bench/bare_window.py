"""The reference for the kiosk's start: the smallest program that shows a Qt Quick window of the same size."""

from __future__ import annotations

import json
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow, QSGRendererInterface

_QML = b"""
import QtQuick
Window { objectName: "bare"; visible: true; width: %d; height: %d; color: "white"
    Text { anchors.centerIn: parent; text: "Totem" } }
"""


def main(width_px: int, height_px: int) -> int:
    application = QGuiApplication(["bare"])
    QQuickWindow.setGraphicsApi(QSGRendererInterface.GraphicsApi.Software)
    engine = QQmlApplicationEngine()
    engine.loadData(_QML % (width_px, height_px))
    (window,) = engine.rootObjects()
    if not isinstance(window, QQuickWindow):
        return 1
    moments: list[float] = []

    def on_frame() -> None:
        if not moments:
            moments.append(time.monotonic())
            QTimer.singleShot(0, application.quit)

    window.frameSwapped.connect(on_frame)
    code = application.exec()
    print(json.dumps({"first_frame_s": moments[0]}), flush=True)  # noqa: T201 - the parent reads it
    del engine
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
