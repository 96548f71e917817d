"""Wrong, late, doubled and stray money: every centavo is a ticket, a refund or a name. Whole engines, scripted bank."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.scaled_clock import ScaledClock
from tests.support.scripted import ScriptedBank
from tests.support.world import World, wait_for_state, wait_until
from totem.domain.errors import BankUnreachable, OutcomeUnknown, RateLimited, RequestRefused, Trouble
from totem.domain.machine import AttemptState, CompensationState, Machine, SaleState, TicketState
from totem.domain.money import Money
from totem.domain.ports import PixCapabilities, ReceivedPix, RefundStatus
from totem.services.allocation import LatePolicy
from totem.services.ids import new_txid, ticket_id_of
from totem.services.state import Method, MoneyTold, PaymentChoice, Stage


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def given_up(world: World) -> str:
    """A sale whose screen ended, and whose customer went away."""
    txid = await world.open()
    await world.stage(Stage.STOPPED)
    await world.engine.checkout.acknowledge()
    return txid


async def compensations(world: World) -> list[tuple[str, int]]:
    found = await world.journal.find(Machine.COMPENSATION, *CompensationState)
    return [(each.state, each.number("amount_cents")) for each in found]


async def test_late_money_for_an_empty_room_goes_back(world: World) -> None:
    async with world.running(screen_s=3.0):
        txid = await given_up(world)
        world.bank.pay(txid)
        sale = (await world.subject(txid)).sale_id
        await wait_for_state(world, sale, SaleState.COMPENSATED)
        assert world.bank.returned_cents == 4500
        assert world.printer.paper == []
        assert await world.attentions() == []
        assert await world.attentions("settled") == [Trouble.LATE_MONEY]


async def test_policy_refund_gives_back_even_while_shown(world: World) -> None:
    world.late_payment = LatePolicy.REFUND
    async with world.running(screen_s=3.0):
        txid = await world.open()
        await world.stage(Stage.STOPPED)
        world.bank.pay(txid)
        await wait_for_state(world, (await world.subject(txid)).sale_id, SaleState.COMPENSATED)
        assert world.state.trouble is not None
        assert world.state.trouble.money is MoneyTold.WILL_BE_RETURNED


async def test_policy_honour_keeps_a_ticket_to_claim(world: World) -> None:
    world.late_payment = LatePolicy.HONOUR
    async with world.running(screen_s=3.0):
        txid = await given_up(world)
        world.bank.pay(txid)
        sale = (await world.subject(txid)).sale_id
        await wait_for_state(world, sale, SaleState.PAID)
        assert (await world.subject(ticket_id_of(sale))).flag("to_claim")
        assert await world.attentions() == [Trouble.LATE_MONEY]
    async with world.running():
        assert world.printer.paper == []
        assert (await world.subject(ticket_id_of(sale))).state == TicketState.QUEUED


@pytest.mark.parametrize(("paid", "back"), [(4400, 4400), (1, 1), (4501, 1), (9000, 4500)])
async def test_another_amount(world: World, paid: int, back: int) -> None:
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, paid)
        end = await world.stage(Stage.STOPPED, Stage.COMPLETED)
        await wait_until(world, lambda: world.bank.returned_cents == back)
        delivered = paid >= 4500
        assert len(world.printer.paper) == delivered
        assert (end.stage is Stage.COMPLETED) == delivered
        await wait_for_state(world, end.sale_id, SaleState.COMPLETED if delivered else SaleState.COMPENSATED)
        assert (await world.subject(txid)).number("received_cents") == paid
        await world.engine.refunds.wait_quiet()
        assert await compensations(world) == [(CompensationState.DONE, back)]
        assert await world.attentions() == []


async def test_paid_twice_in_one_charge_returns_the_second(world: World) -> None:
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid)
        await world.stage(Stage.COMPLETED)
        second = world.bank.pay(txid)
        world.bank_poller.ask_now(txid)
        await wait_until(world, lambda: world.bank.returned_cents == 4500)
        assert {end_to_end_id for end_to_end_id, _ in world.bank.refunds} == {second}
        assert len(world.printer.paper) == 1


async def test_three_small_pix_that_do_not_reach_go_back_one_by_one(world: World) -> None:
    async with world.running():
        txid = await world.open()
        for cents in (100, 200, 300):
            world.bank.pay(txid, cents)
        await world.stage(Stage.STOPPED)
        await wait_until(world, lambda: world.bank.returned_cents == 600)
        await world.engine.refunds.wait_quiet()
        assert sorted(await compensations(world)) == [(CompensationState.DONE, cents) for cents in (100, 200, 300)]


async def test_two_pix_that_pay_together_give_one_ticket(world: World) -> None:
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, 4000)
        world.bank.pay(txid, 1000)
        await world.stage(Stage.COMPLETED)
        await wait_until(world, lambda: world.bank.returned_cents == 500)


async def test_a_lost_refund_answer_is_asked_for_and_never_sent_twice(world: World) -> None:
    world.bank.fail("refund", OutcomeUnknown("time-out"), after=True)
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, 100)
        await world.stage(Stage.STOPPED)
        await wait_until(world, lambda: world.bank.returned_cents == 100)
        calls = [call for call in world.bank.calls if call[0] == "refund"]
        assert len(calls) == 1


async def test_a_refund_that_never_arrived_is_sent_again_with_the_same_id(world: World) -> None:
    world.bank.fail("refund", OutcomeUnknown("reset"))
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, 100)
        await world.stage(Stage.STOPPED)
        await wait_until(world, lambda: world.bank.returned_cents == 100)
        calls = [call for call in world.bank.calls if call[0] in ("refund", "get_refund")]
        second = [name for name, _ in calls].index("refund", 1)
        assert second >= 3, "two empty answers before the same refund is sent again"
        assert len({refund_id for _, refund_id in calls}) == 1


@pytest.mark.parametrize("error", [BankUnreachable("down"), RateLimited("429", retry_after_s=1.0)])
async def test_a_refund_that_was_not_sent_is_tried_again(world: World, error: BankUnreachable | RateLimited) -> None:
    world.bank.fail("refund", error, times=2)
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, 100)
        await world.stage(Stage.STOPPED)
        await wait_until(world, lambda: world.bank.returned_cents == 100)


@pytest.mark.parametrize("refusal", ["at once", "later"])
async def test_a_refused_refund_stays_a_name(world: World, refusal: str) -> None:
    if refusal == "at once":
        world.bank.fail("refund", RequestRefused("no", status=400, kind="PixDevolucaoInvalida"))
    world.bank.refund_ends = RefundStatus.NOT_DONE
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, 100)
        end = await world.stage(Stage.STOPPED)
        await wait_for_state(world, end.sale_id, SaleState.NEEDS_ATTENTION)
        assert sorted(await world.attentions()) == [Trouble.AMOUNT_DIFFERS, Trouble.REFUND_REFUSED]


async def test_past_ninety_days_nothing_is_asked_of_the_bank(world: World) -> None:
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, 100, at=world.clock.now() - timedelta(days=91))
        end = await world.stage(Stage.STOPPED)
        await wait_for_state(world, end.sale_id, SaleState.NEEDS_ATTENTION)
        assert not [call for call in world.bank.calls if call[0] == "refund"]


async def test_a_bank_that_cannot_refund_leaves_a_name(world: World) -> None:
    world.bank.capabilities = PixCapabilities(can_refund=False, calls_per_minute=600)
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, 100)
        end = await world.stage(Stage.STOPPED)
        assert end.trouble is not None
        assert end.trouble.money is MoneyTold.SAFE
        assert (await world.ends(txid))[1] == SaleState.NEEDS_ATTENTION
        assert await world.attentions() == [Trouble.AMOUNT_DIFFERS]


async def test_a_refund_goes_on_after_a_restart(world: World) -> None:
    world.bank.fail("refund", OutcomeUnknown("time-out"), after=True)
    world.bank.fail("get_refund", OutcomeUnknown("time-out"), times=50)
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid, 100)
        await world.stage(Stage.STOPPED)
        await wait_until(world, lambda: bool(world.bank.refunds))
    world.bank.failures.clear()
    async with world.running():
        await wait_until(world, lambda: world.bank.returned_cents == 100)
        assert len([call for call in world.bank.calls if call[0] == "refund"]) == 1


# --- the sweep --------------------------------------------------------------------------------------------------------


def stray(world: World, txid: str | None, cents: int = 4500, hours_ago: float = 1.0) -> ReceivedPix:
    at = world.clock.now() - timedelta(hours=hours_ago)
    pix = ReceivedPix(f"E1234567820261122{len(world.bank.strays):016d}", txid, Money(cents), at)
    world.bank.strays.append(pix)
    return pix


async def test_a_pix_without_txid_is_named_once_and_never_moved(world: World) -> None:
    stray(world, None)
    for _ in range(2):
        async with world.running():
            await wait_until_async(world)
            assert await world.attentions() == [Trouble.UNMATCHED]
    assert world.bank.refunds == {}


async def wait_until_async(world: World) -> None:
    await wait_until(world, lambda: world.bank.calls.count(("received", "")) >= 1)
    await wait_for_note(world)


async def wait_for_note(world: World) -> None:
    while await world.journal.last_note("pix.swept", "sweep/scripted") is None:
        await world.clock.sleep(0.5)


async def test_another_kiosks_money_is_ignored(world: World) -> None:
    for other in ("KX1", "K", "XX"):
        stray(world, new_txid(other, world.random))
    async with world.running():
        await wait_until_async(world)
        assert await world.attentions() == []
        assert world.bank.refunds == {}


async def test_own_prefix_that_the_journal_lost_goes_back_once(world: World) -> None:
    stray(world, new_txid("KX", world.random))
    async with world.running():
        await wait_until(world, lambda: world.bank.returned_cents == 4500)
    async with world.running():
        await wait_until_async(world)
    assert len(world.bank.refunds) == 1


async def test_a_day_off_is_accounted_for(world: World) -> None:
    async with world.running(screen_s=3.0):
        txid = await given_up(world)
    world.clock.jump(86_400)
    world.bank.pay(txid, at=world.clock.now() - timedelta(hours=20))
    async with world.running():
        await wait_until(world, lambda: world.bank.returned_cents == 4500)
        await wait_for_state(world, (await world.subject(txid)).sale_id, SaleState.COMPENSATED)


async def test_a_sweep_that_broke_off_is_swept_again(world: World) -> None:
    world.bank.fail("received", OutcomeUnknown("half a list"), times=2)
    stray(world, None)
    async with world.running(sweep_s=2.0):
        await wait_for_note(world)
        assert await world.attentions() == [Trouble.UNMATCHED]


# --- two banks --------------------------------------------------------------------------------------------------------


async def test_the_second_bank_makes_the_charge_when_the_first_is_down(world: World) -> None:
    second = ScriptedBank(world.clock, "second")
    world.banks.append(second)
    world.bank.fail("create", BankUnreachable("down"))
    async with world.running():
        await world.open()
        assert world.state.stage is Stage.AWAITING_PAYMENT
        txid = second.only_txid
        second.pay(txid)
        await world.stage(Stage.COMPLETED)
        subjects = await world.journal.of_sale(world.state.sale_id)
        assert [each.state for each in subjects if each.machine is Machine.ATTEMPT] == [
            AttemptState.NOT_SENT,
            AttemptState.APPROVED,
        ]


async def test_an_unseen_charge_is_superseded_removed_and_its_money_returned(world: World) -> None:
    second = ScriptedBank(world.clock, "second")
    world.banks.append(second)
    world.bank.fail("create", OutcomeUnknown("time-out"), after=True)
    world.bank.fail("get", OutcomeUnknown("time-out"), times=30)
    async with world.running(make_s=5.0):
        await world.open()
        assert world.state.stage is Stage.AWAITING_PAYMENT
        first_txid = world.bank.only_txid
        second.pay(second.only_txid)
        await world.stage(Stage.COMPLETED)
        world.bank.pay(first_txid)
        world.bank.failures.clear()
        await wait_until(world, lambda: world.bank.returned_cents == 4500)
        assert len(world.printer.paper) == 1


async def test_the_breaker_leaves_a_failing_bank_alone_and_tries_again(world: World) -> None:
    second = ScriptedBank(world.clock, "second")
    world.banks.append(second)
    world.bank.fail("create", BankUnreachable("down"), times=2)
    async with world.running():
        for _ in range(3):
            await world.engine.checkout.open(world.basket, PaymentChoice(Method.PIX), "pt")
            await world.engine.checkout.cancel()
            await world.engine.checkout.acknowledge()
        assert [name for name, _ in world.bank.calls].count("create") == 2
        assert [each.health for each in world.engine.banks.health()] == ["open", "closed"]
        await wait_until(world, lambda: world.engine.banks.health()[0].health == "half_open")
        await world.engine.checkout.open(world.basket, PaymentChoice(Method.PIX), "pt")
        assert [name for name, _ in world.bank.calls].count("create") == 3
        assert world.engine.banks.health()[0].health == "closed"


async def test_no_bank_at_all_gives_up_the_sale(world: World) -> None:
    second = ScriptedBank(world.clock, "second")
    world.banks.append(second)
    world.bank.fail("create", BankUnreachable("down"))
    second.fail("create", BankUnreachable("down"))
    async with world.running():
        await world.engine.checkout.open(world.basket, PaymentChoice(Method.PIX), "pt")
        assert world.state.trouble is not None
        assert world.state.trouble.trouble is Trouble.BANK_UNREACHABLE
        (sale,) = await world.journal.find(Machine.SALE, SaleState.ABANDONED)
        assert sale.text("reason") == Trouble.BANK_UNREACHABLE


async def test_a_bank_taken_out_of_the_configuration_leaves_a_name(world: World) -> None:
    second = ScriptedBank(world.clock, "second")
    async with world.running():
        txid = await world.open()
        world.engine.checkout._screen.publish(replace(world.state, stage=Stage.IDLE))
    world.banks = [second]
    async with world.running():
        assert (await world.subject(txid)).state == AttemptState.PENDING
        assert await world.attentions() == [Trouble.UNKNOWN]


class BanksClock:
    """The bank's own time, three days behind a kiosk whose clock runs ahead."""

    def __init__(self, clock: ScaledClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() - timedelta(days=3)

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


async def test_the_sweep_goes_by_the_banks_own_time(world: World) -> None:
    world.bank = ScriptedBank(BanksClock(world.clock))
    world.banks = [world.bank]
    async with world.running(screen_s=3.0, sweep_s=5.0):
        txid = await given_up(world)
        world.bank_poller.forget(txid)
        world.bank.pay(txid)
        await wait_until(world, lambda: world.bank.returned_cents == 4500)
