"""The control channel: typed acts over loopback, behind a token, and the bank's acts through it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from providers.sim.bank import SicrediBank
from providers.sim.ca import CertificateSet, certificates
from providers.sim.control import ControlClient, ControlError, ControlServer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("ca"))


async def echo(body: dict[str, Any]) -> dict[str, Any]:
    return {"heard": body}


async def refuse(body: dict[str, Any]) -> dict[str, Any]:
    raise ValueError(f"not {body['what']}")


@pytest.fixture
async def server() -> AsyncIterator[ControlServer]:
    server = ControlServer({"echo": echo, "refuse": refuse}, "secret-token")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(server: ControlServer) -> AsyncIterator[ControlClient]:
    client = ControlClient(server.base_url, "secret-token")
    yield client
    await client.aclose()


async def test_an_act_from_a_coroutine_and_from_plain_code(client: ControlClient) -> None:
    assert await client.acall("echo", a=1, b="é") == {"heard": {"a": 1, "b": "é"}}
    assert await asyncio.to_thread(client.call, "echo") == {"heard": {}}


async def test_what_is_refused_is_told(client: ControlClient) -> None:
    with pytest.raises(ControlError, match="ValueError: not now"):
        await client.acall("refuse", what="now")
    with pytest.raises(ControlError, match="KeyError"):
        await client.acall("refuse")
    with pytest.raises(ControlError, match="no such act"):
        await client.acall("explode")


@pytest.mark.parametrize("header", ["", "Bearer wrong", "secret-token", "Bearer ségredo"])
async def test_no_act_without_the_token(server: ControlServer, header: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        headers = [(b"Authorization", header.encode())]
        assert (await http.post(f"{server.base_url}/echo", headers=headers)).status_code == 401


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff"])
async def test_a_body_that_is_no_object(server: ControlServer, body: bytes) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        headers = {"Authorization": "Bearer secret-token"}
        response = await http.post(f"{server.base_url}/echo", headers=headers, content=body)
        assert response.status_code == 400
        assert (await http.get(f"{server.base_url}/echo", headers=headers)).status_code == 404


async def test_the_banks_acts(made: CertificateSet) -> None:
    bank = SicrediBank(made, rng=random.Random(1))
    await bank.start()
    control = ControlServer(bank.control_handlers(), "t")
    await control.start()
    client = ControlClient(control.base_url, "t")
    try:
        assert await client.acall("bank.pay", txid="a" * 26) == {"paid": False, "reason": "unknown_charge"}
        assert (await client.acall("bank.pay_key", amount_cents=100, txid="X1"))["txid"] == "X1"
        with pytest.raises(ControlError, match="not an amount"):
            await client.acall("bank.pay_key", amount_cents="100")
        with pytest.raises(ControlError, match="no such effect"):
            await client.acall("bank.set_faults", faults=[{"operation": "any", "effect": {"kind": "?"}}])
        await client.acall("bank.set_faults", faults=[{"operation": "any", "effect": {"kind": "html"}}])
        await client.acall("bank.clear_faults")
        await client.acall("bank.expire_tokens")
        await client.acall("bank.set_down", down=True)
        assert (await client.acall("bank.ledger"))["is_up"] is False
        await client.acall("bank.set_down", down=False)
        books = await client.acall("bank.ledger")
        assert books["is_up"] is True
        assert [pix["amount_cents"] for pix in books["pix"]] == [100]
    finally:
        await client.aclose()
        await control.stop()
        await bank.stop()
