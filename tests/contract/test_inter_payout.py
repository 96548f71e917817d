"""Pix out through the simulated Banco Inter, over real TLS: whatever breaks on the way, one key pays once."""

from __future__ import annotations

import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from providers.pix.inter import InterPayoutSettings, InterSettings, open_inter, pay_in_sandbox
from providers.pix.inter_models import AmountForm
from providers.pix.inter_payout import InterPayer, open_inter_payer
from providers.sim import faults
from providers.sim import inter as sim
from providers.sim.ca import CertificateSet
from providers.sim.faults import Effect, Operation
from tests.contract.test_pix_provider_faults import CARRIED_OUT, NOT_CARRIED_OUT
from tests.support.manual_clock import ManualClock
from tests.support.pix_rig import REQUEST, TXID, inter_settings
from totem.domain.errors import (
    BankUnreachable,
    CertificateRefused,
    ChargeNotFound,
    ConfigError,
    CredentialsRefused,
    Outcome,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
    ScopeMissing,
)
from totem.domain.money import Money
from totem.domain.ports import ChargeStatus, PayoutRequest, PayoutStatus, PixPayer

PAYOUT = PayoutRequest(str(uuid.UUID(int=7)), Money(45_10), "cliente@exemplo.com.br", "Devolução da lavagem das 14h")
OTHER = replace(PAYOUT, idempotency_key=str(uuid.UUID(int=8)))


@dataclass
class Till:
    """A payer with the simulated bank behind it. Both go by one clock, so that the bank's limits are kept or broken."""

    bank: sim.InterBank
    settings: InterSettings
    clock: ManualClock
    payer: InterPayer

    def fault(self, operation: Operation, effect: Effect, first: int = 1, count: int | None = 1) -> None:
        self.bank.set_faults([faults.Fault(operation, effect, first, count)])

    @property
    def sent(self) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = self.bank.ledger()["pix_out"]
        return sent

    def posts(self) -> int:
        return sum(entry["operation"] == "pix_out" for entry in self.bank.ledger()["requests"])


@asynccontextmanager
async def till_of(made: CertificateSet, bank: sim.InterSettings | None = None, **changes: Any) -> AsyncIterator[Till]:
    clock = ManualClock()
    simulated = sim.InterBank(made, bank, rng=random.Random(7), now=clock.now)
    await simulated.start()
    try:
        settings = replace(inter_settings(simulated, made), **changes)
        payer = await open_inter_payer(settings, clock)
        try:
            yield Till(simulated, settings, clock, payer)
        finally:
            await payer.close()
    finally:
        await simulated.stop()


@pytest.fixture
async def till(bank_certificates: CertificateSet) -> AsyncIterator[Till]:
    async with till_of(bank_certificates) as made:
        yield made


# --- The whole of a payment -------------------------------------------------------------------------------------------


async def test_a_pix_is_sent_followed_and_paid_once(till: Till) -> None:
    payer: PixPayer = till.payer
    assert payer.name == "inter"
    sent = await payer.send_pix(PAYOUT)
    assert (sent.status, sent.end_to_end_id) == (PayoutStatus.OTHER, None)
    balance_cents = till.bank.balance_cents
    again = await payer.send_pix(PAYOUT)
    assert again == sent
    paid = await payer.get_payout(sent.payout_id)
    (record,) = till.sent
    assert (paid.payout_id, paid.status) == (sent.payout_id, PayoutStatus.DONE)
    assert paid.end_to_end_id == record["end_to_end_id"]
    assert (record["amount_cents"], record["key"], record["text"]) == (45_10, PAYOUT.pix_key, PAYOUT.description)
    assert record["idempotency_key"] == PAYOUT.idempotency_key
    assert balance_cents - till.bank.balance_cents == 45_10


async def test_amounts_of_every_size_arrive_in_both_forms(bank_certificates: CertificateSet) -> None:
    for form in AmountForm:
        async with till_of(bank_certificates, payout=InterPayoutSettings(amount_form=form, gap_s=1.0)) as till:
            amounts = (1, 99, 100, 10_01, 45_10, 1_234_567_89, 9_999_999_999)
            for index, cents in enumerate(amounts):
                await till.payer.send_pix(PayoutRequest(str(uuid.UUID(int=index)), Money(cents), PAYOUT.pix_key))
            assert [record["amount_cents"] for record in till.sent] == list(amounts)


async def test_the_owners_approval_is_waited_for(till: Till) -> None:
    till.bank.set_pix_out("APROVACAO", polls=None)
    sent = await till.payer.send_pix(PAYOUT)
    assert sent.status is PayoutStatus.AWAITING_APPROVAL
    assert await till.payer.get_payout(sent.payout_id) == sent
    till.bank.settle_pix_out("PAGO", sent.payout_id)
    assert (await till.payer.get_payout(sent.payout_id)).status is PayoutStatus.DONE


