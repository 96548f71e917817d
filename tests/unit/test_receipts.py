"""Receipts from their templates to paper, on every width, in every language, read back by what did not write them."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.profile import EPSON_80, GENERIC_42, GENERIC_58, PROFILES, PrinterProfile
from hardware.sim import operations as op
from hardware.sim.bematech import parse_job
from hardware.sim.preview import draw
from totem.bootstrap.press import shipped_templates
from totem.bootstrap.samples import sample_of
from totem.bootstrap.tuning import texts_of_assets
from totem.config.templates import read_template
from totem.domain.cards import CardReceipts
from totem.domain.machine import Machine, SaleState, TicketState
from totem.domain.money import Currency, Money
from totem.domain.receipt import Align, Barcode, Block, Columns, Feed, Qr, Receipt, Rule, Text, Verbatim
from totem.domain.records import Subject
from totem.domain.template import SCHEMAS, BlockLine, Line, Paper, Place, Template, TextLine
from totem.domain.texts import LANGUAGES, Texts
from totem.services.receipts.documents import CardSlip, Copy, Document, NoticeSlip, RefundSlip, TicketSlip, card_slips
from totem.services.receipts.fill import fill, language_of, paper_of
from totem.services.receipts.reports import DayReport, ReportRow
from totem.services.ticket import TicketSettings, collection_barcode, collection_code, receipt_of, ticket_receipt

SALE = "LAVA01-261122-0PE8QS"
AT = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)
SHOP = TicketSettings("Lava Rápido São João", ("Rua Um, 1", "CNPJ 11.222.333/0001-81"), {"pt": "Mostre-o."}, 30)
WIDTHS = (EPSON_80, GENERIC_42, GENERIC_58)
MARKS = {
    "pt": ("SIMULAÇÃO - SEM VALOR", "2ª VIA", "ANULADO"),
    "en": ("SIMULATION - NO VALUE", "2nd COPY", "VOID"),
    "es": ("SIMULACIÓN - SIN VALOR", "2ª COPIA", "ANULADO"),
}


@cache
def texts() -> Texts:
    return texts_of_assets()


@cache
def encoder(profile: PrinterProfile) -> ReceiptEncoder:
    return ReceiptEncoder(profile, {})


def sale_of(language: str = "pt", names: tuple[str, ...] = ("Lavagem", "Cera"), **more: Any) -> Subject:
    lines = [{"service": "s", "name": name, "quantity": 2, "price_cents": 2250} for name in names]
    data = {"language": language, "currency": "BRL", "amount_cents": 4500 * len(names), "lines": lines, **more}
    return Subject(Machine.SALE, SALE, SALE, SaleState.PAID, data, AT, AT)


def ticket_of(number: int = 7, state: str = TicketState.QUEUED, **more: Any) -> Subject:
    return Subject(Machine.TICKET, f"{SALE}/ticket", SALE, state, {"number": number, **more}, AT, AT)


def receipt(document: Document, shop: TicketSettings = SHOP, *, second_copy: bool = False) -> Receipt:
    return receipt_of(document, shop, shipped_templates(), texts(), second_copy=second_copy)


def said(blocks: tuple[Block, ...]) -> list[str]:
    """What is written, columns with a bar between."""
    found = []
    for block in blocks:
        if isinstance(block, Text):
            found.append(block.text)
        elif isinstance(block, Columns):
            found.append(f"{block.left} | {block.right}".replace("\u00a0", " "))
    return found


# --- On paper -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_receipt_is_understood_by_every_printer(profile: PrinterProfile, language: str) -> None:
    logging.disable(logging.WARNING)  # the pictures of the test page are those of the command, not of this encoder
    try:
        for paper in Paper:
            document = sample_of(paper, profile, language)
            data = encoder(profile).encode(receipt(document, replace(SHOP, simulated=True)), 7)
            assert any(isinstance(each.operation, op.Text) for each in parse_job(data, strict=True))
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("profile", WIDTHS, ids=lambda profile: profile.name)
@pytest.mark.parametrize("code", ["qr", "code128"])
def test_the_ticket_is_collected_by_its_code_on_every_width(profile: PrinterProfile, code: str) -> None:
    sale, ticket = sale_of(), ticket_of(1234)
    data = encoder(profile).encode(receipt(TicketSlip(sale, ticket), replace(SHOP, code=code)), 7)
    with Image.open(io.BytesIO(draw(data, profile.dots))) as picture:
        found = {read.text for read in zxingcpp.read_barcodes(picture)}
    assert found == {collection_code(sale, 1234) if code == "qr" else collection_barcode(sale, 1234)}
    assert (collection_code(sale, 1234), collection_barcode(sale, 1234)) == (f"TOTEM1:{SALE}:1234", "0PE8QS-1234")


@pytest.mark.parametrize("profile", WIDTHS, ids=lambda profile: profile.name)
def test_the_test_page_shows_both_codes_the_ruler_and_the_letters(profile: PrinterProfile, tmp_path: Path) -> None:
    Image.linear_gradient("L").save(tmp_path / "ramp.png")
    own = ReceiptEncoder(profile, {"ramp": tmp_path / "ramp.png"})
    page = receipt(sample_of(Paper.TEST, profile, "pt"))
    with Image.open(io.BytesIO(draw(own.encode(page, 0), profile.dots))) as picture:
        found = {read.text for read in zxingcpp.read_barcodes(picture)}
    assert found == {"TOTEM1:TEST:0", "TEST-000"}
    ruler, chart = (block.lines for block in page.blocks if isinstance(block, Verbatim))
    assert [len(line) for line in ruler][1] == profile.columns
    assert ruler[0] == "         1         2         3         4"[: profile.columns // 10 * 10]
    assert len(chart) == 8
    assert all(len(line) == 19 and line[:2] == f"{0x80 + 0x10 * row:02X}" for row, line in enumerate(chart))
    shown = [letter for letter in "çãõáéíóúÇºª" if letter in "".join(chart)]
    assert shown == list("çãõáéíóúÇºª")
    assert "Estado | pronta" in said(page.blocks)
    assert "Bytes do estado | 16 12 12 12" in said(page.blocks)


# --- What it says ---------------------------------------------------------------------------------------------------


def test_the_ticket_as_it_is_shipped() -> None:
    printed = receipt(TicketSlip(sale_of(), ticket_of()))
    when = AT.astimezone().strftime("%d/%m/%Y %H:%M")
    assert printed.title == f"ticket 007 {SALE}"
    assert said(printed.blocks) == [
        "Lava Rápido São João",
        "Rua Um, 1\nCNPJ 11.222.333/0001-81",
        "TICKET",
        "007",
        "2 x Lavagem | R$ 45,00",
        "2 x Cera | R$ 45,00",
        "TOTAL | R$ 90,00",
        "Pago com | Pix",
        f"Data e hora | {when}",
        "Referência | 0PE8QS",
        f"Válido até {date(2026, 12, 22):%d/%m/%Y}",
        "Mostre-o.",
        "Obrigado pela preferência!",
    ]
    assert Text("007", Align.CENTER, bold=True, scale=4) in printed.blocks
    assert Qr(f"TOTEM1:{SALE}:7") in printed.blocks


def test_a_card_is_named_with_its_instalments_and_numbers() -> None:
    card: dict[str, Any] = {
        "method": "credit",
        "installments": 3,
        "brand": "VISA",
        "nsu": "4521",
        "authorization": "A1",
    }
    printed = said(receipt(TicketSlip(sale_of("en", **card), ticket_of())).blocks)
    for expected in ("Paid with | Credit card", "Instalments | 3x", "Card | VISA", "NSU | 4521", "Authorization | A1"):
        assert expected in printed
    at_sight = said(receipt(TicketSlip(sale_of("es", method="debit", installments=1), ticket_of())).blocks)
    assert "Pagado con | Tarjeta de débito" in at_sight
    assert not [line for line in at_sight if line.startswith(("Cuotas", "NSU", "Tarjeta", "Autorización"))]


def test_what_says_nothing_leaves_no_gap() -> None:
    template = read_template("{number}\n---\nVale {validity} dias\n---\n\n{instructions}\n\nFim\n{code}", Paper.TICKET)
    empty = TicketSettings("Loja")
    blocks = ticket_receipt(sale_of(), ticket_of(), empty, texts(), {Paper.TICKET: template}).blocks
    assert blocks[:-1] == (Text("007", Align.CENTER), Rule(), Feed(1), Text("Fim", Align.CENTER))
    full = replace(empty, validity_days=3, instructions={"pt": "Mostre"})
    blocks = ticket_receipt(sale_of(), ticket_of(), full, texts(), {Paper.TICKET: template}).blocks
    assert [type(block) for block in blocks[:-1]] == [Text, Rule, Text, Rule, Feed, Text, Feed, Text]


def test_the_code_is_the_settings_or_the_templates() -> None:
    template = read_template("{number}\n{code}\n{code:code128}\n{code:qr}", Paper.TICKET)
    for code, kinds in (("qr", [Qr, Barcode, Qr]), ("code128", [Barcode, Barcode, Qr])):
        shop = replace(SHOP, code=code)
        blocks = ticket_receipt(sale_of(), ticket_of(), shop, texts(), {Paper.TICKET: template}).blocks
        assert [type(block) for block in blocks if isinstance(block, Qr | Barcode)] == kinds


def test_a_refund_says_what_went_back_and_which_ticket_is_void() -> None:
    slip = RefundSlip(SALE, "6LAVA01X", Money(4500), AT, "pix", 7)
    printed = said(receipt(slip).blocks)
    for expected in ("R$\u00a045,00", "Por meio de | Pix", "Referência | 0PE8QS", "Ticket anulado | 007", "6LAVA01X"):
        assert expected in printed
    assert not [line for line in said(receipt(replace(slip, number=None)).blocks) if "anulado" in line]


def test_a_closing_adds_up() -> None:
    rows = (ReportRow("pix", 3, Money(13500)), ReportRow("voucher", 1, Money(500)))
    report = DayReport(date(2026, 11, 22), AT, rows, void_numbers=(13, 29), refunds=1, refunded=Money(20000))
    assert (report.sales, report.total) == (4, Money(14000))
    printed = said(receipt(report).blocks)
    for expected in (
        "Vendas | 4",
        "TOTAL | R$ 140,00",
        "Devoluções (1) | -R$ 200,00",
        "Líquido | -R$ 60,00",
        "3 x Pix | R$ 135,00",
        "1 x voucher | R$ 5,00",
        "Tickets anulados | 013, 029",
    ):
        assert expected in printed
    quiet = DayReport(date(2026, 11, 22), AT, ())
    assert (quiet.sales, quiet.total) == (0, Money(0))
    assert not [line for line in said(receipt(quiet).blocks) if line.startswith(("Devol", "Tickets", "Pedem", "Prim"))]


def test_a_closing_keeps_its_currency() -> None:
    report = DayReport(AT.date(), AT, (ReportRow("pix", 1, Money(45, Currency.CVE)),))
    assert "TOTAL | 45$00" in said(receipt(report).blocks)


# --- Cards ----------------------------------------------------------------------------------------------------------


CARD = CardReceipts(customer=("CLIENTE",), merchant=("LOJA",), wants_customer=True, wants_merchant=True)


def test_card_receipts_are_those_that_the_acquirer_asks_for() -> None:
    sale, ticket = sale_of(method="credit", installments=2), ticket_of()
    both = card_slips(sale, ticket, (CARD,), merchant=True)
    assert [(slip.copy, slip.lines, slip.amount) for slip in both] == [
        (Copy.CUSTOMER, ("CLIENTE",), Money(9000)),
        (Copy.MERCHANT, ("LOJA",), Money(9000)),
    ]
    assert [slip.copy for slip in card_slips(sale, ticket, (CARD,), merchant=True, second_copy=True)] == [Copy.CUSTOMER]
    assert [slip.copy for slip in card_slips(sale, ticket, (CARD,))] == [Copy.CUSTOMER]
    assert card_slips(sale, ticket, (replace(CARD, wants_customer=False, merchant=()),)) == ()
    assert [slip.amount for slip in card_slips(sale, ticket, (CARD, CARD), merchant=True)] == [None] * 4


def test_an_acquirers_lines_are_printed_as_they_came() -> None:
    slip = CardSlip(SALE, Copy.CUSTOMER, ("  VIA  CLIENTE", "", "R$ 1,00"), AT, "credit", Money(100), 2)
    blocks = receipt(slip).blocks
    assert Verbatim(("  VIA  CLIENTE", "", "R$ 1,00")) in blocks
    assert {"Valor | R$ 1,00", "Meio | Cartão de crédito", "Parcelas | 2x"} <= set(said(blocks))
    several = said(receipt(replace(slip, amount=None)).blocks)
    assert not [line for line in several if line.startswith("Valor")]


# --- Marks ----------------------------------------------------------------------------------------------------------


BAREST: dict[Paper, str] = {
    Paper.TICKET: "{number}\n{code}",
    Paper.CARD_CUSTOMER: "{receipt}",
    Paper.CARD_MERCHANT: "{receipt}",
    Paper.REFUND: "{amount}{reference}{date}",
    Paper.CLOSING: "{total}{day}",
    Paper.NOTICE: "{reference}",
    Paper.TEST: "teste",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", list(Paper))
def test_no_template_can_leave_the_marks_out(paper: Paper, language: str) -> None:
    simulated, second, _ = MARKS[language]
    document = sample_of(paper, EPSON_80, language)
    templates = {paper: read_template(BAREST[paper], paper)}
    shop = replace(SHOP, simulated=True)
    blocks = receipt_of(document, shop, templates, texts(), second_copy=True).blocks
    assert said(blocks)[:2] == [simulated, second]
    marks = blocks[:2]
    assert all(isinstance(mark, Text) and mark.bold and (mark.inverse or mark.scale == 2) for mark in marks)
    plain = said(receipt_of(document, SHOP, templates, texts()).blocks)
    assert not {simulated, second} & set(plain)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_revoked_ticket_is_void_wherever_it_is_drawn(language: str) -> None:
    void = MARKS[language][2]
    slip = TicketSlip(sale_of(language), ticket_of(state=TicketState.REVOKED))
    assert said(receipt(slip).blocks)[0] == void
    assert void not in said(receipt(TicketSlip(sale_of(language), ticket_of())).blocks)


# --- The schema and what fills it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", list(Paper))
def test_everything_that_a_template_may_name_is_filled(paper: Paper) -> None:
    document = sample_of(paper, EPSON_80, "pt")
    filling, schema = fill(document, SHOP, texts()), SCHEMAS[paper]
    assert paper_of(document) is paper
    assert filling.fields.keys() == schema.fields.keys()
    assert filling.repeats.keys() == schema.repeats.keys()
    names = {name for block, options in schema.blocks.items() for name in (block, *(f"{block}:{o}" for o in options))}
    assert filling.blocks.keys() == names
    for repeat, known in schema.repeats.items():
        assert all(row.keys() == known.keys() for row in filling.repeats[repeat])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_value_is_wider_than_the_schema_says(language: str) -> None:
    """On this the check of widths rests."""
    most = Money(99_999_999_99)
    rows = (ReportRow("credit", 99_999, most),)
    documents: list[Document] = [
        TicketSlip(sale_of(language, method="credit", installments=12), ticket_of(9999)),
        TicketSlip(sale_of(language, method="debit"), ticket_of(1)),
        RefundSlip(SALE, "x", most, AT, "credit", 9999, language),
        DayReport(AT.date(), AT, rows, rows, rows, 1, 9999, refunds=99_999, refunded=most, language=language),
        CardSlip(SALE, Copy.CUSTOMER, (), AT, "debit", most, 12, language),
        NoticeSlip("0PE8QS", language),
        *(sample_of(Paper.TEST, profile, language) for profile in PROFILES.values()),
    ]
    for document in documents:
        filling, schema = fill(document, SHOP, texts()), SCHEMAS[paper_of(document)]
        assert language_of(document) == language
        tables = [(filling.fields, schema.fields)]
        tables += [(row, schema.repeats[name]) for name, rows in filling.repeats.items() for row in rows]
        for values, known in tables:
            for name, limit in known.items():
                if limit.columns:
                    assert len(values[name]) <= limit.columns, (name, values[name])
                    assert max(map(len, values[name].split(" "))) <= limit.word, (name, values[name])


# --- Any name at all ------------------------------------------------------------------------------------------------


@given(
    st.lists(st.text(max_size=60), min_size=1, max_size=4),
    st.text(max_size=80),
    st.sampled_from(WIDTHS),
    st.sampled_from(LANGUAGES),
    st.integers(1, 99_999),
)
def test_no_name_breaks_a_ticket(
    names: list[str], shop_name: str, profile: PrinterProfile, language: str, number: int
) -> None:
    shop = replace(SHOP, business_name=shop_name, instructions={"pt": shop_name})
    sale = sale_of(language, tuple(names))
    printed = receipt(TicketSlip(sale, ticket_of(number)), shop)
    read = [each.operation for each in parse_job(encoder(profile).encode(printed, 7), strict=True)]
    assert sum(isinstance(each, op.Initialize) for each in read) == 1
    written = "".join(each.text for each in read if isinstance(each, op.Text))
    assert f"{number:03d}" in written
    assert "0PE8QS" in written
    assert len([block for block in printed.blocks if isinstance(block, Columns)]) == len(names) + 4


@given(st.text(max_size=30))
def test_what_a_value_says_is_never_read_as_a_template(name: str) -> None:
    line = f"{{total}} | {name} {{/services}}\n---\n! ^"
    template = Template(Paper.TICKET, {"pt": _parts("business.name")})
    shop = TicketSettings(line)
    blocks = ticket_receipt(sale_of(), ticket_of(), shop, texts(), {Paper.TICKET: template}).blocks
    assert blocks[0] == Text(line, Align.CENTER)


def _parts(name: str) -> tuple[Line, ...]:
    return (TextLine((Place(name),)), BlockLine("code"))
