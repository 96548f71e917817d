"""Code 128 and others' lines on the paper, read by an independent reader or by the strict parser."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hardware.printer import barcode, layout
from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.profile import (
    BEMATECH_MP4200,
    BEMATECH_MP4200_BEMA,
    EPSON_80,
    GENERIC_42,
    GENERIC_58,
    PROFILES,
    PrinterProfile,
    StatusQuery,
)
from hardware.printer.profile import Cut as CutKind
from hardware.sim import code128
from hardware.sim import operations as op
from hardware.sim.bematech import parse_job
from hardware.sim.core import PrinterCore, SimLanguage, SimPrinterSettings
from hardware.sim.preview import draw
from hardware.sim.typesetter import Page, typeset
from tests.unit.test_sim_core import ask
from totem.domain.errors import ReceiptNotPrintable
from totem.domain.receipt import Barcode, Block, Cut, Receipt, Text, Verbatim

ALL = tuple(PROFILES.values())
WIDTHS = (EPSON_80, GENERIC_42, GENERIC_58)
KINDS = tuple(replace(profile, has_barcode=own) for profile in WIDTHS for own in (True, False))
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30)


def name(profile: PrinterProfile) -> str:
    return f"{profile.name}-{'own' if profile.has_barcode else 'raster'}"


@cache
def encoder(profile: PrinterProfile) -> ReceiptEncoder:
    return ReceiptEncoder(profile, {})


def job(profile: PrinterProfile, *blocks: Block) -> bytes:
    return encoder(profile).encode(Receipt("t", blocks), 1)


def page(profile: PrinterProfile, *blocks: Block) -> Page:
    return typeset((parsed.operation for parsed in parse_job(job(profile, *blocks))), profile.dots)


def read(png: bytes) -> list[str]:
    with Image.open(io.BytesIO(png)) as strip:
        found = zxingcpp.read_barcodes(strip)
    return [code.text for code in found if code.format == zxingcpp.BarcodeFormat.Code128]


# --- Code 128 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [*KINDS, BEMATECH_MP4200, BEMATECH_MP4200_BEMA], ids=name)
@pytest.mark.parametrize("data", ["A042", "0007", "LAVA-0042", "{x}", "a1234b", "12345"])
def test_an_independent_reader_reads_the_barcode_on_the_paper(profile: PrinterProfile, data: str) -> None:
    png = draw(job(profile, Text("Lava-rápido"), Barcode(data), Text("Obrigado")), profile.dots)
    assert read(png) == [data]


@pytest.mark.parametrize("profile", KINDS[:2], ids=name)
def test_a_sale_number_fits_the_widest_paper(profile: PrinterProfile) -> None:
    assert read(draw(job(profile, Barcode("LAVA01-261122-0PE8QS")), profile.dots)) == ["LAVA01-261122-0PE8QS"]


def test_its_text_stands_below_in_letters() -> None:
    placed = page(EPSON_80, Barcode("A042")).placed[0].operation
    assert isinstance(placed, op.Barcode)
    assert (placed.text, placed.has_text, placed.module, placed.height) == ("A042", True, 3, 80)
    assert page(replace(EPSON_80, has_barcode=False), Barcode("A042")).text == ("A042",)


def test_the_bytes_of_a_barcode() -> None:
    """Written out from Epson's command reference, function B of GS k."""
    assert b"\x1dh\x50\x1dw\x03\x1dH\x02\x1df\x00\x1dkI\x09{B{{x{C\x0c\x22" in job(EPSON_80, Barcode("{x1234"))
    assert b"\x1dkI\x04A042" in job(BEMATECH_MP4200_BEMA, Barcode("A042"))


@pytest.mark.parametrize(
    ("data", "sets"),
    [
        ("1234", "C"),
        ("12345", "CB"),
        ("A1", "B"),
        ("A1234", "BC"),
        ("A1234B", "B"),
        ("A123456B", "BCB"),
        ("12A", "B"),
        ("1234A", "CB"),
    ],
)
def test_runs_of_digits_go_in_pairs_where_that_is_shorter(data: str, sets: str) -> None:
    planned = barcode.plan(data)
    assert "".join(code for code, _ in planned.chunks) in (sets, sets[::-1] if data == "12345" else sets)
    assert "".join(text for _, text in planned.chunks) == data


@given(ASCII)
def test_the_printer_reads_any_plan_as_its_data_and_its_bars_as_read(data: str) -> None:
    planned = barcode.plan(data)
    values, text = code128.symbols(planned.command_data)
    assert (values, text) == (planned.values, data)
    assert planned.modules == len(code128.bars(values)) <= 11 * (len(data) + 2) + 13


