"""Receipts to bytes, judged by the simulator's strict parser, which shares nothing with the encoder."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from hardware.printer import qr
from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.profile import (
    CP850,
    CP858,
    EPSON_80,
    GENERIC_42,
    GENERIC_58,
    GENERIC_80,
    PROFILES,
    WPC1252,
    Cut,
    PrinterProfile,
)
from hardware.sim import operations as op
from hardware.sim.bematech import parse_job as parse
from hardware.sim.paper import Paper, picture, to_png
from hardware.sim.preview import draw
from hardware.sim.typesetter import Page, typeset
from totem.domain.errors import ReceiptNotPrintable
from totem.domain.receipt import Align, Barcode, Block, Columns, Feed, Picture, Qr, Receipt, Rule, Text, Verbatim

WIDTHS = (EPSON_80, GENERIC_42, GENERIC_58)
ALL = tuple(PROFILES.values())
EURO = tuple(replace(profile, code_page=page) for profile in WIDTHS for page in (CP858, WPC1252))


def name(profile: PrinterProfile) -> str:
    return f"{profile.name}-{profile.code_page.codec}"


@cache
def encoder(profile: PrinterProfile) -> ReceiptEncoder:
    return ReceiptEncoder(profile, {})


def page(profile: PrinterProfile, *blocks: Block) -> Page:
    data = encoder(profile).encode(Receipt("t", blocks), 1)
    return typeset((parsed.operation for parsed in parse(data)), profile.dots)


def operations(profile: PrinterProfile, *blocks: Block) -> list[op.Operation]:
    return [parsed.operation for parsed in parse(encoder(profile).encode(Receipt("t", blocks), 1))]


def test_the_bytes_of_a_small_receipt() -> None:
    """Written out from Epson's command reference."""
    receipt = Receipt("t", (Text("Olá, São João", Align.CENTER, bold=True, scale=2), Columns("1x Café", "R$ 5,00")))
    assert encoder(EPSON_80).encode(receipt, 42) == (
        b"\x1b@\x1da\x0e\x1bR\x00\x1bt\x13"
        b"\x1ba\x01\x1bE\x01\x1d!\x11Ol\xa0, S\xc6o Jo\xc6o\n\x1d!\x00\x1bE\x00\x1ba\x00"
        b"1x Caf\x82                                  R$ 5,00\n"
        b"\x1bd\x05\x1dV\x01"
        b"\x1d(H\x06\x00000042"
    )


LETTERS = "áàâãéêíóôõúüç ÁÀÂÃÉÊÍÓÔÕÚÜÇ º ª R$ €"


@pytest.mark.parametrize("profile", [*ALL, *EURO], ids=name)
def test_portuguese_comes_out_as_it_is_in_each_profile(profile: PrinterProfile) -> None:
    """By the tables of a code page that the printer is told to use (ESC t), and no other."""
    has_euro = profile.code_page.codec in ("cp858", "cp1252")
    lines = page(profile, Text(LETTERS)).text
    assert " ".join(lines) == (LETTERS if has_euro else LETTERS.replace("€", "EUR"))
    chosen = [
        one.value for one in operations(profile, Text("x")) if isinstance(one, op.Mode) and one.command == "ESC t"
    ]
    assert chosen == [profile.code_page.slot]


@pytest.mark.parametrize("profile", ALL, ids=name)
def test_every_letter_leaves_its_own_picture_on_the_paper(profile: PrinterProfile) -> None:
    """Drawn from the bytes: an "ã" that a wrong table turns into another sign would look like that one."""
    signs = [sign for sign in LETTERS if not sign.isspace()]
    drawn = {sign: draw(encoder(profile).encode(Receipt("t", (Text(sign),)), 1), profile.dots, 1) for sign in signs}
    expected = {
        sign: to_png(
            picture(typeset((op.Text(text, style_of(profile)), op.LineFeed()), profile.dots), Paper(profile.dots, 1))
        )
        for sign in signs
        for text in ["EUR" if sign == "€" and profile.code_page == CP850 else sign]
    }
    assert [sign for sign in signs if crop(drawn[sign]) != crop(expected[sign])] == []
    assert len({crop(image) for image in drawn.values()}) == len(signs)


def style_of(profile: PrinterProfile) -> op.Style:
    (text,) = [one for one in operations(profile, Text("x")) if isinstance(one, op.Text)]
    return text.style


def crop(png: bytes) -> bytes:
    """The first line."""
    with Image.open(io.BytesIO(png)) as strip:
        return strip.crop((0, 0, strip.width, 28 + 24)).tobytes()


