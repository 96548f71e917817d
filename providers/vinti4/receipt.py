"""The customer's receipt of a card on SISP's page: its own lines, and the conversion that the customer agreed to."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from providers.http.plain_text import plain_text
from providers.vinti4.answers import PageAnswer
from providers.vinti4.dcc import Dcc
from totem.domain.cards import CardReceipts

_WIDTH: Final = 40
_MOST_LINES: Final = 40
_WORDS: Final = {
    "pt": ("CONVERSÃO DE MOEDA (DCC)", "Cobrado no cartão", "Câmbio: 1 CVE =", "Margem"),
    "en": ("CURRENCY CONVERSION (DCC)", "Charged to the card", "Rate: 1 CVE =", "Markup"),
    "fr": ("CONVERSION DE DEVISE (DCC)", "Débité sur la carte", "Taux : 1 CVE =", "Marge"),
    "es": ("CONVERSIÓN DE MONEDA (DCC)", "Cobrado en la tarjeta", "Cambio: 1 CVE =", "Margen"),
}


def receipts_of(answer: PageAnswer, dcc: Dcc, language: str) -> CardReceipts:
    """No lines at all where SISP sent none and nothing was converted."""
    lines = [plain_text(line)[:_WIDTH] for line in answer.client_receipt.splitlines()[:_MOST_LINES]]
    return CardReceipts(customer=(*(line for line in lines if line), *dcc_lines(dcc, language)))


def dcc_lines(dcc: Dcc, language: str) -> tuple[str, ...]:
    """What the scheme rules want a customer to see: amount, currency, rate and markup."""
    if not dcc.enabled or dcc.amount is None or not dcc.currency:
        return ()
    title, charged, rate, markup = _WORDS.get(language, _WORDS["en"])
    lines = [title, f"{charged}: {_text(dcc.amount)} {dcc.currency}"]
    if dcc.rate is not None:
        lines.append(f"{rate} {_text(dcc.rate)} {dcc.currency}")
    if dcc.markup is not None:
        lines.append(f"{markup}: {_text(dcc.markup)} %")
    return tuple(lines)


def _text(number: Decimal) -> str:
    return f"{number:f}"
