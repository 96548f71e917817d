"""The simulated Sicredi's list of received Pix, and its refunds."""

from __future__ import annotations

import re
import ssl
from typing import Any

import pytest

from providers.sim.ca import CertificateSet
from providers.sim.ledger import RefundScript, RefundState
from providers.sim.sicredi import SicrediSettings
from tests.support.sicredi_bank import (
    RFC3339_UTC,
    TXID,
    World,
    ask_token,
    blamed,
    kind_of,
    listing,
    paid_charge,
    world_of,
)

# --- Received Pix -----------------------------------------------------------------------------------------------------


async def test_received_pix_page_by_page(world: World) -> None:
    await world.create()
    with_txid = world.pay()
    keyed = []
    for _ in range(4):
        world.hands.turn(minutes=1)
        keyed.append(world.bank.pay_key(100).end_to_end_id)
    seen: list[str] = []
    for page in range(3):
        body = (await listing(world, **{"paginacao.paginaAtual": page or "0", "paginacao.itensPorPagina": 2})).json()
        assert body["parametros"]["paginacao"] == {
            "paginaAtual": page,
            "itensPorPagina": 2,
            "quantidadeDePaginas": 3,
            "quantidadeTotalDeItens": 5,
        }
        seen += [pix["endToEndId"] for pix in body["pix"]]
    assert seen == [with_txid.end_to_end_id, *keyed]
    by_txid = (await listing(world, txid=TXID)).json()["pix"]
    assert [pix["endToEndId"] for pix in by_txid] == [with_txid.end_to_end_id]
    without = (await listing(world, txIdPresente="false")).json()["pix"]
    assert [pix["endToEndId"] for pix in without] == keyed
    assert all("txid" not in pix for pix in without)
    assert len((await listing(world, fim="2026-11-22T20:01:00Z")).json()["pix"]) == 2
    assert (await listing(world, inicio="2026-11-22T17:02:00-03:00")).json()["parametros"]["paginacao"][
        "quantidadeTotalDeItens"
    ] == 3
    one = await world.send("GET", f"/api/v2/pix/{keyed[0]}")
    assert one.json()["valor"] == "1.00"


async def test_nothing_received_is_one_empty_page(world: World) -> None:
    body = (await listing(world)).json()
    assert body["pix"] == []
    assert body["parametros"]["paginacao"]["quantidadeDePaginas"] == 1
    assert body["parametros"]["paginacao"]["itensPorPagina"] == 100


@pytest.mark.parametrize(
    ("query", "prop"),
    [
        ({"inicio": None}, "pix.inicio"),
        ({"fim": None}, "pix.fim"),
        ({"inicio": "2026-11-22"}, "pix.inicio"),
        ({"inicio": "2026-11-22T00:00:00"}, "pix.inicio"),
        ({"inicio": "2026-13-22T00:00:00Z"}, "pix.inicio"),
        ({"fim": "2026-11-21T00:00:00Z"}, "pix.fim"),
        ({"paginacao.paginaAtual": "-1"}, "pix.paginacao.paginaAtual"),
        ({"paginacao.paginaAtual": "um"}, "pix.paginacao.paginaAtual"),
        ({"paginacao.itensPorPagina": "0"}, "pix.paginacao.itensPorPagina"),
        ({"paginacao.itensPorPagina": "1001"}, "pix.paginacao.itensPorPagina"),
        ({"cpf": "12345678909", "cnpj": "12345678000195"}, "pix.cpf"),
        ({"txid": "a-b"}, "pix.txid"),
        ({"txIdPresente": "sim"}, "pix.txIdPresente"),
    ],
)
async def test_a_query_against_the_rules(world: World, query: dict[str, Any], prop: str) -> None:
    response = await listing(world, **query)
    assert (response.status_code, kind_of(response)) == (400, "PixConsultaInvalida")
    assert prop in blamed(response)


async def test_a_plus_sign_that_was_not_encoded_is_a_blank(world: World) -> None:
    response = await world.send("GET", "/api/v2/pix?inicio=2026-11-22T00:00:00+00:00&fim=2026-11-22T23:00:00Z")
    assert blamed(response) == {"pix.inicio"}


# --- Refunds ----------------------------------------------------------------------------------------------------------