def test_a_page_without_the_euro_names_it() -> None:
    assert page(GENERIC_80, Text("€ 7")).text == ("EUR 7",)
    assert GENERIC_80.code_page == CP850


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("“aspas” – e…", '"aspas" - e...'),
        ("Žluťoučký kůň", "Zlutoucký kun"),
        ("Łódź Straße œuvre", "Lódz Straße oeuvre"),
        ("a\u0303o e\u0301", "ão é"),
        ("lin\u200bha\u00ad\ufeff", "linha"),
        ("tab\tul\u2003ado", "tab ul ado"),
        ("R$\u00a05,00", "R$ 5,00"),
        ("½ ﬁm ①", "½ fim 1"),
        ("日本", "??"),
        ("1\ufe0f\u20e3", "1"),
        ("\x1b@\x00\x10\x04\x01perigo\x7f", "@perigo"),
    ],
)
def test_what_a_page_lacks_comes_nearest(text: str, printed: str) -> None:
    assert page(EPSON_80, Text(text)).text == (printed,)


def test_what_a_page_has_stays() -> None:
    assert page(GENERIC_58, Text("“aspas” – e…")).text == ("“aspas” – e…",)


alphabets = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(max_codepoint=0x24F)),
    st.text(alphabet="aeiouçãõéêíóúüàºª R$€\n"),
)
blocks = st.one_of(
    st.builds(Text, alphabets, st.sampled_from(Align), st.booleans(), st.integers(1, 4), st.booleans()),
    st.builds(Columns, alphabets, alphabets, st.booleans()),
    st.just(Rule()),
    st.builds(Feed, st.integers(0, 300)),
    st.builds(Qr, st.text(min_size=1, max_size=60), st.integers(1, 20)),
    st.builds(Picture, st.just("none")),
    st.builds(Barcode, st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8)),
    st.builds(Verbatim, st.lists(alphabets, max_size=4).map(tuple)),
)


@given(st.lists(blocks, max_size=8), st.sampled_from(ALL), st.integers(0, 9999))
def test_any_receipt_is_understood_by_a_strict_printer(many: list[Block], profile: PrinterProfile, job_id: int) -> None:
    logging.disable(logging.WARNING)
    try:
        data = encoder(profile).encode(Receipt("t", tuple(many)), job_id)
    finally:
        logging.disable(logging.NOTSET)
    read = [parsed.operation for parsed in parse(data)]
    assert isinstance(read[bool(profile.select)], op.Initialize)
    assert sum(isinstance(one, op.Initialize) for one in read) == 1
    assert sum(isinstance(one, op.Cut) for one in read) == (profile.cut is not Cut.NONE)
    assert [one.id for one in read if isinstance(one, op.ProcessId)] == [b"%04d" % job_id] * profile.has_process_id
    assert len(typeset(read, profile.dots).placed) >= sum(isinstance(one, Qr | Barcode) for one in many)


@given(
    st.text(alphabet="abcçÇãÃéÊíÔúü ºª$.,-01  "),
    st.sampled_from(ALL),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from(Align),
)
def test_text_reads_back_word_by_word(
    text: str, profile: PrinterProfile, scale: int, inverse: bool, align: Align
) -> None:
    strip = page(profile, Text(text, align, scale=scale, inverse=inverse))
    columns = profile.columns // min(scale, profile.most_scale)
    assert all(len(line.text) <= columns for line in strip.lines)
    room = columns - 2 if inverse else columns
    if all(len(word) <= room for word in text.split()):
        assert " ".join(strip.text).split() == text.split()
    assert "".join(strip.text).replace(" ", "") == text.replace(" ", "")


words = st.lists(st.text("abcçãé0", min_size=1, max_size=9), max_size=12).map(" ".join)


@given(words, st.text("R$0123456789,", min_size=1, max_size=14), st.sampled_from(WIDTHS))
def test_columns_never_wrap_the_value_and_end_it_at_the_edge(left: str, right: str, profile: PrinterProfile) -> None:
    strip = page(profile, Columns(left, right))
    assert strip.text[-1].endswith(right)
    assert len(strip.text[-1]) == profile.columns
    assert [word for line in strip.text for word in line.split()] == [*left.split(), right]


def test_a_value_wider_than_the_paper_loses_nothing() -> None:
    value = "E00360305202611221530abcdefghijkXYZ"
    strip = page(GENERIC_58, Columns("Id", value))
    assert "".join(line.strip() for line in strip.text[1:]) == value


def test_rules_span_the_paper() -> None:
    for profile in ALL:
        assert page(profile, Rule()).text == (("-" if profile is GENERIC_58 else "─") * profile.columns,)


def test_styles_end_with_their_block() -> None:
    strip = page(EPSON_80, Text("A", Align.RIGHT, bold=True, scale=3, inverse=True), Text("b"))
    first, second = (line.runs[0] for line in strip.lines)
    assert first.style == op.Style(bold=True, inverse=True, width=3, height=3)
    assert first.x + first.width == 576
    assert (second.style, second.x) == (op.Style(), 0)


def test_a_chinese_printer_is_told_to_read_single_bytes() -> None:
    assert op.Mode("FS .", 0) in operations(GENERIC_58)
    assert op.Mode("FS .", 0) not in operations(EPSON_80)


