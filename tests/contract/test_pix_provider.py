"""What every PixProvider keeps, whoever is behind it: real TLS with client certificates, each bank simulated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from providers.sim import faults
from providers.sim.ca import KeyPair
from providers.sim.faults import Operation
from tests.support.pix_rig import BANKS, PRICE, REQUEST, TXID, Rig
from totem.domain import brcode
from totem.domain.errors import (
    CertificateRefused,
    ChargeNotFound,
    ConfigError,
    CredentialsRefused,
    Outcome,
    ProviderError,
    RequestRefused,
)
from totem.domain.money import Money
from totem.domain.ports import ChargeStatus, PixProvider, ReceivedPix, RefundStatus


async def _all(provider: PixProvider, since: datetime, until: datetime) -> list[ReceivedPix]:
    return [item async for item in provider.received(since, until)]


# --- The whole of a sale ----------------------------------------------------------------------------------------------


async def test_a_charge_is_made_found_paid_and_given_back(rig: Rig) -> None:
    provider = await rig.provider()
    charge = await provider.create_charge(REQUEST)
    assert (charge.txid, charge.amount, charge.status) == (TXID, PRICE, ChargeStatus.ACTIVE)
    assert charge.expires_in_s == 300
    assert abs(charge.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert charge.copia_e_cola is not None
    assert brcode.decode(charge.copia_e_cola).amount_cents in {None, PRICE.amount_cents}
    assert await provider.get_charge(TXID) == charge

    paid = rig.pay()
    charge = await provider.get_charge(TXID)
    assert charge.status is ChargeStatus.COMPLETED
    (payment,) = charge.payments
    assert (payment.end_to_end_id, payment.txid, payment.amount) == (paid.end_to_end_id, TXID, PRICE)

    refund = await provider.refund(paid.end_to_end_id, "R1", Money(20_00))
    assert (refund.refund_id, refund.amount) == ("R1", Money(20_00))
    again = await provider.get_refund(paid.end_to_end_id, "R1")
    assert again.status in {RefundStatus.PROCESSING, RefundStatus.DONE}
    (payment,) = (await provider.get_charge(TXID)).payments
    assert [item.refund_id for item in payment.refunds] == ["R1"]


async def test_the_same_charge_asked_twice_is_one_charge(rig: Rig) -> None:
    provider = await rig.provider()
    first = await provider.create_charge(REQUEST)
    second = await provider.create_charge(REQUEST)
    assert first.copia_e_cola == second.copia_e_cola
    assert len(rig.bank.ledger()["charges"]) == 1


async def test_amounts_of_every_size_survive(rig: Rig) -> None:
    provider = await rig.provider()
    for index, cents in enumerate((1, 99, 100, 10_01, 1_234_567_89)):
        request = replace(REQUEST, txid=f"TOTEM01{index:025d}", amount=Money(cents))
        assert (await provider.create_charge(request)).amount == Money(cents)


async def test_too_little_and_twice_are_told_by_the_sum(rig: Rig) -> None:
    provider = await rig.provider()
    await provider.create_charge(REQUEST)
    rig.pay(10_00)
    rig.pay(45_00, late=True)
    charge = await provider.get_charge(TXID)
    assert sorted(payment.amount.amount_cents for payment in charge.payments) == [10_00, 45_00]


async def test_a_removed_charge_may_still_be_paid_by_money_on_its_way(rig: Rig) -> None:
    provider = await rig.provider()
    await provider.create_charge(REQUEST)
    assert (await provider.cancel_charge(TXID)).status is ChargeStatus.REMOVED_BY_RECEIVER
    rig.pay(late=True)
    assert len((await provider.get_charge(TXID)).payments) == 1
    with pytest.raises(RequestRefused) as caught:
        await provider.cancel_charge(TXID)
    assert caught.value.kind == "CobOperacaoInvalida"


async def test_received_lists_all_that_came_in_the_window(rig: Rig) -> None:
    provider = await rig.provider()
    await provider.create_charge(REQUEST)
    ours = rig.pay()
    stranger = rig.bank.pay_key(7_77)
    now = datetime.now(UTC)
    items = {item.end_to_end_id: item for item in await _all(provider, now - timedelta(hours=1), now)}
    assert items[ours.end_to_end_id].txid == TXID
    assert items[stranger.end_to_end_id].txid is None
    assert items[stranger.end_to_end_id].amount == Money(7_77)
    rig.fault(Operation.RECEIVED, faults.Duplicate())
    assert len(await _all(provider, now - timedelta(hours=1), now)) == 2
    assert await _all(provider, now - timedelta(hours=2), now - timedelta(hours=1)) == []


async def test_what_the_bank_does_not_know_is_not_found(rig: Rig) -> None:
    provider = await rig.provider()
    with pytest.raises(ChargeNotFound):
        await provider.get_charge("x" * 32)
    with pytest.raises(ChargeNotFound):
        await provider.cancel_charge("x" * 32)
    with pytest.raises(ChargeNotFound):
        await provider.get_refund("E" + "1" * 31, "R1")


async def test_more_refunds_than_money_are_refused(rig: Rig) -> None:
    provider = await rig.provider()
    await provider.create_charge(REQUEST)
    paid = rig.pay()
    await provider.refund(paid.end_to_end_id, "R1", Money(40_00))
    for refund_id, cents in (("R2", 5_01), ("R1", 1_00)):
        with pytest.raises(RequestRefused) as caught:
            await provider.refund(paid.end_to_end_id, refund_id, Money(cents))
        assert caught.value.kind == "PixDevolucaoInvalida"


# --- Who we are -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["other_client", "foreign_client"])
async def test_a_wrong_certificate_is_named(rig: Rig, which: str) -> None:
    """One that the bank's authority signed for somebody else, and one of an authority that it does not know."""
    pair: KeyPair = getattr(rig.certificates, which)
    provider = await rig.provider(replace(rig.settings, certificate=pair.cert, key=pair.key))
    with pytest.raises(CertificateRefused) as caught:
        await provider.create_charge(REQUEST)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert rig.bank.ledger()["charges"] == []


