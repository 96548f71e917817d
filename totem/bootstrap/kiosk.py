"""The kiosk as a whole: configuration, ownership, window, ports and services, opened and closed in order.

Qt and the screens are imported when the kiosk runs; bank, journal and printer behind the first screen, in a thread.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from totem import __version__
from totem.bootstrap.deferred import DeferredCheckout
from totem.bootstrap.deferred_maintenance import DeferredMaintenance
from totem.bootstrap.logs import logging_to
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.promises import promised_offers
from totem.bootstrap.restarting import RESTART
from totem.bootstrap.service_manager import ServiceManager
from totem.bootstrap.tuning import Tuning, is_simulated, texts_of_assets
from totem.bootstrap.web import check_pages, shows_pages, web_settings
from totem.config.loader import Configuration, load
from totem.ui.maintenance.gesture import Corner
from totem.ui.maintenance.settings import MaintenanceSettings
from totem.ui.settings import UiSettings

if TYPE_CHECKING:
    from totem.bootstrap.engine import Engine, Ports
    from totem.runtime import Runtime
    from totem.services.maintenance.control import MaintenanceControl
    from totem.services.maintenance.office import Maintenance
    from totem.ui.window import KioskWindow

log = logging.getLogger(__name__)

FRAME_WAITS_S = 2.0
LOAD_WAITS_S = 2.0

_BEHIND_THE_FIRST_SCREEN = (
    "totem.bootstrap.engine",
    "totem.bootstrap.opening",
    "totem.bootstrap.maintenance.running",
)


@dataclass(frozen=True, slots=True)
class Kiosk:
    """A running kiosk, for whoever drives it."""

    window: KioskWindow
    engine: Engine
    maintenance: MaintenanceControl
    restart_wanted: asyncio.Event
    """A technician asked for the program to be started anew."""

    @property
    def exit_code(self) -> int:
        return RESTART if self.restart_wanted.is_set() else 0


def run(config: Path, windowed: bool) -> int:
    """Run the kiosk until Ctrl+C, SIGTERM or the end of its window; returns the exit code.

    Raises ConfigError or AlreadyRunning before anything is touched; CertificateRefused or JournalError, with the
    window closed again, where bank or journal cannot be opened.
    """
    configuration = load(config)
    check_pages(configuration)
    settings = configuration.settings

    async def main(runtime: Runtime) -> int:
        if noted:
            return 0
        manager = ServiceManager(os.environ)
        there = functools.partial(manager.ready, runtime.spawn)
        async with open_kiosk(configuration, runtime, Tuning(), windowed=windowed, on_first_frame=there) as kiosk:
            await until_ended(runtime, kiosk.window)
            manager.stopping()
        return kiosk.exit_code

    logs = settings.log
    folder = logs.directory or settings.journal.directory
    with (
        noting_signals() as noted,
        Ownership(settings.journal.directory),
        logging_to(folder, logs.level, max_bytes=logs.max_mb * 1_000_000, keep=logs.keep),
    ):
        from totem.runtime import run as run_on_qt  # noqa: PLC0415 - Qt, with signals held off

        return run_on_qt(main, ["totem"], pages=shows_pages(configuration))


@contextmanager
def noting_signals() -> Iterator[list[int]]:
    """Signals that come before the loop has handlers of its own, noted.

    An interrupt amid the import of Qt is swallowed, or aborts the process (shiboken 6.11).
    """
    noted: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _: noted.append(got)) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def until_ended(runtime: Runtime, window: KioskWindow) -> None:
    """Until Ctrl+C, SIGTERM, or the end of a windowed kiosk's window."""
    await _first_of(runtime.stop, window.closed)


def _nothing() -> None:
    """Nobody waits for the first frame."""


