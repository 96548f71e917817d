"""The simulated Sicredi as a whole."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from providers.sim.ca import CertificateSet, fingerprint
from providers.sim.ledger import Ledger
from providers.sim.payer import PaidPix, Refused
from providers.sim.pix_bank import PixBank, now_utc
from providers.sim.sicredi import SicrediApi, SicrediSettings
from providers.sim.tokens import TokenOffice

__all__ = ["PaidPix", "Refused", "SicrediBank"]


class SicrediBank(PixBank):
    """A Sicredi on loopback. Time and chance are injected."""

    def __init__(
        self,
        certificates: CertificateSet,
        settings: SicrediSettings | None = None,
        *,
        rng: random.Random | None = None,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self.settings = settings or SicrediSettings()
        chance = rng or random.Random(0)
        ledger = Ledger(now, chance, self.settings.refund_script, self.settings.opening_balance_cents)
        tokens = TokenOffice(
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            client_sha256=fingerprint(certificates.client.cert),
            allowed_scopes=self.settings.scopes,
            now=now,
            rng=chance,
            lifetime_s=self.settings.token_lifetime_s,
        )
        super().__init__(certificates, self.settings, SicrediApi(self.settings, ledger, tokens, now))
