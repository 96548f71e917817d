"""`totem demo`: the whole kiosk on simulators, driven by real touches or shown beside a window that plays the world."""

from __future__ import annotations

import functools
import io
import json
import os
import tempfile
from collections.abc import MutableMapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import providers  # noqa: F401 - it brings pydantic whole, which must come before Qt
from totem.bootstrap.logs import logging_to
from totem.bootstrap.options import DemoOptions
from totem.bootstrap.out import OutUnusable, prepare_out
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.bootstrap.web import lacking

USAGE: Final = 2

_SCREEN_FILE: Final = "screen.json"
_DPI: Final = 102
"""Of a 21.5-inch panel of 1080x1920 pixels."""


def run(options: DemoOptions) -> int:
    """Exit code: 0 where every sale ended as its scenario says, 1 where not, 2 where the folder cannot be used."""
    with ExitStack() as stack:
        if options.out is None:
            out = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="totem-demo-")))
        else:
            out = options.out.absolute()
        if options.fault is not None and not options.headless:
            print("totem demo: --fault vale com --headless; na janela, cause a falha em O mundo")
            return USAGE
        if shows_pages(options):
            lacks = lacking(os.environ, simulators=True)
            if lacks:
                print(f"totem demo: {lacks}")
                return USAGE
        try:
            prepare_out(out)
        except OutUnusable as error:
            print(f"totem demo: {error}")
            return USAGE
        if options.headless:
            choose_platform(options, out, os.environ)
        stack.enter_context(logging_to(out / "logs", stream=io.StringIO()))
        sandbox = SandboxProcess(out / "sandbox", options.seed)
        stack.callback(sandbox.stop)
        return _play(options, out, sandbox)


def _play(options: DemoOptions, out: Path, sandbox: SandboxProcess) -> int:
    # Qt asks for its platform once, when it is first used: only now is that settled.
    from totem.runtime import run as run_on_qt  # noqa: PLC0415

    if options.headless:
        from totem.bootstrap.headless import play_headless  # noqa: PLC0415

        play = functools.partial(play_headless, options=options, out=out, sandbox=sandbox)
        return run_on_qt(play, ["totem"], pages=shows_pages(options))
    from totem.bootstrap.show import show_demo  # noqa: PLC0415

    show = functools.partial(show_demo, options=options, out=out, sandbox=sandbox)
    return run_on_qt(show, ["totem"], pages=shows_pages(options))


def shows_pages(options: DemoOptions) -> bool:
    """Whether a kiosk of the run has an acquirer's page to show."""
    return "vinti4" in options.methods or (options.fault or "").startswith("vinti4")


def choose_platform(options: DemoOptions, out: Path, environment: MutableMapping[str, str]) -> None:
    """A screen in memory, of the size that is asked for, unless the user chose a platform."""
    if environment.get("QT_QPA_PLATFORM", "offscreen") != "offscreen":
        return
    screen = {
        "name": "kiosk",
        "x": 0,
        "y": 0,
        "width": options.width_px,
        "height": options.height_px,
        "logicalDpi": _DPI,
        "logicalBaseDpi": _DPI,
        "dpr": 1,
    }
    path = out / _SCREEN_FILE
    path.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
    # Relative: Qt takes a colon, as in C:/, for the end of the argument.
    environment["QT_QPA_PLATFORM"] = f"offscreen:configfile={os.path.relpath(path)}"
