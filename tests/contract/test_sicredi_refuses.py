"""Clients that the simulated Sicredi must refuse: each breaks one rule of Bacen's, of OAuth or of mutual TLS."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
import pytest

from tests.support.sicredi_bank import (
    SCOPES,
    SETTINGS,
    TXID,
    World,
    ask_token,
    blamed,
    client_of,
    kind_of,
    trust,
)

# --- Clients that it must refuse --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "txid", ["a" * 25, "a" * 36, "TOTEM-01-aaaaaaaaaaaaaaaaaaaa1", "TOTEM01 aaaaaaaaaaaaaaaaaaaa1", "ã" * 26]
)
async def test_a_txid_out_of_form(world: World, txid: str) -> None:
    response = await world.create(txid)
    assert (response.status_code, kind_of(response)) == (400, "CobOperacaoInvalida")
    assert blamed(response) == {"cob.txid"}
    assert world.bank.ledger()["charges"] == []


@pytest.mark.parametrize(
    ("changes", "prop"),
    [
        ({"valor": {"original": "10"}}, "cob.valor.original"),
        ({"valor": {"original": "10.0"}}, "cob.valor.original"),
        ({"valor": {"original": "0.00"}}, "cob.valor.original"),
        ({"valor": {"original": "10,00"}}, "cob.valor.original"),
        ({"valor": {"original": "-1.00"}}, "cob.valor.original"),
        ({"valor": {"original": "1.000"}}, "cob.valor.original"),
        ({"valor": {"original": "12345678901.00"}}, "cob.valor.original"),
        ({"valor": {"original": "١.٠٠"}}, "cob.valor.original"),
        ({"valor": {"original": 10.0}}, "cob.valor.original"),
        ({"valor": {"original": 10}}, "cob.valor.original"),
        ({"valor": {}}, "cob.valor.original"),
        ({"valor": "45.00"}, "cob.valor"),
        ({"valor": {"original": "1.00", "modalidadeAlteracao": 2}}, "cob.valor.modalidadeAlteracao"),
        ({"valor": {"original": "1.00", "moeda": "BRL"}}, "cob.valor.moeda"),
        ({"valor": {"original": "1.00", "retirada": {}}}, "cob.valor.retirada"),
        ({"chave": "k" * 78}, "cob.chave"),
        ({"chave": "de-outra-conta"}, "cob.chave"),
        ({"chave": ""}, "cob.chave"),
        ({"chave": None}, "cob.chave"),
        ({"chave": 5}, "cob.chave"),
        ({"calendario": None}, "cob.calendario"),
        ({"calendario": {"expiracao": 0}}, "cob.calendario.expiracao"),
        ({"calendario": {"expiracao": -1}}, "cob.calendario.expiracao"),
        ({"calendario": {"expiracao": "300"}}, "cob.calendario.expiracao"),
        ({"calendario": {"expiracao": 300.0}}, "cob.calendario.expiracao"),
        ({"calendario": {"expiracao": True}}, "cob.calendario.expiracao"),
        ({"calendario": {"expiracao": 2**31}}, "cob.calendario.expiracao"),
        ({"solicitacaoPagador": "x" * 141}, "cob.solicitacaoPagador"),
        ({"solicitacaoPagador": 5}, "cob.solicitacaoPagador"),
        ({"infoAdicionais": [{"nome": "n", "valor": "v"}] * 51}, "cob.infoAdicionais"),
        ({"infoAdicionais": {"nome": "n", "valor": "v"}}, "cob.infoAdicionais"),
        ({"infoAdicionais": [{"nome": "n" * 51, "valor": "v"}]}, "cob.infoAdicionais[0]"),
        ({"infoAdicionais": [{"nome": "n", "valor": "v" * 201}]}, "cob.infoAdicionais[0]"),
        ({"infoAdicionais": [{"nome": "n"}]}, "cob.infoAdicionais[0]"),
        ({"infoAdicionais": [{"nome": "n", "valor": 5}]}, "cob.infoAdicionais[0]"),
        ({"devedor": {"nome": "Só nome"}}, "cob.devedor"),
        ({"devedor": {"cpf": "12345678909"}}, "cob.devedor"),
        ({"devedor": {"cpf": "123.456.789-09", "nome": "N"}}, "cob.devedor"),
        ({"devedor": {"cpf": "12345678909", "cnpj": "12345678000195", "nome": "N"}}, "cob.devedor"),
        ({"devedor": {"cpf": "12345678909", "nome": "N" * 201}}, "cob.devedor"),
        ({"loc": {"id": 999}}, "cob.loc"),
        ({"campoNovo": 1}, "cob.campoNovo"),
    ],
)
async def test_an_order_against_the_rules(world: World, changes: dict[str, Any], prop: str) -> None:
    response = await world.create(**changes)
    assert (response.status_code, kind_of(response)) == (400, "CobOperacaoInvalida")
    assert prop in blamed(response)
    assert world.bank.ledger()["charges"] == []


async def test_the_longest_order_within_the_rules(world: World) -> None:
    response = await world.create(
        "Z" * 35,
        valor={"original": "9999999999.99"},
        calendario={},
        solicitacaoPagador="é" * 140,
        infoAdicionais=[{"nome": "n" * 50, "valor": "v" * 200}] * 50,
        devedor={"cnpj": "12ABC345000195", "nome": "N" * 200},
    )
    assert response.status_code == 201, response.text
    assert response.json()["calendario"]["expiracao"] == 86400
    assert len(response.json()["pixCopiaECola"]) <= 512


async def test_every_violation_is_told_at_once(world: World) -> None:
    response = await world.create(valor={"original": "0.00"}, chave="x", calendario={"expiracao": 0})
    assert blamed(response) == {"cob.valor.original", "cob.chave", "cob.calendario.expiracao"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"", "application/json"),
        (b'{"chave": NaN}', "application/json"),
        (b'{"chave": "a", "chave": "b"}', "application/json"),
        (b"\xff\xfe{}", "application/json"),
        (b"chave=1", "application/x-www-form-urlencoded"),
        (b"{}", "text/plain"),
    ],
)
async def test_a_body_that_is_no_json_object(world: World, body: bytes, content_type: str) -> None:
    response = await world.send("PUT", f"/api/v2/cob/{TXID}", content=body, headers={"Content-Type": content_type})
    assert (response.status_code, kind_of(response)) == (400, "RequisicaoInvalida")


async def test_versions_that_are_not_served(world: World) -> None:
    await world.create()
    for method, path in (
        ("GET", f"/api/v1/cob/{TXID}"),
        ("PUT", f"/api/v4/cob/{TXID}"),
        ("GET", "/api/v3/pix"),
        ("GET", f"/cob/{TXID}"),
        ("GET", "/api/v3/loc/1/qrcode"),
    ):
        response = await world.send(method, path)
        assert (response.status_code, kind_of(response)) == (404, "NaoEncontrado"), path
    assert (await world.send("DELETE", f"/api/v2/cob/{TXID}")).status_code == 405


async def test_a_body_too_large(world: World) -> None:
    response = await world.send("PUT", f"/api/v2/cob/{TXID}", content=b"x" * 300_000)
    assert response.status_code == 413


# --- Who may call -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("who", "alert"), [("nobody", "certificate required|handshake failure"), ("foreign", "unknown ca")]
)
async def test_no_conversation_without_a_certificate_of_the_bank(
    world: World, version: ssl.TLSVersion, who: str, alert: str
) -> None:
    tls = trust(world.certificates.ca, None if who == "nobody" else world.certificates.foreign_client)
    tls.minimum_version = tls.maximum_version = version
    async with client_of(world.bank, tls) as http:
        # With TLS 1.3 the client learns it only when it reads: the request was written by then.
        with pytest.raises((ssl.SSLError, httpx.ConnectError, httpx.ReadError), match=alert):
            await ask_token(http)
    assert world.bank.ledger()["token_requests"] == 1


async def test_tls_1_2_is_enough(world: World) -> None:
    old = trust(world.certificates.ca, world.certificates.client)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with client_of(world.bank, old) as http:
        assert (await ask_token(http)).status_code == 200


async def test_another_client_of_the_bank_gets_no_token_and_cannot_use_ours(world: World) -> None:
    context = trust(world.certificates.ca, world.certificates.other_client)
    async with client_of(world.bank, context) as http:
        refused = await ask_token(http)
        assert (refused.status_code, kind_of(refused)) == (403, "AcessoNegado")
        stolen = await http.get(f"/api/v2/cob/{TXID}", headers={"Authorization": f"Bearer {world.token}"})
        assert stolen.status_code == 401
        assert "invalid_token" in stolen.headers["www-authenticate"]


async def test_the_token_answer(world: World) -> None:
    response = await ask_token(world.http)
    body = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert set(body["scope"].split()) == set(SCOPES.split())
    assert world.bank.ledger()["token_requests"] == 2


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"auth": ("totem-simulado", "errado")}, 401, "invalid_client"),
        ({"auth": ("outro", SETTINGS.client_secret)}, 401, "invalid_client"),
        ({"auth": None}, 401, "invalid_client"),
        ({"data": {"grant_type": "password", "scope": SCOPES}}, 400, "unsupported_grant_type"),
        ({"data": {"scope": SCOPES}}, 400, "invalid_request"),
        ({"data": {"grant_type": "client_credentials", "scope": "tudo"}}, 400, "invalid_scope"),
        ({"data": {"grant_type": "client_credentials"}}, 400, "invalid_scope"),
        ({"data": None, "json": {"grant_type": "client_credentials", "scope": SCOPES}}, 400, "invalid_request"),
    ],
)
async def test_token_requests_that_are_refused(world: World, changes: dict[str, Any], status: int, error: str) -> None:
    response = await ask_token(world.http, **changes)
    assert (response.status_code, response.json()) == (status, {"error": error})


async def test_a_token_ends(world: World) -> None:
    await world.create()
    world.hands.turn(seconds=3599)
    await world.get()
    world.hands.turn(seconds=1)
    response = await world.send("GET", f"/api/v2/cob/{TXID}")
    assert (response.status_code, response.json()["type"]) == (401, "about:blank")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic {token}", "{token}"])
async def test_no_token_no_answer(world: World, header: str) -> None:
    headers = {"Authorization": header.format(token=world.token)}
    assert (await world.send("GET", f"/api/v2/cob/{TXID}", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("PUT", f"/api/v2/cob/{TXID}", "cob.write"),
        ("PATCH", f"/api/v2/cob/{TXID}", "cob.write"),
        ("GET", f"/api/v2/cob/{TXID}", "cob.read"),
        ("GET", "/api/v2/loc/1/qrcode", "payloadlocation.read"),
        ("GET", "/api/v2/pix", "pix.read"),
        ("GET", "/api/v2/pix/E1", "pix.read"),
        ("PUT", "/api/v2/pix/E1/devolucao/1", "pix.write"),
        ("GET", "/api/v2/pix/E1/devolucao/1", "pix.read"),
    ],
)
async def test_each_operation_demands_its_scope(world: World, method: str, path: str, scope: str) -> None:
    others = " ".join(one for one in SCOPES.split() if one != scope)
    narrow = (await ask_token(world.http, data={"grant_type": "client_credentials", "scope": others})).json()
    headers = {"Authorization": f"Bearer {narrow['access_token']}"}
    response = await world.http.request(method, path, headers=headers)
    assert (response.status_code, kind_of(response)) == (403, "AcessoNegado")