@given(ASCII)
def test_any_data_is_read_from_its_bars(data: str) -> None:
    width, height, rows = barcode.plan(data).rows(2, 40)
    bars = Image.frombytes("1", (width * 8, height), bytes(255 - byte for byte in rows)).convert("L")
    paper = Image.new("L", (bars.width + 80, 120), 255)
    paper.paste(bars, (40, 40))
    (found,) = zxingcpp.read_barcodes(paper, text_mode=zxingcpp.TextMode.Plain)
    assert found.text == data


@pytest.mark.parametrize("data", ["", "ação", "a\n", "x" * 81])
def test_what_is_no_code_128_is_refused(data: str) -> None:
    with pytest.raises(ReceiptNotPrintable, match="ASCII"):
        page(EPSON_80, Barcode(data))


@pytest.mark.parametrize("profile", ALL, ids=lambda profile: profile.name)
def test_what_does_not_fit_the_paper_is_refused(profile: PrinterProfile) -> None:
    with pytest.raises(ReceiptNotPrintable, match="wider"):
        page(profile, Barcode("A" * 40))


# --- two slips of one job -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ALL, ids=lambda profile: profile.name)
def test_each_slip_of_a_job_can_be_read_by_itself(profile: PrinterProfile) -> None:
    bematech = profile.status_query is StatusQuery.GS_F8
    language = SimLanguage.BEMATECH if bematech else SimLanguage.ESC_POS
    has_cutter = profile.cut is not CutKind.NONE
    printer = PrinterCore(SimPrinterSettings(dots=profile.dots, language=language, has_cutter=has_cutter))
    ask(printer, job(profile, Text("ação"), Cut(), Text("à mão")))
    assert printer.unknown == []
    strips = [tuple(line for line in ticket.lines if line) for ticket in printer.tickets()]
    assert strips == ([("ação",), ("à mão",)] if has_cutter else [("ação", "à mão")])
    for ticket in printer.tickets():
        alone = typeset((parsed.operation for parsed in parse_job(ticket.data)), profile.dots)
        assert alone.text == ticket.lines


# --- others' lines --------------------------------------------------------------------------------------------------

SLIP = (
    "                REDE                    ",
    "                                        ",
    "VISA                        VIA CLIENTE ",
    "CV:123456789                AUTO:012345 ",
    "VENDA A CREDITO                         ",
    "VALOR:                        R$  75,00 ",
)


@pytest.mark.parametrize("columns", [38, 40, 48])
@pytest.mark.parametrize("profile", ALL, ids=lambda profile: profile.name)
def test_a_card_receipt_fits_every_paper_line_by_line(profile: PrinterProfile, columns: int) -> None:
    lines = tuple(line.rstrip()[:20].ljust(columns - 12) + line.rstrip()[20:][-12:].rjust(12) for line in SLIP)
    strip = page(profile, Verbatim(lines))
    assert len(strip.lines) == len(SLIP)
    assert all(run.x + run.width <= profile.dots for line in strip.lines for run in line.runs)
    assert [line.split() for line in strip.text] == [line.split() for line in lines]


def test_lines_that_fit_stay_as_they_are_to_the_blank() -> None:
    strip = page(EPSON_80, Verbatim(SLIP), Text("depois"))
    assert strip.text == (*(line.rstrip() for line in SLIP), "depois")
    assert {run.style.font for line in strip.lines for run in line.runs} == {"A"}


def test_a_narrow_paper_takes_the_smaller_font_and_gives_it_back() -> None:
    strip = page(GENERIC_58, Verbatim(SLIP), Text("depois"))
    assert strip.text == (*(line.rstrip() for line in SLIP), "depois")
    assert [line.runs[0].style.font for line in strip.lines if line.runs] == ["B"] * 5 + ["A"]


def test_what_is_too_wide_even_so_is_cut_at_the_last_column() -> None:
    strip = page(GENERIC_58, Verbatim(("=" * 60, "A" * 50 + "  B", "ok\ninjetado")))
    assert strip.text == ("=" * 42, "A" * 42, "ok injetado")


@given(st.lists(st.text("ab  ", max_size=60), max_size=6), st.integers(10, 48))
def test_only_blanks_are_given_up_before_anything_is_cut(lines: list[str], columns: int) -> None:
    fitted = layout.fit(lines, columns)
    assert len(fitted) == len(lines)
    for before, after in zip(lines, fitted, strict=True):
        assert len(after) <= columns
        assert " ".join(before.split()).startswith(" ".join(after.split()).rstrip()) or not after.strip()
        if len(" ".join(before.split())) + 2 <= columns:
            assert after.split() == before.split()
