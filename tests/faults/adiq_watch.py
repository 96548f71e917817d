"""Adiq's wire, each message of which is a moment at which a kiosk may die; and a clock that no midnight disturbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from providers.adiq.calls import OAUTH_PATH, AdiqCalls
from providers.adiq.gateway import AdiqGateway
from providers.adiq.settings import AdiqSettings
from providers.http.client import HttpClient
from providers.http.tls import TlsContexts, open_trust
from providers.pix.token import TokenCache, TokenSettings
from tests.faults.asks_once import AsksOnce
from tests.faults.watch import Watch, WatchedTransport
from tests.support.adiq_rig import TypedGateway
from totem.domain.cards import CardReference, CardResult
from totem.domain.money import Money
from totem.domain.ports import Clock
from totem.services.clock import SystemClock
from totem.services.state import Method


class ShiftedClock(SystemClock):
    """The system's, so much later: which days Adiq is asked for must not depend on when the test runs."""

    def __init__(self, shift_s: float) -> None:
        self._shift = timedelta(seconds=shift_s)

    def now(self) -> datetime:
        return super().now() + self._shift


class WatchedGateway(TypedGateway, AsksOnce):
    """Types its card by itself."""

    def __init__(self, gateway: AdiqGateway) -> None:
        TypedGateway.__init__(self, gateway)
        AsksOnce.__init__(self)

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:
        result = await super().refund_status(reference, refund_id)
        self.said_of(refund_id)
        return result


_PRICE = Money(4500)


@dataclass(frozen=True, slots=True)
class AdiqErrand:
    """Implements `kiosk_child.CardErrand`."""

    settings: AdiqSettings
    method: Method = Method.CREDIT
    price: Money = _PRICE

    async def open(self, clock: Clock, watch: Watch) -> WatchedGateway:
        contexts = await open_trust(self.settings.ca, public_roots=self.settings.public_roots)
        return _watched(self.settings, contexts, clock, watch)


def _watched(settings: AdiqSettings, contexts: TlsContexts, clock: Clock, watch: Watch) -> WatchedGateway:
    """As `open_adiq` builds it, on a transport that is watched and on one connection."""
    inner = httpx.AsyncHTTPTransport(
        verify=contexts.calls, limits=httpx.Limits(max_connections=1), retries=0, trust_env=False
    )
    client = httpx.AsyncClient(
        transport=WatchedTransport(inner, watch), base_url=settings.base_url, timeout=30.0, trust_env=False
    )
    http = HttpClient(client, clock, settings.timeouts)
    token = TokenSettings(
        OAUTH_PATH, settings.client_id, settings.client_secret, (), json_grant=True, has_certificate=False
    )
    calls = AdiqCalls(http, TokenCache(token, http, clock), clock, settings.patience.calls_per_minute)
    return WatchedGateway(AdiqGateway(settings, calls, clock))
