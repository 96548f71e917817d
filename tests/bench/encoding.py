"""A ticket to bytes: against the budget, and against python-escpos used as its manual does for the same receipt."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.profile import EPSON_80
from tests.bench.rows import Row, middle
from totem.bootstrap.press import shipped_templates
from totem.bootstrap.tuning import texts_of_assets
from totem.domain.machine import Machine
from totem.domain.receipt import Align, Columns, Feed, Picture, Qr, Receipt, Rule, Text
from totem.domain.records import Subject
from totem.services.ticket import TicketSettings, ticket_receipt

BUDGET_MS = 5.0
BUDGET_RATIO = 0.2
"""At least five times faster than the library alone."""
_LINE_BITS_PER_S = 115_200
_BITS_PER_BYTE = 10
"""Start, eight, stop: 8N1."""


def run(quick: bool) -> list[Row]:
    rounds = 20 if quick else 200
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="totem-bench-") as name:
        logo = Path(name) / "logo.png"
        _draw_logo(logo)
        plain, with_logo = _receipt(logo=""), _receipt(logo="logo")
        own, drawn = EPSON_80, replace(EPSON_80, has_qr=False)
        ours, ours_drawn = ReceiptEncoder(own, {"logo": logo}), ReceiptEncoder(drawn, {"logo": logo})
        for what, encoder, receipt in (
            ("own QR", ours, plain),
            ("logo and own QR", ours, with_logo),
            ("logo and drawn QR", ours_drawn, with_logo),
        ):
            rows += _compared(what, encoder, receipt, logo, rounds)
    return rows


def _compared(what: str, encoder: ReceiptEncoder, receipt: Receipt, logo: Path, rounds: int) -> list[Row]:
    """One ticket: its time against the budget, the same against the library, its bytes, and its time on a slow line."""
    native = encoder.profile.has_qr
    job = encoder.encode(receipt, 1)
    theirs = _by_library(receipt, logo, native=native)
    ours_ms, library_ms = _in_turn(
        lambda: encoder.encode(receipt, 1), lambda: _by_library(receipt, logo, native=native), rounds
    )
    against = "python-escpos"
    ratio = BUDGET_RATIO if Picture in {type(block) for block in receipt.blocks} else None
    return [
        Row(f"ticket encoded, {what}", ours_ms, "ms", budget=BUDGET_MS),
        Row(f"ticket encoded, {what}, against the library", ours_ms, "ms", library_ms, against, ratio),
        Row(f"bytes of a ticket, {what}", len(job), "B", len(theirs), against),
        Row(f"time on a line of {_LINE_BITS_PER_S} baud, {what}", _line_s(job), "s", _line_s(theirs), against),
    ]


def _line_s(data: bytes) -> float:
    return len(data) * _BITS_PER_BYTE / _LINE_BITS_PER_S


def _in_turn(ours: Callable[[], bytes], theirs: Callable[[], bytes], rounds: int) -> tuple[float, float]:
    """Medians in ms; one after the other, so that the machine's moods meet both."""
    assert ours()
    assert theirs()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(max(rounds, 5)):
        for act, found in zip((ours, theirs), times, strict=True):
            began_s = time.perf_counter()
            act()
            found.append((time.perf_counter() - began_s) * 1000)
    return middle(times[0]), middle(times[1])


def _receipt(logo: str) -> Receipt:
    """The ticket of a sale with three services, as the kiosk makes it."""
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    lines = [
        {"service": f"s{number}", "name": name, "quantity": number, "price_cents": 4500, "amount_cents": 4500 * number}
        for number, name in enumerate(("Lavagem simples", "Lavagem com cera", "Aspiração"), 1)
    ]
    sale_id = "LAVA01-261122-0PE8QS"
    data: Any = {"language": "pt", "currency": "BRL", "amount_cents": 27000, "lines": lines}
    sale = Subject(Machine.SALE, sale_id, sale_id, "paid", data, at, at)
    ticket = Subject(Machine.TICKET, f"T-{sale_id}", sale_id, "queued", {"number": 7, "day": "2026-11-22"}, at, at)
    settings = TicketSettings(
        "Lava Rápido Totem",
        ("Rua das Hortênsias, 100", "CNPJ 12.345.678/0001-95"),
        {"pt": "Apresente na entrada."},
        7,
        logo,
    )
    return ticket_receipt(sale, ticket, settings, texts_of_assets(), shipped_templates())


def _by_library(receipt: Receipt, logo: Path, *, native: bool) -> bytes:
    """The same receipt by the library alone: its own text, code pages, QR codes and pictures."""
    from escpos.printer import Dummy

    printer: Any = Dummy()
    columns = EPSON_80.columns
    # The library warns on stdout that a profile has no width.
    with contextlib.redirect_stdout(io.StringIO()):
        for block in receipt.blocks:
            match block:
                case Text():
                    align = {Align.LEFT: "left", Align.CENTER: "center"}[block.align]
                    printer.set(
                        align=align, bold=block.bold, invert=block.inverse,
                        custom_size=True, width=block.scale, height=block.scale,
                    )  # fmt: skip
                    printer.textln(block.text)
                case Columns():
                    printer.set(align="left", bold=block.bold, normal_textsize=True)
                    printer.textln(block.left + block.right.rjust(columns - len(block.left)))
                case Rule():
                    printer.set(align="left", normal_textsize=True)
                    printer.textln("-" * columns)
                case Feed():
                    printer.ln(block.lines)
                case Qr():
                    printer.set(align="center")
                    printer.qr(block.data, size=6, native=native)
                case Picture():
                    printer.set(align="center")
                    printer.image(str(logo))
        printer.cut()
    output: bytes = printer.output
    return output


def _draw_logo(path: Path) -> None:
    image = Image.new("L", (384, 160), 255)
    draw = ImageDraw.Draw(image)
    for step in range(0, 380, 12):
        draw.ellipse((step, 20, step + 60, 140), outline=step // 2, width=3)
    image.save(path)
