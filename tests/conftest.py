"""What every test shares: a screen that nobody sees, the right event loop, and no trace in the user's home.

A coroutine test runs on asyncio's own loop; marked `qt` it runs on the loop that the kiosk has, Qt's through qasync.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

# Before the first import of Qt. Plain offscreen would be a screen of 800x800.
_SCREEN = Path(__file__).parent / "ui" / "screen-1080x1920.json"
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={_SCREEN}")
os.environ.setdefault("QT_QUICK_BACKEND", "software")
# A build machine runs tests as root, for whom Chromium has no sandbox. A kiosk with real money never goes without.
os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")

# A slow machine is no failure; on the build machine every run tries the same examples.
hypothesis.settings.register_profile("totem", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("totem")


def pytest_configure(config: pytest.Config) -> None:
    home = tempfile.TemporaryDirectory(prefix="totem-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = str(Path(home.name) / name.lower())


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    if item.get_closest_marker("qt") is not None:
        return {"qasync": new_qt_loop}
    return {"asyncio": asyncio.new_event_loop}


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """pytest-qt makes the application of this class: the kiosk's, which has no widgets."""
    from PySide6.QtGui import QGuiApplication  # not at the top: most tests need no Qt

    return QGuiApplication


def new_qt_loop() -> asyncio.AbstractEventLoop:
    import qasync  # here as in the runtime, and nowhere else
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication.instance() or QGuiApplication(["totem-tests"])
    QGuiApplication.setQuitOnLastWindowClosed(False)  # a closed window must not end the loop under the next test
    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(_Staying(app))
    return loop


class _Staying:
    """The application as a test's loop needs it: running it ends with the test, and the application does not quit.

    A kiosk quits once; WebEngine takes each quitting for the last one, and does not survive the second.
    """

    def __init__(self, app: Any) -> None:
        from PySide6.QtCore import QEventLoop

        self._app = app
        outermost = QEventLoop()
        self.exec, self.exit = outermost.exec, outermost.exit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)
