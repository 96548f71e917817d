"""Clients that the simulated Banco Inter must refuse: each breaks one rule of OAuth, of its paths or of its headers."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from providers.sim.ca import CertificateSet
from providers.sim.inter import InterSettings
from tests.support.inter_bank import INTER, INTER_SCOPES, InterWorld, form, inter_client, inter_of, inter_token
from tests.support.sicredi_bank import REMOVAL, TXID, blamed, kind_of, trust

# --- The token --------------------------------------------------------------------------------------------------------


async def test_the_token_answer(inter: InterWorld) -> None:
    response = await inter_token(inter.http)
    body = response.json()
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert set(body["scope"].split()) == set(INTER_SCOPES.split())


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "errado"}, 401, "invalid_client"),
        ({"client_id": "outro"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"scope": "tudo"}, 400, "invalid_scope"),
        ({"scope": None}, 400, "invalid_scope"),
    ],
)
async def test_token_requests_that_are_refused(
    inter: InterWorld, changes: dict[str, Any], status: int, error: str
) -> None:
    response = await inter_token(inter.http, **changes)
    assert (response.status_code, response.json()) == (status, {"error": error})
    assert inter.bank.ledger()["tokens_issued"] == 1


async def test_http_basic_is_refused_with_and_without_the_form(inter: InterWorld) -> None:
    auth = (INTER.client_id, INTER.client_secret)
    bare = {"grant_type": "client_credentials", "scope": INTER_SCOPES}
    for data in (bare, form()):
        response = await inter.http.post("/oauth/v2/token", data=data, auth=auth)
        assert (response.status_code, response.json()) == (401, {"error": "invalid_client"})
    assert inter.bank.ledger()["tokens_issued"] == 1


async def test_the_secret_travels_in_a_form_only(inter: InterWorld) -> None:
    as_json = await inter.http.post("/oauth/v2/token", json=form())
    assert (as_json.status_code, as_json.json()) == (400, {"error": "invalid_request"})
    in_query = await inter.http.post("/oauth/v2/token", params=form(), data={"grant_type": "client_credentials"})
    assert (in_query.status_code, in_query.json()) == (401, {"error": "invalid_client"})
    assert (await inter.http.get("/oauth/v2/token", params=form())).status_code == 405
    assert (await inter.http.post("/oauth/token", data=form())).status_code == 404


async def test_a_token_is_bound_to_its_certificate(inter: InterWorld) -> None:
    context = trust(inter.certificates.ca, inter.certificates.other_client)
    async with inter_client(inter.bank, context) as http:
        refused = await inter_token(http)
        assert (refused.status_code, kind_of(refused)) == (403, "AcessoNegado")
        stolen = await http.get(f"/pix/v2/cob/{TXID}", headers={"Authorization": f"Bearer {inter.token}"})
        assert stolen.status_code == 401


async def test_a_token_ends(inter: InterWorld) -> None:
    await inter.create()
    inter.hands.turn(seconds=3600)
    assert (await inter.send("GET", f"/pix/v2/cob/{TXID}")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("PUT", f"/pix/v2/cob/{TXID}", "cob.write"),
        ("PATCH", f"/pix/v2/cob/{TXID}", "cob.write"),
        ("GET", f"/pix/v2/cob/{TXID}", "cob.read"),
        ("GET", "/pix/v2/loc/1/qrcode", "payloadlocation.read"),
        ("GET", "/pix/v2/pix", "pix.read"),
        ("GET", "/pix/v2/pix/E1", "pix.read"),
        ("PUT", "/pix/v2/pix/E1/devolucao/1", "pix.write"),
        ("GET", "/pix/v2/pix/E1/devolucao/1", "pix.read"),
        ("POST", "/banking/v2/pix", "pagamento-pix.write"),
        ("GET", "/banking/v2/pix/1", "pagamento-pix.read"),
        ("GET", "/banking/v2/saldo", "extrato.read"),
    ],
)
async def test_each_operation_demands_its_scope(inter: InterWorld, method: str, path: str, scope: str) -> None:
    others = " ".join(one for one in INTER_SCOPES.split() if one != scope)
    narrow = (await inter_token(inter.http, scope=others)).json()
    response = await inter.http.request(method, path, headers={"Authorization": f"Bearer {narrow['access_token']}"})
    assert (response.status_code, kind_of(response)) == (403, "AcessoNegado")
    assert (await inter.http.request(method, path)).status_code == 401


# --- Paths ------------------------------------------------------------------------------------------------------------


async def test_only_inters_own_paths_are_served(inter: InterWorld) -> None:
    await inter.create()
    for method, path in (
        ("GET", f"/api/v2/cob/{TXID}"),
        ("GET", f"/pix/v3/cob/{TXID}"),
        ("GET", f"/pix/cob/{TXID}"),
        ("GET", f"/cob/{TXID}"),
        ("POST", "/pix/v2/pix/payments"),
        ("POST", "/banking/v3/pix"),
    ):
        response = await inter.send(method, path, json={} if method == "POST" else None)
        assert response.status_code in {404, 405}, path
    assert (await inter.send("DELETE", f"/pix/v2/cob/{TXID}")).status_code == 405


# --- Orders -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("txid", ["a" * 25, "a" * 36, "9c4e0086-c31f-4737-8f14-a2bf001c8d10"])
async def test_a_txid_out_of_form(inter: InterWorld, txid: str) -> None:
    response = await inter.create(txid)
    assert (response.status_code, blamed(response)) == (400, {"cob.txid"})


@pytest.mark.parametrize(
    ("changes", "prop"),
    [
        ({"valor": {"original": 45.0}}, "cob.valor.original"),
        ({"valor": {"original": "0.00"}}, "cob.valor.original"),
        ({"chave": "de-outra-conta"}, "cob.chave"),
        ({"calendario": {"expiracao": 0}}, "cob.calendario.expiracao"),
        ({"solicitacaoPagador": "x" * 141}, "cob.solicitacaoPagador"),
        ({"infoAdicionais": [{"nome": "n", "valor": "v"}] * 51}, "cob.infoAdicionais"),
        ({"campoNovo": 1}, "cob.campoNovo"),
    ],
)
async def test_an_order_against_the_rules(inter: InterWorld, changes: dict[str, Any], prop: str) -> None:
    response = await inter.create(**changes)
    assert (response.status_code, kind_of(response)) == (400, "CobOperacaoInvalida")
    assert prop in blamed(response)
    assert inter.bank.ledger()["charges"] == []


async def test_a_removal_says_nothing_else(inter: InterWorld) -> None:
    await inter.create()
    response = await inter.send("PATCH", f"/pix/v2/cob/{TXID}", json={**REMOVAL, "chave": "x"})
    assert (response.status_code, blamed(response)) == (400, {"cob.status"})


# --- x-conta-corrente -------------------------------------------------------------------------------------------------


async def test_one_account_needs_no_header_and_takes_no_other(inter: InterWorld) -> None:
    assert (await inter.create()).status_code == 201
    inter.headers["x-conta-corrente"] = INTER.accounts[0]
    assert (await inter.create()).status_code == 201
    inter.headers["x-conta-corrente"] = "999"
    response = await inter.create()
    assert (response.status_code, kind_of(response)) == (403, "AcessoNegado")


async def test_several_accounts_demand_the_header(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> None:
    async with inter_of(bank_certificates, bank_tls, InterSettings(accounts=("111", "222"))) as world:
        for send in (world.create, world.pay_out):
            missing = await send()
            assert (missing.status_code, blamed(missing)) == (400, {"x-conta-corrente"})
        assert world.bank.ledger()["charges"] == world.bank.ledger()["pix_out"] == []
        world.headers["x-conta-corrente"] = "333"
        foreign = await world.create()
        assert (foreign.status_code, kind_of(foreign)) == (403, "AcessoNegado")
        world.headers["x-conta-corrente"] = "222"
        assert (await world.create()).status_code == 201
