"""What a still screen costs: CPU time of the whole process, and its memory."""

from __future__ import annotations

from tests.bench.children import configure, measure, simulators
from tests.bench.rows import Row

BUDGET_PERCENT = 1.0


def run(quick: bool) -> list[Row]:
    seconds = 2 if quick else 10
    with simulators() as (folder, endpoints):
        told = measure("stand", str(configure(folder, endpoints)), str(seconds))
    notes = (f"over {seconds} s on the first screen, once it stood still; frames drawn meanwhile: {told['frames']}",)
    rows = [Row("idle, CPU of one core", round(told["cpu_percent"], 2), "%", budget=BUDGET_PERCENT, notes=notes)]
    if told["memory_mb"] is not None:
        rows.append(Row("idle, memory", round(told["memory_mb"], 1), "MB", notes=("resident, with Qt's own",)))
    return rows
