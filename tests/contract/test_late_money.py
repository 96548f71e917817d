"""Money at odd times, and refunds by script: the acts of the world that are the same at every simulated bank."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from providers.sim import faults
from providers.sim.bank import PaidPix, Refused, SicrediBank
from providers.sim.ca import CertificateSet
from providers.sim.control import ControlClient, ControlError, ControlServer
from providers.sim.faults import Operation
from providers.sim.inter import InterBank
from providers.sim.ledger import RefundScript, RefundState
from tests.support.inter_bank import InterWorld, inter_of
from tests.support.sicredi_bank import SETTINGS, TXID, World, kind_of, world_of

OTHER_KIOSK = "TOTEM02" + "b" * 24 + "7"
YESTERDAY = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)


@dataclass
class AnyBank:
    world: World | InterWorld
    prefix: str

    @property
    def bank(self) -> SicrediBank | InterBank:
        return self.world.bank

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        response = await self.world.send("GET", f"{self.prefix}{path}", params=query)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    async def charge(self) -> str:
        code: str = (await self.world.create()).json()["pixCopiaECola"]
        return code

    async def received(self, since: str, until: str) -> list[str]:
        body = await self.get("/pix", inicio=since, fim=until)
        return [pix["endToEndId"] for pix in body["pix"]]

    async def refund(self, e2eid: str, refund_id: str = "d1", value: str = "45.00") -> httpx.Response:
        path = f"{self.prefix}/pix/{e2eid}/devolucao/{refund_id}"
        return await self.world.send("PUT", path, json={"valor": value})

    async def refund_status(self, e2eid: str, refund_id: str = "d1") -> str:
        status: str = (await self.get(f"/pix/{e2eid}/devolucao/{refund_id}"))["status"]
        return status

    async def paid_charge(self) -> str:
        await self.charge()
        return self.world.pay().end_to_end_id


@pytest.fixture(params=["sicredi", "inter"])
async def any_bank(
    request: pytest.FixtureRequest, bank_certificates: CertificateSet, bank_tls: ssl.SSLContext
) -> AsyncIterator[AnyBank]:
    if request.param == "sicredi":
        async with world_of(bank_certificates, bank_tls, SETTINGS) as sicredi:
            yield AnyBank(sicredi, "/api/v2")
    else:
        async with inter_of(bank_certificates, bank_tls) as inter:
            yield AnyBank(inter, "/pix/v2")


# --- Payments ---------------------------------------------------------------------------------------------------------


async def test_two_phones_pay_one_charge(any_bank: AnyBank) -> None:
    code = await any_bank.charge()
    both = any_bank.bank.pay_twice(copia_e_cola=code)
    assert isinstance(both, tuple)
    read = await any_bank.get(f"/cob/{TXID}")
    assert [pix["endToEndId"] for pix in read["pix"]] == [paid.end_to_end_id for paid in both]
    assert {pix["valor"] for pix in read["pix"]} == {"45.00"}
    assert any_bank.bank.pay_twice(txid=TXID) == Refused("already_paid")


async def test_money_of_a_day_when_the_kiosk_was_off(any_bank: AnyBank) -> None:
    await any_bank.charge()
    old = any_bank.bank.pay(txid=TXID, at=YESTERDAY)
    assert isinstance(old, PaidPix)
    assert (old.at, old.end_to_end_id[9:21]) == ("2026-11-21T15:30:00.000Z", "202611211530")
    keyed = any_bank.bank.pay_key(700, at=YESTERDAY + timedelta(hours=1))
    other = any_bank.bank.pay_key(800, OTHER_KIOSK, at=YESTERDAY + timedelta(hours=2))
    today = any_bank.bank.pay_key(900)
    everything = await any_bank.received("2026-11-21T00:00:00Z", "2026-11-22T23:00:00Z")
    assert everything == [one.end_to_end_id for one in (old, keyed, other, today)]
    assert await any_bank.received("2026-11-22T00:00:00Z", "2026-11-22T23:00:00Z") == [today.end_to_end_id]
    assert await any_bank.received("2026-11-21T16:00:00Z", "2026-11-21T17:00:00Z") == [keyed.end_to_end_id]


async def test_what_was_paid_in_time_is_honoured_though_told_later(any_bank: AnyBank) -> None:
    await any_bank.charge()
    in_time = any_bank.world.hands.at + timedelta(seconds=299)
    any_bank.world.hands.turn(hours=1)
    assert any_bank.bank.pay(txid=TXID, at=in_time + timedelta(seconds=1)) == Refused("expired")
    assert isinstance(any_bank.bank.pay(txid=TXID, at=in_time), PaidPix)


async def test_what_no_payer_can_do(any_bank: AnyBank) -> None:
    tomorrow = any_bank.world.hands.at + timedelta(days=1)
    await any_bank.charge()
    acts: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: any_bank.bank.pay(txid=TXID, late=True, at=tomorrow), "future"),
        (lambda: any_bank.bank.pay_key(100, at=tomorrow), "future"),
        (lambda: any_bank.bank.pay_key(100, "a-b"), "not a txid"),
        (lambda: any_bank.bank.pay_key(100, key="outra"), "not a key"),
        (lambda: any_bank.bank.pay_key(0), "not an amount"),
    )
    for act, why in acts:
        with pytest.raises(ValueError, match=why):
            act()
    assert any_bank.bank.ledger()["pix"] == []


async def test_the_balance_follows_the_money(any_bank: AnyBank) -> None:
    opening = any_bank.bank.balance_cents
    e2eid = await any_bank.paid_charge()
    any_bank.bank.pay_key(500)
    assert any_bank.bank.balance_cents == opening + 5000
    any_bank.bank.set_refunds(RefundScript(RefundState.NOT_DONE))
    await any_bank.refund(e2eid, value="30.00")
    assert any_bank.bank.balance_cents == opening + 2000
    assert await any_bank.refund_status(e2eid) == "NAO_REALIZADO"
    assert any_bank.bank.ledger()["balance_cents"] == opening + 5000


# --- Refunds by script ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "states"),
    [
        (faults.RefundEnds("NAO_REALIZADO", 2), ["EM_PROCESSAMENTO", "EM_PROCESSAMENTO", "NAO_REALIZADO"]),
        (faults.RefundEnds("NAO_REALIZADO", 0), ["NAO_REALIZADO"] * 3),
        (faults.RefundEnds("DEVOLVIDO", 1), ["EM_PROCESSAMENTO", "DEVOLVIDO", "DEVOLVIDO"]),
        (faults.RefundEnds("DEVOLVIDO", None), ["EM_PROCESSAMENTO"] * 3),
    ],
)
async def test_one_refund_by_script(any_bank: AnyBank, effect: faults.RefundEnds, states: list[str]) -> None:
    e2eid = await any_bank.paid_charge()
    any_bank.world.fault(Operation.REFUND, effect)
    asked = await any_bank.refund(e2eid, value="20.00")
    assert asked.status_code == 201
    told = [asked.json()["status"], *[await any_bank.refund_status(e2eid) for _ in range(2)]]
    assert told == states
    other = await any_bank.refund(e2eid, "d2", "20.00")
    assert (other.json()["status"], await any_bank.refund_status(e2eid, "d2")) == ("EM_PROCESSAMENTO", "DEVOLVIDO")


async def test_a_refund_whose_answer_is_lost_is_found_and_not_repeated(any_bank: AnyBank) -> None:
    e2eid = await any_bank.paid_charge()
    any_bank.bank.set_faults(
        [
            faults.Fault(Operation.REFUND, faults.ResetAfter()),
            faults.Fault(Operation.REFUND, faults.RefundEnds("NAO_REALIZADO", 2)),
        ]
    )
    with pytest.raises(httpx.ReadError):
        await any_bank.refund(e2eid)
    again = await any_bank.refund(e2eid)
    assert (again.status_code, kind_of(again)) == (400, "PixDevolucaoInvalida")
    assert [await any_bank.refund_status(e2eid) for _ in range(2)] == ["EM_PROCESSAMENTO", "NAO_REALIZADO"]
    assert len(any_bank.bank.ledger()["pix"][0]["refunds"]) == 1


async def test_a_refund_that_never_arrived_may_be_asked_for_again(any_bank: AnyBank) -> None:
    e2eid = await any_bank.paid_charge()
    any_bank.world.fault(Operation.REFUND, faults.ResetBefore())
    with pytest.raises(httpx.ReadError):
        await any_bank.refund(e2eid)
    missing = await any_bank.world.send("GET", f"{any_bank.prefix}/pix/{e2eid}/devolucao/d1")
    assert (missing.status_code, kind_of(missing)) == (404, "PixDevolucaoNaoEncontrada")
    assert (await any_bank.refund(e2eid)).status_code == 201


async def test_refunds_may_wait_for_a_hand(any_bank: AnyBank) -> None:
    any_bank.bank.set_refunds(RefundScript(polls=None))
    e2eid = await any_bank.paid_charge()
    await any_bank.refund(e2eid)
    assert [await any_bank.refund_status(e2eid) for _ in range(3)] == ["EM_PROCESSAMENTO"] * 3
    assert any_bank.bank.settle_refunds(RefundState.DONE) == 1
    assert any_bank.bank.settle_refunds(RefundState.NOT_DONE) == 0
    assert await any_bank.refund_status(e2eid) == "DEVOLVIDO"


async def test_no_refund_without_money_in_the_account(inter: InterWorld) -> None:
    inter.bank.set_pix_out(polls=0)
    any_bank = AnyBank(inter, "/pix/v2")
    e2eid = await any_bank.paid_charge()
    assert (await inter.pay_out(valor="1000.01")).status_code == 200
    assert (await any_bank.refund(e2eid)).json()["status"] == "EM_PROCESSAMENTO"
    assert await any_bank.refund_status(e2eid) == "NAO_REALIZADO"
    assert inter.bank.balance_cents == 4499


# --- Through the control channel --------------------------------------------------------------------------------------


async def test_the_acts_of_both_banks_on_one_channel(inter: InterWorld, world: World) -> None:
    await inter.create()
    await world.create()
    control = ControlServer({**world.bank.control_handlers(), **inter.bank.control_handlers()}, "t")
    await control.start()
    client = ControlClient(control.base_url, "t")
    try:
        for bank in ("bank", "inter"):
            twice = await client.acall(f"{bank}.pay_twice", txid=TXID)
            assert twice["first"]["end_to_end_id"] != twice["second"]["end_to_end_id"]
            assert (await client.acall(f"{bank}.pay_twice", txid=TXID)) == {"paid": False, "reason": "already_paid"}
            late = await client.acall(f"{bank}.pay", txid=TXID, late=True, at="2026-11-21T12:30:00-03:00")
            assert late["at"] == "2026-11-21T15:30:00.000Z"
            keyed = await client.acall(f"{bank}.pay_key", amount_cents=5, txid=OTHER_KIOSK, at="2026-11-21T16:00:00Z")
            assert (keyed["txid"], keyed["at"]) == (OTHER_KIOSK, "2026-11-21T16:00:00.000Z")
            await client.acall(f"{bank}.set_refunds", state="NAO_REALIZADO", polls=None)
            assert await client.acall(f"{bank}.settle_refunds", state="DEVOLVIDO") == {"settled": 0}
            assert len((await client.acall(f"{bank}.ledger"))["pix"]) == 4
            for wrong in ({"at": "2026-11-21T12:30:00"}, {"at": "ontem"}, {"late": "sim"}, {"at": 5}):
                with pytest.raises(ControlError):
                    await client.acall(f"{bank}.pay", txid=TXID, **{"late": True, **wrong})
            refused: tuple[dict[str, object], ...] = ({"state": "TALVEZ"}, {}, {"state": "DEVOLVIDO", "polls": -1})
            for arguments in refused:
                with pytest.raises(ControlError):
                    await client.acall(f"{bank}.set_refunds", **arguments)
        await client.acall("inter.set_pix_out", answer="APROVACAO", polls=None)
        with pytest.raises(ControlError, match="no such answer"):
            await client.acall("inter.set_pix_out", answer="TALVEZ")
        await inter.pay_out()
        assert await client.acall("inter.settle_pix_out", status="PAGO") == {"settled": 1}
        assert (await client.acall("inter.ledger"))["pix_out"][0]["status"] == "PAGO"
        with pytest.raises(ControlError, match="no such act"):
            await client.acall("bank.set_pix_out")
    finally:
        await client.aclose()
        await control.stop()
    assert set(world.bank.control_handlers("sicredi")) == {
        name.replace("bank.", "sicredi.") for name in world.bank.control_handlers()
    }
