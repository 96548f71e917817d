"""The simulated Banco Inter: Bacen's API under its paths, judged by Bacen's schemas through a plain client."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import httpx

from providers.sim import faults
from providers.sim.bank import PaidPix, Refused
from providers.sim.ca import CertificateSet
from providers.sim.faults import Operation
from providers.sim.inter import InterSettings
from tests.support.inter_bank import INTER_KEY, InterWorld, charge_order, inter_client, inter_of
from tests.support.json_schema import faults_of
from tests.support.sicredi_bank import REMOVAL, TXID, blamed, kind_of, trust
from totem.domain import brcode


async def test_every_answer_keeps_the_published_schema(inter: InterWorld, published: dict[str, Any]) -> None:
    schemas = published["schemas"]

    def keeps(name: str, response: httpx.Response, status: int = 200) -> dict[str, Any]:
        assert response.status_code == status, response.text
        body: dict[str, Any] = response.json()
        assert faults_of(body, schemas[name]) == []
        return body

    order = {**published["examples"]["cobBody2"], "chave": INTER_KEY}
    keeps("CobGerada", await inter.send("PUT", f"/pix/v2/cob/{TXID}", json=order), 201)
    keeps("CobCompleta", await inter.send("GET", f"/pix/v2/cob/{TXID}"))
    path = f"/pix/v2/pix/{inter.pay().end_to_end_id}"
    refund = published["examples"]["devolucaoSolicitada1"]
    keeps("Devolucao", await inter.send("PUT", f"{path}/devolucao/d1", json=refund), 201)
    keeps("Devolucao", await inter.send("GET", f"{path}/devolucao/d1"))
    keeps("CobCompleta", await inter.send("GET", f"/pix/v2/cob/{TXID}"))
    keeps("Pix", await inter.send("GET", path))
    inter.bank.pay_key(1)
    window = {"inicio": "2026-11-22T00:00:00Z", "fim": "2026-11-23T00:00:00Z"}
    keeps("PixConsultados", await inter.send("GET", "/pix/v2/pix", params=window))
    keeps("Problema", await inter.send("GET", f"/pix/v2/cob/{TXID[:-1]}x"), 404)
    keeps("Problema", await inter.create(valor={"original": "1"}), 400)


async def test_the_published_removal(inter: InterWorld, published: dict[str, Any]) -> None:
    await inter.create()
    response = await inter.send("PATCH", f"/pix/v2/cob/{TXID}", json=published["examples"]["cobBody5"])
    assert response.status_code == 200
    assert faults_of(response.json(), published["schemas"]["CobGerada"]) == []


async def test_the_orders_of_these_tests_keep_the_published_schema(published: dict[str, Any]) -> None:
    assert faults_of(charge_order(), published["schemas"]["CobSolicitada"]) == []


async def test_a_charge_is_made_shown_and_paid(inter: InterWorld) -> None:
    made = (await inter.create()).json()
    code = brcode.decode(made["pixCopiaECola"])
    assert (code.url, code.amount, code.merchant_city) == (made["location"], "45.00", "BELO HORIZONTE")
    shown = await inter.send("GET", f"/pix/v2/loc/{made['loc']['id']}/qrcode")
    assert shown.json()["qrcode"] == made["pixCopiaECola"]
    paid = inter.bank.pay(copia_e_cola=made["pixCopiaECola"])
    assert isinstance(paid, PaidPix)
    read = await inter.get()
    assert (read["status"], read["pix"][0]["endToEndId"]) == ("CONCLUIDA", paid.end_to_end_id)


async def test_the_same_order_again_is_the_same_charge(inter: InterWorld) -> None:
    first, again = await inter.create(), await inter.create()
    assert (again.status_code, again.json()) == (201, first.json())
    other = await inter.create(valor={"original": "46.00"})
    assert (other.status_code, kind_of(other)) == (400, "CobOperacaoInvalida")


async def test_payment_and_removal_race(inter: InterWorld) -> None:
    await inter.create()
    inter.fault(Operation.CANCEL_CHARGE, faults.PayAt("after"))
    removed = await inter.send("PATCH", f"/pix/v2/cob/{TXID}", json=REMOVAL)
    assert (removed.status_code, "pix" in removed.json()) == (200, False)
    read = await inter.get()
    assert (read["status"], len(read["pix"])) == (REMOVAL["status"], 1)


async def test_faults_act_on_inter_as_well(inter: InterWorld) -> None:
    inter.fault(Operation.CREATE_CHARGE, faults.Status(503))
    assert kind_of(await inter.create()) == "ServicoIndisponivel"
    assert inter.bank.ledger()["charges"] == []
    inter.fault(Operation.CREATE_CHARGE, faults.MissingCopiaECola())
    assert "pixCopiaECola" not in (await inter.create()).json()


# --- The sandbox's payer ----------------------------------------------------------------------------------------------


async def test_the_sandbox_pays_a_charge_by_call(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> None:
    async with inter_of(bank_certificates, bank_tls, InterSettings(sandbox=True)) as world:
        await world.create()
        path = f"/pix/v2/cob/pagar/{TXID}"
        for body in ({}, {"valor": 0}, {"valor": "45"}, {"valor": 45.005}, {"valor": True}, {"valor": 45, "x": 1}):
            refused = await world.send("POST", path, json=body)
            assert (refused.status_code, kind_of(refused)) == (400, "CobOperacaoInvalida"), body
        paid = await world.send("POST", path, json={"valor": 45.0})
        assert paid.status_code == 200
        read = await world.get()
        assert (read["status"], read["pix"][0]["endToEndId"]) == ("CONCLUIDA", paid.json()["e2e"])
        assert read["pix"][0]["valor"] == "45.00"
        again = await world.send("POST", path, json={"valor": "45.00"})
        assert (again.status_code, blamed(again)) == (400, {"cob.status"})


async def test_the_sandbox_pays_no_expired_and_no_unknown_charge(
    bank_certificates: CertificateSet, bank_tls: ssl.SSLContext
) -> None:
    async with inter_of(bank_certificates, bank_tls, InterSettings(sandbox=True)) as world:
        await world.create()
        world.hands.turn(seconds=300)
        expired = await world.send("POST", f"/pix/v2/cob/pagar/{TXID}", json={"valor": "45.00"})
        assert (expired.status_code, blamed(expired)) == (400, {"cob.status"})
        unknown = await world.send("POST", f"/pix/v2/cob/pagar/{'a' * 26}", json={"valor": "45.00"})
        assert (unknown.status_code, kind_of(unknown)) == (404, "CobNaoEncontrado")


async def test_production_has_no_payer(inter: InterWorld) -> None:
    await inter.create()
    response = await inter.send("POST", f"/pix/v2/cob/pagar/{TXID}", json={"valor": "45.00"})
    assert (response.status_code, kind_of(response)) == (404, "NaoEncontrado")
    assert (await inter.get())["status"] == "ATIVA"


# --- Many kiosks, one key ---------------------------------------------------------------------------------------------


async def test_kiosks_of_one_integration_see_one_account(inter: InterWorld, bank_certificates: CertificateSet) -> None:
    async with inter_client(inter.bank, trust(bank_certificates.ca, bank_certificates.client)) as second:
        headers = {"Authorization": f"Bearer {inter.token}"}
        other = "TOTEM02" + "0" * 24 + "9"
        made, _ = await asyncio.gather(
            second.put(f"/pix/v2/cob/{other}", json=charge_order(), headers=headers), inter.create()
        )
        assert made.status_code == 201
    inter.bank.pay(txid=other)
    inter.pay()
    inter.bank.pay_key(700)
    inter.bank.pay_key(800, "TOTEM03" + "0" * 24 + "1")
    assert [pix.get("txid") for pix in await inter.listing()] == [
        pix["txid"] for pix in sorted(inter.bank.ledger()["pix"], key=lambda pix: (pix["at"], pix["end_to_end_id"]))
    ]
    assert {pix.get("txid") for pix in await inter.listing()} == {other, TXID, None, "TOTEM03" + "0" * 24 + "1"}


async def test_a_removed_charge_is_refused_by_a_phone(inter: InterWorld) -> None:
    code = (await inter.create()).json()["pixCopiaECola"]
    await inter.send("PATCH", f"/pix/v2/cob/{TXID}", json=REMOVAL)
    assert inter.bank.pay(copia_e_cola=code) == Refused("removed")
    assert inter.bank.pay_twice(copia_e_cola=code) == Refused("removed")


async def test_the_same_seed_gives_the_same_bank(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> None:
    books = []
    for seed in (3, 3, 4):
        async with inter_of(bank_certificates, bank_tls, seed=seed) as world:
            await world.create()
            world.pay()
            await world.pay_out()
            books.append(world.bank.ledger())
    assert books[0] == books[1]
    assert books[0]["pix_out"] != books[2]["pix_out"]
