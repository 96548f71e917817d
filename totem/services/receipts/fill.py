"""From a document to the words and numbers of its fields, in its language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from totem.domain.machine import TicketState
from totem.domain.money import Currency, Money, format_money
from totem.domain.receipt import Barcode, Block, Feed, Picture, Qr, Verbatim
from totem.domain.records import JsonValue, Subject
from totem.domain.template import Paper
from totem.domain.texts import Texts
from totem.services.ids import reference_of
from totem.services.receipts.documents import (
    CardSlip,
    Copy,
    Document,
    NoticeSlip,
    RefundSlip,
    SelfTestSlip,
    TicketSlip,
)
from totem.services.receipts.render import Filling
from totem.services.receipts.reports import DayReport, ReportRow
from totem.services.receipts.shop import TicketSettings

RAMP = "ramp"
"""The encoder's picture of greys, for the test page."""
_TEST_CODE = "TOTEM1:TEST:0"
_TEST_BARCODE = "TEST-000"


def paper_of(document: Document) -> Paper:
    match document:
        case TicketSlip():
            return Paper.TICKET
        case CardSlip():
            return Paper.CARD_CUSTOMER if document.copy is Copy.CUSTOMER else Paper.CARD_MERCHANT
        case RefundSlip():
            return Paper.REFUND
        case DayReport():
            return Paper.CLOSING
        case NoticeSlip():
            return Paper.NOTICE
        case SelfTestSlip():
            return Paper.TEST


def language_of(document: Document) -> str:
    if isinstance(document, TicketSlip):
        return document.sale.text("language") or "pt"
    return document.language


def title_of(document: Document) -> str:
    """For logs and queues."""
    match document:
        case TicketSlip():
            return f"ticket {document.ticket.number('number'):03d} {document.sale.id}"
        case CardSlip():
            return f"card receipt {document.sale_id} {document.copy}"
        case RefundSlip():
            return f"refund {document.refund_id}"
        case DayReport():
            return f"closing {document.day}"
        case NoticeSlip():
            return f"notice {document.reference}"
        case SelfTestSlip():
            return "test page"


def is_void(document: Document) -> bool:
    return isinstance(document, TicketSlip) and document.ticket.state == TicketState.REVOKED


def collection_code(sale: Subject, number: int) -> str:
    """What the ticket's QR says to the one who hands out the goods: sale and number, nothing about the payer."""
    return f"TOTEM1:{sale.id}:{number}"


def collection_barcode(sale: Subject, number: int) -> str:
    """The same for a Code 128, which has to fit 48 mm of paper in bars that a reader resolves: reference and number."""
    return f"{reference_of(sale.id)}-{number:03d}"


def fill(document: Document, shop: TicketSettings, texts: Texts) -> Filling:
    words = _Words(texts, language_of(document))
    match document:
        case TicketSlip():
            return _ticket(document, shop, words)
        case CardSlip():
            return _card(document, shop, words)
        case RefundSlip():
            return _refund(document, shop, words)
        case DayReport():
            return _closing(document, shop, words)
        case NoticeSlip():
            return Filling({**_shop(shop), "reference": document.reference}, blocks=_logo(shop))
        case SelfTestSlip():
            return _test(document, shop, words)


class _Words:
    """Numbers as one language writes them."""

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self.language = language

    def money(self, money: Money) -> str:
        return format_money(money, self.language)

    def method(self, method: str) -> str:
        key = f"ticket.method_{method}"
        return self._texts.get(self.language, key) if self._texts.has(key) else method

    def condition(self, name: str) -> str:
        return self._texts.get(self.language, f"ticket.status_{name}")

    def day(self, day: date) -> str:
        return day.strftime(self._texts.get(self.language, "ticket.date_format"))

    def moment(self, at: datetime) -> dict[str, str]:
        """Local time: that of the customer's watch."""
        local = at.astimezone()
        day, time = self.day(local), local.strftime("%H:%M")
        return {"when": f"{day} {time}", "date": day, "time": time}


def _shop(shop: TicketSettings) -> dict[str, str]:
    return {
        "business.name": shop.business_name,
        "business.details": "\n".join(shop.business_details),
        "kiosk": shop.kiosk_name,
    }


def _logo(shop: TicketSettings) -> dict[str, tuple[Block, ...]]:
    return {"logo": (Picture(shop.logo),) if shop.logo else ()}


def _codes(chosen: str, qr: str, barcode: str) -> dict[str, tuple[Block, ...]]:
    drawn: dict[str, tuple[Block, ...]] = {
        "qr": (Qr(qr),),
        # A QR code brings its own quiet zone; bars stand clear of the text by a line.
        "code128": (Feed(1), Barcode(barcode), Feed(1)),
    }
    return {"code": drawn[chosen], **{f"code:{name}": blocks for name, blocks in drawn.items()}}


def _count(number: int) -> str:
    """ "" for none, which an optional field leaves out."""
    return str(number) if number else ""


