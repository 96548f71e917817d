"""The simulated Sicredi's scripted faults, as they act on the wire."""

from __future__ import annotations

import httpx
import pytest

from providers.sim import faults
from providers.sim.faults import Effect, Operation
from tests.support.sicredi_bank import (
    TXID,
    World,
    ask_token,
    kind_of,
    listing,
    order,
)
from totem.domain import brcode


@pytest.mark.parametrize(
    ("effect", "carried_out", "error"),
    [
        (faults.ResetBefore(), False, httpx.ReadError),
        (faults.ResetAfter(), True, httpx.ReadError),
        (faults.CloseBefore(), False, httpx.RemoteProtocolError),
        (faults.CloseAfter(), True, httpx.RemoteProtocolError),
        (faults.HalfAnswer(), True, httpx.RemoteProtocolError),
    ],
)
async def test_a_broken_connection(
    world: World, effect: Effect, carried_out: bool, error: type[httpx.HTTPError]
) -> None:
    world.fault(Operation.CREATE_CHARGE, effect)
    with pytest.raises(error):
        await world.create()
    assert bool(world.bank.ledger()["charges"]) is carried_out
    assert (await world.create()).status_code == 201


@pytest.mark.parametrize(("effect", "carried_out"), [(faults.NeverBefore(), False), (faults.NeverAfter(), True)])
async def test_silence(world: World, effect: Effect, carried_out: bool) -> None:
    world.fault(Operation.CREATE_CHARGE, effect)
    with pytest.raises(httpx.ReadTimeout):
        await world.send("PUT", f"/api/v2/cob/{TXID}", json=order(), timeout=0.2)
    assert bool(world.bank.ledger()["charges"]) is carried_out


async def test_a_slow_answer_is_carried_out_at_once(world: World) -> None:
    world.fault(Operation.CREATE_CHARGE, faults.Slow(60.0))
    with pytest.raises(httpx.ReadTimeout):
        await world.send("PUT", f"/api/v2/cob/{TXID}", json=order(), timeout=0.2)
    assert len(world.bank.ledger()["charges"]) == 1
    world.fault(Operation.GET_CHARGE, faults.Slow(0.05))
    assert (await world.get())["status"] == "ATIVA"


async def test_statuses_by_script(world: World) -> None:
    world.fault(Operation.CREATE_CHARGE, faults.Status(429, "LimiteExcedido", retry_after_s=7))
    limited = await world.create()
    assert (limited.status_code, limited.headers["retry-after"], kind_of(limited)) == (429, "7", "LimiteExcedido")
    world.fault(Operation.ANY, faults.Status(503))
    assert kind_of(await world.create()) == "ServicoIndisponivel"
    assert world.bank.ledger()["charges"] == []
    world.fault(Operation.CREATE_CHARGE, faults.Status(504, carried_out=True))
    assert (await world.create()).status_code == 504
    assert len(world.bank.ledger()["charges"]) == 1
    world.fault(Operation.CREATE_CHARGE, faults.Html(502))
    page = await world.create()
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert page.text.startswith("<!DOCTYPE html>")


async def test_a_fault_acts_on_the_requests_that_it_names(world: World) -> None:
    world.fault(Operation.GET_CHARGE, faults.Status(500), first=2, count=2)
    await world.create()
    codes = [(await world.send("GET", f"/api/v2/cob/{TXID}")).status_code for _ in range(5)]
    assert codes == [200, 500, 500, 200, 200]
    world.fault(Operation.GET_CHARGE, faults.Status(500), count=None)
    assert [(await world.send("GET", f"/api/v2/cob/{TXID}")).status_code for _ in range(3)] == [500] * 3
    world.bank.clear_faults()
    assert (await world.get())["status"] == "ATIVA"


async def test_tokens_by_script(world: World) -> None:
    world.fault(Operation.GET_CHARGE, faults.ExpireTokens())
    assert (await world.send("GET", f"/api/v2/cob/{TXID}")).status_code == 401
    world.fault(Operation.TOKEN, faults.FewerScopes(("cob.write", "pix.write")))
    fewer = (await ask_token(world.http)).json()
    assert set(fewer["scope"].split()) == {"cob.read", "pix.read", "payloadlocation.read"}
    headers = {"Authorization": f"Bearer {fewer['access_token']}"}
    assert (await world.http.put(f"/api/v2/cob/{TXID}", headers=headers, json=order())).status_code == 403
    world.fault(Operation.TOKEN, faults.Status(503))
    assert (await ask_token(world.http)).status_code == 503


async def test_codes_that_must_not_be_shown(world: World) -> None:
    world.fault(Operation.CREATE_CHARGE, faults.BadCrc())
    with pytest.raises(brcode.BrCodeError, match="bad_crc"):
        brcode.decode((await world.create()).json()["pixCopiaECola"])
    world.fault(Operation.CREATE_CHARGE, faults.WrongCodeAmount(100))
    assert brcode.decode((await world.create()).json()["pixCopiaECola"]).amount_cents == 100
    world.fault(Operation.GET_CHARGE, faults.WrongValue(100))
    assert (await world.get())["valor"]["original"] == "1.00"
    world.fault(Operation.CREATE_CHARGE, faults.MissingCopiaECola())
    bare = (await world.create()).json()
    assert "pixCopiaECola" not in bare
    assert "location" not in bare
    code = (await world.send("GET", f"/api/v2/loc/{bare['loc']['id']}/qrcode")).json()["qrcode"]
    assert brcode.decode(code).amount_cents == 4500


async def test_answers_that_a_client_must_bear(world: World) -> None:
    await world.create()
    paid = world.pay().end_to_end_id
    second = world.bank.pay_key(100).end_to_end_id
    world.fault(Operation.GET_CHARGE, faults.Duplicate())
    assert [pix["endToEndId"] for pix in (await world.get())["pix"]] == [paid, paid]
    world.fault(Operation.RECEIVED, faults.OutOfOrder())
    turned = [pix["endToEndId"] for pix in (await listing(world)).json()["pix"]]
    assert turned == sorted([paid, second], reverse=True)
    world.fault(Operation.ANY, faults.Stale(), count=2)
    stale = await world.get()
    assert (stale["status"], "pix" in stale) == ("ATIVA", False)
    assert (await listing(world)).json()["pix"] == []
    world.fault(Operation.GET_CHARGE, faults.Loose())
    loose = await world.get()
    assert (loose["calendario"]["expiracao"], loose["devedor"]) == ("300", None)
    world.fault(Operation.GET_CHARGE, faults.OtherStatus())
    assert (await world.get())["status"] == "EM_ANALISE"
    assert (await world.get())["status"] == "CONCLUIDA"


async def test_the_customer_pays_when_a_question_comes(world: World) -> None:
    await world.create()
    world.fault(Operation.GET_CHARGE, faults.PayAt("before", amount_cents=4400))
    assert (await world.get())["pix"][0]["valor"] == "44.00"
    world.fault(Operation.GET_CHARGE, faults.PayAt("before", again=True))
    assert [pix["valor"] for pix in (await world.get())["pix"]] == ["44.00", "45.00"]


async def test_down_is_a_refused_connection_and_nothing_is_forgotten(world: World) -> None:
    await world.create()
    url = world.bank.base_url
    await world.bank.set_down(True)
    with pytest.raises(httpx.TransportError):
        await world.send("GET", f"/api/v2/cob/{TXID}")
    with pytest.raises(httpx.ConnectError):
        await world.send("GET", f"/api/v2/cob/{TXID}")
    world.pay()
    await world.bank.set_down(False)
    assert world.bank.base_url == url
    assert (await world.get())["status"] == "CONCLUIDA"
