"""The simulated Banco Inter's Pix out and balance: paid once for each key, by script, with the money there is."""

from __future__ import annotations

import ssl
import uuid
from typing import Any

import httpx
import pytest

from providers.sim import faults
from providers.sim.ca import CertificateSet
from providers.sim.faults import Operation
from providers.sim.inter import FLAT_PAYMENTS, InterSettings
from tests.support.inter_bank import IDEMPOTENCY_KEY, OTHER_KEY, InterWorld, inter_of, payment
from tests.support.sicredi_bank import RFC3339_UTC, TXID, blamed, kind_of

CUSTOMER = "cliente@exemplo.com.br"


async def status_of(world: InterWorld, code: str) -> str:
    response = await world.send("GET", f"/banking/v2/pix/{code}")
    assert response.status_code == 200, response.text
    status: str = response.json()["transacaoPix"]["status"]
    return status


async def test_a_payment_is_processed_then_paid(inter: InterWorld) -> None:
    assert await inter.balance() == 1000.0
    sent = await inter.pay_out()
    body = sent.json()
    assert (sent.status_code, body["tipoRetorno"], body["dataPagamento"]) == (200, "PROCESSADO", "2026-11-22")
    code = body["codigoSolicitacao"]
    assert str(uuid.UUID(code)) == code
    assert await inter.balance() == 1000.0
    read = (await inter.send("GET", f"/banking/v2/pix/{code}")).json()
    transaction = read["transacaoPix"]
    assert (transaction["status"], transaction["valor"], transaction["chave"]) == ("PAGO", 45.0, CUSTOMER)
    assert transaction["endToEnd"] == body["endToEndId"]
    assert (transaction["endToEnd"][:9], len(transaction["endToEnd"])) == ("E00416968", 32)
    assert (transaction["codigoSolicitacao"], transaction["erros"]) == (code, [])
    assert RFC3339_UTC.fullmatch(transaction["dataHoraSolicitacao"])
    assert [event["status"] for event in read["historico"]] == ["CRIADO", "APROVADO", "PAGO"]
    assert await inter.balance() == 955.0


async def test_the_same_key_twice_is_one_answer_and_one_payment(inter: InterWorld) -> None:
    first = (await inter.pay_out()).json()
    await status_of(inter, first["codigoSolicitacao"])
    inter.hands.turn(seconds=30)
    for key in (IDEMPOTENCY_KEY, IDEMPOTENCY_KEY.upper()):
        again = await inter.pay_out(key)
        assert (again.status_code, again.json()) == (200, first)
        inter.hands.turn(seconds=1)
    assert [one["status"] for one in inter.bank.ledger()["pix_out"]] == ["PAGO"]
    assert await inter.balance() == 955.0
    other = await inter.pay_out(OTHER_KEY)
    assert other.json()["codigoSolicitacao"] != first["codigoSolicitacao"]


async def test_a_lost_answer_is_asked_for_again_by_the_same_key(inter: InterWorld) -> None:
    inter.fault(Operation.PIX_OUT, faults.ResetAfter())
    with pytest.raises(httpx.ReadError):
        await inter.pay_out()
    inter.hands.turn(seconds=1)
    code = (await inter.pay_out()).json()["codigoSolicitacao"]
    assert await status_of(inter, code) == "PAGO"
    assert [one["idempotency_key"] for one in inter.bank.ledger()["pix_out"]] == [IDEMPOTENCY_KEY]
    assert await inter.balance() == 955.0


async def test_a_key_that_served_another_payment_is_refused(inter: InterWorld) -> None:
    await inter.pay_out()
    inter.hands.turn(seconds=1)
    other = await inter.pay_out(valor="46.00")
    assert other.status_code == 409
    assert [one["amount_cents"] for one in inter.bank.ledger()["pix_out"]] == [4500]


@pytest.mark.parametrize("key", [None, "", "1", "a" * 36, IDEMPOTENCY_KEY.replace("-", ""), f"{{{IDEMPOTENCY_KEY}}}"])
async def test_no_payment_without_a_uuid(inter: InterWorld, key: str | None) -> None:
    response = await inter.pay_out(key)
    assert (response.status_code, blamed(response)) == (400, {"x-id-idempotente"})
    assert inter.bank.ledger()["pix_out"] == []


