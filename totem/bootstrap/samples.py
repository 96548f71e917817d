"""One invented document for each receipt, so that its owner sees it before a customer does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from hardware.printer.profile import PrinterProfile
from totem.domain.machine import Machine, SaleState, TicketState
from totem.domain.money import Money
from totem.domain.ports import PrinterStatus
from totem.domain.records import JsonValue, Subject
from totem.domain.template import Paper
from totem.services.ids import ticket_id_of
from totem.services.receipts.documents import (
    CardSlip,
    Copy,
    Document,
    NoticeSlip,
    RefundSlip,
    SelfTestSlip,
    TicketSlip,
)
from totem.services.receipts.reports import DayReport, ReportRow

_SALE: Final = "LAVA01-261122-0PE8QS"
_AT: Final = datetime(2026, 11, 22, 14, 35).astimezone()
_NUMBER: Final = 7
_SERVICES: Final[Mapping[str, tuple[str, str, str]]] = {
    "pt": ("Lavagem completa com cera", "Aspiração", "Higienização dos bancos e do teto"),
    "en": ("Full wash with wax", "Vacuum cleaning", "Cleaning of seats and headliner"),
    "es": ("Lavado completo con cera", "Aspiración", "Limpieza de asientos y techo"),
}
_ACQUIRER: Final = (
    "        REDE EXEMPLO S.A.",
    "VISA CREDITO      ************1234",
    "TERM 00012345       DOC 004521",
    "22/11/26 14:35  AUT 123456",
    "PARCELADO LOJA EM 03 PARCELAS",
    "VALOR FINAL           R$ 135,00",
    "",
    "  TRANSACAO AUTORIZADA MEDIANTE",
    "      USO DE SENHA PESSOAL",
)


def sample_of(paper: Paper, profile: PrinterProfile, language: str) -> Document:
    """The same one each time. The test page tells of that profile."""
    match paper:
        case Paper.TICKET:
            return TicketSlip(*_sale(language))
        case Paper.CARD_CUSTOMER | Paper.CARD_MERCHANT:
            copy = Copy.CUSTOMER if paper is Paper.CARD_CUSTOMER else Copy.MERCHANT
            return CardSlip(_SALE, copy, _ACQUIRER, _AT, "credit", Money(13500), 3, language)
        case Paper.REFUND:
            refund_id = "6LAVA01" + "0123456789ABCDEFGHJKMNPQR"
            return RefundSlip(_SALE, refund_id, Money(13500), _AT, "pix", _NUMBER, language)
        case Paper.CLOSING:
            return _day(language)
        case Paper.NOTICE:
            return NoticeSlip("0PE8QS", language)
        case Paper.TEST:
            return self_test("Impressora de tíquetes", profile, _AT, PrinterStatus(raw=b"\x16\x12\x12\x12"), language)


def self_test(name: str, profile: PrinterProfile, at: datetime, status: PrinterStatus, language: str) -> SelfTestSlip:
    """What the printer of that profile says of itself, and everything that a profile may get wrong."""
    page = profile.code_page
    return SelfTestSlip(
        printer=name,
        profile=profile.name,
        columns=profile.columns,
        dots=profile.dots,
        code_page=f"{page.codec} = ESC t {page.slot}",
        chart=tuple(_chart_row(page.codec, row) for row in range(0x80, 0x100, 0x10)),
        at=at,
        conditions=tuple(sorted(status.conditions)),
        raw=status.raw,
        language=language,
    )


def _chart_row(codec: str, first: int) -> str:
    """`80 ÇüéâäàåçêëèïîìÄÅ`: bytes that have no letter are blank, and so are those that draw boxes."""
    letters = bytes(range(first, first + 0x10)).decode(codec, "replace")
    return f"{first:02X} " + "".join(each if _is_letter(each) else " " for each in letters)


def _is_letter(char: str) -> bool:
    return char.isprintable() and char != "\N{REPLACEMENT CHARACTER}" and not "\u2500" <= char <= "\u25ff"


def _sale(language: str) -> tuple[Subject, Subject]:
    prices = (7500, 2500, 3500)
    lines: list[JsonValue] = [
        {"service": f"s{index}", "name": name, "quantity": 1, "price_cents": prices[index]}
        for index, name in enumerate(_SERVICES[language])
    ]
    data: dict[str, JsonValue] = {
        "language": language,
        "currency": "BRL",
        "amount_cents": sum(prices),
        "lines": lines,
        "method": "credit",
        "installments": 3,
    }
    numbered: dict[str, JsonValue] = {"number": _NUMBER, "day": f"{_AT:%Y-%m-%d}"}
    sale = Subject(Machine.SALE, _SALE, _SALE, SaleState.PAID, data, _AT, _AT)
    return sale, Subject(Machine.TICKET, ticket_id_of(_SALE), _SALE, TicketState.QUEUED, numbered, _AT, _AT)


def _day(language: str) -> DayReport:
    first, second, third = _SERVICES[language]
    return DayReport(
        day=date(2026, 11, 22),
        made_at=_AT,
        by_method=(
            ReportRow("pix", 31, Money(186_500)),
            ReportRow("credit", 12, Money(90_000)),
            ReportRow("debit", 4, Money(18_000)),
        ),
        by_provider=(
            ReportRow("Sicredi", 31, Money(186_500)),
            ReportRow("PayGo", 16, Money(108_000)),
        ),
        by_service=(
            ReportRow(first, 24, Money(180_000)),
            ReportRow(second, 16, Money(40_000)),
            ReportRow(third, 21, Money(74_500)),
        ),
        first_number=1,
        last_number=47,
        void_numbers=(13, 29),
        refunds=2,
        refunded=Money(11_000),
        open_attentions=1,
        language=language,
    )
