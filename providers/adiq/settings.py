"""What the owner gets from Adiq, what is asked of it, and how patient the kiosk is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from providers.adiq.requests import (
    MOST_DESCRIPTOR,
    MOST_INSTALLMENTS,
    CaptureType,
    Customer,
    DeviceInfo,
    ProductType,
)
from providers.http.client import Timeouts

PRODUCTION: Final = "https://ecommerce.adiq.io"
HOMOLOGATION: Final = "https://ecommerce-hml.adiq.io"
LEAST_INSTALLMENT_CENTS: Final = 500
_BY_SHOP: Final = (ProductType.BY_SHOP, ProductType.BY_SHOP_SEED)
_DESCRIPTOR: Final = re.compile(r"[A-Za-z0-9 *.-]*")


@dataclass(frozen=True, slots=True)
class AdiqPatience:
    """Seconds, and calls a minute."""

    key_s: float = 600.0
    """How long the customer may take to type the card; the screen notices sooner that nobody is there."""
    poll_s: float = 2.0
    pending_s: float = 30.0
    """How long a payment that is still open is asked about before the screen says that it is being checked."""
    search_s: float = 30.0
    """How long a payment whose creation was not answered is looked for."""
    second_look_s: float = 3.0
    """Between two looks, and before an absence is believed."""
    absence_s: float = 1500.0
    """How old an attempt is before its absence is evidence: typing, sending, and an index that lags behind."""
    calls_per_minute: int = 60


@dataclass(frozen=True, slots=True)
class SavedCardSettings:
    """A card in Adiq's vault that a technician configured: this kiosk's sales are paid by it, and nothing is typed."""

    vault_id: str
    brand: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class AdiqSettings:
    """`keyed_entry` puts the kiosk's owner under PCI SAQ D, and is on only by the owner's word."""

    client_id: str
    client_secret: str = field(repr=False)
    base_url: str = PRODUCTION
    keyed_entry: bool = False
    saved_card: SavedCardSettings | None = None
    capture: CaptureType = CaptureType.AUTOMATIC
    by_shop: ProductType = ProductType.BY_SHOP
    """How instalments are named: working clients and the mapping differ."""
    soft_descriptor: str = ""
    takes_debit: bool = False
    """Issuers demand a 3DS challenge for debit, which no kiosk shows: off unless Adiq says otherwise."""
    approved_codes: tuple[str, ...] = ()
    """`returnCode`s that Adiq told the owner to be approvals, for answers without a status. No table is public, and
    what is not listed stays pending."""
    antifraud_code: str = ""
    code_3ds: str = ""
    url_3ds: str = ""
    program_protocol: str = ""
    customer: Customer | None = None
    device: DeviceInfo | None = None
    most_installments: int = MOST_INSTALLMENTS
    least_installment_cents: int = LEAST_INSTALLMENT_CENTS
    ca: Path | None = None
    public_roots: bool = True
    timeouts: Timeouts = field(default_factory=Timeouts)
    patience: AdiqPatience = field(default_factory=AdiqPatience)

    @property
    def pre_authorises(self) -> bool:
        return self.capture is CaptureType.AFTER_TICKET

    def faults(self) -> tuple[str, ...]:
        """Every fault, as `adiq: key: reason`."""
        parts, patience = urlsplit(self.base_url), self.patience
        plain_url = parts.scheme == "https" and parts.hostname and not parts.path.strip("/") and not parts.query
        takes_cards = self.keyed_entry or self.saved_card is not None
        checks = (
            (bool(plain_url), "base_url: must be an https address without a path"),
            (bool(self.client_id) and ":" not in self.client_id, "client_id: must be there, and without a colon"),
            (bool(self.client_secret), "client_secret: must not be empty"),
            (takes_cards, "keyed_entry: off, and no saved card either: there is nothing to pay with"),
            (len(self.soft_descriptor) <= MOST_DESCRIPTOR, f"soft_descriptor: at most {MOST_DESCRIPTOR} characters"),
            (bool(_DESCRIPTOR.fullmatch(self.soft_descriptor)), "soft_descriptor: letters, digits, space, * . - only"),
            (self.by_shop in _BY_SHOP, "by_shop: must be lojista or parcelado_loja"),
            (1 <= self.most_installments <= MOST_INSTALLMENTS, "most_installments: must be 1 to 12"),
            (self.least_installment_cents >= 1, "least_installment_cents: must be at least 1"),
            (patience.calls_per_minute >= 1, "calls_per_minute: must be at least 1"),
            (patience.poll_s > 0, "poll_s: must be more than 0"),
            (patience.absence_s >= 0, "absence_s: must not be negative"),
            (self.public_roots or self.ca is not None, "ca: without public_roots it is needed"),
        )
        return tuple(f"adiq: {fault}" for good, fault in checks if not good)
