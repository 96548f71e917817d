"""From `[cards.adiq]` to Adiq's own settings."""

from __future__ import annotations

from providers.adiq.requests import CaptureType, Customer, DeviceInfo, ProductType
from providers.adiq.settings import AdiqSettings, SavedCardSettings
from totem.bootstrap.credentials import timeouts_of
from totem.config import adiq
from totem.config.cards import CardSettings

_CAPTURES = {"automatic": CaptureType.AUTOMATIC, "after_ticket": CaptureType.AFTER_TICKET}


def map_adiq(shared: CardSettings, section: adiq.AdiqSettings, secret: str) -> AdiqSettings:
    saved = None
    if section.saved_card:
        saved = SavedCardSettings(section.saved_card, section.saved_card_brand, section.saved_card_digits)
    return AdiqSettings(
        client_id=section.client_id,
        client_secret=secret,
        base_url=section.url,
        keyed_entry=section.keyed_entry,
        saved_card=saved,
        capture=_CAPTURES[section.capture],
        by_shop=ProductType(section.installments_as),
        soft_descriptor=section.soft_descriptor,
        takes_debit=section.debit,
        approved_codes=section.approved_codes,
        antifraud_code=section.antifraud_code,
        code_3ds=section.threeds_code,
        url_3ds=section.threeds_url,
        program_protocol=section.threeds_protocol,
        customer=None if section.customer is None else _customer(section.customer),
        device=None if section.device is None else _device(section.device),
        most_installments=shared.most_installments,
        least_installment_cents=shared.least_installment_cents,
        ca=section.ca,
        public_roots=section.public_roots,
        timeouts=timeouts_of(section.timeouts),
    )


def _customer(section: adiq.AdiqCustomer) -> Customer:
    return Customer(**{name: text or None for name, text in section.model_dump().items()})


def _device(section: adiq.AdiqDevice) -> DeviceInfo:
    """What was left empty is not sent; JavaScript and the time's offset are, for their empty value says something."""
    told = section.model_dump()
    kept = {name: value for name, value in told.items() if value or name in {"javascript_enabled", "timezone_offset"}}
    return DeviceInfo(**kept)
