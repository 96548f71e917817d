"""The demo for a person: the kiosk in a window, and beside it the world to be played by hand."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickView

import assets
from hardware.sim.preview import draw
from providers.sim.control import ControlError
from totem.bootstrap.options import DemoOptions
from totem.bootstrap.sandbox_process import SandboxFailed, SandboxProcess
from totem.bootstrap.stage import Stage
from totem.runtime import Runtime
from totem.ui.demo.phone import read_codes
from totem.ui.demo.world import HEIGHT_PX, WIDTH_PX, Paper, WorldGone, WorldLinks, WorldWindow

OK, FAILED = 0, 1

_SHARE_OF_SCREEN: Final = 0.9
_LEAST_PX: Final = 480
_GAP_PX: Final = 16
_PAPER_DOTS_PER_S: Final = 1600
"""A receipt printer's usual 200 mm/s, so that the ticket is seen coming."""

WELCOME: Final = """\
O totem está na primeira janela; na outra, "O mundo", você é o celular, o banco e a impressora.
Feche uma das janelas, ou Ctrl+C aqui, para terminar.\
"""


async def show_demo(runtime: Runtime, options: DemoOptions, out: Path, sandbox: SandboxProcess) -> int:
    """Run until a window is closed, Ctrl+C or SIGTERM."""
    try:
        endpoints = await sandbox.ready()
    except SandboxFailed as error:
        print(f"totem demo: {error}")
        return FAILED
    stage = Stage(runtime, fit_to_screen(options), out, endpoints)
    try:
        await _show(runtime, options, stage)
    finally:
        await stage.end()
    return OK


async def _show(runtime: Runtime, options: DemoOptions, stage: Stage) -> None:
    await stage.open()
    await stage.act("printer.speed", {"dots_per_s": _PAPER_DOTS_PER_S})
    links = WorldLinks(_acts_of(stage), _camera_on(stage.window), _newest_paper_of(stage), runtime.spawn)
    world = WorldWindow(links, options.language, assets.path("icons"))
    try:
        place_side_by_side(stage.window, world.window)
        world.show()
        for view in (stage.window, world.window):
            view.visibleChanged.connect(_stop_when_hidden(runtime))
        print(WELCOME, flush=True)
        await runtime.stop.wait()
    finally:
        world.close()


def fit_to_screen(options: DemoOptions) -> DemoOptions:
    """The kiosk's shape, as large as the display allows; every size in it follows."""
    screen = QGuiApplication.primaryScreen().availableGeometry()
    share = min(
        1.0,
        screen.height() * _SHARE_OF_SCREEN / options.height_px,
        screen.width() * _SHARE_OF_SCREEN / options.width_px,
    )
    share = max(share, _LEAST_PX / min(options.width_px, options.height_px))
    return replace(options, width_px=round(options.width_px * share), height_px=round(options.height_px * share))


def place_side_by_side(kiosk: QQuickView, world: QQuickView) -> None:
    """The kiosk at the left, the world at its right as far as there is room."""
    screen = QGuiApplication.primaryScreen().availableGeometry()
    kiosk.setPosition(screen.topLeft() + QPoint(_GAP_PX, _GAP_PX * 2))
    left = kiosk.x() + kiosk.width() + _GAP_PX
    room = screen.right() - left - _GAP_PX
    if room >= WIDTH_PX // 2:
        world.resize(min(WIDTH_PX, room), min(HEIGHT_PX, screen.height() - 4 * _GAP_PX))
    world.setPosition(min(left, screen.right() - world.width() - _GAP_PX), kiosk.y())


def _stop_when_hidden(runtime: Runtime) -> Callable[[bool], None]:
    def on_visible(visible: bool) -> None:
        if not visible:
            runtime.request_stop()

    return on_visible


def _acts_of(stage: Stage) -> Callable[[str, Mapping[str, object]], Any]:
    async def act(name: str, values: Mapping[str, object]) -> dict[str, Any]:
        try:
            return await stage.act(name, values)
        except (ControlError, httpx.HTTPError) as error:
            raise WorldGone(str(error)) from error

    return act


def _camera_on(view: QQuickView) -> Callable[[], Any]:
    async def camera() -> tuple[str, ...]:
        return await asyncio.to_thread(read_codes, view.grabWindow())

    return camera


def _newest_paper_of(stage: Stage) -> Callable[[int], Any]:
    act = _acts_of(stage)

    async def newest(shown: int) -> Paper | None:
        """Strips are numbered from 1; only one that was cut is shown."""
        answer = await act("printer.tickets", {"first": shown})
        cut = [each for each in answer["tickets"] if each["is_cut"]]
        if not cut:
            return None
        data = base64.b64decode(cut[-1]["data"])
        return Paper(int(cut[-1]["index"]) + 1, await asyncio.to_thread(draw, data))

    return newest
