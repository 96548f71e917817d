"""Pix out: only by order, only where the devolução is impossible, within its limits, once. Whole engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.world import World, wait_for_state, wait_until
from totem.domain.errors import ChargeNotFound, OutcomeUnknown, ProviderError, RequestRefused, Trouble
from totem.domain.machine import CompensationState, Machine, SaleState
from totem.domain.ports import Payout, PayoutRequest, PayoutStatus, RefundStatus
from totem.services.payouts import PayoutLimits, PayoutOrder, PayoutRefused
from totem.services.state import Method, PaymentChoice, Stage

KEY = "cliente@example.com"


class ScriptedPayer:
    """Pays once for a key; `failures` are what the next sends raise, after paying where `after`."""

    name = "inter"

    def __init__(self) -> None:
        self.paid: dict[str, PayoutRequest] = {}
        self.status = PayoutStatus.DONE
        self.failures: list[tuple[ProviderError, bool]] = []
        self.sends = 0

    async def send_pix(self, request: PayoutRequest) -> Payout:
        self.sends += 1
        error, after = self.failures.pop(0) if self.failures else (None, False)
        if error is not None and not after:
            raise error
        self.paid.setdefault(request.idempotency_key, request)
        if error is not None:
            raise error
        return Payout("P-" + request.idempotency_key, PayoutStatus.OTHER)

    async def get_payout(self, payout_id: str) -> Payout:
        if payout_id.removeprefix("P-") not in self.paid:
            raise ChargeNotFound("no such payout")
        return Payout(payout_id, self.status, "E" + "0" * 31)

    async def close(self) -> None:
        self.sends += 0


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.payer = ScriptedPayer()
    world.payout_limits = PayoutLimits(10_000, 15_000)
    world.bank.refund_ends = RefundStatus.NOT_DONE
    return world


async def refused_sale(world: World, paid: int = 100) -> PayoutOrder:
    """A sale whose devolução the bank refused."""
    await world.engine.checkout.open(world.basket, PaymentChoice(Method.PIX), "pt")
    txid = next(txid for txid, charge in world.bank.charges.items() if not charge.payments)
    reference = world.bank.pay(txid, paid)
    end = await world.stage(Stage.STOPPED)
    await wait_for_state(world, end.sale_id, SaleState.NEEDS_ATTENTION)
    await world.engine.checkout.acknowledge()
    return PayoutOrder(reference, end.sale_id, KEY, "devolução recusada, cliente no balcão")


def payer_of(world: World) -> ScriptedPayer:
    assert isinstance(world.payer, ScriptedPayer)
    return world.payer


async def order(world: World, wanted: PayoutOrder) -> str:
    assert world.engine.payouts is not None
    made = await world.engine.payouts.order(wanted)
    world.engine.payments.compensations_wanted.set()
    return made


async def test_a_refused_refund_is_paid_back_once(world: World) -> None:
    async with world.running():
        wanted = await refused_sale(world)
        made = await order(world, wanted)
        await wait_for_state(world, made, CompensationState.DONE)
        (sent,) = payer_of(world).paid.values()
        assert (sent.amount.amount_cents, sent.pix_key) == (100, KEY)
        with pytest.raises(PayoutRefused, match="não há nada"):
            await order(world, wanted)


async def test_a_lost_answer_is_sent_again_under_the_same_key(world: World) -> None:
    payer_of(world).failures = [(OutcomeUnknown("time-out"), True), (OutcomeUnknown("time-out"), False)]
    async with world.running():
        made = await order(world, await refused_sale(world))
        await wait_for_state(world, made, CompensationState.DONE)
        assert len(payer_of(world).paid) == 1
        assert payer_of(world).sends == 3


async def test_it_goes_on_after_a_restart(world: World) -> None:
    payer_of(world).failures = [(OutcomeUnknown("time-out"), True)] * 50
    async with world.running():
        made = await order(world, await refused_sale(world))
        await wait_until(world, lambda: bool(payer_of(world).paid))
    payer_of(world).failures = []
    async with world.running():
        await wait_for_state(world, made, CompensationState.DONE)
        assert len(payer_of(world).paid) == 1


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_refusal_is_named(world: World, at_once: bool) -> None:
    payer_of(world).status = PayoutStatus.REFUSED
    if at_once:
        payer_of(world).failures = [(RequestRefused("no", status=400, kind="RequisicaoInvalida"), False)]
    async with world.running():
        made = await order(world, await refused_sale(world))
        await wait_for_state(world, made, CompensationState.REFUSED)
        names = [each.id for each in await world.journal.find(Machine.ATTENTION, "open")]
        assert f"{made}/{Trouble.REFUND_REFUSED}" in names


async def test_awaiting_approval_stays_open_and_blocks_another(world: World) -> None:
    payer_of(world).status = PayoutStatus.AWAITING_APPROVAL
    async with world.running():
        wanted = await refused_sale(world)
        made = await order(world, wanted)
        await wait_for_state(world, made, CompensationState.SENT)
        with pytest.raises(PayoutRefused, match="em andamento"):
            await order(world, wanted)


async def test_never_while_the_refund_is_still_possible(world: World) -> None:
    world.bank.refund_ends = RefundStatus.DONE
    async with world.running():
        txid = await world.open()
        reference = world.bank.pay(txid)
        end = await world.stage(Stage.COMPLETED)
        with pytest.raises(PayoutRefused, match="tente primeiro"):
            await order(world, PayoutOrder(reference, end.sale_id, KEY, "motivo"))


async def test_limits_reason_and_unknown_money(world: World) -> None:
    async with world.running():
        wanted = await refused_sale(world, 4400)
        assert world.engine.payouts is not None
        with pytest.raises(PayoutRefused, match="motivo"):
            await order(world, replace(wanted, reason=" "))
        with pytest.raises(PayoutRefused, match="não está no diário"):
            await order(world, replace(wanted, end_to_end_id="E" + "9" * 31))
        made = [await order(world, wanted), *[await order(world, await refused_sale(world, 4400)) for _ in range(2)]]
        with pytest.raises(PayoutRefused, match="limite do dia"):
            await order(world, await refused_sale(world, 4400))
        for each in made:
            await wait_for_state(world, each, CompensationState.DONE)
    world.payout_limits = PayoutLimits(4000, 50_000)
    async with world.running():
        with pytest.raises(PayoutRefused, match="limite por pagamento"):
            await order(world, await refused_sale(world, 4400))


async def test_switched_off_there_is_nobody_to_ask(world: World) -> None:
    world.payer = None
    async with world.running():
        assert world.engine.payouts is None
