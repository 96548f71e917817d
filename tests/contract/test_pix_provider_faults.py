"""How every PixProvider takes its bank's failures: sent, not sent and unknown told apart, nothing repeated."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from providers.sim import faults
from providers.sim.faults import Effect, Operation
from tests.support.pix_rig import PRICE, REQUEST, TXID, Rig
from totem.domain.errors import (
    BankUnreachable,
    CertificateRefused,
    ChargeNotFound,
    ChargeRejected,
    Outcome,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
    ScopeMissing,
)
from totem.domain.ports import ChargeStatus

CARRIED_OUT = [
    faults.ResetAfter(),
    faults.CloseAfter(),
    faults.HalfAnswer(),
    faults.NeverAfter(),
    faults.Status(504, carried_out=True),
]
NOT_CARRIED_OUT = [
    faults.ResetBefore(),
    faults.CloseBefore(),
    faults.NeverBefore(),
    faults.Status(500),
    faults.Status(503),
    faults.Html(502),
    faults.Html(404),
    faults.Html(200),
]


@pytest.mark.parametrize("effect", [*CARRIED_OUT, *NOT_CARRIED_OUT], ids=repr)
async def test_a_broken_creation_is_unknown_and_then_found_or_not(rig: Rig, effect: Effect) -> None:
    provider = await rig.provider()
    rig.fault(Operation.CREATE_CHARGE, effect)
    with pytest.raises(OutcomeUnknown) as caught:
        await provider.create_charge(REQUEST)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert rig.requests("PUT") == 1  # never a second time by itself
    if effect in CARRIED_OUT:
        assert (await provider.get_charge(TXID)).amount == PRICE
    else:
        with pytest.raises(ChargeNotFound):
            await provider.get_charge(TXID)
    assert (await provider.create_charge(REQUEST)).txid == TXID  # the same PUT again is safe


@pytest.mark.parametrize("effect", [*CARRIED_OUT, *NOT_CARRIED_OUT], ids=repr)
async def test_a_broken_refund_is_unknown_and_then_found_or_not(rig: Rig, effect: Effect) -> None:
    provider = await rig.provider()
    await provider.create_charge(REQUEST)
    paid = rig.pay()
    rig.fault(Operation.REFUND, effect)
    with pytest.raises(OutcomeUnknown):
        await provider.refund(paid.end_to_end_id, "R1", PRICE)
    if effect in CARRIED_OUT:
        assert (await provider.get_refund(paid.end_to_end_id, "R1")).amount == PRICE
    else:
        with pytest.raises(ChargeNotFound):
            await provider.get_refund(paid.end_to_end_id, "R1")


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        (faults.Status(400, "CobOperacaoInvalida"), RequestRefused),
        (faults.Status(403, "AcessoNegado"), RequestRefused),
        (faults.Html(403), CertificateRefused),
        (faults.Status(429, retry_after_s=7), RateLimited),
    ],
)
async def test_a_refused_creation_is_not_sent(rig: Rig, effect: Effect, kind: type[ProviderError]) -> None:
    provider = await rig.provider()
    rig.fault(Operation.CREATE_CHARGE, effect)
    with pytest.raises(kind) as caught:
        await provider.create_charge(REQUEST)
    assert caught.value.outcome is Outcome.NOT_SENT
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after_s == 7
    assert rig.bank.ledger()["charges"] == []


async def test_a_bank_that_is_down_is_not_sent_and_comes_back(rig: Rig) -> None:
    provider = await rig.provider()
    await rig.bank.set_down(True)
    with pytest.raises(BankUnreachable) as caught:
        await provider.create_charge(REQUEST)
    assert caught.value.outcome is Outcome.NOT_SENT
    await rig.bank.set_down(False)
    assert (await provider.create_charge(REQUEST)).txid == TXID
    await rig.bank.set_down(True)
    with pytest.raises(BankUnreachable):
        await provider.get_charge(TXID)
    await rig.bank.set_down(False)
    assert (await provider.get_charge(TXID)).txid == TXID


async def test_forgotten_tokens_are_renewed_in_passing(rig: Rig) -> None:
    provider = await rig.provider()
    await provider.create_charge(REQUEST)
    rig.bank.expire_tokens()
    rig.pay()
    assert len((await provider.get_charge(TXID)).payments) == 1
    assert rig.bank.ledger()["tokens_issued"] == 2


async def test_one_token_serves_all_calls(rig: Rig) -> None:
    provider = await rig.provider()
    requests = [replace(REQUEST, txid=f"TOTEM01{index:025d}") for index in range(8)]
    await asyncio.gather(*(provider.create_charge(request) for request in requests))
    assert rig.bank.ledger()["token_requests"] == 1


async def test_fewer_scopes_are_named_before_any_charge(rig: Rig) -> None:
    rig.fault(Operation.TOKEN, faults.FewerScopes(("pix.write",)))
    provider = await rig.provider()
    with pytest.raises(ScopeMissing, match=r"pix\.write"):
        await provider.create_charge(REQUEST)
    rig.clock.advance(31)
    assert (await provider.create_charge(REQUEST)).txid == TXID


@pytest.mark.parametrize("effect", [*NOT_CARRIED_OUT, *CARRIED_OUT], ids=repr)
async def test_a_broken_token_call_is_never_unknown(rig: Rig, effect: Effect) -> None:
    provider = await rig.provider()
    rig.fault(Operation.TOKEN, effect)
    with pytest.raises(BankUnreachable) as caught:
        await provider.create_charge(REQUEST)
    assert caught.value.outcome is Outcome.NOT_SENT
    rig.clock.advance(6)
    assert (await provider.create_charge(REQUEST)).txid == TXID


async def test_a_charge_other_than_asked_is_rejected(rig: Rig) -> None:
    provider = await rig.provider()
    rig.fault(Operation.CREATE_CHARGE, faults.WrongValue(45_01))
    with pytest.raises(ChargeRejected) as caught:
        await provider.create_charge(REQUEST)
    assert caught.value.outcome is Outcome.UNKNOWN


async def test_a_code_left_out_of_the_answer_is_fetched(rig: Rig) -> None:
    provider = await rig.provider()
    rig.fault(Operation.CREATE_CHARGE, faults.MissingCopiaECola())
    code = (await provider.create_charge(REQUEST)).copia_e_cola
    assert code is not None
    assert code == (await provider.get_charge(TXID)).copia_e_cola


async def test_loose_answers_and_new_statuses_are_understood(rig: Rig) -> None:
    provider = await rig.provider()
    rig.fault(Operation.ANY, faults.Loose(), count=None)
    await provider.create_charge(REQUEST)
    rig.pay()
    charge = await provider.get_charge(TXID)
    assert (charge.amount, charge.expires_in_s, len(charge.payments)) == (PRICE, 300, 1)
    rig.fault(Operation.GET_CHARGE, faults.OtherStatus())
    assert (await provider.get_charge(TXID)).status is ChargeStatus.OTHER


async def test_payment_and_removal_race(rig: Rig) -> None:
    provider = await rig.provider()
    await provider.create_charge(REQUEST)
    rig.fault(Operation.CANCEL_CHARGE, faults.PayAt("before"))
    with pytest.raises(RequestRefused):
        await provider.cancel_charge(TXID)
    assert len((await provider.get_charge(TXID)).payments) == 1
