"""Processes of their own for what must start fresh: each tells what it found as JSON, in the last line it prints."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.example import TomlValue, write_configuration
from totem.bootstrap.sandbox_process import SandboxProcess

WIDTH_PX, HEIGHT_PX = 1080, 1920
_LIMIT_S = 180
_SEED = 1
_ROOT = Path(__file__).resolve().parents[2]


class NotMeasured(Exception):
    """A benchmark could not be run; the text says why."""


@contextmanager
def simulators() -> Iterator[tuple[Path, Endpoints]]:
    """A folder, and bank and printer running beside it in a process of their own."""
    with tempfile.TemporaryDirectory(prefix="totem-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sandbox = SandboxProcess(folder / "sandbox", _SEED)
        try:
            yield folder, asyncio.run(sandbox.ready())
        finally:
            sandbox.stop()


def configure(folder: Path, endpoints: Endpoints) -> Path:
    """The configuration of a kiosk on the simulators, on a screen as large as a real one."""
    screen: dict[str, TomlValue] = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX}
    return write_configuration(folder, endpoints, {"screen": screen})


def measure(module: str, *arguments: str, importtime: Path | None = None) -> Mapping[str, Any]:
    """Run a module of this folder and read what it says. `started_s` is added: when its process was asked for.

    Moments are on `time.monotonic()`, which all processes of one machine share. Raises NotMeasured.
    """
    options = ["-X", "importtime"] if importtime else []
    # An installed kiosk finds its byte code there; images for containers forbid to write it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, *options, "-m", f"tests.bench.{module}", *arguments],
        cwd=_ROOT,
        env={**environment, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    if importtime:
        importtime.write_text(done.stderr, encoding="utf-8")
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise NotMeasured(f"{module} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}")
    told: dict[str, Any] = json.loads(lines[-1])
    return told | {"started_s": started_s}