async def test_a_refund_is_in_process_then_done(world: World) -> None:
    path = await paid_charge(world)
    asked = await world.send("PUT", f"{path}/d1", json={"valor": "45.00", "descricao": "Sem papel"})
    body = asked.json()
    assert (asked.status_code, body["status"], body["valor"], body["id"]) == (201, "EM_PROCESSAMENTO", "45.00", "d1")
    assert re.fullmatch(r"D[a-zA-Z0-9]{31}", body["rtrId"])
    assert "liquidacao" not in body["horario"]
    read = (await world.send("GET", f"{path}/d1")).json()
    assert (read["status"], read["descricao"]) == ("DEVOLVIDO", "Sem papel")
    assert RFC3339_UTC.fullmatch(read["horario"]["liquidacao"])
    (pix,) = (await world.get())["pix"]
    assert pix["devolucoes"][0]["status"] == "DEVOLVIDO"
    assert (await listing(world, devolucaoPresente="true")).json()["pix"][0]["devolucoes"][0]["id"] == "d1"


async def test_refunds_never_exceed_what_was_received(world: World) -> None:
    path = await paid_charge(world)
    assert (await world.send("PUT", f"{path}/d1", json={"valor": "30.00"})).status_code == 201
    over = await world.send("PUT", f"{path}/d2", json={"valor": "15.01"})
    assert (over.status_code, kind_of(over), blamed(over)) == (400, "PixDevolucaoInvalida", {"devolucao.valor"})
    assert (await world.send("PUT", f"{path}/d2", json={"valor": "15.00"})).status_code == 201
    (pix,) = world.bank.ledger()["pix"]
    assert [refund["amount_cents"] for refund in pix["refunds"]] == [3000, 1500]


async def test_a_refund_id_is_used_once(world: World) -> None:
    path = await paid_charge(world)
    await world.send("PUT", f"{path}/d1", json={"valor": "1.00"})
    again = await world.send("PUT", f"{path}/d1", json={"valor": "1.00"})
    assert (again.status_code, kind_of(again), blamed(again)) == (400, "PixDevolucaoInvalida", {"devolucao.id"})


async def test_refunds_end_after_ninety_days(world: World) -> None:
    path = await paid_charge(world)
    world.hands.turn(days=90)
    world.token = (await ask_token(world.http)).json()["access_token"]
    assert (await world.send("PUT", f"{path}/d1", json={"valor": "1.00"})).status_code == 201
    world.hands.turn(seconds=1)
    late = await world.send("PUT", f"{path}/d2", json={"valor": "1.00"})
    assert (late.status_code, kind_of(late)) == (400, "PixDevolucaoInvalida")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"valor": "0.00"},
        {"valor": 1.0},
        {"valor": "1"},
        {"valor": "1.00", "natureza": "RETIRADA"},
        {"valor": "1.00", "descricao": "x" * 141},
        {"valor": "1.00", "motivo": "x"},
    ],
)
async def test_a_refund_against_the_rules(world: World, body: dict[str, Any]) -> None:
    path = await paid_charge(world)
    response = await world.send("PUT", f"{path}/d1", json=body)
    assert (response.status_code, kind_of(response)) == (400, "PixDevolucaoInvalida")
    assert world.bank.ledger()["pix"][0]["refunds"] == []


@pytest.mark.parametrize("refund_id", ["a-b", "a" * 36, "a b"])
async def test_a_refund_id_out_of_form(world: World, refund_id: str) -> None:
    path = await paid_charge(world)
    response = await world.send("PUT", f"{path}/{refund_id}", json={"valor": "1.00"})
    assert (response.status_code, blamed(response)) == (400, {"devolucao.id"})


async def test_a_refund_may_fail_and_leaves_the_money(
    bank_certificates: CertificateSet, bank_tls: ssl.SSLContext
) -> None:
    settings = SicrediSettings(refund_script=RefundScript(RefundState.NOT_DONE, polls=2))
    async with world_of(bank_certificates, bank_tls, settings) as world:
        path = await paid_charge(world)
        asked = (await world.send("PUT", f"{path}/d1", json={"valor": "45.00"})).json()
        answers = [(await world.send("GET", f"{path}/d1")).json() for _ in range(3)]
        states = [asked["status"], *(answer["status"] for answer in answers)]
        assert states == ["EM_PROCESSAMENTO", "EM_PROCESSAMENTO", "NAO_REALIZADO", "NAO_REALIZADO"]
        assert answers[-1]["motivo"]
        assert (await world.send("PUT", f"{path}/d2", json={"valor": "45.00"})).status_code == 201


async def test_a_refund_may_be_done_at_once(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> None:
    async with world_of(bank_certificates, bank_tls, SicrediSettings(refund_script=RefundScript(polls=0))) as world:
        path = await paid_charge(world)
        assert (await world.send("PUT", f"{path}/d1", json={"valor": "45.00"})).json()["status"] == "DEVOLVIDO"