async def test_a_scheduled_pix_stays_scheduled(till: Till) -> None:
    till.bank.set_pix_out("AGENDADO", polls=None)
    sent = await till.payer.send_pix(PAYOUT)
    assert sent.status is PayoutStatus.SCHEDULED
    assert (await till.payer.get_payout(sent.payout_id)).status is PayoutStatus.SCHEDULED


@pytest.mark.parametrize("status", ["REPROVADO", "EXPIRADO", "CANCELADO", "AGENDAMENTO_CANCELADO", "FALHA"])
async def test_a_pix_that_did_not_go_is_refused_and_no_money_left(till: Till, status: str) -> None:
    till.bank.set_pix_out(ends=status)
    balance_cents = till.bank.balance_cents
    sent = await till.payer.send_pix(PAYOUT)
    ended = await till.payer.get_payout(sent.payout_id)
    assert (ended.status, ended.end_to_end_id) == (PayoutStatus.REFUSED, None)
    assert till.bank.balance_cents == balance_cents


async def test_an_empty_account_refuses(bank_certificates: CertificateSet) -> None:
    async with till_of(bank_certificates, sim.InterSettings(opening_balance_cents=45_09)) as till:
        sent = await till.payer.send_pix(PAYOUT)
        assert (await till.payer.get_payout(sent.payout_id)).status is PayoutStatus.REFUSED
        assert till.bank.balance_cents == 45_09


@pytest.mark.parametrize("status", ["PARCIALMENTE_PAGO", "EM_ANALISE"])
async def test_what_is_half_or_new_stays_open(till: Till, status: str) -> None:
    till.bank.set_pix_out(ends=status)
    sent = await till.payer.send_pix(PAYOUT)
    assert (await till.payer.get_payout(sent.payout_id)).status is PayoutStatus.OTHER


async def test_what_the_bank_does_not_know_is_not_found(till: Till) -> None:
    with pytest.raises(ChargeNotFound):
        await till.payer.get_payout(str(uuid.UUID(int=1)))


async def test_one_of_several_accounts_must_be_named(bank_certificates: CertificateSet) -> None:
    bank = sim.InterSettings(accounts=("123456789", "987654321"))
    async with till_of(bank_certificates, bank, account="987654321") as till:
        assert (await till.payer.send_pix(PAYOUT)).payout_id
    async with till_of(bank_certificates, bank) as till:
        with pytest.raises(RequestRefused, match="x-conta-corrente"):
            await till.payer.send_pix(PAYOUT)
        assert till.sent == []


async def test_the_path_of_the_owners_script_is_a_setting(bank_certificates: CertificateSet) -> None:
    path = "/pix/v2/pix/payments"
    bank = sim.InterSettings(pix_out_path=path)
    async with till_of(bank_certificates, bank, payout=InterPayoutSettings(path=path)) as till:
        sent = await till.payer.send_pix(PAYOUT)
        assert (await till.payer.get_payout(sent.payout_id)).status is PayoutStatus.DONE
        assert [record["amount_cents"] for record in till.sent] == [45_10]


# --- Failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", [*CARRIED_OUT, *NOT_CARRIED_OUT], ids=repr)
async def test_a_broken_send_is_unknown_and_the_same_key_pays_once(till: Till, effect: Effect) -> None:
    till.fault(Operation.PIX_OUT, effect)
    with pytest.raises(OutcomeUnknown) as caught:
        await till.payer.send_pix(PAYOUT)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert till.posts() == 1  # never a second time by itself
    assert len(till.sent) == (1 if effect in CARRIED_OUT else 0)
    sent = await till.payer.send_pix(PAYOUT)
    await till.payer.get_payout(sent.payout_id)
    assert [(record["code"], record["status"]) for record in till.sent] == [(sent.payout_id, "PAGO")]


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        (faults.Status(400, "PagamentoInvalido"), RequestRefused),
        (faults.Status(403, "AcessoNegado"), RequestRefused),
        (faults.Status(422, "ErroValidacao"), RequestRefused),
        (faults.Html(403), CertificateRefused),
        (faults.Status(429, retry_after_s=7), RateLimited),
    ],
)
async def test_a_refused_send_is_not_sent(till: Till, effect: Effect, kind: type[ProviderError]) -> None:
    till.fault(Operation.PIX_OUT, effect)
    with pytest.raises(kind) as caught:
        await till.payer.send_pix(PAYOUT)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert till.sent == []


