"""What the configuration promises a customer before banks and terminals are there: light, for the first screen."""

from __future__ import annotations

from totem.config.loader import Configuration
from totem.domain.cards import CardCapabilities, CardKind
from totem.domain.money import Money
from totem.services.state import Method, Offer
from totem.services.terminals import card_offers, pix_offer


def promised_offers(configuration: Configuration, amount: Money) -> tuple[Offer, ...]:
    """As the checkout will offer, if every terminal can do what the owner wrote."""
    cards = configuration.settings.cards
    if not cards.terminals:
        return (pix_offer(amount),)
    kinds = frozenset(CardKind(method) for method in cards.methods)
    promised = CardCapabilities(
        kinds=kinds,
        most_installments=cards.most_installments,
        least_installment_cents=cards.least_installment_cents,
    )
    methods = tuple(Method(method) for method in cards.methods)
    return (pix_offer(amount), *card_offers(amount, (promised,), methods))