# --- QR and pictures ------------------------------------------------------------------------------------------------


def read_codes(png: bytes) -> list[str]:
    with Image.open(io.BytesIO(png)) as strip:
        found = zxingcpp.read_barcodes(strip)
    return [code.text for code in found if code.format == zxingcpp.BarcodeFormat.QRCode]


@pytest.mark.parametrize("has_qr", [True, False], ids=["own", "raster"])
@pytest.mark.parametrize("profile", WIDTHS, ids=name)
@pytest.mark.parametrize("length", [1, 60, 180, 400])
def test_an_independent_reader_reads_the_code_on_the_paper(profile: PrinterProfile, has_qr: bool, length: int) -> None:
    data = ("https://exemplo.com.br/t/" + "0123456789abcdef" * 30)[:length]
    receipt = Receipt("t", (Text("Lava-rápido"), Qr(data), Text("Obrigado")))
    own = replace(profile, has_qr=has_qr)
    png = draw(encoder(own).encode(receipt, 1), own.dots)
    assert read_codes(png) == [data]


@settings(max_examples=40)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=250), st.integers(2, 6))
def test_any_code_that_is_drawn_here_is_read(data: str, module_dots: int) -> None:
    """Whatever the mask makes of it."""
    width, height, rows = qr.draw(data, module_dots)
    code = Image.frombytes("1", (width * 8, height), bytes(255 - byte for byte in rows)).convert("L")
    (found,) = zxingcpp.read_barcodes(code, text_mode=zxingcpp.TextMode.Plain)
    assert found.text == data


def test_own_code_and_raster_are_the_commands_that_the_profile_says() -> None:
    assert any(isinstance(one, op.Qr) for one in operations(EPSON_80, Qr("x")))
    assert any(isinstance(one, op.Raster) for one in operations(replace(EPSON_80, has_qr=False), Qr("x")))


def test_modules_shrink_until_the_code_fits_the_paper() -> None:
    (placed,) = page(GENERIC_58, Qr("a" * 400, module_dots=16)).placed
    assert isinstance(placed.operation, op.Raster)
    assert 300 < placed.operation.width_bytes * 8 <= 384


@pytest.mark.parametrize("data", ["", "a" * 2400, "ã" * 1200])
def test_a_code_that_no_paper_holds_is_refused(data: str) -> None:
    with pytest.raises(ReceiptNotPrintable) as caught:
        page(EPSON_80, Qr(data))
    assert caught.value.code == "PRN-008"


def test_a_code_too_fine_to_read_is_refused() -> None:
    with pytest.raises(ReceiptNotPrintable, match="wider"):
        page(replace(GENERIC_58, dots=320), Qr("a" * 2300))


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    half = Image.new("RGBA", (1000, 200), (0, 0, 0, 0))
    ImageDraw.Draw(half).rectangle((0, 0, 499, 199), fill=(0, 0, 0, 255))
    path = tmp_path / "logo.png"
    half.save(path)
    return path


@pytest.mark.parametrize("profile", WIDTHS, ids=name)
def test_a_picture_fits_the_paper_and_its_clear_parts_stay_white(profile: PrinterProfile, logo: Path) -> None:
    made = ReceiptEncoder(profile, {"logo": logo})
    read = [one.operation for one in parse(made.encode(Receipt("t", (Picture("logo"),)), 1))]
    (raster,) = [one for one in read if isinstance(one, op.Raster)]
    assert raster.width_bytes * 8 == profile.dots
    row = raster.data[: raster.width_bytes]
    assert row[: raster.width_bytes // 2 - 1] == b"\xff" * (raster.width_bytes // 2 - 1)
    assert not any(row[raster.width_bytes // 2 + 1 :])


def test_a_missing_picture_leaves_the_ticket_printable(caplog: pytest.LogCaptureFixture) -> None:
    assert page(EPSON_80, Picture("logo"), Text("A042")).text == ("A042",)
    assert "logo" in caplog.text


def test_an_unreadable_picture_is_named_at_once(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    for path in (bad, tmp_path / "absent.png"):
        with pytest.raises(ReceiptNotPrintable, match=path.name):
            ReceiptEncoder(EPSON_80, {"logo": path})


def test_the_library_prints_nothing_and_leaves_the_log_alone(capsys: pytest.CaptureFixture[str], logo: Path) -> None:
    before = list(logging.getLogger().handlers)
    ReceiptEncoder(EPSON_80, {"logo": logo}).encode(Receipt("t", (Picture("logo"), Qr("x"), Text("€"))), 1)
    assert capsys.readouterr().out == ""
    assert logging.getLogger().handlers == before


@pytest.mark.parametrize("job_id", [-1, 10_000])
def test_a_job_id_has_four_digits(job_id: int) -> None:
    with pytest.raises(ValueError, match=str(job_id)):
        encoder(EPSON_80).encode(Receipt("t", ()), job_id)