@pytest.mark.parametrize(
    ("changes", "prop"),
    [
        ({"valor": None}, "pix.valor"),
        ({"valor": "0.00"}, "pix.valor"),
        ({"valor": "45"}, "pix.valor"),
        ({"valor": "45,00"}, "pix.valor"),
        ({"valor": "-1.00"}, "pix.valor"),
        ({"valor": 0}, "pix.valor"),
        ({"valor": 45.001}, "pix.valor"),
        ({"valor": True}, "pix.valor"),
        ({"valor": 1e300}, "pix.valor"),
        ({"descricao": "x" * 141}, "pix.descricao"),
        ({"descricao": 5}, "pix.descricao"),
        ({"destinatario": None}, "pix.destinatario"),
        ({"destinatario": {"chave": CUSTOMER}}, "pix.destinatario.tipo"),
        ({"destinatario": {"tipo": "DADOS_BANCARIOS", "chave": CUSTOMER}}, "pix.destinatario.tipo"),
        ({"destinatario": {"tipo": "CHAVE"}}, "pix.destinatario.chave"),
        ({"destinatario": {"tipo": "CHAVE", "chave": ""}}, "pix.destinatario.chave"),
        ({"destinatario": {"tipo": "CHAVE", "chave": "123.456.789-09"}}, "pix.destinatario.chave"),
        ({"destinatario": {"tipo": "CHAVE", "chave": "a@b." + "c" * 74}}, "pix.destinatario.chave"),
        ({"destinatario": {"tipo": "CHAVE", "chave": CUSTOMER, "nome": "N"}}, "pix.destinatario.nome"),
        ({"dataPagamento": "22/11/2026"}, "pix.dataPagamento"),
        ({"dataPagamento": "2026-11-21"}, "pix.dataPagamento"),
        ({"dataPagamento": "2026-13-01"}, "pix.dataPagamento"),
        ({"campoNovo": 1}, "pix.campoNovo"),
    ],
)
async def test_a_payment_against_the_rules(inter: InterWorld, changes: dict[str, Any], prop: str) -> None:
    response = await inter.pay_out(**changes)
    assert (response.status_code, kind_of(response)) == (400, "PagamentoPixInvalido")
    assert prop in blamed(response)
    assert inter.bank.ledger()["pix_out"] == []


@pytest.mark.parametrize(
    "key",
    ["12345678909", "12ABC345000195", "+5511987654321", CUSTOMER, "7d9f0335-8dcc-4054-9bf9-0dbd61d36906"],
)
@pytest.mark.parametrize("amount", ["45.00", 45, 45.0])
async def test_every_kind_of_key_and_both_forms_of_amount(inter: InterWorld, key: str, amount: object) -> None:
    recipient = {"tipo": "CHAVE", "chave": key}
    response = await inter.pay_out(destinatario=recipient, valor=amount, descricao="x" * 140)
    assert response.status_code == 200, response.text
    (sent,) = inter.bank.ledger()["pix_out"]
    assert (sent["key"], sent["amount_cents"]) == (key, 4500)


# --- By script --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "states"),
    [
        (faults.PixOutEnds(polls=2), ["APROVADO", "PAGO", "PAGO"]),
        (faults.PixOutEnds(polls=0), ["PAGO"] * 3),
        (faults.PixOutEnds(polls=None), ["APROVADO"] * 3),
        (faults.PixOutEnds("APROVACAO", "REPROVADO"), ["REPROVADO"] * 3),
        (faults.PixOutEnds("APROVACAO", polls=3), ["AGUARDANDO_APROVACAO"] * 2 + ["PAGO"]),
        (faults.PixOutEnds("AGENDADO", "AGENDAMENTO_CANCELADO", 2), ["AGENDADO"] + ["AGENDAMENTO_CANCELADO"] * 2),
        (faults.PixOutEnds(ends="FALHA"), ["FALHA"] * 3),
    ],
)
async def test_how_a_payment_ends(inter: InterWorld, effect: faults.PixOutEnds, states: list[str]) -> None:
    inter.fault(Operation.PIX_OUT, effect)
    body = (await inter.pay_out()).json()
    assert body["tipoRetorno"] == effect.answer
    assert ("endToEndId" in body) is (effect.answer == "PROCESSADO")
    assert [await status_of(inter, body["codigoSolicitacao"]) for _ in range(3)] == states
    assert await inter.balance() == (955.0 if states[-1] == "PAGO" else 1000.0)


