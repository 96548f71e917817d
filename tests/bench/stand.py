"""A kiosk that stands still on its first screen: `stand CONFIG SECONDS`. Tells its CPU time and its memory."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import providers  # noqa: F401 - pydantic comes before Qt
from totem.bootstrap.kiosk import open_kiosk
from totem.bootstrap.tuning import Tuning
from totem.config.loader import load
from totem.runtime import Runtime
from totem.runtime import run as run_on_qt

_MOVEMENT_S = 12.0
"""Longer than the first screen moves after it came."""
_SLICE_S = 1.0


def main(config: Path, seconds: int) -> int:
    told: dict[str, Any] = {}

    async def stand(runtime: Runtime) -> int:
        async with open_kiosk(load(config), runtime, Tuning(), windowed=True) as kiosk:
            frames: list[float] = []
            kiosk.window.window.frameSwapped.connect(lambda: frames.append(time.monotonic()))
            await kiosk.window.first_frame.wait()
            await _until_still(frames)
            told["still_after_frames"] = len(frames)
            cpu_s, wall_s, drawn = time.process_time(), time.monotonic(), len(frames)
            await asyncio.sleep(seconds)
            told["cpu_percent"] = (time.process_time() - cpu_s) / (time.monotonic() - wall_s) * 100
            told["frames"] = len(frames) - drawn
            told["memory_mb"] = _memory_mb()
        return 0

    code = run_on_qt(stand, ["totem"])
    print(json.dumps(told), flush=True)  # noqa: T201 - the parent reads it
    return code


async def _until_still(frames: list[float]) -> None:
    """Until no frame was drawn for a while; a screen that never rests is measured as it is."""
    until_s = time.monotonic() + _MOVEMENT_S
    while time.monotonic() < until_s:
        drawn = len(frames)
        await asyncio.sleep(_SLICE_S)
        if len(frames) == drawn:
            return


def _memory_mb() -> float | None:
    """Resident set, where the system tells it in /proc; None elsewhere."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    fields = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines() if ":" in line)
    return int(fields["VmRSS"].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
