"""A simulated Sicredi and a plain HTTP client of it, for the contract tests."""

from __future__ import annotations

import random
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from providers.sim.bank import PaidPix, SicrediBank
from providers.sim.ca import CertificateSet, KeyPair
from providers.sim.faults import Effect, Fault, Operation
from providers.sim.sicredi import SicrediSettings

TXID = "TOTEM01aaaaaaaaaaaaaaaaaaaaaa1"
SETTINGS = SicrediSettings()
KEY = SETTINGS.keys[0]
SCOPES = "cob.read cob.write pix.read pix.write payloadlocation.read"
REMOVAL = {"status": "REMOVIDA_PELO_USUARIO_RECEBEDOR"}
RFC3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PATIENCE_S = 5.0


@dataclass
class Hands:
    """A clock that a test turns."""

    at: datetime = datetime(2026, 11, 22, 20, 0, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class World:
    bank: SicrediBank
    http: httpx.AsyncClient
    hands: Hands
    certificates: CertificateSet
    token: str

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def create(self, txid: str = TXID, **changes: Any) -> httpx.Response:
        return await self.send("PUT", f"/api/v2/cob/{txid}", json=order(**changes))

    async def get(self, txid: str = TXID) -> dict[str, Any]:
        response = await self.send("GET", f"/api/v3/cob/{txid}")
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def fault(self, operation: Operation, effect: Effect, first: int = 1, count: int | None = 1) -> None:
        self.bank.set_faults([Fault(operation, effect, first, count)])

    def pay(self, **how: Any) -> PaidPix:
        paid = self.bank.pay(txid=TXID, **how)
        assert isinstance(paid, PaidPix), paid
        return paid


def order(**changes: Any) -> dict[str, Any]:
    body = {"calendario": {"expiracao": 300}, "valor": {"original": "45.00"}, "chave": KEY, **changes}
    return {name: value for name, value in body.items() if value is not None}


def trust(ca: Path, client: KeyPair | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca))
    if client is not None:
        context.load_cert_chain(client.cert, client.key)
    return context


def client_of(bank: SicrediBank, context: ssl.SSLContext) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=bank.base_url, verify=context, timeout=PATIENCE_S, trust_env=False)


async def ask_token(http: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    how: dict[str, Any] = {
        "auth": (SETTINGS.client_id, SETTINGS.client_secret),
        "data": {"grant_type": "client_credentials", "scope": SCOPES},
        **changes,
    }
    return await http.post("/oauth/token", **how)


@asynccontextmanager
async def world_of(
    made: CertificateSet, context: ssl.SSLContext, settings: SicrediSettings, seed: int = 7
) -> AsyncIterator[World]:
    hands = Hands()
    bank = SicrediBank(made, settings, rng=random.Random(seed), now=hands.now)
    await bank.start()
    try:
        async with client_of(bank, context) as http:
            token = (await ask_token(http)).json()["access_token"]
            yield World(bank, http, hands, made, token)
    finally:
        await bank.stop()


def kind_of(response: httpx.Response) -> str:
    """The problem's kind, once its form is right."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"]
    return str(body["type"].rpartition("/")[2])


def blamed(response: httpx.Response) -> set[str]:
    return {violation["propriedade"] for violation in response.json().get("violacoes", [])}


async def listing(world: World, **query: Any) -> httpx.Response:
    window = {"inicio": "2026-11-22T00:00:00Z", "fim": "2026-11-22T23:59:59Z", **query}
    return await world.send("GET", "/api/v2/pix", params={name: text for name, text in window.items() if text})


async def paid_charge(world: World) -> str:
    await world.create()
    return f"/api/v2/pix/{world.pay().end_to_end_id}/devolucao"