async def test_a_failed_payment_says_why(inter: InterWorld) -> None:
    inter.fault(Operation.PIX_OUT, faults.PixOutEnds(ends="FALHA", polls=0))
    code = (await inter.pay_out()).json()["codigoSolicitacao"]
    read = (await inter.send("GET", f"/banking/v2/pix/{code}")).json()
    assert "FALHA" in read["transacaoPix"]["erros"][0]["descricaoErro"]


async def test_the_owner_approves_later(inter: InterWorld) -> None:
    inter.bank.set_pix_out("APROVACAO", polls=None)
    code = (await inter.pay_out()).json()["codigoSolicitacao"]
    assert [await status_of(inter, code) for _ in range(3)] == ["AGUARDANDO_APROVACAO"] * 3
    assert (inter.bank.settle_pix_out("PAGO"), inter.bank.settle_pix_out("PAGO")) == (1, 0)
    assert await status_of(inter, code) == "PAGO"
    assert await inter.balance() == 955.0


async def test_a_day_to_come_is_scheduled(inter: InterWorld) -> None:
    body = (await inter.pay_out(dataPagamento="2026-11-23")).json()
    assert (body["tipoRetorno"], body["dataPagamento"]) == ("AGENDADO", "2026-11-23")
    assert await status_of(inter, body["codigoSolicitacao"]) == "AGENDADO"


async def test_without_money_nothing_is_paid(inter: InterWorld) -> None:
    codes = []
    for key in (IDEMPOTENCY_KEY, OTHER_KEY):
        codes.append((await inter.pay_out(key, valor="600.00")).json()["codigoSolicitacao"])
        inter.hands.turn(seconds=1)
    assert [await status_of(inter, code) for code in codes] == ["PAGO", "CANCELADO_SEM_SALDO"]
    assert await inter.balance() == 400.0


async def test_an_unknown_payment_is_not_found(inter: InterWorld) -> None:
    response = await inter.send("GET", f"/banking/v2/pix/{IDEMPOTENCY_KEY}")
    assert (response.status_code, kind_of(response)) == (404, "PagamentoPixNaoEncontrado")


# --- The owner's script's path ----------------------------------------------------------------------------------------


async def test_the_flat_path_by_setting(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> None:
    flat = {"valor": "10.00", "chave": CUSTOMER, "descricao": "Pagamento", "txid": TXID}
    async with inter_of(bank_certificates, bank_tls, InterSettings(pix_out_path=FLAT_PAYMENTS)) as world:
        first = await world.send("POST", FLAT_PAYMENTS, json=flat)
        assert first.status_code == 200, first.text
        world.hands.turn(seconds=1)
        again = await world.send("POST", FLAT_PAYMENTS, json=flat)
        assert again.json() == first.json()
        world.hands.turn(seconds=1)
        bad = await world.send("POST", FLAT_PAYMENTS, json={**flat, "txid": IDEMPOTENCY_KEY})
        assert (bad.status_code, blamed(bad)) == (400, {"pix.txid"})
        by_txid = (await world.send("GET", f"{FLAT_PAYMENTS}/{TXID}")).json()["transacaoPix"]
        assert (by_txid["status"], by_txid["codigoSolicitacao"]) == ("PAGO", first.json()["codigoSolicitacao"])
        world.hands.turn(seconds=1)
        header = {"x-id-idempotente": OTHER_KEY}
        nested = await world.send("POST", FLAT_PAYMENTS, json=payment(), headers=header)
        assert nested.status_code == 200
        assert (await world.pay_out(OTHER_KEY)).status_code == 404
        assert len(world.bank.ledger()["pix_out"]) == 2
