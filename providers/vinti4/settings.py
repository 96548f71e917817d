"""What the owner gets from SISP, and how patient the kiosk is."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from providers.http.client import Timeouts
from providers.vinti4.payer import BillingIncomplete, Payer, purchase_request
from providers.vinti4.references import MOST_KIOSK
from providers.vinti4.requests import Merchant
from totem.domain.ports import Clock

PAGE_URL: Final = "https://mc.vinti4net.cv/BizMPIOnUsSisp/CardPayment"
STATUS_URL: Final = "https://comerciante.vinti4.cv/pos/transaction-status"
TEST_STATUS_URL: Final = "https://comerciante.teste.sisp.cv/pos/transaction-status"
RETURN_URL: Final = "http://127.0.0.1/vinti4"
"""Nothing listens there: the view that shows the page catches what it posts."""

_POS_ID: Final = re.compile(r"[0-9]{1,12}")
_SECRET: Final = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Vinti4Patience:
    """Seconds, but for `looks`."""

    page_s: float = 300.0
    """How long the page may stay: card, 3DS and all."""
    poll_s: float = 5.0
    """Between questions while the page is shown."""
    signed_s: float = 4.0
    """How long the signed answer is waited for once the status query says that it is paid: it alone tells what a
    refund needs."""
    second_look_s: float = 3.0
    settle_s: float = 12.0
    """How long after the page was taken away an authorisation that was under way may still come: until then a "not
    paid" is no end."""
    ask_s: float = 20.0
    """How long the query itself may fail before the outcome is called unknown."""
    life_s: float = 900.0
    """The longest life of a request: a younger attempt that nobody shows any more may still be paid."""
    late_s: float = 120.0
    """When a sale that ended without money is asked about once more, for what was under way all the same."""
    refund_life_s: float = 60.0
    """The same of a refund, from its first question on."""
    looks: int = 2
    """So many answers "not paid" in a row are an end, once the time is over."""


@dataclass(frozen=True, slots=True)
class Vinti4Settings:
    """`portal_id` and its password open the status query; `pos_auth_code` signs everything."""

    pos_id: str
    pos_auth_code: str = field(repr=False)
    portal_id: str
    portal_password: str = field(repr=False)
    kiosk: str
    payer: Payer = field(repr=False)
    """The shop's address, sent for every customer: a kiosk asks nobody for theirs."""
    page_url: str = PAGE_URL
    page_host: str = ""
    """Where the first page must be; "" for the host of `page_url`."""
    status_url: str = STATUS_URL
    return_url: str = RETURN_URL
    """What the page posts to, an unguessable path of each sale's own behind it: https, or http on this computer."""
    ca: Path | None = None
    public_roots: bool = True
    timeouts: Timeouts = field(default_factory=Timeouts)
    patience: Vinti4Patience = field(default_factory=Vinti4Patience)

    @property
    def merchant(self) -> Merchant:
        return Merchant(self.pos_id, self.pos_auth_code)

    def faults(self, clock: Clock) -> tuple[str, ...]:
        """Every fault, as `vinti4: key: reason`."""
        page = urlsplit(self.page_url)
        checks = (
            (bool(_POS_ID.fullmatch(self.pos_id)), "pos_id: must be digits"),
            (bool(_SECRET.fullmatch(self.pos_auth_code)), "pos_auth_code: must be printable, without spaces"),
            (bool(self.portal_id) and ":" not in self.portal_id, "portal_id: is needed, without a colon"),
            (bool(self.portal_password), "portal_password: is needed"),
            (1 <= len(self.kiosk) <= MOST_KIOSK, f"kiosk: an id of at most {MOST_KIOSK} characters is needed"),
            (_is_https(self.page_url), "page_url: must be an https address without a query"),
            (not self.page_host or self.page_host == page.hostname, "page_url: is not at page_host"),
            (_is_https(self.status_url), "status_url: must be an https address without a query"),
            (_is_https(self.return_url) or _is_own(self.return_url), "return_url: must be https, or http on loopback"),
            (self.public_roots or self.ca is not None, "ca: without public_roots it is needed"),
        )
        faults = [fault for good, fault in checks if not good]
        try:
            purchase_request(self.payer, clock.now().date())
        except BillingIncomplete as error:
            faults.append(f"billing: {error}")
        return tuple(f"vinti4: {fault}" for fault in faults)


def _is_https(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and not parts.query and not parts.fragment


def _is_own(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return parts.scheme == "http" and loopback and not parts.query and not parts.fragment
