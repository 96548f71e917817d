"""From `[cards.vinti4]` to the gateway's own settings."""

from __future__ import annotations

from providers.vinti4.payer import Address, Payer
from providers.vinti4.settings import Vinti4Patience, Vinti4Settings
from totem.bootstrap.credentials import timeouts_of
from totem.config import vinti4


def map_vinti4(section: vinti4.Vinti4Settings, kiosk: str, pos_auth_code: str, portal_password: str) -> Vinti4Settings:
    billing = section.billing
    return Vinti4Settings(
        pos_id=section.pos_id,
        pos_auth_code=pos_auth_code,
        portal_id=section.portal_id,
        portal_password=portal_password,
        kiosk=kiosk,
        payer=Payer(
            email=billing.email,
            billing=Address(billing.country, billing.city, billing.line1, billing.line2, billing.post_code),
            account_id=kiosk,
            phone=billing.phone,
        ),
        page_url=section.page,
        status_url=section.url,
        return_url=section.return_url,
        ca=section.ca,
        public_roots=section.public_roots,
        timeouts=timeouts_of(section.timeouts),
        patience=Vinti4Patience(page_s=float(section.page_s)),
    )
