"""Whole sales: how long the event loop was held, and how soon the ticket follows the payment. One run tells both."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.children import NotMeasured, measure
from tests.bench.rows import Row, middle

P99_MS, WORST_MS = 16.0, 50.0
LAST_BYTE_MS = 100.0
_STEPS = ("known", "printing", "job", "last_byte", "confirmed")


def run(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="totem-bench-", ignore_cleanup_errors=True) as folder:
        told = measure("sell", str(Path(folder)), str(2 if quick else 10))
    sales = [sale for sale in told["sales"] if sale["last_byte_s"] and sale["confirmed_s"]]
    if not sales:
        raise NotMeasured("no sale reached the printer")
    return [*_stalls(told), *_tickets(sales)]


def _stalls(told: Mapping[str, Any]) -> list[Row]:
    stall = told["stall"]
    held = (
        f"{stall['samples']} ticks, asked for every 5 ms; without the demo's own photographs",
        f"frames, which the software renderer draws on the loop's thread: {_both(told['frames'])}",
        f"ticks with those frames taken out, as beside a graphics card: {_both(told['without_frames'])}",
    )
    return [
        Row("event loop held, p99", stall["p99_ms"], "ms", budget=P99_MS, notes=held),
        Row("event loop held, worst", stall["max_ms"], "ms", budget=WORST_MS, notes=tuple(told["worst"])),
    ]


def _both(figures: Mapping[str, float]) -> str:
    return f"p99 {figures['p99_ms']:.1f} ms, worst {figures['max_ms']:.1f} ms"


def _tickets(sales: Sequence[Mapping[str, float]]) -> list[Row]:
    whole = [_ms(sale, "known", "last_byte") for sale in sales]
    steps = [
        f"{before} to {after} {middle([_ms(sale, before, after) for sale in sales]):.0f}"
        for before, after in itertools.pairwise(_STEPS)
    ]
    notes = (
        f"{len(sales)} sales, {min(whole):.0f}-{max(whole):.0f} ms; bank's paid answer, read, to the last byte",
        "median ms: " + ", ".join(steps),
        "the demo's confirmed_to_printed_ms runs from the row that says approved to the row that says printed",
    )
    return [Row("payment known to last byte", middle(whole), "ms", budget=LAST_BYTE_MS, notes=notes)]


def _ms(sale: Mapping[str, float], before: str, after: str) -> float:
    return (sale[f"{after}_s"] - sale[f"{before}_s"]) * 1000
