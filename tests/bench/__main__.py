"""`python -m tests.bench`: every budget of the design that can be measured by now, in one run on one machine.

    python -m tests.bench                  a table; some two minutes
    python -m tests.bench --quick          fewer rounds, to see that it works
    python -m tests.bench --only start     one benchmark: start, sales, encoding, journal, closing, idle
    python -m tests.bench --json           the same as JSON on stdout: {"machine", "rows", "failures"}

A row holds what was measured, its reference from the same run where there is one, the ratio and the budget. `over` is
a finding and no failure: the exit code is 1 only where something could not be measured, which is named. Kiosk and
reference run one after the other on Qt's software renderer, without a screen; other work on the machine shows.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence

from tests.bench import closing, encoding, idle, journal, sales, start
from tests.bench.children import NotMeasured
from tests.bench.rows import Failure, Results, Row
from totem.bootstrap.sandbox_process import SandboxFailed
from totem.domain.errors import TotemError

_BENCHMARKS: dict[str, Callable[[bool], list[Row]]] = {
    "start": start.run,
    "sales": sales.run,
    "encoding": encoding.run,
    "journal": journal.run,
    "closing": closing.run,
    "idle": idle.run,
}
_REASONS = (NotMeasured, SandboxFailed, TotemError, OSError, subprocess.SubprocessError, ValueError, LookupError)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures the budgets of the design.")
    parser.add_argument("--only", choices=sorted(_BENCHMARKS), action="append", help="one benchmark; may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    chosen = parser.parse_args(argv)
    results = Results(_machine())
    for name, measure in _BENCHMARKS.items():
        if chosen.only and name not in chosen.only:
            continue
        print(f"{name} ...", file=sys.stderr, flush=True)  # noqa: T201
        try:
            results.rows += measure(chosen.quick)
        except _REASONS as error:
            results.failures.append(Failure(name, f"{type(error).__name__}: {error}"))
    print(json.dumps(results.as_json(), indent=2) if chosen.json else results.as_table())  # noqa: T201
    return 1 if results.failures else 0


def _machine() -> dict[str, object]:
    """What the figures hang on."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": load,
    }


if __name__ == "__main__":
    sys.exit(main())