async def test_a_bank_of_another_authority_is_not_spoken_to(rig: Rig) -> None:
    provider = await rig.provider(replace(rig.settings, ca=rig.certificates.foreign_ca))
    with pytest.raises(CertificateRefused, match="not trusted"):
        await provider.create_charge(REQUEST)
    assert rig.bank.ledger()["requests"] == []


async def test_wrong_credentials_are_named_and_not_repeated(rig: Rig) -> None:
    provider = await rig.provider(replace(rig.settings, client_secret="guess"))
    for _ in range(5):
        with pytest.raises(CredentialsRefused) as caught:
            await provider.create_charge(REQUEST)
        assert "guess" not in str(caught.value)
    assert rig.bank.ledger()["token_requests"] == 1


async def test_material_is_judged_at_opening(rig: Rig) -> None:
    with pytest.raises(CertificateRefused, match="does not belong"):
        await rig.provider(replace(rig.settings, key=rig.certificates.other_client.key))
    with pytest.raises(CertificateRefused, match="does not exist"):
        await rig.provider(replace(rig.settings, certificate=rig.certificates.ca.with_name("none.cer")))
    rig.clock.advance(400 * 86_400)
    with pytest.raises(CertificateRefused, match="expired"):
        await rig.provider()


async def test_settings_are_judged_at_opening_all_at_once(rig: Rig) -> None:
    bad = replace(rig.settings, base_url="http://bank.example", client_id="", pix_key="k" * 78, calls_per_minute=0)
    with pytest.raises(ConfigError) as caught:
        await rig.provider(bad)
    assert len(caught.value.faults) == 4


async def test_secrets_stay_out_of_reprs_and_errors(rig: Rig) -> None:
    secret = rig.settings.client_secret
    assert secret not in repr(rig.settings)
    provider = await rig.provider()
    rig.fault(Operation.ANY, faults.ResetBefore(), count=None)
    with pytest.raises(ProviderError) as caught:
        await provider.create_charge(REQUEST)
    assert secret not in str(caught.value)


async def test_names_and_capabilities(rig: Rig) -> None:
    provider = await rig.provider()
    assert provider.name in BANKS
    assert provider.capabilities.can_refund
    assert provider.capabilities.can_list_received
    assert provider.capabilities.calls_per_minute >= 1
