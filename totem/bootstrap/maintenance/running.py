"""Maintenance of a running kiosk: the screen's door, the control socket, and the configuration that proved good."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from totem.bootstrap.control.office import ControlOffice
from totem.bootstrap.control.place import place_in
from totem.bootstrap.control.server import listening
from totem.bootstrap.control.wire import Reply, Request
from totem.bootstrap.engine import Engine, Spawn
from totem.bootstrap.maintenance import wiring
from totem.bootstrap.maintenance.drives import find_sticks
from totem.bootstrap.maintenance.shelf import FileShelf
from totem.bootstrap.tuning import texts_of_assets
from totem.config.loader import Configuration
from totem.services.maintenance.office import Maintenance

log = logging.getLogger(__name__)


@asynccontextmanager
async def maintained(
    configuration: Configuration, engine: Engine, spawn: Spawn, start: asyncio.Task[None], restart: Callable[[], None]
) -> AsyncIterator[Maintenance]:
    """From the engine's start on; orders of the shell wait until it has recovered. `restart` ends the program."""
    shelf = await asyncio.to_thread(FileShelf, configuration, find_sticks)
    tools = wiring.tools(configuration, engine, shelf, spawn, restart)
    lock = wiring.pin_lock(configuration, engine.ports)
    door = wiring.door(configuration, engine.ports, lock)
    office = ControlOffice(lock, tools, texts_of_assets)
    spawn(door.run(), "maintenance-door")
    spawn(_remember(shelf, start), "good-configuration")

    async def serve(request: Request) -> Reply:
        await asyncio.wait({start})
        return await office.serve(request)

    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(listening(place_in(configuration.settings.journal.directory), serve))
        except OSError as error:
            # The kiosk sells without it; the shell says that it is open and does not listen.
            log.exception("no control socket: %s", error.strerror)
        yield Maintenance(door, tools)


async def _remember(shelf: FileShelf, start: asyncio.Task[None]) -> None:
    """Once customers may pay, it was good."""
    await asyncio.wait({start})
    if start.cancelled() or start.exception() is not None:
        return
    try:
        await shelf.remember()
    except OSError as error:
        log.warning("the configuration could not be kept: %s", error.strerror)
