"""The ticket's encoder, made after the first screen: the same bytes, made once, and as strict as when made at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.profile import EPSON_80
from totem.bootstrap.press import LateEncoder
from totem.domain.errors import ReceiptNotPrintable
from totem.domain.receipt import Qr, Receipt, Text

RECEIPT = Receipt("t", (Text("Lavagem"), Qr("TOTEM1:S1:1")))


def test_encodes_as_the_encoder_does() -> None:
    late = LateEncoder(EPSON_80, {})
    assert late.profile is EPSON_80
    assert late.encode(RECEIPT, 7) == ReceiptEncoder(EPSON_80, {}).encode(RECEIPT, 7)


def test_is_made_once_whoever_comes_first() -> None:
    late = LateEncoder(EPSON_80, {})
    with ThreadPoolExecutor(4) as threads:
        made = {id(each) for each in threads.map(lambda _: late.load(), range(8))}
    assert made == {id(late.load())}


def test_a_logo_that_cannot_be_read_is_refused_by_load(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"no picture")
    with pytest.raises(ReceiptNotPrintable):
        LateEncoder(EPSON_80, {"logo": logo}).load()
