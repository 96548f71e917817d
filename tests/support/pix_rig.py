"""A PixProvider with the simulated bank behind it, on real TLS: one maker for each bank."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from providers.http.client import Timeouts
from providers.pix.inter import InterSettings, open_inter
from providers.pix.sicredi import SicrediSettings, open_sicredi
from providers.sim.bank import PaidPix, Refused, SicrediBank
from providers.sim.ca import CertificateSet
from providers.sim.faults import Effect, Fault, Operation
from providers.sim.inter import InterBank
from tests.support.manual_clock import ManualClock
from totem.domain.money import Money
from totem.domain.ports import ChargeRequest, PixProvider

TXID: Final = "TOTEM01" + "0" * 24 + "1"
PRICE: Final = Money(45_00)
REQUEST: Final = ChargeRequest(TXID, PRICE, 300, "Lavagem completa às 14h", (("Totem", "01"),))
TIMEOUTS: Final = Timeouts(connect_s=5, read_s=1.0, total_s=10)


@dataclass
class Rig:
    """A provider and the simulated bank behind it; another bank joins by another way to make one of these."""

    bank: SicrediBank | InterBank
    certificates: CertificateSet
    settings: SicrediSettings | InterSettings
    open: Callable[[Any, ManualClock], Awaitable[PixProvider]]
    clock: ManualClock = field(default_factory=ManualClock)
    opened: list[PixProvider] = field(default_factory=list)

    async def provider(self, settings: SicrediSettings | InterSettings | None = None) -> PixProvider:
        provider = await self.open(settings or self.settings, self.clock)
        self.opened.append(provider)
        return provider

    def fault(self, operation: Operation, effect: Effect, first: int = 1, count: int | None = 1) -> None:
        self.bank.set_faults([Fault(operation, effect, first, count)])

    def pay(self, amount_cents: int | None = None, *, late: bool = False, txid: str = TXID) -> PaidPix:
        paid = self.bank.pay(txid=txid, amount_cents=amount_cents, late=late)
        assert not isinstance(paid, Refused)
        return paid

    def requests(self, method: str) -> int:
        return sum(entry["method"] == method for entry in self.bank.ledger()["requests"])


async def _sicredi(made: CertificateSet) -> Rig:
    bank = SicrediBank(made, rng=random.Random(7))
    await bank.start()
    settings = SicrediSettings(
        client_id=bank.settings.client_id,
        client_secret=bank.settings.client_secret,
        certificate=made.client.cert,
        key=made.client.key,
        ca=made.ca,
        pix_key=bank.settings.keys[0],
        base_url=bank.base_url,
        timeouts=TIMEOUTS,
        public_roots=False,
    )
    return Rig(bank, made, settings, open_sicredi)


async def _inter(made: CertificateSet) -> Rig:
    bank = InterBank(made, rng=random.Random(7))
    await bank.start()
    return Rig(bank, made, inter_settings(bank, made), open_inter)


def inter_settings(bank: InterBank, made: CertificateSet) -> InterSettings:
    """Those that reach the simulated bank on loopback."""
    return InterSettings(
        client_id=bank.settings.client_id,
        client_secret=bank.settings.client_secret,
        certificate=made.client.cert,
        key=made.client.key,
        ca=made.ca,
        pix_key=bank.settings.keys[0],
        base_url=bank.base_url,
        timeouts=TIMEOUTS,
        public_roots=False,
    )


BANKS: Final = {"inter": _inter, "sicredi": _sicredi}
