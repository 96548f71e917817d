"""A kiosk on the shipped simulators whose health is looked at twice: by `totem doctor`, and by its own board."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from totem.bootstrap.doctor.examine import examine
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.engine import Engine
from totem.bootstrap.example import TomlValue, write_configuration
from totem.bootstrap.opening import engine_settings, open_ports
from totem.bootstrap.options import SandboxOptions
from totem.bootstrap.sandbox import World, open_world
from totem.bootstrap.tuning import Tuning
from totem.config.loader import load
from totem.domain.texts import LANGUAGES
from totem.services.clock import SystemClock
from totem.services.health.signs import Area, Part
from totem.services.health.vocabulary import Level, Word
from totem.services.health.words import HealthWords

Changes = dict[str, dict[str, TomlValue]]
Key = tuple[Area, str]


class HandClock(SystemClock):
    """The machine's clock, which may be set wrong."""

    def __init__(self) -> None:
        self.off = timedelta()

    def now(self) -> datetime:
        return super().now() + self.off


class Rig:
    """`do` acts on the world; `mend` puts all of it in order again."""

    def __init__(self, folder: Path, world: World, clock: HandClock) -> None:
        self.folder = folder
        self.world = world
        self.clock = clock
        self.config = folder / "totem.toml"
        self.engine: Engine
        self.by_turns = False
        """One after the other, where two cannot use a device at once."""
        self._kept: dict[Path, Path] = {}

    async def do(self, act: str, **body: Any) -> None:
        await self.world.acts[act](body)

    def swap(self, path: Path, other: Path | None) -> None:
        """Put `other` in the place of that file, or take it away, until `mend`."""
        kept = path.with_name(f"{path.name}.kept")
        if path not in self._kept:
            shutil.copy2(path, kept)
            self._kept[path] = kept
        path.unlink()
        if other is not None:
            shutil.copy2(other, path)

    async def mend(self) -> None:
        self.clock.off = timedelta()
        for path, kept in self._kept.items():
            shutil.copy2(kept, path)
        await self.do("printer.mend")
        for name in ("bank", "inter", "gopag", "adiq", "tef", "smartpos"):
            await self.do(f"{name}.clear_faults")
            await self.do(f"{name}.set_down", down=False)
        await self.do("smartpos.set_clock_drift", seconds=0.0)
        await self.do("smartpos.set_not_ready", reason="")

    async def look(self) -> tuple[dict[Key, Part], dict[Key, Part]]:
        """What the doctor says, and what the board of the running kiosk says."""
        board = self.engine.board
        if self.by_turns:
            told = await examine(self.config, self.clock)
            await board.examine()
        else:
            told, _ = await asyncio.gather(examine(self.config, self.clock), board.examine())
        return {part.key: part for part in told}, {part.key: part for part in board.parts}


@asynccontextmanager
async def rig_of(
    folder: Path, changes: Changes | Callable[[Endpoints], Changes], before: tuple[tuple[str, dict[str, Any]], ...] = ()
) -> AsyncIterator[Rig]:
    """A kiosk by the example configuration with those changes; `before` are acts that come before it opens."""
    async with AsyncExitStack() as stack:
        world = await open_world(SandboxOptions(out=None, seed=7, as_json=False), folder, stack)
        rig = Rig(folder, world, HandClock())
        laid_over = changes(world.endpoints) if callable(changes) else changes
        await asyncio.to_thread(write_configuration, folder, world.endpoints, laid_over)
        for act, body in before:
            await rig.do(act, **body)
        configuration = await asyncio.to_thread(load, rig.config)
        tuning = Tuning(clock=rig.clock, random=random.Random(7))
        rig.engine = Engine(await open_ports(configuration, tuning), engine_settings(configuration, tuning))
        stack.push_async_callback(rig.engine.close, 1.0)
        yield rig


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that goes wrong, and the word by which each part tells it. Another word on the board is `board`'s."""

    name: str
    do: Callable[[Rig], Awaitable[None]]
    shows: dict[Key, Word]
    board: dict[Key, Word] | None = None


async def misses(rig: Rig, cases: tuple[Case, ...], words: HealthWords) -> list[str]:
    """Play each case, look twice, and mend; what was not told as it should be."""
    found: list[str] = []
    for case in cases:
        await case.do(rig)
        doctor, board = await rig.look()
        await rig.mend()
        for who, parts, wanted in (("doctor", doctor, case.shows), ("board", board, case.board or case.shows)):
            found += [f"{case.name}: {who}: {miss}" for miss in missing(parts, wanted, words)]
    return found


def missing(parts: dict[Key, Part], wanted: dict[Key, Word], words: HealthWords) -> list[str]:
    """What of it is not told so, or not with a remedy in every language."""
    told: list[str] = []
    for key, word in wanted.items():
        signs = parts[key].signs if key in parts else ()
        sign = next((each for each in signs if each.word is word), None)
        if sign is None:
            told.append(f"{key} shows {[each.word.value for each in signs]}, not {word}")
        elif sign.level is Level.GREEN or not all(words.remedy(language, sign) for language in LANGUAGES):
            told.append(f"{key}: {word} is green, or has no remedy")
        elif not all(words.told(language, sign) for language in LANGUAGES):
            told.append(f"{key}: {word} has no sentence")
    return told


def act(name: str, **body: Any) -> Callable[[Rig], Awaitable[None]]:
    return lambda rig: rig.do(name, **body)


def acts(*several: tuple[str, dict[str, Any]]) -> Callable[[Rig], Awaitable[None]]:
    async def do(rig: Rig) -> None:
        for name, body in several:
            await rig.do(name, **body)

    return do
