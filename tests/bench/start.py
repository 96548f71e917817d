"""First usable screen against a bare Qt Quick window, both started fresh, in turn, on the software renderer.

Usable: the first frame of the first screen is swapped, and a touch on it is answered. Sales wait for what is loaded
behind that screen, which a row of its own tells: the checkout lets customers pay, long before one has chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.children import HEIGHT_PX, WIDTH_PX, configure, measure, simulators
from tests.bench.rows import Row, middle, spread

BUDGET = 1.5
_USABLE, _READY = "first frame", "checkout ready"
_DEAREST = 8


def run(quick: bool) -> list[Row]:
    bare: list[float] = []
    told: list[Mapping[str, Any]] = []
    with simulators() as (folder, endpoints):
        config = str(configure(folder, endpoints))
        # Neither byte code nor the journal's birth is part of a start; the list of imports costs time of its own.
        log = folder / "imports.txt"
        measure("start_kiosk", config, importtime=log)
        _bare_ms()
        for _ in range(3 if quick else 9):
            bare.append(_bare_ms())
            told.append(measure("start_kiosk", config))
        dearest = _dearest(log)
    usable = [_ms(each, each["marks"][_USABLE]) for each in told]
    ready = [_ms(each, max(each["marks"][name] for name in (_USABLE, _READY))) for each in told]
    notes = (
        spread(usable, "ms") + "; bare: " + spread(bare, "ms"),
        "until: " + ", ".join(_until(told)),
        "dearest imports (own ms with the list on): " + ", ".join(dearest),
    )
    return [
        Row("first usable screen", middle(usable), "ms", middle(bare), "bare window", BUDGET, notes),
        Row("checkout lets customers pay", middle(ready), "ms", notes=(spread(ready, "ms"),)),
    ]


def _bare_ms() -> float:
    told = measure("bare_window", str(WIDTH_PX), str(HEIGHT_PX))
    return _ms(told, told["first_frame_s"])


def _ms(told: Mapping[str, Any], moment_s: float) -> float:
    return (moment_s - float(told["started_s"])) * 1000


def _until(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """When each step was done, in order: median of ms since the process was asked for."""
    until = {name: middle([_ms(each, each["marks"][name]) for each in told]) for name in told[0]["marks"]}
    return [f"{name} {ms:.0f}" for name, ms in sorted(until.items(), key=lambda pair: pair[1])]


def _dearest(log: Path) -> list[str]:
    """From `-X importtime`: packages by the time that their own modules took."""
    own_us: dict[str, int] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        cells = line.removeprefix("import time:").split("|")
        if len(cells) == 3 and cells[0].strip().isdigit():
            package = cells[2].strip().split(".")[0]
            own_us[package] = own_us.get(package, 0) + int(cells[0])
    ordered = sorted(own_us.items(), key=lambda pair: -pair[1])
    return [f"{name} {us / 1000:.0f}" for name, us in ordered[:_DEAREST]]
