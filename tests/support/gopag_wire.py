"""The simulated GoPag, a plain client of its wire, and time in hand."""

from __future__ import annotations

import random
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from providers.sim.ca import CertificateSet, KeyPair
from providers.sim.gopag import GopagSettings, GopagSimulator
from providers.sim.gopag_faults import GopagFault, Kind, Operation

Json = dict[str, Any]
SETTINGS = GopagSettings()
READER = SETTINGS.terminals[0].id
ROOT = f"/v1/marketplaces/{SETTINGS.marketplace}"
START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


class World:
    """The simulator, a client of its wire, and time in hand."""

    def __init__(self, made: CertificateSet, settings: GopagSettings) -> None:
        self.at = START
        self.made = made
        self.sim = GopagSimulator(made, settings, rng=random.Random(7), now=lambda: self.at)

    def client(self, pair: KeyPair | None = None, token: str = SETTINGS.access_token) -> httpx.AsyncClient:
        pair = self.made.client if pair is None else pair
        context = ssl.create_default_context(cafile=str(self.made.ca))
        context.load_cert_chain(pair.cert, pair.key)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(
            base_url=self.sim.base_url, verify=context, trust_env=False, headers=headers, timeout=5.0
        )

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def order(**changes: object) -> Json:
    body: Json = {
        "payment_locale": "mpos",
        "payment_type": "credit",
        "on_behalf_of": SETTINGS.seller,
        "description": "Lavagem completa",
        "notification": "Pague no totem: R$ 150,00",
        "installment_plan": {"number_installments": 3},
        "currency": "BRL",
        "amount": 15000,
        "lock": True,
        "terminal": READER,
        "reference_id": "TOTEM0001",
    }
    body |= changes
    return {name: value for name, value in body.items() if value is not None}


async def create(client: httpx.AsyncClient, **changes: object) -> Json:
    answer = await client.post(f"{ROOT}/transactions", json=order(**changes))
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def shown(client: httpx.AsyncClient, made: Json) -> Json:
    answer = await client.get(f"{ROOT}/transactions/{made['id']}")
    assert answer.status_code == 200
    body: Json = answer.json()
    return body


def fault(operation: Operation, kind: Kind, **more: Any) -> GopagFault:
    return GopagFault(operation, kind, **more)
