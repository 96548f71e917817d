"""The kiosk as `totem --config FILE --windowed` starts it, stopped as soon as a customer could use it.

The command line's own way is gone, step by step; only marks are put beside it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

# Only modules that the command line itself needs: whatever is imported here is part of the kiosk's start.
_marks: dict[str, float] = {"python": time.monotonic()}


def _mark(name: str) -> None:
    _marks.setdefault(name, time.monotonic())


def main(config: str) -> int:
    # Tools of developers bring click, with which httpx loads a command line of its own (100 ms). The shipped program
    # has no click, so this measurement has none either.
    without: dict[str, Any] = {"click": None}
    sys.modules.update(without)
    import totem.__main__ as program

    _mark("command line")
    looked = program._qt_can_start

    def qt_can_start(*, headless: bool) -> bool:
        """The last step before the command line imports the kiosk, once the configuration was checked."""
        _mark("configuration")
        found = looked(headless=headless)
        _mark("libraries of the system")
        _watch()
        return found

    program._qt_can_start = qt_can_start
    code = program.main(["--config", config, "--windowed"])
    print(json.dumps({"marks": _marks}), flush=True)  # noqa: T201 - the parent reads it
    return code


def _watch() -> None:
    import asyncio

    from totem.bootstrap import kiosk

    _mark("imports")
    ready = asyncio.Event()
    opened, window, import_the_rest = kiosk.open_kiosk, kiosk._open_window, kiosk._import_the_rest

    @asynccontextmanager
    async def open_kiosk(configuration: Any, runtime: Any, tuning: Any, **named: Any) -> AsyncIterator[Any]:
        _mark("application")
        async with opened(configuration, runtime, tuning, **named) as kiosk_:
            _mark("open")
            await kiosk_.window.first_frame.wait()
            await ready.wait()
            runtime.request_stop()
            yield kiosk_

    def open_window(*arguments: Any, **named: Any) -> Any:
        found = window(*arguments, **named)
        _mark("window and QML")
        found.window.frameSwapped.connect(lambda: _mark("first frame"))
        return found

    def import_and_watch() -> None:
        import_the_rest()
        _mark("imports behind the first screen")
        _watch_the_engine(ready)

    _put(kiosk, open_kiosk=open_kiosk, _open_window=open_window, _import_the_rest=import_and_watch)


def _watch_the_engine(ready: Any) -> None:
    from totem.bootstrap import engine, opening

    ports = opening.open_ports

    async def open_ports(configuration: Any, tuning: Any) -> Any:
        found = await ports(configuration, tuning)
        _mark("ports")
        return found

    class Engine(engine.Engine):
        async def start(self, spawn: Any, version: str) -> None:
            await super().start(spawn, version)
            _mark("checkout ready")
            ready.set()

    _put(opening, open_ports=open_ports)
    _put(engine, Engine=Engine)


def _put(module: ModuleType, **values: object) -> None:
    for name, value in values.items():
        if not hasattr(module, name):
            raise LookupError(f"{module.__name__} has no {name} to measure")
        setattr(module, name, value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
