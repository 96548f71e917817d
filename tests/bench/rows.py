"""What a benchmark found: one row a figure, as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `budget` and what is held against it (the ratio where there is a reference) share their unit."""

    name: str
    measured: float
    unit: str
    reference: float | None = None
    reference_name: str = ""
    budget: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        return self.measured / self.reference if self.reference else None

    @property
    def verdict(self) -> str:
        """`ok` or `over` against the budget, "" where the design names none."""
        if self.budget is None:
            return ""
        held_against = self.measured if self.ratio is None else self.ratio
        return "ok" if held_against <= self.budget else "over"


@dataclass(frozen=True, slots=True)
class Failure:
    """A benchmark that could not be measured, and why."""

    name: str
    reason: str


@dataclass(slots=True)
class Results:
    machine: Mapping[str, object]
    rows: list[Row] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        rows = [asdict(row) | {"ratio": row.ratio, "verdict": row.verdict} for row in self.rows]
        return {"machine": dict(self.machine), "rows": rows, "failures": [asdict(each) for each in self.failures]}

    def as_table(self) -> str:
        head = ("name", "measured", "reference", "ratio", "budget", "")
        cells = [head, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
        lines = [_line(cells[0], widths), "  ".join("-" * width for width in widths)]
        for row, line in zip(self.rows, cells[1:], strict=True):
            lines += [_line(line, widths), *(f"    {note}" for note in row.notes)]
        return "\n".join((*lines, *(f"NOT MEASURED {each.name}: {each.reason}" for each in self.failures)))


def middle(values: Sequence[float]) -> float:
    """Median, rounded to what a clock can tell."""
    return round(median(values), 3)


def spread(values: Sequence[float], unit: str) -> str:
    return f"{len(values)} runs, {min(values):.1f}-{max(values):.1f} {unit}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    has_reference = row.reference is not None
    return (
        row.name,
        f"{row.measured:.4g} {row.unit}",
        f"{row.reference:.4g} {row.unit} ({row.reference_name})" if has_reference else "",
        f"{row.ratio:.2f}x" if row.ratio is not None else "",
        "" if row.budget is None else f"{row.budget:g}{'x' if has_reference else ' ' + row.unit}",
        row.verdict,
    )
