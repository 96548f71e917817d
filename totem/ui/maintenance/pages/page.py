"""What a page of maintenance is, and what it may ask of the room that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import date
from typing import Any, Protocol

from totem.services.maintenance.control import MaintenanceControl
from totem.ui.maintenance.asking import Ask, Told, Typing
from totem.ui.maintenance.blocks import Block
from totem.ui.maintenance.say import Say


class Room(Protocol):
    """The hands of a page."""

    @property
    def control(self) -> MaintenanceControl: ...

    @property
    def say(self) -> Say: ...

    def today(self) -> date:
        """On the kiosk's own calendar."""
        ...

    def ask(self, ask: Ask) -> None:
        """One question over the page; what it does is told after."""
        ...

    def tell(self, told: Told) -> None: ...

    def type(self, typing: Typing) -> None: ...

    def open(self, name: str, argument: str = "") -> None:
        """Another page."""
        ...

    def speak(self, language: str) -> None:
        """In that language from now on, until the visit ends."""
        ...

    def changed(self) -> None:
        """What the page shows is another."""
        ...

    def run(self, work: Coroutine[Any, Any, None], busy: str = "") -> asyncio.Task[Any]:
        """In the background; what goes wrong is told. With `busy` the page waits under that sentence."""
        ...


class Page(Protocol):
    """One page while it is open. `load` asks the kiosk, `blocks` is a pure picture of what was answered."""

    name: str
    refresh_s: float
    """Asked again by itself so often while nothing lies over it; 0 for never."""

    async def load(self) -> None:
        """Raises TotemError."""
        ...

    def blocks(self, say: Say) -> tuple[Block, ...]: ...

    def press(self, act: str, argument: str) -> None:
        """A key of the page, as `Press.id` names it."""
        ...

    def leave(self) -> None:
        """The page goes: what still streams into it ends."""
        ...


class Plain:
    """A page that nothing streams into."""

    refresh_s = 0.0

    def __init__(self, room: Room) -> None:
        self._room = room

    def press(self, act: str, argument: str) -> None:
        """No keys of its own."""

    def leave(self) -> None:
        """Nothing to end."""
