"""A simulated Banco Inter and a plain HTTP client of it, for the contract tests."""

from __future__ import annotations

import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from providers.sim.bank import PaidPix
from providers.sim.ca import CertificateSet
from providers.sim.faults import Effect, Fault, Operation
from providers.sim.inter import InterBank, InterSettings
from tests.support.sicredi_bank import PATIENCE_S, TXID, Hands

INTER = InterSettings()
INTER_KEY = INTER.keys[0]
INTER_SCOPES = " ".join((*INTER.scopes,))
IDEMPOTENCY_KEY = "0b1e4a52-3c55-4f0e-9d5b-7a2f6c1d8e90"
OTHER_KEY = "1c2f5b63-4d66-4a1f-8e6c-8b3a7d2e9fa1"


@dataclass
class InterWorld:
    bank: InterBank
    http: httpx.AsyncClient
    hands: Hands
    certificates: CertificateSet
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **self.headers, **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def create(self, txid: str = TXID, **changes: Any) -> httpx.Response:
        return await self.send("PUT", f"/pix/v2/cob/{txid}", json=charge_order(**changes))

    async def get(self, txid: str = TXID) -> dict[str, Any]:
        response = await self.send("GET", f"/pix/v2/cob/{txid}")
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    async def listing(self, **query: Any) -> list[dict[str, Any]]:
        window = {"inicio": "2026-11-20T00:00:00Z", "fim": "2026-11-23T00:00:00Z", **query}
        response = await self.send("GET", "/pix/v2/pix", params=window)
        assert response.status_code == 200, response.text
        pix: list[dict[str, Any]] = response.json()["pix"]
        return pix

    async def pay_out(self, key: str | None = IDEMPOTENCY_KEY, **changes: Any) -> httpx.Response:
        headers = {} if key is None else {"x-id-idempotente": key}
        return await self.send("POST", "/banking/v2/pix", json=payment(**changes), headers=headers)

    async def balance(self) -> float:
        response = await self.send("GET", "/banking/v2/saldo")
        assert response.status_code == 200, response.text
        available: float = response.json()["disponivel"]
        return available

    def fault(self, operation: Operation, effect: Effect, first: int = 1, count: int | None = 1) -> None:
        self.bank.set_faults([Fault(operation, effect, first, count)])

    def pay(self, **how: Any) -> PaidPix:
        paid = self.bank.pay(txid=TXID, **how)
        assert isinstance(paid, PaidPix), paid
        return paid


def charge_order(**changes: Any) -> dict[str, Any]:
    body = {"calendario": {"expiracao": 300}, "valor": {"original": "45.00"}, "chave": INTER_KEY, **changes}
    return {name: value for name, value in body.items() if value is not None}


def payment(**changes: Any) -> dict[str, Any]:
    recipient = {"tipo": "CHAVE", "chave": "cliente@exemplo.com.br"}
    body = {"valor": "45.00", "descricao": "Devolução da lavagem", "destinatario": recipient, **changes}
    return {name: value for name, value in body.items() if value is not None}


def form(**changes: Any) -> dict[str, str]:
    fields = {
        "client_id": INTER.client_id,
        "client_secret": INTER.client_secret,
        "grant_type": "client_credentials",
        "scope": INTER_SCOPES,
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


async def inter_token(http: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    return await http.post("/oauth/v2/token", data=form(**changes))


def inter_client(bank: InterBank, context: ssl.SSLContext) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=bank.base_url, verify=context, timeout=PATIENCE_S, trust_env=False)


@asynccontextmanager
async def inter_of(
    made: CertificateSet, context: ssl.SSLContext, settings: InterSettings = INTER, seed: int = 7
) -> AsyncIterator[InterWorld]:
    hands = Hands()
    bank = InterBank(made, settings, rng=random.Random(seed), now=hands.now)
    await bank.start()
    try:
        async with inter_client(bank, context) as http:
            token = (await inter_token(http)).json()["access_token"]
            yield InterWorld(bank, http, hands, made, token)
    finally:
        await bank.stop()
