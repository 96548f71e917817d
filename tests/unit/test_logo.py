"""A logo in SVG on a ticket: drawn by the screen's library, with letters, and without taking the process down."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from hardware.printer.profile import EPSON_80
from hardware.sim import operations as op
from hardware.sim.parser import parse
from totem.bootstrap.logo import readable
from totem.bootstrap.press import LateEncoder
from totem.domain.errors import ReceiptNotPrintable
from totem.domain.receipt import Picture, Receipt

SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">
<rect width="100" height="100"/><text x="120" y="70" font-size="40">BRILHO</text></svg>"""
ALONE = """
import sys, threading
from pathlib import Path
from totem.bootstrap.logo import readable
from totem.domain.errors import ReceiptNotPrintable

folder = Path(sys.argv[1])

def in_a_thread():
    try:
        readable({"logo": folder / "logo.svg"}, folder)
    except ReceiptNotPrintable as error:
        print(error)

thread = threading.Thread(target=in_a_thread)
thread.start()
thread.join()
print(readable({"logo": folder / "logo.svg"}, folder)["logo"].name)
"""


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.svg"
    path.write_text(SVG, encoding="utf-8")
    return path


def test_the_kiosk_prints_it(qapp: QApplication, logo: Path) -> None:
    """As it does: with a screen open, and from a thread."""
    assert qapp is not None
    with ThreadPoolExecutor(1) as threads:
        encoder = threads.submit(lambda: LateEncoder(EPSON_80, {"logo": logo}).load()).result()
    read = [each.operation for each in parse(encoder.encode(Receipt("t", (Picture("logo"),)), 1))]
    (raster,) = [each for each in read if isinstance(each, op.Raster)]
    assert (raster.width_bytes * 8, raster.height) == (384, 128)


def test_it_is_drawn_with_its_letters(qapp: QApplication, logo: Path, tmp_path: Path) -> None:
    assert qapp is not None
    drawn = readable({"logo": logo}, tmp_path)["logo"]
    with Image.open(drawn) as picture:
        box = picture.getchannel("A").crop((150, 0, picture.width, picture.height)).getbbox()
    assert box is not None
    assert box[2] - box[0] > 100


def test_a_png_is_left_alone(tmp_path: Path) -> None:
    assert readable({"logo": Path("logo.png")}, tmp_path) == {"logo": Path("logo.png")}


@pytest.mark.parametrize("text", ["", "no svg", "<svg xmlns='http://www.w3.org/2000/svg'"])
@pytest.mark.qt_log_ignore("Cannot read file")
def test_what_is_no_svg_is_refused(qapp: QApplication, tmp_path: Path, text: str) -> None:
    assert qapp is not None
    path = tmp_path / "broken.svg"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReceiptNotPrintable, match=r"broken\.svg"):
        readable({"logo": path}, tmp_path)


def test_without_a_screen_the_main_thread_alone_draws_it(logo: Path) -> None:
    """In a process of its own: Qt would abort it."""
    bare = {name: value for name, value in os.environ.items() if name not in {"QT_QPA_PLATFORM", "DISPLAY"}}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(logo.parent)],
        env=bare,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "picture logo.svg: an SVG is drawn by the main thread, or with a screen open",
        "logo.png",
    ]