@asynccontextmanager
async def open_kiosk(
    configuration: Configuration,
    runtime: Runtime,
    tuning: Tuning,
    *,
    windowed: bool = False,
    on_first_frame: Callable[[], None] = _nothing,
) -> AsyncIterator[Kiosk]:
    """The whole kiosk, its window on the screen; closes in stages, whatever ends it.

    A stop that is asked for while it opens is obeyed by whoever entered: nothing here waits long but for `runtime`.
    """
    checkout = DeferredCheckout(functools.partial(promised_offers, configuration))
    maintenance, restart = DeferredMaintenance(), asyncio.Event()
    window = _open_window(configuration, runtime, checkout, tuning, windowed=windowed)
    try:
        await _first_of(window.first_frame, window.closed, runtime.stop, limit_s=FRAME_WAITS_S)
        on_first_frame()
        async with _open_engine(configuration, tuning) as engine:
            checkout.attach(engine.checkout)
            # Recovery runs while customers choose already; paying waits for its end.
            start = runtime.spawn(engine.start(runtime.spawn, __version__), "start")
            async with _maintained(configuration, engine, runtime, start, restart) as control:
                maintenance.attach(control)
                window.maintain(control)
                await _load_the_rest(engine.ports, runtime, window, start)
                with _loaded_for_good():
                    yield Kiosk(window, engine, maintenance, restart)
    finally:
        window.close()


@asynccontextmanager
async def _open_engine(configuration: Configuration, tuning: Tuning) -> AsyncIterator[Engine]:
    await asyncio.to_thread(_import_the_rest)
    from totem.bootstrap import engine, opening  # noqa: PLC0415 - loaded by now, and no first screen waits for them

    ports = await opening.open_ports(configuration, tuning)
    opened = engine.Engine(ports, opening.engine_settings(configuration, tuning))
    try:
        yield opened
    finally:
        await opened.close(engine.CLOSE_LIMIT_S if tuning.close_limit_s is None else tuning.close_limit_s)


@asynccontextmanager
async def _maintained(
    configuration: Configuration, engine: Engine, runtime: Runtime, start: asyncio.Task[None], wanted: asyncio.Event
) -> AsyncIterator[Maintenance]:
    from totem.bootstrap.maintenance.running import maintained  # noqa: PLC0415 - as above

    def restart() -> None:
        wanted.set()
        runtime.request_stop()

    async with maintained(configuration, engine, runtime.spawn, start, restart) as control:
        yield control


def _import_the_rest() -> None:
    for name in _BEHIND_THE_FIRST_SCREEN:
        importlib.import_module(name)


async def _load_the_rest(ports: Ports, runtime: Runtime, window: KioskWindow, start: asyncio.Task[None]) -> None:
    """Once recovery is done, long before a customer can have paid. What fails here ends the start."""
    if ports.load_later is None:
        return
    # A silent bank holds recovery: loaded all the same, unless the kiosk is to end.
    recovered = asyncio.Event()
    start.add_done_callback(lambda _: recovered.set())
    await _first_of(recovered, window.closed, runtime.stop, limit_s=LOAD_WAITS_S)
    if not (window.closed.is_set() or runtime.stop.is_set()):
        await asyncio.to_thread(ports.load_later)


@contextmanager
def _loaded_for_good() -> Iterator[None]:
    """What was loaded stays until the end: going through all of it for garbage held the event loop for 75 ms."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _first_of(*events: asyncio.Event, limit_s: float | None = None) -> None:
    """Until one of the events is set, or the limit is reached."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


def _open_window(
    configuration: Configuration, runtime: Runtime, checkout: DeferredCheckout, tuning: Tuning, *, windowed: bool
) -> KioskWindow:
    from totem.ui.window import KioskWindow  # noqa: PLC0415 - see `run`

    window = KioskWindow(
        ui_settings(configuration, windowed=windowed),
        configuration.catalogue,
        texts_of_assets(),
        checkout,
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
        two_cards=settings.cards.two_cards,
        simulated=is_simulated(configuration),
        training=settings.kiosk.training,
        types_cards=settings.cards.adiq is not None and settings.cards.adiq.keyed_entry,
        reduced_motion=screen.reduced_motion,
        web=web_settings(configuration) if shows_pages(configuration) else None,
        maintenance=_maintenance(configuration),
    )


def _maintenance(configuration: Configuration) -> MaintenanceSettings:
    keys = configuration.settings.maintenance
    return MaintenanceSettings(
        corners=tuple(Corner(each) for each in keys.gesture),
        within_s=keys.gesture_s,
        timeout_s=keys.timeout_s,
        scrambled=keys.scrambled_keys,
        language=configuration.settings.kiosk.language,
    )
