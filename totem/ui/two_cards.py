"""One sale by two cards, as the screens ask for it: whether it can be, and how much goes on the first."""

from __future__ import annotations

from typing import Final

from totem.domain.installments import splits
from totem.domain.money import Money, format_money
from totem.domain.texts import Texts
from totem.services.state import Method, Offer
from totem.ui.paying import Values

SPLIT: Final = "split"
"""The key's name among those of the methods."""
LEAST_PART_CENTS: Final = 500
"""A card of less is refused by many acquirers."""


def parts_of(total: Money, offers: tuple[Offer, ...], *, allowed: bool) -> tuple[tuple[Money, Money], ...]:
    """The ways to divide it over two cards; () where the owner does not allow it, or no card is taken now."""
    if not allowed or not by_card(offers):
        return ()
    return splits(total, LEAST_PART_CENTS)


def by_card(offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    return tuple(offer for offer in offers if offer.method is not Method.PIX)


def present_split(
    total: Money, part: Money | None, parts: tuple[tuple[Money, Money], ...], language: str, texts: Texts
) -> Values:
    """The rows of the question, and once it is answered what the first card pays."""

    def row(first: Money, second: Money) -> dict[str, object]:
        shown = {"first": format_money(first, language), "second": format_money(second, language)}
        return {"id": first.amount_cents, "text": texts.get(language, "split.row", **shown), "note": ""}

    asked = "method.title"
    if part is not None:
        asked = "split.first"
    return {
        "splits": [row(first, second) for first, second in parts],
        "methodTitle": texts.get(language, asked, amount=format_money(part or total, language)),
        "toPay": format_money(part or total, language),
    }


def split_key(language: str, texts: Texts) -> dict[str, str]:
    """As one more way to pay."""
    return {
        "id": SPLIT,
        "icon": "cards",
        "name": texts.get(language, "split.name"),
        "hint": texts.get(language, "split.hint"),
    }
