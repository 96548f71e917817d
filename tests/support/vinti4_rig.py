"""vinti4 before its simulator: gateway, SISP on real TLS, and a scripted customer at the page."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from providers.http.client import Timeouts
from providers.sim.ca import CertificateSet
from providers.sim.sisp import SispSettings, SispSimulator
from providers.sim.sisp_faults import Kind, SispFault
from providers.vinti4.gateway import Vinti4Gateway, open_vinti4
from providers.vinti4.payer import Address, Payer
from providers.vinti4.settings import Vinti4Patience, Vinti4Settings
from tests.support.sisp_browser import BrowsedGateway, Browser, Customer
from totem.domain.cards import CardKind, CardSale
from totem.domain.money import Currency, Money
from totem.services.clock import SystemClock

AMOUNT = Money(1500, Currency.CVE)
SALE = CardSale("6LOJA01A7K2M9Q4", 4711, AMOUNT, CardKind.CARD, reference="A7K2")
PAYER = Payer(
    email="pagamentos@lavajato.example",
    billing=Address("132", "Praia", "Avenida Cidade de Lisboa 12", "", "7600"),
    phone="+238 261 00 00",
)
FAST = Vinti4Patience(
    page_s=20.0, poll_s=0.3, signed_s=0.3, second_look_s=0.05, settle_s=0.1, ask_s=0.5, life_s=0.0, refund_life_s=0.0
)


@dataclass(frozen=True, slots=True)
class Vinti4World:
    sisp: SispSimulator
    settings: Vinti4Settings
    terminal: BrowsedGateway
    browser: Browser

    @property
    def gateway(self) -> Vinti4Gateway:
        return self.terminal.inner

    @property
    def books(self) -> list[dict[str, Any]]:
        return list(self.sisp.ledger()["transactions"])

    @property
    def violations(self) -> list[str]:
        return [str(each["kind"]) for each in self.sisp.ledger()["violations"]]

    def fault(self, kind: Kind, count: int | None = 1, **more: Any) -> None:
        self.sisp.set_faults([SispFault(kind, count, **more)])

    def comes(self, **customer: Any) -> None:
        """Who stands at the page from now on."""
        self.terminal.customer = replace(Customer(), **customer)

    def taken(self) -> list[int]:
        """What SISP keeps of each purchase."""
        bought = [each for each in self.books if each["code"] != "4" and each["state"] == "approved"]
        return [left for each in bought if (left := each["amount_cents"] - each["refunded_cents"])]


def settings_of(sisp: SispSimulator, made: CertificateSet, **more: Any) -> Vinti4Settings:
    shop: SispSettings = sisp.settings
    settings = Vinti4Settings(
        pos_id=shop.pos_id,
        pos_auth_code=shop.pos_auth_code,
        portal_id=shop.portal_id,
        portal_password=shop.portal_password,
        kiosk="LOJA01",
        payer=PAYER,
        page_url=sisp.page_url,
        status_url=sisp.status_url,
        ca=made.ca,
        public_roots=False,
        timeouts=Timeouts(read_s=2.0, total_s=3.0),
        patience=FAST,
    )
    return replace(settings, **more)


@asynccontextmanager
async def vinti4_world(made: CertificateSet, **more: Any) -> AsyncIterator[Vinti4World]:
    sisp = SispSimulator(made, rng=random.Random(7))
    await sisp.start()
    settings = settings_of(sisp, made, **more)
    browser = Browser(made.ca)
    gateway = await open_vinti4(settings, SystemClock(), random.Random(9))
    terminal = BrowsedGateway(gateway, browser)
    try:
        yield Vinti4World(sisp, settings, terminal, browser)
    finally:
        await terminal.close()
        await sisp.stop()
