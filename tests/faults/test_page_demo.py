"""The whole demo on the acquirer's page: the real embedded view, touched and typed into, judged by the books."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from totem.bootstrap.page_scenarios import plain_vinti4


def test_a_sale_on_the_page_in_french(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    command = [sys.executable, "-m", "totem", "demo", "--headless", "--method", "vinti4", "--language", "fr"]
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    (sale,) = summary["sales"]
    assert (sale["method"], sale["provider"], sale["state"]) == ("card", "vinti4", "completed")
    assert {"page-card", "page-issuer", "thanks"} <= {name[3:-4] for name in summary["screens"]}
    assert (out / "tickets" / f"{sale['id']}.bin").stat().st_size > 0


def test_what_is_typed_on_a_page_is_in_no_repr() -> None:
    assert "4242" not in repr(plain_vinti4())