async def test_a_key_that_the_bank_cannot_read_is_refused_by_its_name(till: Till) -> None:
    with pytest.raises(RequestRefused) as caught:
        await till.payer.send_pix(replace(PAYOUT, pix_key="cliente"))
    assert any("destinatario.chave" in violation for violation in caught.value.violations)
    assert till.sent == []


async def test_another_order_under_a_used_key_is_no_proof_that_nothing_was_paid(till: Till) -> None:
    await till.payer.send_pix(PAYOUT)
    with pytest.raises(OutcomeUnknown):
        await till.payer.send_pix(replace(PAYOUT, amount=Money(46_00)))
    assert [record["amount_cents"] for record in till.sent] == [45_10]


async def test_a_bank_that_is_down_is_not_sent_and_comes_back(till: Till) -> None:
    await till.bank.set_down(True)
    with pytest.raises(BankUnreachable) as caught:
        await till.payer.send_pix(PAYOUT)
    assert caught.value.outcome is Outcome.NOT_SENT
    await till.bank.set_down(False)
    assert (await till.payer.send_pix(PAYOUT)).payout_id


async def test_forgotten_tokens_are_renewed_in_passing(till: Till) -> None:
    await till.payer.send_pix(PAYOUT)
    till.bank.expire_tokens()
    await till.payer.send_pix(OTHER)
    assert (till.bank.ledger()["tokens_issued"], len(till.sent)) == (2, 2)


async def test_an_integration_without_the_permission_to_pay_is_named(bank_certificates: CertificateSet) -> None:
    bank = sim.InterSettings(scopes=("cob.read", "cob.write", "pix.read", "pix.write"))
    async with till_of(bank_certificates, bank) as till:
        with pytest.raises(ScopeMissing) as caught:
            await till.payer.send_pix(PAYOUT)
        assert caught.value.outcome is Outcome.NOT_SENT
        assert till.sent == []


async def test_a_wrong_certificate_and_a_wrong_secret_are_named(till: Till, bank_certificates: CertificateSet) -> None:
    other = bank_certificates.other_client
    changes: list[tuple[dict[str, Any], type[ProviderError]]] = [
        ({"certificate": other.cert, "key": other.key}, CertificateRefused),
        ({"client_secret": "guess"}, CredentialsRefused),
    ]
    for change, kind in changes:
        payer = await open_inter_payer(replace(till.settings, **change), till.clock)
        with pytest.raises(kind) as caught:
            await payer.send_pix(PAYOUT)
        assert caught.value.outcome is Outcome.NOT_SENT
        assert "guess" not in str(caught.value)
        await payer.close()
    assert till.sent == []


# --- Limits -----------------------------------------------------------------------------------------------------------


async def test_the_banks_limits_are_kept_by_ourselves(till: Till) -> None:
    """One a second, 60 a minute; queries 20 a minute."""
    refused = 0
    for index in range(70):
        try:
            await till.payer.send_pix(PayoutRequest(str(uuid.UUID(int=index)), Money(1), PAYOUT.pix_key))
        except RateLimited as exc:
            refused += 1
            await till.clock.sleep(exc.retry_after_s or 1.0)
    code = till.sent[0]["code"]
    for _ in range(30):
        try:
            await till.payer.get_payout(code)
        except RateLimited as exc:
            refused += 1
            await till.clock.sleep(exc.retry_after_s or 1.0)
    assert refused == 1  # our own count: the queries' 21st, and the sends came one a second
    assert till.bank.ledger()["refused_by_limits"] == 0
    assert len(till.sent) == 70


# --- The sandbox plays the payer --------------------------------------------------------------------------------------


async def test_the_sandbox_pays_a_charge_for_a_self_test(bank_certificates: CertificateSet) -> None:
    async with till_of(bank_certificates, sim.InterSettings(sandbox=True)) as till:
        provider = await open_inter(till.settings, till.clock)
        await provider.create_charge(REQUEST)
        await pay_in_sandbox(till.settings, till.clock, TXID, REQUEST.amount)
        charge = await provider.get_charge(TXID)
        assert charge.status is ChargeStatus.COMPLETED
        assert [payment.amount for payment in charge.payments] == [REQUEST.amount]
        with pytest.raises(RequestRefused):
            await pay_in_sandbox(till.settings, till.clock, TXID, REQUEST.amount)
        await provider.close()


async def test_production_plays_no_payer(till: Till) -> None:
    with pytest.raises(ProviderError):
        await pay_in_sandbox(till.settings, till.clock, TXID, REQUEST.amount)
    with pytest.raises(ConfigError):
        await open_inter_payer(replace(till.settings, base_url="http://bank.example"), till.clock)
