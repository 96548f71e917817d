"""From a sale and a card to the order that Adiq is sent."""

from __future__ import annotations

from providers.adiq.answers import CardToken
from providers.adiq.requests import (
    CardInfo,
    CardToKeep,
    Payment,
    PaymentOrder,
    ProductType,
    SellerInfo,
    TransactionType,
)
from providers.adiq.settings import AdiqSettings, SavedCardSettings
from totem.domain.card_numbers import brand_of
from totem.domain.cards import CardKind, CardSale, KeyedCard


def typed_card(card: KeyedCard, token: CardToken) -> CardInfo:
    """A fresh token and the rest of what was typed: for one request."""
    return CardInfo(
        card_token=token.card_token,
        brand=brand_of(card.number).value or None,
        cardholder_name=card.holder,
        expiration_month=f"{card.expiry_month:02d}",
        expiration_year=f"{card.expiry_year % 100:02d}",
        security_code=card.security_code,
    )


def saved_card(saved: SavedCardSettings) -> CardInfo:
    return CardInfo(vault_id=saved.vault_id)


def card_to_keep(card: KeyedCard, token: CardToken) -> CardToKeep:
    """For the vault, which verifies it."""
    return CardToKeep(
        card_token=token.card_token,
        brand=brand_of(card.number).value,
        cardholder_name=card.holder,
        expiration_month=f"{card.expiry_month:02d}",
        expiration_year=f"{card.expiry_year % 100:02d}",
        security_code=card.security_code,
    )


def order_of(sale: CardSale, card: CardInfo, settings: AdiqSettings) -> PaymentOrder:
    """Antifraud and 3DS fields go along as they are configured."""
    return PaymentOrder(
        payment=Payment(
            transaction_type=TransactionType.DEBIT if sale.kind is CardKind.DEBIT else TransactionType.CREDIT,
            amount=sale.amount.amount_cents,
            product_type=_product(sale, settings),
            installments=sale.installments,
            capture_type=settings.capture,
        ),
        card_info=card,
        seller_info=SellerInfo(
            order_number=sale.attempt_id,
            soft_descriptor=settings.soft_descriptor or None,
            antifraud_code=settings.antifraud_code or None,
            code_3ds=settings.code_3ds or None,
            url_3ds=settings.url_3ds or None,
            program_protocol=settings.program_protocol or None,
        ),
        customer=settings.customer,
        device_info=settings.device,
    )


def _product(sale: CardSale, settings: AdiqSettings) -> ProductType:
    if sale.kind is CardKind.DEBIT:
        return ProductType.DEBIT
    return settings.by_shop if sale.installments > 1 else ProductType.AT_SIGHT
