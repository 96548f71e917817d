"""What the configuration promises a customer before banks and terminals are there: light, for the first screen."""

from __future__ import annotations

from typing import Final

from totem.config.cards import CardSettings
from totem.config.loader import Configuration
from totem.domain.cards import CardCapabilities, CardKind
from totem.domain.money import Money
from totem.services.state import Method, Offer
from totem.services.terminals import card_offers, pix_offer

_CREDIT_AND_DEBIT: Final = frozenset({CardKind.CREDIT, CardKind.DEBIT})
_KINDS: Final = {"vinti4": frozenset({CardKind.CARD})}
"""What each terminal takes, where it is not credit and debit."""


def promised_offers(configuration: Configuration, amount: Money) -> tuple[Offer, ...]:
    """As the checkout will offer, if every terminal can do what the owner wrote."""
    cards = configuration.settings.cards
    pix = (pix_offer(amount),) if configuration.settings.pix.providers else ()
    if not cards.terminals:
        return pix
    kinds = frozenset().union(*(_kinds_of(name, cards) for name in cards.terminals))
    promised = CardCapabilities(
        kinds=kinds,
        most_installments=cards.most_installments,
        least_installment_cents=cards.least_installment_cents,
    )
    methods = tuple(Method(method) for method in cards.methods)
    return (*pix, *card_offers(amount, (promised,), methods))


def _kinds_of(name: str, cards: CardSettings) -> frozenset[CardKind]:
    if name == "adiq" and cards.adiq is not None and not cards.adiq.debit:
        return frozenset({CardKind.CREDIT})
    return _KINDS.get(name, _CREDIT_AND_DEBIT)