def _ticket(slip: TicketSlip, shop: TicketSettings, words: _Words) -> Filling:
    """Dated with the moment at which the money was recorded."""
    sale, ticket = slip.sale, slip.ticket
    number = ticket.number("number")
    currency = Currency[sale.text("currency")]
    installments = sale.number("installments", 1)
    last_day = ticket.born_at.astimezone() + timedelta(days=shop.validity_days)
    fields = {
        **_shop(shop),
        **words.moment(ticket.born_at),
        "number": f"{number:03d}",
        "reference": reference_of(sale.id),
        "sale": sale.id,
        "total": words.money(Money(sale.number("amount_cents"), currency)),
        "payment": words.method(sale.text("method") or "pix"),
        "installments": str(installments) if installments > 1 else "",
        "card.brand": sale.text("brand"),
        "card.nsu": sale.text("nsu"),
        "card.authorization": sale.text("authorization"),
        "validity": _count(shop.validity_days),
        "valid_until": words.day(last_day) if shop.validity_days else "",
        "instructions": shop.instructions.get(words.language) or shop.instructions.get("pt", ""),
    }
    lines = sale.data.get("lines")
    services = [
        _service(line, currency, words) for line in (lines if isinstance(lines, list) else []) if isinstance(line, dict)
    ]
    codes = _codes(shop.code, collection_code(sale, number), collection_barcode(sale, number))
    return Filling(fields, {"services": services}, {**_logo(shop), **codes})


def _service(line: Mapping[str, JsonValue], currency: Currency, words: _Words) -> dict[str, str]:
    quantity, price = _whole(line.get("quantity")), Money(_whole(line.get("price_cents")), currency)
    return {
        "quantity": str(quantity),
        "name": str(line.get("name")),
        "price": words.money(price),
        "amount": words.money(price * quantity),
    }


def _whole(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a stored sale line holds {value!r} where a whole number belongs")
    return value


def _card(slip: CardSlip, shop: TicketSettings, words: _Words) -> Filling:
    fields = {
        **_shop(shop),
        **words.moment(slip.at),
        "payment": words.method(slip.method),
        "installments": str(slip.installments) if slip.installments > 1 else "",
        "reference": reference_of(slip.sale_id),
        "sale": slip.sale_id,
        "amount": words.money(slip.amount) if slip.amount is not None else "",
    }
    return Filling(fields, blocks={**_logo(shop), "receipt": (Verbatim(slip.lines),)})


def _refund(slip: RefundSlip, shop: TicketSettings, words: _Words) -> Filling:
    fields = {
        **_shop(shop),
        **words.moment(slip.at),
        "payment": words.method(slip.method),
        "amount": words.money(slip.amount),
        "reference": reference_of(slip.sale_id),
        "sale": slip.sale_id,
        "refund_id": slip.refund_id,
        "number": f"{slip.number:03d}" if slip.number is not None else "",
    }
    return Filling(fields, blocks=_logo(shop))


def _closing(report: DayReport, shop: TicketSettings, words: _Words) -> Filling:
    refunded = report.refunded if report.refunds else None
    # More may go back on a day than came in on it: then the till's net is told as minus so much.
    net = report.total.amount_cents - (refunded.amount_cents if refunded else 0)
    net_money = words.money(Money(abs(net), report.total.currency))
    fields = {
        **_shop(shop),
        **words.moment(report.made_at),
        "day": words.day(report.day),
        "sales": str(report.sales),
        "total": words.money(report.total),
        "first_number": f"{report.first_number:03d}" if report.first_number is not None else "",
        "last_number": f"{report.last_number:03d}" if report.last_number is not None else "",
        "void_numbers": ", ".join(f"{number:03d}" for number in report.void_numbers),
        "refunds": _count(report.refunds),
        "refunded": words.money(refunded) if refunded else "",
        "net": f"-{net_money}" if net < 0 else net_money,
        "open_attentions": _count(report.open_attentions),
    }
    methods = [ReportRow(words.method(row.label), row.count, row.amount) for row in report.by_method]
    repeats = {
        "methods": _rows(methods, words),
        "providers": _rows(report.by_provider, words),
        "services": _rows(report.by_service, words),
    }
    return Filling(fields, repeats, _logo(shop))


def _rows(rows: Iterable[ReportRow], words: _Words) -> Sequence[Mapping[str, str]]:
    return [{"label": row.label, "count": str(row.count), "amount": words.money(row.amount)} for row in rows]


def _test(slip: SelfTestSlip, shop: TicketSettings, words: _Words) -> Filling:
    fields = {
        **_shop(shop),
        **words.moment(slip.at),
        "printer": slip.printer,
        "profile": slip.profile,
        "columns": str(slip.columns),
        "dots": str(slip.dots),
        "code_page": slip.code_page,
        "status": ", ".join(words.condition(name) for name in slip.conditions or ("ready",)),
        "status.raw": slip.raw.hex(" ").upper() or "-",
    }
    tens = "".join(f"{tens:>10}" for tens in range(1, slip.columns // 10 + 1))
    ruler = (tens, ("1234567890" * slip.columns)[: slip.columns])
    blocks: dict[str, tuple[Block, ...]] = {
        **_logo(shop),
        **_codes("qr", _TEST_CODE, _TEST_BARCODE),
        "ruler": (Verbatim(ruler),),
        "chart": (Verbatim(slip.chart),),
        "ramp": (Picture(RAMP),),
    }
    return Filling(fields, blocks=blocks)
