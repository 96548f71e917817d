"""The simulated Sicredi, judged by Bacen's published schemas and rules through a plain HTTP client."""

from __future__ import annotations

import asyncio
import re
import ssl
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from providers.sim import faults
from providers.sim.bank import PaidPix, Refused
from providers.sim.ca import CertificateSet
from providers.sim.faults import Operation
from tests.support.json_schema import faults_of
from tests.support.sicredi_bank import (
    KEY,
    REMOVAL,
    RFC3339_UTC,
    SETTINGS,
    TXID,
    World,
    blamed,
    kind_of,
    listing,
    order,
    world_of,
)
from totem.domain import brcode

# --- Bacen's own schemas and examples ---------------------------------------------------------------------------------


async def test_every_answer_keeps_the_published_schema(world: World, published: dict[str, Any]) -> None:
    schemas = published["schemas"]

    def keeps(name: str, response: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = response.json()
        assert faults_of(body, schemas[name]) == []
        return body

    example = published["examples"]["cobBody2"]
    made = await world.send("PUT", f"/api/v2/cob/{TXID}", json=example)
    assert made.status_code == 201, made.text
    body = keeps("CobGerada", made)
    assert {name: body[name] for name in ("devedor", "valor", "chave", "solicitacaoPagador", "infoAdicionais")} == {
        name: example[name] for name in ("devedor", "valor", "chave", "solicitacaoPagador", "infoAdicionais")
    }
    keeps("CobCompleta", await world.send("GET", f"/api/v2/cob/{TXID}"))
    paid = world.pay()
    path = f"/api/v2/pix/{paid.end_to_end_id}/devolucao/123456"
    keeps("Devolucao", await world.send("PUT", path, json=published["examples"]["devolucaoSolicitada1"]))
    keeps("Devolucao", await world.send("GET", path))
    keeps("CobCompleta", await world.send("GET", f"/api/v2/cob/{TXID}"))
    keeps("Pix", await world.send("GET", f"/api/v2/pix/{paid.end_to_end_id}"))
    world.bank.pay_key(1)
    keeps("PixConsultados", await listing(world))
    keeps("Problema", await world.send("GET", f"/api/v2/cob/{TXID[:-1]}x"))
    refused = await world.create(valor={"original": "1"})
    keeps("Problema", refused)
    assert refused.json()["type"] == published["examples"]["RequisicaoInvalidaCobExample1"]["type"]
    assert blamed(refused) == {"cob.valor.original"}


async def test_the_published_removal(world: World, published: dict[str, Any]) -> None:
    await world.create()
    response = await world.send("PATCH", f"/api/v2/cob/{TXID}", json=published["examples"]["cobBody5"])
    assert response.status_code == 200
    assert faults_of(response.json(), published["schemas"]["CobGerada"]) == []


async def test_the_orders_of_these_tests_keep_the_published_schema(published: dict[str, Any]) -> None:
    """Else a simulator and its tests could agree on an order that no bank knows."""
    assert faults_of(order(), published["schemas"]["CobSolicitada"]) == []
    assert faults_of(order(valor={"original": "1"}), published["schemas"]["CobSolicitada"]) != []
    assert faults_of({"valor": "1.00"}, published["schemas"]["DevolucaoSolicitada"]) == []


# --- The way it should go ---------------------------------------------------------------------------------------------


async def test_a_charge_is_made_paid_and_read(world: World) -> None:
    response = await world.create(
        solicitacaoPagador="Lavagem completa",
        infoAdicionais=[{"nome": "Serviço", "valor": "Lavagem"}],
        devedor={"cpf": "12345678909", "nome": "Cliente"},
    )
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    assert parsedate_to_datetime(response.headers["date"]) == world.hands.at
    body = response.json()
    assert (body["txid"], body["status"], body["revisao"]) == (TXID, "ATIVA", 0)
    assert body["valor"]["original"] == "45.00"
    assert body["calendario"] == {"criacao": "2026-11-22T20:00:00.000Z", "expiracao": 300}
    assert body["solicitacaoPagador"] == "Lavagem completa"
    assert body["infoAdicionais"] == [{"nome": "Serviço", "valor": "Lavagem"}]
    code = brcode.decode(body["pixCopiaECola"])
    assert code.url == body["location"] == body["loc"]["location"]
    assert len(body["location"]) <= 77
    assert (code.amount, code.txid, code.single_use) == ("45.00", "***", True)

    paid = world.bank.pay(copia_e_cola=body["pixCopiaECola"])
    assert isinstance(paid, PaidPix)
    read = await world.get()
    assert read["status"] == "CONCLUIDA"
    (pix,) = read["pix"]
    assert pix["endToEndId"] == paid.end_to_end_id
    assert re.fullmatch(r"E\d{8}202611222000[a-zA-Z0-9]{11}", pix["endToEndId"])
    assert len(pix["endToEndId"]) == 32
    assert (pix["txid"], pix["valor"]) == (TXID, "45.00")
    assert RFC3339_UTC.fullmatch(pix["horario"])


async def test_two_charges_have_two_locations(world: World) -> None:
    first = (await world.create()).json()
    second = (await world.create(TXID[:-1] + "2")).json()
    assert first["location"] != second["location"]
    assert first["loc"]["id"] != second["loc"]["id"]
    assert first["pixCopiaECola"] != second["pixCopiaECola"]


async def test_the_same_order_again_is_the_same_charge_and_another_is_refused(world: World) -> None:
    first = await world.create()
    again = await world.create()
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    other = await world.create(valor={"original": "46.00"})
    assert (other.status_code, kind_of(other)) == (400, "CobOperacaoInvalida")
    assert (await world.get())["valor"]["original"] == "45.00"


async def test_the_qrcode_of_a_location(world: World) -> None:
    body = (await world.create()).json()
    response = await world.send("GET", f"/api/v2/loc/{body['loc']['id']}/qrcode")
    assert response.json()["qrcode"] == body["pixCopiaECola"]
    missing = await world.send("GET", "/api/v2/loc/999/qrcode")
    assert (missing.status_code, kind_of(missing)) == (404, "NaoEncontrado")


async def test_an_expired_charge_reads_active_and_no_phone_pays_it(world: World) -> None:
    await world.create()
    world.hands.turn(seconds=299)
    code = (await world.get())["pixCopiaECola"]
    world.hands.turn(seconds=1)
    assert world.bank.pay(copia_e_cola=code) == Refused("expired")
    assert (await world.get())["status"] == "ATIVA"
    assert isinstance(world.bank.pay(copia_e_cola=code, late=True), PaidPix)
    assert (await world.get())["status"] == "CONCLUIDA"


async def test_any_amount_completes_a_charge(world: World) -> None:
    await world.create()
    world.pay(amount_cents=1)
    read = await world.get()
    assert (read["status"], read["pix"][0]["valor"]) == ("CONCLUIDA", "0.01")


async def test_what_a_phone_refuses(world: World) -> None:
    code = (await world.create()).json()["pixCopiaECola"]
    assert world.bank.pay(copia_e_cola=code[:-1] + "X") == Refused("unreadable")
    elsewhere = brcode.encode_dynamic("pix.example/abc", "N", "C")
    assert world.bank.pay(copia_e_cola=elsewhere) == Refused("unknown_charge")
    assert world.bank.pay(txid="nobody") == Refused("unknown_charge")
    assert isinstance(world.bank.pay(copia_e_cola=code), PaidPix)
    assert world.bank.pay(copia_e_cola=code) == Refused("already_paid")
    world.pay(late=True)
    assert len((await world.get())["pix"]) == 2


async def test_a_static_code_pays_the_key_without_txid(world: World) -> None:
    paid = world.bank.pay(copia_e_cola=brcode.encode_static(KEY, "N", "C", 500))
    assert isinstance(paid, PaidPix)
    assert (paid.txid, paid.amount_cents) == (None, 500)
    marked = world.bank.pay(copia_e_cola=brcode.encode_static(KEY, "N", "C", 500, txid="OUTRO02"))
    assert isinstance(marked, PaidPix)
    assert marked.txid == "OUTRO02"
    assert world.bank.pay_key(700, "OUTRO03").txid == "OUTRO03"
    assert world.bank.pay(copia_e_cola=brcode.encode_static(KEY, "N", "C")) == Refused("no_amount")
    assert world.bank.pay(copia_e_cola=brcode.encode_static("outra", "N", "C", 1)) == Refused("unknown_charge")


# --- Removal ----------------------------------------------------------------------------------------------------------


async def test_removal_ends_a_charge(world: World) -> None:
    code = (await world.create()).json()["pixCopiaECola"]
    response = await world.send("PATCH", f"/api/v2/cob/{TXID}", json=REMOVAL)
    assert (response.status_code, response.json()["status"]) == (200, REMOVAL["status"])
    assert response.json()["revisao"] == 1
    assert world.bank.pay(copia_e_cola=code) == Refused("removed")
    again = await world.send("PATCH", f"/api/v2/cob/{TXID}", json=REMOVAL)
    assert (again.status_code, kind_of(again)) == (400, "CobOperacaoInvalida")


async def test_payment_before_removal_wins(world: World) -> None:
    await world.create()
    world.fault(Operation.CANCEL_CHARGE, faults.PayAt("before"))
    response = await world.send("PATCH", f"/api/v2/cob/{TXID}", json=REMOVAL)
    assert (response.status_code, kind_of(response)) == (400, "CobOperacaoInvalida")
    read = await world.get()
    assert (read["status"], len(read["pix"])) == ("CONCLUIDA", 1)


async def test_money_may_come_after_removal(world: World) -> None:
    await world.create()
    world.fault(Operation.CANCEL_CHARGE, faults.PayAt("after"))
    response = await world.send("PATCH", f"/api/v2/cob/{TXID}", json=REMOVAL)
    assert response.status_code == 200
    assert "pix" not in response.json()
    read = await world.get()
    assert (read["status"], len(read["pix"])) == (REMOVAL["status"], 1)


@pytest.mark.parametrize(
    "body", [{}, {"status": "REMOVIDA"}, {"status": "ATIVA"}, {**REMOVAL, "valor": {"original": "1.00"}}]
)
async def test_removal_says_nothing_else(world: World, body: dict[str, Any]) -> None:
    await world.create()
    response = await world.send("PATCH", f"/api/v2/cob/{TXID}", json=body)
    assert (response.status_code, blamed(response)) == (400, {"cob.status"})
    assert (await world.get())["status"] == "ATIVA"


async def test_what_is_unknown_is_not_found(world: World) -> None:
    for method, more in (("GET", {}), ("PATCH", {"json": REMOVAL})):
        response = await world.send(method, f"/api/v2/cob/{TXID}", **more)
        assert (response.status_code, kind_of(response)) == (404, "CobNaoEncontrado")
    e2eid = "E" + "0" * 31
    pix = await world.send("GET", f"/api/v2/pix/{e2eid}")
    assert (pix.status_code, kind_of(pix)) == (404, "PixNaoEncontrado")
    refund = await world.send("GET", f"/api/v2/pix/{e2eid}/devolucao/1")
    assert (refund.status_code, kind_of(refund)) == (404, "PixDevolucaoNaoEncontrada")
    ask = await world.send("PUT", f"/api/v2/pix/{e2eid}/devolucao/1", json={"valor": "1.00"})
    assert (ask.status_code, kind_of(ask)) == (404, "NaoEncontrado")
    nothing = await world.send("GET", "/api/v2/nada")
    assert (nothing.status_code, kind_of(nothing)) == (404, "NaoEncontrado")


# --- The books --------------------------------------------------------------------------------------------------------


async def test_the_ledger_tells_everything(world: World) -> None:
    await world.create()
    paid = world.pay()
    world.fault(Operation.GET_CHARGE, faults.ResetAfter())
    with pytest.raises(httpx.ReadError):
        await world.get()
    books = world.bank.ledger()
    (charge,) = books["charges"]
    assert (charge["txid"], charge["status"], charge["amount_cents"]) == (TXID, "CONCLUIDA", 4500)
    assert charge["pix"] == [paid.end_to_end_id]
    assert books["pix"] == [
        {"end_to_end_id": paid.end_to_end_id, "txid": TXID, "amount_cents": 4500, "at": paid.at, "refunds": []}
    ]
    assert [(entry["operation"], entry["result"]) for entry in books["requests"]] == [
        ("token", "200"),
        ("create_charge", "201"),
        ("get_charge", "reset"),
    ]
    assert (books["token_requests"], books["tokens_issued"], books["is_up"]) == (1, 1, True)


async def test_the_same_seed_gives_the_same_bank(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> None:
    books = []
    for seed in (3, 3, 4):
        async with world_of(bank_certificates, bank_tls, SETTINGS, seed) as world:
            await world.create()
            world.pay()
            books.append(world.bank.ledger())
    assert books[0] == books[1]
    assert books[0]["pix"] != books[2]["pix"]


async def test_many_clients_at_once(world: World) -> None:
    made = await asyncio.gather(*(world.create(f"{TXID[:-2]}{number:02d}") for number in range(20)))
    assert {response.status_code for response in made} == {201}
    assert len({response.json()["location"] for response in made}) == 20
