"""The ticket of a sale as a receipt: pure, from what the journal holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from totem.domain.money import Currency, Money, format_money
from totem.domain.receipt import Align, Block, Columns, Feed, Picture, Qr, Receipt, Rule, Text
from totem.domain.records import JsonValue, Subject
from totem.domain.texts import Texts
from totem.services.ids import reference_of


@dataclass(frozen=True, slots=True)
class TicketSettings:
    """What the owner says of the ticket. `instructions` maps a language to the lines below the code."""

    business_name: str
    business_details: tuple[str, ...] = ()
    """Lines under the name: city, document."""
    instructions: Mapping[str, str] = field(default_factory=dict)
    validity_days: int = 0
    """0: the ticket names no validity."""
    logo: str = ""
    """Name of the encoder's picture, "" for none."""
    simulated: bool = False


def ticket_receipt(
    sale: Subject, ticket: Subject, settings: TicketSettings, texts: Texts, *, second_copy: bool = False
) -> Receipt:
    """The ticket in the language of its sale, dated with the moment at which the money was recorded (local time)."""
    language = sale.text("language") or "pt"
    when = ticket.born_at.astimezone()
    number = ticket.number("number")
    blocks: list[Block] = [
        *_marks(settings, texts, language, second_copy),
        *_head(settings),
        Text(texts.get(language, "ticket.number"), Align.CENTER),
        Text(f"{number:03d}", Align.CENTER, bold=True, scale=4),
        Rule(),
        *_lines(sale, texts, language),
        Rule(),
        Columns(texts.get(language, "ticket.paid_by"), "Pix"),
        Columns(texts.get(language, "ticket.when"), when.strftime(texts.get(language, "ticket.when_format"))),
        Columns(texts.get(language, "ticket.reference"), reference_of(sale.id)),
        Feed(1),
        Qr(collection_code(sale, number)),
        *_foot(settings, texts, language),
    ]
    return Receipt(f"ticket {number:03d} {sale.id}", tuple(blocks))


def collection_code(sale: Subject, number: int) -> str:
    """What the ticket's QR says to the one who hands out the goods: sale and number, nothing about the payer."""
    return f"TOTEM1:{sale.id}:{number}"


def notice_receipt(reference: str, language: str, settings: TicketSettings, texts: Texts) -> Receipt:
    """The paper that a customer is given when the kiosk cannot go on: it is no ticket, and says so."""
    blocks: list[Block] = [
        *_marks(settings, texts, language, second_copy=False),
        *_head(settings),
        Rule(),
        Text(texts.get(language, "ticket.notice"), Align.CENTER, bold=True),
        Columns(texts.get(language, "ticket.reference"), reference),
    ]
    return Receipt(f"notice {reference}", tuple(blocks))


def _marks(settings: TicketSettings, texts: Texts, language: str, second_copy: bool) -> list[Block]:
    marks: list[Block] = []
    if settings.simulated:
        marks.append(Text(texts.get(language, "ticket.simulated"), Align.CENTER, bold=True, inverse=True))
    if second_copy:
        marks.append(Text(texts.get(language, "ticket.second_copy"), Align.CENTER, bold=True, scale=2))
    return marks


def _head(settings: TicketSettings) -> list[Block]:
    head: list[Block] = [Picture(settings.logo)] if settings.logo else []
    head.append(Text(settings.business_name, Align.CENTER, bold=True, scale=2))
    head.extend(Text(line, Align.CENTER) for line in settings.business_details)
    head.append(Feed(1))
    return head


def _lines(sale: Subject, texts: Texts, language: str) -> list[Block]:
    currency = Currency[sale.text("currency")]
    blocks: list[Block] = []
    lines = sale.data.get("lines")
    for line in lines if isinstance(lines, list) else []:
        if isinstance(line, dict):
            quantity, price = _whole(line.get("quantity")), _whole(line.get("price_cents"))
            total = Money(price, currency) * quantity
            blocks.append(Columns(f"{quantity} x {line.get('name')}", format_money(total, language)))
    total = Money(sale.number("amount_cents"), currency)
    blocks.append(Columns(texts.get(language, "ticket.total"), format_money(total, language), bold=True))
    return blocks


def _whole(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a stored sale line holds {value!r} where a whole number belongs")
    return value


def _foot(settings: TicketSettings, texts: Texts, language: str) -> list[Block]:
    foot: list[Block] = [Feed(1)]
    if settings.validity_days:
        foot.append(Text(texts.get(language, "ticket.validity", days=settings.validity_days), Align.CENTER))
    instructions = settings.instructions.get(language) or settings.instructions.get("pt", "")
    if instructions:
        foot.append(Text(instructions, Align.CENTER))
    foot.append(Text(texts.get(language, "ticket.thanks"), Align.CENTER, bold=True))
    return foot
