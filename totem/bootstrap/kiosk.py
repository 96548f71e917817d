"""The kiosk as a whole: configuration, ownership, ports, services and window, opened and closed in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from totem import __version__
from totem.bootstrap.engine import CLOSE_LIMIT_S, Engine, Ports
from totem.bootstrap.logs import logging_to
from totem.bootstrap.opening import Tuning, engine_settings, is_simulated, open_ports, texts_of_assets
from totem.bootstrap.ownership import Ownership
from totem.config.loader import Configuration, load
from totem.runtime import Runtime
from totem.runtime import run as run_on_qt
from totem.ui.settings import UiSettings

if TYPE_CHECKING:
    from totem.ui.window import KioskWindow

log = logging.getLogger(__name__)

LOAD_WAITS_S = 2.0


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A running kiosk, for whoever drives it."""

    window: KioskWindow
    engine: Engine


def run(config: Path, windowed: bool) -> int:  # noqa: FBT001 - the command line's own switch
    """Run the kiosk until Ctrl+C, SIGTERM or the end of its window; returns the exit code.

    Raises ConfigError or AlreadyRunning before anything is touched.
    """
    configuration = load(config)
    settings = configuration.settings

    async def main(runtime: Runtime) -> int:
        async with open_kiosk(configuration, runtime, Tuning(), windowed=windowed):
            await runtime.stop.wait()
        return 0

    logs = settings.log
    folder = logs.directory or settings.journal.directory
    with (
        Ownership(settings.journal.directory),
        logging_to(folder, logs.level, max_bytes=logs.max_mb * 1_000_000, keep=logs.keep),
    ):
        return run_on_qt(main, ["totem"])


@asynccontextmanager
async def open_kiosk(
    configuration: Configuration, runtime: Runtime, tuning: Tuning, *, windowed: bool = False
) -> AsyncIterator[Kiosk]:
    """The whole kiosk, its window on the screen; closes in stages, whatever ends it."""
    ports = await open_ports(configuration, tuning)
    engine = Engine(ports, engine_settings(configuration, tuning))
    window: KioskWindow | None = None
    try:
        window = await _open_window(configuration, runtime, engine, tuning, windowed=windowed)
        # Recovery runs while the first screen stands there already; paying waits for its end.
        start = runtime.spawn(engine.start(runtime.spawn, __version__), "start")
        await _load_the_rest(ports, window, start)
        yield Kiosk(window, engine)
    finally:
        await engine.close(CLOSE_LIMIT_S if tuning.close_limit_s is None else tuning.close_limit_s)
        if window is not None:
            window.close()


async def _load_the_rest(ports: Ports, window: KioskWindow, start: asyncio.Task[None]) -> None:
    """Once the first screen is usable, long before a customer can have paid. What fails here ends the start."""
    if ports.load_later is None:
        return
    with suppress(TimeoutError):
        # A screen that is switched off draws no frame, and a silent bank holds recovery: loaded all the same.
        async with asyncio.timeout(LOAD_WAITS_S):
            await window.first_frame.wait()
            await asyncio.wait({start})
    await asyncio.to_thread(ports.load_later)


async def _open_window(
    configuration: Configuration, runtime: Runtime, engine: Engine, tuning: Tuning, *, windowed: bool
) -> KioskWindow:
    from totem.ui.window import KioskWindow  # noqa: PLC0415 - after the ports, whose threads run while Qt loads

    texts = await asyncio.to_thread(texts_of_assets)
    window = KioskWindow(
        ui_settings(configuration, windowed=windowed),
        configuration.catalogue,
        texts,
        engine.checkout,
        tuning.clock,
        runtime.spawn,
    )
    window.show()
    return window


def ui_settings(configuration: Configuration, *, windowed: bool) -> UiSettings:
    settings = configuration.settings
    screen = settings.screen
    return UiSettings(
        windowed=windowed or screen.windowed,
        width_px=screen.width_px,
        height_px=screen.height_px,
        diagonal_inch=screen.diagonal_inch,
        languages=settings.kiosk.languages,
        default_language=settings.kiosk.language,
        business_name=settings.business.name,
        logo=settings.business.logo,
        brand_color=screen.brand_color,
        pictures=settings.catalogue.file.parent,
        idle_timeout_s=screen.idle_timeout_s,
        result_timeout_s=screen.result_timeout_s,
        simulated=is_simulated(configuration),
        reduced_motion=screen.reduced_motion,
    )
