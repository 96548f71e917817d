"""The kiosk's window: Qt Quick on the whole screen, with the cursor hidden and no way out by touch."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication
from PySide6.QtQml import QQmlComponent
from PySide6.QtQuick import QQuickView, QQuickWindow, QSGRendererInterface

from totem.domain.catalogue import Catalogue
from totem.domain.ports import Clock
from totem.domain.texts import Texts
from totem.services.maintenance.control import MaintenanceControl
from totem.services.state import CheckoutControl
from totem.ui.guard import Guard
from totem.ui.images import IconImages
from totem.ui.maintenance.layer import MaintenanceLayer
from totem.ui.sale_pictures import Spawn
from totem.ui.settings import UiSettings
from totem.ui.training import TrainerKeys
from totem.ui.typist import Typist
from totem.ui.viewmodel import KioskModel
from totem.ui.web.pages import WebPages

QML = Path(__file__).resolve().parent / "qml"


class KioskWindow:
    """One kiosk on one screen. Made on the loop's thread, once a QGuiApplication is there.

    Raises ValueError for a brand colour that is not `#RRGGBB`, RuntimeError where the screens' files are broken.
    """

    def __init__(
        self,
        settings: UiSettings,
        catalogue: Catalogue,
        texts: Texts,
        checkout: CheckoutControl,
        clock: Clock,
        spawn: Spawn,
    ) -> None:
        self._settings = settings
        self._spawn = spawn
        self.first_frame = asyncio.Event()
        """Set when the first frame was swapped onto the screen."""
        self.closed = asyncio.Event()
        """Set when somebody closed the window; only a windowed kiosk lets itself be closed."""
        _choose_renderer()
        _load_fonts(settings.assets / "fonts")
        self.model = KioskModel(settings, catalogue, texts, checkout, clock, spawn)
        self.trainer = TrainerKeys()
        self._icons = IconImages(settings.assets / "icons")
        self._components: list[QQmlComponent] = []
        self._compiling: asyncio.Task[Any] | None = None
        self.window = QQuickView()
        self.typist = Typist(self.window)
        self.web = WebPages(settings.web, checkout, clock, spawn, lambda: str(self.model.board.value("language")))
        self._checkout = checkout
        self._leave: Callable[[], None] | None = None
        self.maintenance = MaintenanceLayer(
            self.window, QML / "maintenance" / "Maintenance.qml", settings, texts, clock, spawn, self._maintained
        )
        self._guard = Guard(self.model, self.maintenance, settings, clock, self.first_frame, self.closed)
        self._set_up(self.window)

    @property
    def screen(self) -> str:
        """Name of the screen that is shown (`totem.ui.navigator.Screen`), or of the technician's over it."""
        return self.maintenance.screen or self.model.screen

    @property
    def idle(self) -> bool:
        """Nobody is there: the first screen, or the one that says that the kiosk is out of service."""
        return not self.maintenance.is_open and self.model.screen in {"attract", "out_of_service"}

    def maintain(self, control: MaintenanceControl) -> None:
        """From now on the hidden gesture leads to a technician's screens."""
        self.maintenance.control = control

    def show(self) -> None:
        """Open the window and follow the checkout. Call it on a running loop."""
        self.model.start()
        self._leave = self._checkout.subscribe(self.web.follow)
        if self._settings.windowed:
            self.window.show()
        else:
            self.window.setCursor(Qt.CursorShape.BlankCursor)
            self.window.showFullScreen()
        self._compiling = self._spawn(self._compile_the_rest(), "ui.compile")

    def close(self) -> None:
        """Close the window and let go of the checkout. The window must not be used after."""
        self.model.stop()
        self.maintenance.close()
        if self._leave is not None:
            self._leave()
        self.web.close()
        if self._compiling is not None:
            self._compiling.cancel()
        self.window.removeEventFilter(self._guard)
        self.window.close()
        # In this order, and now rather than when Python collects: an engine that outlives what it shows crashes.
        for component in self._components:
            shiboken6.delete(component)
        self._components.clear()
        shiboken6.delete(self.window)
        self.web.dispose()

    def _set_up(self, view: QQuickView) -> None:
        settings, model = self._settings, self.model
        view.setTitle(settings.business_name)
        view.setColor(QColor(str(model.theme.value("ground"))))
        view.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
        view.resize(settings.width_px, settings.height_px)
        if settings.windowed:
            view.setMinimumSize(QSize(settings.width_px // 3, settings.height_px // 3))
        else:
            view.setFlags(Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        view.engine().addImageProvider("icon", self._icons)
        view.engine().addImageProvider("live", model.live)
        context = view.rootContext()
        for name, board in (
            ("Ui", model.board),
            ("Words", model.words),
            ("Theme", model.theme),
            ("Pad", model.pad.board),
        ):
            context.setContextProperty(name, board.map)
        for name, part in (
            ("kiosk", model),
            ("cardPad", model.pad),
            ("training", self.trainer),
            ("web", self.web),
            ("typist", self.typist),
        ):
            context.setContextProperty(name, part)
        view.installEventFilter(self._guard)
        view.widthChanged.connect(self._follow_size)
        view.heightChanged.connect(self._follow_size)
        # The frame may be swapped on the render thread: the queue brings the news to this one.
        view.frameSwapped.connect(self._guard.note_frame, Qt.ConnectionType.QueuedConnection)
        model.screenChanged.connect(self._name_screen)
        view.setSource(QUrl.fromLocalFile(str(QML / "Main.qml")))
        if view.status() is not QQuickView.Status.Ready:
            raise RuntimeError("; ".join(error.toString() for error in view.errors()))
        self._name_screen(model.screen)

    def _follow_size(self) -> None:
        self.model.resize(self.window.width(), self.window.height())
        self.maintenance.resize(self.window.width(), self.window.height())

    def _maintained(self, screen: str) -> None:
        """While a technician is there nobody begins a sale; after that the kiosk is as for the first customer."""
        if not screen:
            self.model.hold(held=False)
        self._name_screen(self.screen)

    def _name_screen(self, screen: str) -> None:
        """For whoever looks at the window from outside: `window.property("screen")`."""
        self.window.setProperty("screen", self.maintenance.screen or screen)
        self.window.setColor(QColor(str(self.model.theme.value("ground"))))

    async def _compile_the_rest(self) -> None:
        """Screens that come later are compiled once the first one is seen, so that none of them comes late."""
        await self.first_frame.wait()
        self.window.frameSwapped.disconnect(self._guard.note_frame)
        await self.web.load()
        for folder in ("screens", "overlays", *(("web",) if self._settings.web is not None else ())):
            for file in sorted((QML / folder).glob("*.qml")):
                await asyncio.sleep(0)
                component = QQmlComponent(self.window.engine())
                component.loadUrl(QUrl.fromLocalFile(str(file)), QQmlComponent.CompilationMode.Asynchronous)
                self._components.append(component)
        self.window.rootObject().setProperty("warm", True)  # noqa: FBT003 - Qt takes it by place only
        self.web.warm()


def _choose_renderer() -> None:
    """Before the first window, once. Without a graphics card the software renderer beats an emulated one by far."""
    bare = sys.platform == "linux" and not any(Path("/dev/dri").glob("renderD*"))
    wanted = bare or QGuiApplication.platformName() == "offscreen"
    if wanted and QQuickWindow.sceneGraphBackend() != "software":
        QQuickWindow.setGraphicsApi(QSGRendererInterface.GraphicsApi.Software)


def _load_fonts(folder: Path) -> None:
    for file in sorted(folder.glob("*.ttf")):
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            raise RuntimeError(f"the font {file.name} cannot be read")
