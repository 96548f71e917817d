"""The benchmarks' command works; what it measures is nobody's verdict here."""

from __future__ import annotations

import json
import subprocess
import sys


def test_one_benchmark_tells_its_rows_as_json() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--only", "encoding", "--quick", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["failures"] == []
    rows = {row["name"]: row for row in told["rows"]}
    assert all(row["measured"] > 0 for row in rows.values())
    assert rows["ticket encoded, own QR"]["budget"] == 5.0
    assert rows["ticket encoded, own QR"]["reference"] is None
    assert rows["ticket encoded, logo and drawn QR, against the library"]["ratio"] > 0
    assert rows["time on a line of 115200 baud, logo and drawn QR"]["unit"] == "s"
