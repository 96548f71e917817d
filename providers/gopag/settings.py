"""What the owner gets from GoPag, and how patient the kiosk is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from providers.http.client import Timeouts
from providers.http.material import ClientFiles, ClientMaterial

PRODUCTION: Final = "https://api.gopag.com.br"
STAGING: Final = "https://api-stage.gopag.com.br"
MAX_NOTIFICATION: Final = 200
MOST_INSTALLMENTS: Final = 12
LEAST_INSTALLMENT_CENTS: Final = 500

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")
_HEX: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class GopagPatience:
    """Seconds, and calls a minute."""

    poll_s: float = 2.0
    lock_s: float = 300.0
    """How long the reader stays locked to one transaction (mPOS page, Lock Mode)."""
    margin_s: float = 60.0
    """How long the stream still polls once the lock has run out."""
    absence_s: float = 900.0
    """How old an attempt is before its absence from the list is evidence: the lock, and a list that lags behind."""
    search_s: float = 30.0
    """How long the stream looks for a transaction whose creation was not answered."""
    second_look_s: float = 3.0
    """Before an absence, or a payment that only ran out of time, is believed."""
    calls_per_minute: int = 60


@dataclass(frozen=True, slots=True)
class GopagSettings:
    """`token` is exported from GoPag's portal. The certificate's serial number must be the marketplace's id there.

    `terminal` is required, and `lock` on: without a terminal the API would ring every reader of the seller.
    """

    token: str = field(repr=False)
    marketplace: str
    seller: str
    terminal: str
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    base_url: str = PRODUCTION
    description: str = "Totem {reference}"
    """`description` of each transaction; `{reference}` becomes the sale's short code."""
    notification: str = "Totem {reference}"
    """What the reader shows, at most 200 characters once filled in; "" sends none."""
    lock: bool = True
    most_installments: int = MOST_INSTALLMENTS
    least_installment_cents: int = LEAST_INSTALLMENT_CENTS
    can_void: bool = False
    """Whether `POST .../void` is used to give money back: Zoop documents it, GoPag does not publicly."""
    timeouts: Timeouts = field(default_factory=Timeouts)
    patience: GopagPatience = field(default_factory=GopagPatience)
    public_roots: bool = True
    material: ClientMaterial | None = field(default=None, repr=False)
    """In place of the three paths, where an encrypted store holds them."""

    @property
    def source(self) -> ClientFiles | ClientMaterial | None:
        """Material in memory goes before paths; None where neither was given."""
        if self.material is not None:
            return self.material
        if self.certificate is None or self.key is None:
            return None
        return ClientFiles(self.certificate, self.key, self.ca, public_roots=self.public_roots)

    @property
    def has_odd_terminal(self) -> bool:
        """GoPag calls its terminal ids 32 hexadecimal digits, and shows one that is not: worth a warning, no more."""
        return not _HEX.fullmatch(self.terminal)

    def faults(self) -> tuple[str, ...]:
        """Every fault, as `gopag: key: reason`."""
        parts = urlsplit(self.base_url)
        plain_url = parts.scheme == "https" and parts.hostname and not parts.path.strip("/") and not parts.query
        source, patience = self.source, self.patience
        checks = (
            (bool(plain_url), "base_url: must be an https address without a path"),
            (bool(_TOKEN.fullmatch(self.token)), "token: must be printable characters without spaces"),
            (bool(_ID.fullmatch(self.marketplace)), "marketplace: must be 1 to 64 letters, digits, - or _"),
            (bool(_ID.fullmatch(self.seller)), "seller: must be 1 to 64 letters, digits, - or _"),
            (bool(_ID.fullmatch(self.terminal)), "terminal: must be 1 to 64 letters, digits, - or _"),
            (bool(self.description.strip()), "description: must not be empty"),
            (len(self.notification) <= MAX_NOTIFICATION, f"notification: at most {MAX_NOTIFICATION} characters"),
            (1 <= self.most_installments <= MOST_INSTALLMENTS, "most_installments: must be 1 to 12"),
            (self.least_installment_cents >= 1, "least_installment_cents: must be at least 1"),
            (patience.calls_per_minute >= 1, "calls_per_minute: must be at least 1"),
            (patience.poll_s > 0, "poll_s: must be more than 0"),
            (patience.absence_s > patience.lock_s, "absence_s: must be more than lock_s"),
            (source is not None, "certificate: certificate and key are needed, or material in memory"),
            (source is None or source.public_roots or source.ca is not None, "ca: without public_roots it is needed"),
        )
        return tuple(f"gopag: {fault}" for good, fault in checks if not good)
