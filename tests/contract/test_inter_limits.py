"""The simulated Banco Inter's limits: the integration's, whichever kiosk calls, and told by 429 with Retry-After."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from providers.sim.ca import CertificateSet
from providers.sim.inter import InterSettings
from providers.sim.limits import Limit
from tests.support.inter_bank import InterWorld, charge_order, inter_client, inter_of, inter_token
from tests.support.sicredi_bank import TXID, kind_of, trust


async def codes_of(world: InterWorld, count: int) -> list[int]:
    return [(await world.send("GET", f"/pix/v2/cob/{TXID}")).status_code for _ in range(count)]


@pytest.mark.parametrize(("sandbox", "calls"), [(True, 10), (False, 120)])
async def test_calls_in_a_minute(
    bank_certificates: CertificateSet, bank_tls: ssl.SSLContext, sandbox: bool, calls: int
) -> None:
    async with inter_of(bank_certificates, bank_tls, InterSettings(sandbox=sandbox)) as world:
        await world.create()
        assert await codes_of(world, calls - 1) == [200] * (calls - 1)
        world.hands.turn(seconds=17.5)
        limited = await world.send("GET", f"/pix/v2/cob/{TXID}")
        assert (limited.status_code, limited.headers["retry-after"], kind_of(limited)) == (429, "43", "LimiteExcedido")
        world.hands.turn(seconds=42.5)
        assert await codes_of(world, 1) == [200]
        assert world.bank.ledger()["refused_by_limits"] == 1


async def test_the_window_slides(bank_certificates: CertificateSet, bank_tls: ssl.SSLContext) -> None:
    """Two minutes' worth at the turn of a minute is what a counter that starts anew each minute would let through."""
    async with inter_of(bank_certificates, bank_tls, InterSettings(call_limits=(Limit(4),))) as world:
        await world.create()
        world.hands.turn(seconds=59)
        assert await codes_of(world, 3) == [200] * 3
        world.hands.turn(seconds=1)
        assert await codes_of(world, 3) == [200, 429, 429]
        world.hands.turn(seconds=59)
        assert await codes_of(world, 4) == [200] * 3 + [429]


async def test_all_kiosks_of_an_integration_share_the_limit(
    bank_certificates: CertificateSet, bank_tls: ssl.SSLContext
) -> None:
    settings = InterSettings(sandbox=True)
    async with inter_of(bank_certificates, bank_tls, settings) as world:
        kiosks = [inter_client(world.bank, trust(bank_certificates.ca, bank_certificates.client)) for _ in range(4)]
        headers = []
        for http in kiosks:
            token = (await inter_token(http)).json()["access_token"]
            headers.append({"Authorization": f"Bearer {token}"})
        sent = await asyncio.gather(
            *(
                http.put(f"/pix/v2/cob/TOTEM{kiosk:02d}{'0' * 23}{number}", json=charge_order(), headers=headers[kiosk])
                for kiosk, http in enumerate(kiosks)
                for number in range(3)
            )
        )
        codes = [response.status_code for response in sent]
        assert (codes.count(201), codes.count(429)) == (10, 2)
        assert len(world.bank.ledger()["charges"]) == 10
        for http in kiosks:
            await http.aclose()


async def test_a_call_that_is_refused_costs_nothing(
    bank_certificates: CertificateSet, bank_tls: ssl.SSLContext
) -> None:
    """Else a client that hammers would never get in again, and one with a wrong token would use up the others'."""
    async with inter_of(bank_certificates, bank_tls, InterSettings(call_limits=(Limit(2),))) as world:
        assert (await world.create()).status_code == 201
        for _ in range(5):
            assert (await world.send("GET", "/pix/v2/pix", headers={"Authorization": "Bearer x"})).status_code == 401
        assert await codes_of(world, 3) == [200, 429, 429]
        world.hands.turn(seconds=60)
        assert await codes_of(world, 1) == [200]


async def test_five_tokens_a_minute(inter: InterWorld) -> None:
    answers = [await inter_token(inter.http, client_secret="errado") for _ in range(2)]
    answers += [await inter_token(inter.http) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 200, 200, 429]
    assert (answers[-1].headers["retry-after"], kind_of(answers[-1])) == ("60", "LimiteExcedido")
    assert inter.bank.ledger()["token_requests"] == 6
    inter.hands.turn(seconds=60)
    assert (await inter_token(inter.http)).status_code == 200


async def test_one_payment_a_second_and_sixty_a_minute(inter: InterWorld) -> None:
    keys = [f"0b1e4a52-3c55-4f0e-9d5b-{number:012d}" for number in range(62)]
    assert (await inter.pay_out(keys[0], valor="1.00")).status_code == 200
    at_once = await inter.pay_out(keys[1], valor="1.00")
    assert (at_once.status_code, at_once.headers["retry-after"]) == (429, "1")
    assert len(inter.bank.ledger()["pix_out"]) == 1
    inter.hands.turn(seconds=1)
    for key in keys[1:60]:
        assert (await inter.pay_out(key, valor="1.00")).status_code == 200
        inter.hands.turn(seconds=1)
    assert (await inter.pay_out(keys[60], valor="1.00")).status_code == 200
    inter.hands.turn(milliseconds=999)
    assert (await inter.pay_out(keys[61], valor="1.00")).status_code == 429


async def test_payments_and_charges_have_limits_of_their_own(
    bank_certificates: CertificateSet, bank_tls: ssl.SSLContext
) -> None:
    async with inter_of(bank_certificates, bank_tls, InterSettings(call_limits=(Limit(1),))) as world:
        assert (await world.create()).status_code == 201
        assert (await world.create()).status_code == 429
        code = (await world.pay_out()).json()["codigoSolicitacao"]
        assert (await world.send("GET", f"/banking/v2/pix/{code}")).status_code == 200
        assert (await world.send("GET", "/banking/v2/saldo")).status_code == 429
