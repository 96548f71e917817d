"""Receipts as their templates say, below marks that no template can leave out. Pure."""

from __future__ import annotations

from totem.domain.receipt import Align, Block, Feed, Receipt, Text
from totem.domain.records import Subject
from totem.domain.template import Templates
from totem.domain.texts import Texts
from totem.services.receipts import fill
from totem.services.receipts.documents import Document, NoticeSlip, TicketSlip
from totem.services.receipts.fill import collection_barcode, collection_code
from totem.services.receipts.render import render
from totem.services.receipts.shop import TicketSettings

__all__ = ["TicketSettings", "collection_barcode", "collection_code", "notice_receipt", "receipt_of", "ticket_receipt"]


def receipt_of(
    document: Document, shop: TicketSettings, templates: Templates, texts: Texts, *, second_copy: bool = False
) -> Receipt:
    """Any document in its own language. `templates` has one for each paper."""
    language = fill.language_of(document)
    marks = _marks(document, shop, texts, language, second_copy)
    body = render(templates[fill.paper_of(document)], fill.fill(document, shop, texts), language)
    return Receipt(fill.title_of(document), (*marks, *body))


def ticket_receipt(
    sale: Subject,
    ticket: Subject,
    settings: TicketSettings,
    texts: Texts,
    templates: Templates,
    *,
    second_copy: bool = False,
) -> Receipt:
    """The ticket in the language of its sale, dated with the moment at which the money was recorded (local time)."""
    return receipt_of(TicketSlip(sale, ticket), settings, templates, texts, second_copy=second_copy)


def notice_receipt(
    reference: str, language: str, settings: TicketSettings, texts: Texts, templates: Templates
) -> Receipt:
    """The paper that a customer is given when the kiosk cannot go on: it is no ticket, and says so."""
    return receipt_of(NoticeSlip(reference, language), settings, templates, texts)


def _marks(
    document: Document, shop: TicketSettings, texts: Texts, language: str, second_copy: bool
) -> tuple[Block, ...]:
    """Whoever is handed this paper must not be deceived by it, whatever the owner's template says."""
    marks: list[Block] = []
    if shop.simulated or shop.training:
        worth = "ticket.training" if shop.training else "ticket.simulated"
        marks.append(Text(texts.get(language, worth), Align.CENTER, bold=True, inverse=True))
    if second_copy:
        marks.append(Text(texts.get(language, "ticket.second_copy"), Align.CENTER, bold=True, scale=2))
    if fill.is_void(document):
        marks.append(Text(texts.get(language, "ticket.void"), Align.CENTER, bold=True, scale=2, inverse=True))
    return (*marks, Feed(1)) if marks else ()
