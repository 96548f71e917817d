"""A technician's order from the shell: through the running kiosk, or under its lock while none runs.

The PIN is asked in both cases, and only once it is clear who will compare it: tries of both stand in one line.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from totem.bootstrap.control import client
from totem.bootstrap.control.office import HELLO, ControlOffice
from totem.bootstrap.control.place import place_in
from totem.bootstrap.control.wire import Reply, Request
from totem.bootstrap.engine import Engine
from totem.bootstrap.journal_place import open_kiosk_journal
from totem.bootstrap.maintenance import wiring
from totem.bootstrap.maintenance.drives import find_sticks
from totem.bootstrap.maintenance.shelf import FileShelf
from totem.bootstrap.opening import engine_settings, open_ports
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.tuning import Tuning, texts_of_assets
from totem.config.loader import Configuration
from totem.services.journal import SqliteJournal
from totem.services.maintenance.pin import PinLock

MakeRequest = Callable[[bool], Request]
"""Asks the person for what is missing; told whether a PIN is set."""


def carry_out(configuration: Configuration, make: MakeRequest, *, needs_kiosk: bool = True) -> Reply:
    """`needs_kiosk` False: an order for which journal and PIN are enough.

    Raises ConfigError, CertificateRefused or JournalError where the kiosk cannot be opened, and AlreadyRunning where
    one is open that does not listen: it is starting or ending.
    """
    return asyncio.run(_carry_out(configuration, make, needs_kiosk=needs_kiosk))


async def through_kiosk(configuration: Configuration, make: MakeRequest) -> Reply | None:
    """None where no kiosk listens; then nobody was asked for anything, unless it closed in this very moment."""
    place = place_in(configuration.settings.journal.directory)
    hello = await client.ask(place, Request(HELLO))
    if hello is None:
        return None
    return await client.ask(place, make(hello.result.get("has_pin") is True))


async def _carry_out(configuration: Configuration, make: MakeRequest, *, needs_kiosk: bool) -> Reply:
    reply = await through_kiosk(configuration, make)
    if reply is not None:
        return reply
    with Ownership(configuration.settings.journal.directory):
        tuning = Tuning(random=random.SystemRandom())
        if needs_kiosk:
            async with _office(configuration, tuning) as office:
                return await _served(office, make)
        async with journal_office(configuration, tuning) as (office, _):
            return await _served(office, make)


@asynccontextmanager
async def journal_office(
    configuration: Configuration, tuning: Tuning
) -> AsyncIterator[tuple[ControlOffice, SqliteJournal]]:
    """Journal and PIN alone, under the caller's lock. Raises JournalError."""
    journal = await open_kiosk_journal(configuration.settings, tuning.clock)
    try:
        lock = PinLock(journal, wiring.pin_file(configuration), tuning.clock, tuning.random)
        yield ControlOffice(lock, None, texts_of_assets), journal
    finally:
        await journal.close()


async def _served(office: ControlOffice, make: MakeRequest) -> Reply:
    hello = await office.serve(Request(HELLO))
    return await office.serve(make(hello.result.get("has_pin") is True))


@asynccontextmanager
async def _office(configuration: Configuration, tuning: Tuning) -> AsyncIterator[ControlOffice]:
    """The kiosk without screen and customers: its workers move money and print, and nothing is recovered or swept."""
    ports = await open_ports(configuration, tuning)
    engine = Engine(ports, engine_settings(configuration, tuning))
    tasks: list[asyncio.Task[Any]] = []

    def spawn(work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        tasks.append(asyncio.create_task(work, name=name))
        return tasks[-1]

    try:
        await engine.closure.recall()
        shelf = FileShelf(configuration, find_sticks)
        tools = wiring.tools(configuration, engine, shelf, spawn, None)
        for worker, name in ((engine.refunds, "refunds"), (engine.settlements, "settlements"), (engine.queue, "queue")):
            spawn(worker.run(), name)
        yield ControlOffice(wiring.pin_lock(configuration, ports), tools, texts_of_assets)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await engine.close()
