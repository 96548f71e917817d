"""The simulated Bematech's two command sets, as the MP-4200 TH programmer's manual has them."""

from __future__ import annotations

import pytest

from hardware.sim import operations as op
from hardware.sim.bematech import BematechParser, parse_job
from hardware.sim.core import PrinterCore, SimLanguage, SimPrinterSettings
from hardware.sim.parser import parse
from tests.unit.test_sim_core import ask

OWN = b"\x1d\xf9\x20\x00"
POS = b"\x1d\xf9\x20\x01"


def operations(data: bytes) -> list[op.Operation]:
    return [parsed.operation for parsed in parse_job(data)]


def texts(data: bytes) -> list[op.Text]:
    return [one for one in operations(data) if isinstance(one, op.Text)]


def test_it_begins_in_its_own_set_with_code_page_850() -> None:
    assert BematechParser(strict=True).feed(b"\x82\n")[0].operation == op.Text("é", op.Style())


def test_styles_of_its_own_set() -> None:
    styles = [one.style for one in texts(OWN + b"\x1bEa\x1bFb\x1bW\x01c\x1bd\x01d\x1bW\x00\x1bd\x00\x1b\x0fe\x1bHf")]
    assert styles == [
        op.Style(bold=True),
        op.Style(),
        op.Style(width=2),
        op.Style(width=2, height=2),
        op.Style(font="B"),
        op.Style(),
    ]


def test_code_pages_of_either_set() -> None:
    assert texts(OWN + b"\x1bt\x05\xd5 \xc6")[0].text == "€ ã"
    assert texts(OWN + b"\x1bt\x08\xe2\x82\xac")[0].text == "€"
    assert texts(POS + b"\x1bt\x13\xd5")[0].text == "€"
    # ESC R chooses a page too; the last one counts.
    assert texts(OWN + b"\x1bt\x05\x1bR\x00\xe1")[0].text == "ß"


def test_fonts_in_esc_pos_are_wider() -> None:
    assert [one.style.font for one in texts(POS + b"a\x1bM\x01b\x1bM\x00c")] == ["C", "D", "C"]


def test_codes_and_cuts_of_its_own_set() -> None:
    found = operations(OWN + b"\x1dkQ\x01\x0c\x00\x02\x03\x00abc" + b"\x1dH\x02\x1dkI\x02AB" + b"\x1bw\x1bm\x1bJ\x3a")
    assert op.Qr(b"abc", 6, "M", 2) in found
    assert [one.text for one in found if isinstance(one, op.Barcode)] == ["AB"]
    assert found[-3:] == [op.Cut(full=True), op.Cut(full=False), op.FeedDots(10)]


@pytest.mark.parametrize(
    "data",
    [
        OWN + b"\x10\x04\x01",
        OWN + b"\x1d!\x11",
        OWN + b"\x1dB\x01",
        OWN + b"\x1d(H\x06\x00000001",
        OWN + b"\x1dr\x01",
        OWN + b"\x1bM\x01",
        OWN + b"\x1bJ\x05",
        OWN + b"\x1bt\x13",
        OWN + b"\x1dw\x06",
        OWN + b"\x1dkI\x02AB",  # its text stands above by default
        OWN + b"\x1dkQ\x01\x0b\x00\x02\x01\x00a",
        POS + b"\x1bt\x10",
        POS + b"\x1dH\x02\x1dkI\x02AB",
        b"\x1d\xf8F",
        b"\x1d\xf95\x01",
    ],
    ids=lambda data: data.hex(" "),
)
def test_what_the_set_in_force_does_not_have_is_refused(data: bytes) -> None:
    with pytest.raises(op.UnknownCommand):
        BematechParser(strict=True).feed(data)


@pytest.mark.parametrize("data", [b"\x1d\xf9\x20\x01", b"\x1d\xf81", b"\x1bW\x01"])
def test_an_epson_knows_none_of_it(data: bytes) -> None:
    with pytest.raises(op.UnknownCommand):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x1dkI\x02AB",
        b"\x1dkI\x03{BA"[:-1] + b"\x1f",
        b"\x1dkI\x03{Cd",
        b"\x1dkI\x02{B",
        b"\x1dkI\x04{BA{",
        b"\x1dkI\x04{B{Z",
        b"\x1dk\x04ABC\x00",
        b"\x1dw\x01",
        b"\x1dh\x00",
        b"\x1dH\x01\x1dkI\x03{BA",
    ],
    ids=lambda data: data.hex(" "),
)
def test_what_is_no_code_128_of_an_epson_is_refused(data: bytes) -> None:
    with pytest.raises(op.UnknownCommand):
        parse(data)


def test_sets_and_functions_within_a_code_128() -> None:
    (found,) = [
        one.operation for one in parse(b"\x1dkI\x0f{B{{a{S\x01{C\x0c\x22{Bz") if isinstance(one.operation, op.Barcode)
    ]
    assert found.text == "{a\x011234z"
    assert found.values[:8] == (104, 91, 65, 98, 65, 99, 12, 34)


@pytest.mark.parametrize("language", list(SimLanguage))
def test_status_of_five_bytes_at_any_time(language: SimLanguage) -> None:
    printer = PrinterCore(SimPrinterSettings(language=language))
    answer = ask(printer, b"\x1d\xf81")
    if language is SimLanguage.ESC_POS:
        assert answer == b""
        return
    assert answer == bytes.fromhex("90 81 90 91 15")
    printer.set_paper(False)
    assert ask(printer, b"texto\n\x1d\xf81") == bytes.fromhex("a8 a7 90 91 15")


def test_the_bytes_of_a_ticket_say_in_which_set_it_is() -> None:
    printer = PrinterCore(SimPrinterSettings(language=SimLanguage.BEMATECH))
    for chosen in (OWN, POS):
        ask(printer, chosen + b"\x1b@\x1bt\x02Ol\xa0\n\x1bi")
    assert [ticket.data[:4] for ticket in printer.tickets()] == [OWN, POS]
    assert [ticket.lines for ticket in printer.tickets()] == [("Olá",)] * 2
