"""The whole demo on a real display server: a Pix sale in both orientations, by touch, through X11.

Xvfb must be installed; the script that readies a machine for the tests does that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.ui.studio import ORIENTATIONS

SCREENS = {"attract", "services", "method", "installments", "card", "pix", "printing", "thanks"}
_LIMIT_S = 120
_FEW_COLOURS = 8
"""An empty window has fewer."""


@contextmanager
def xvfb(width_px: int, height_px: int) -> Iterator[str]:
    """A display of that size; its name for DISPLAY. The server itself picks a free number, and says it."""
    reading, writing = os.pipe()
    try:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width_px}x{height_px}x24", "-nolisten", "tcp"],
            pass_fds=(writing,),
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        os.close(reading)
        pytest.fail("Xvfb is not installed; on Debian and Ubuntu: apt install xvfb")
    finally:
        os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb ended before it had a display"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize("orientation", list(ORIENTATIONS))
def test_a_sale_on_a_display_server(orientation: str, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    with xvfb(*ORIENTATIONS[orientation]) as display:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "totem",
                "demo",
                "--headless",
                "--sales",
                "1",
                "--method",
                "pix,tef",
                "--size",
                orientation,
                "--out",
                out,
            ],
            env={**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": display},
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Failed to disconnect" not in done.stderr
    assert "Scenegraph already initialized" not in done.stderr
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["ok"] is True
    pictures = {file.stem.partition("-")[2]: file for file in (out / "screens").glob("*.png")}
    assert set(pictures) == SCREENS
    for file in pictures.values():
        with Image.open(file) as picture:
            assert picture.size == ORIENTATIONS[orientation]
            assert len(picture.convert("RGB").resize((108, 108)).getcolors(108 * 108) or ()) > _FEW_COLOURS
