"""The sale on the screen, its payments, ticket and recovery: whole engines on a scripted bank and printer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted import code_for
from tests.support.world import BASKET, World, wait_for_state
from totem.domain.errors import (
    BankUnreachable,
    ChargeNotFound,
    OutcomeUnknown,
    RateLimited,
    Trouble,
)
from totem.domain.machine import AttemptState, Machine, SaleState, TicketState
from totem.domain.ports import Condition, PrintResult
from totem.services.ids import ticket_id_of
from totem.services.state import Method, MoneyTold, PaymentChoice, Stage


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_plain_sale_ends_with_one_ticket(world: World) -> None:
    async with world.running():
        txid = await world.open()
        assert world.state.pix is not None
        assert world.state.pix.copia_e_cola == code_for(txid, 4500)
        assert world.state.pix.receiver_name == "LAVA JATO"
        world.bank.pay(txid)
        await world.stage(Stage.COMPLETED)
        assert await world.ends(txid) == (AttemptState.APPROVED, SaleState.COMPLETED)
        assert world.printer.paper == [f"{world.state.sale_id}#1".encode()]
        assert await world.attentions() == []
        await world.engine.checkout.acknowledge()
        assert world.state.stage is Stage.IDLE


async def test_everything_is_stored_before_it_is_shown_or_sent(world: World) -> None:
    seen: dict[str, str] = {}

    async with world.running():
        checkout = world.engine.checkout
        original = world.bank.create_charge

        async def create(request: Any) -> Any:
            attempt = await world.journal.get(request.txid)
            seen["create"] = attempt.state if attempt else "missing"
            return await original(request)

        world.bank.create_charge = create  # type: ignore[method-assign]
        await checkout.open(BASKET, PaymentChoice(Method.PIX), "pt")
        assert seen["create"] == AttemptState.INTENDED
        assert await world.journal.is_noted("charge.displayed", world.bank.only_txid)


async def test_numbers_of_the_day_count_up(world: World) -> None:
    async with world.running():
        for number in (1, 2, 3):
            await world.engine.checkout.open(BASKET, PaymentChoice(Method.PIX), "pt")
            world.bank.pay(next(txid for txid, charge in world.bank.charges.items() if not charge.payments))
            state = await world.stage(Stage.COMPLETED)
            assert state.ticket is not None
            assert state.ticket.number == number
            await world.engine.checkout.acknowledge()


@pytest.mark.parametrize("condition", sorted(set(Condition) - {Condition.PAPER_LOW}))
async def test_no_sale_opens_on_a_printer_that_cannot_print(world: World, condition: Condition) -> None:
    async with world.running():
        world.printer.conditions.add(condition)
        await world.open()
        assert world.state.stage is Stage.STOPPED
        assert world.state.trouble is not None
        assert world.state.trouble.money is MoneyTold.NOT_CHARGED
        assert world.bank.charge_calls == []
        assert await world.journal.find(Machine.SALE, *SaleState) == ()


async def test_low_paper_sells(world: World) -> None:
    async with world.running():
        world.printer.conditions.add(Condition.PAPER_LOW)
        await world.open()
        assert world.state.stage is Stage.AWAITING_PAYMENT


async def test_bank_down_is_not_sent_and_not_charged(world: World) -> None:
    world.bank.fail("create", BankUnreachable("refused"))
    async with world.running():
        await world.open()
        assert world.state.trouble is not None
        assert (world.state.trouble.trouble, world.state.trouble.money) == (
            Trouble.BANK_UNREACHABLE,
            MoneyTold.NOT_CHARGED,
        )
        ((attempt),) = await world.journal.find(Machine.ATTEMPT, AttemptState.NOT_SENT)
        assert (await world.subject(attempt.sale_id)).state == SaleState.ABANDONED


async def test_a_lost_answer_is_unknown_and_then_found(world: World) -> None:
    world.bank.fail("create", OutcomeUnknown("time-out"), after=True)
    async with world.running():
        txid = await world.open()
        assert world.state.stage is Stage.AWAITING_PAYMENT
        story = [entry.state for entry in await world.journal.entries(world.state.sale_id) if entry.subject_id == txid]
        assert [state for state in story if state] == ["intended", "unknown", "pending"]
        assert [call for call in world.bank.calls if call[0] == "create"] == [("create", txid)]


async def test_an_unsent_request_is_repeated_with_the_same_id(world: World) -> None:
    world.bank.fail("create", OutcomeUnknown("reset"))
    async with world.running():
        txid = await world.open()
        assert world.state.stage is Stage.AWAITING_PAYMENT
        assert world.bank.charge_calls[:3] == [
            ("create", txid),
            ("get", txid),
            ("create", txid),
        ]


async def test_a_bank_that_stays_silent_gives_up_the_sale_and_resolves_later(world: World) -> None:
    world.bank.fail("create", OutcomeUnknown("time-out"), after=True)
    world.bank.fail("get", OutcomeUnknown("time-out"), times=1000)
    async with world.running():
        txid = await world.open()
        assert world.state.stage is Stage.STOPPED
        world.bank.failures.clear()
        assert (await world.ends(txid))[1] == SaleState.ABANDONED
        await wait_for_state(world, txid, AttemptState.CANCELLED)


async def test_rate_limited_creation_waits_as_told(world: World) -> None:
    world.bank.fail("create", RateLimited("429", retry_after_s=2.0))
    async with world.running():
        began = world.clock.monotonic()
        await world.open()
        assert world.state.stage is Stage.AWAITING_PAYMENT
        assert world.clock.monotonic() - began >= 2.0


async def test_a_wrong_code_is_never_shown(world: World) -> None:
    async with world.running():
        original = world.bank.create_charge

        async def create(request: Any) -> Any:
            charge = await original(request)
            return replace(charge, copia_e_cola=code_for(request.txid, 1))

        world.bank.create_charge = create  # type: ignore[method-assign]
        txid = await world.open()
        assert world.state.trouble is not None
        assert world.state.trouble.trouble is Trouble.BAD_CHARGE
        assert not any(state.pix for state in world.states)
        await wait_for_state(world, txid, AttemptState.CANCELLED)


async def test_cancel_removes_the_charge(world: World) -> None:
    async with world.running():
        txid = await world.open()
        await world.engine.checkout.cancel()
        assert world.state.trouble is not None
        assert (world.state.trouble.trouble, world.state.trouble.money) == (Trouble.CANCELLED, MoneyTold.NOT_CHARGED)
        assert await world.ends(txid) == (AttemptState.CANCELLED, SaleState.ABANDONED)


async def test_the_payment_wins_over_the_cancellation(world: World) -> None:
    async with world.running():
        txid = await world.open()

        def pay_first(operation: str, _: str) -> None:
            if operation == "cancel":
                world.bank.pay(txid)

        world.bank.on_call = pay_first
        await world.engine.checkout.cancel()
        await world.stage(Stage.COMPLETED)
        assert await world.ends(txid) == (AttemptState.APPROVED, SaleState.COMPLETED)
        assert len(world.printer.paper) == 1


async def test_the_screen_ends_and_the_charge_with_it(world: World) -> None:
    async with world.running(screen_s=3.0):
        txid = await world.open()
        await world.stage(Stage.STOPPED)
        assert world.state.trouble is not None
        assert world.state.trouble.trouble is Trouble.EXPIRED
        assert await world.ends(txid) == (AttemptState.EXPIRED, SaleState.ABANDONED)


async def test_more_time_extends_within_the_charge(world: World) -> None:
    async with world.running():
        await world.open()
        assert world.state.pix is not None
        before = world.state.pix.ends_at_s
        for _ in range(10):
            await world.engine.checkout.more_time()
        assert world.state.pix is not None
        assert world.state.pix.ends_at_s - world.state.pix.shown_at_s == pytest.approx(600, abs=1)
        assert world.state.pix.ends_at_s > before
        assert not world.state.pix.can_extend
        assert len(world.bank.charges) == 1


async def test_money_after_the_end_is_honoured_while_still_shown(world: World) -> None:
    async with world.running(screen_s=3.0):
        txid = await world.open()
        await world.stage(Stage.STOPPED)
        world.bank.pay(txid)
        await world.stage(Stage.COMPLETED)
        assert await world.ends(txid) == (AttemptState.APPROVED, SaleState.COMPLETED)


async def test_paper_out_before_the_first_byte_holds_and_then_prints(world: World) -> None:
    async with world.running():
        txid = await world.open()
        world.printer.conditions.add(Condition.PAPER_OUT)
        world.bank.pay(txid)
        state = await world.stage(Stage.HELD)
        assert state.trouble is not None
        assert state.trouble.trouble is Trouble.PAPER_OUT
        assert await world.attentions() == [Trouble.PAPER_OUT]
        world.printer.conditions.clear()
        await world.stage(Stage.COMPLETED)
        assert len(world.printer.paper) == 1
        assert await world.attentions() == []
        assert await world.attentions("settled") == [Trouble.PAPER_OUT]


async def test_paper_out_in_the_middle_is_waited_for(world: World) -> None:
    world.printer.results = [PrintResult.HELD]
    world.printer.held = [PrintResult.HELD, PrintResult.HELD, PrintResult.PRINTED]
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid)
        await world.stage(Stage.COMPLETED)
        assert world.printer.paper == [b"settled 1"]
        assert Stage.HELD in [state.stage for state in world.states]
        assert await world.attentions() == []


async def test_a_ticket_of_unknown_fate_is_named_and_never_printed_again(world: World) -> None:
    world.printer.results = [PrintResult.UNKNOWN]
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid)
        state = await world.stage(Stage.STOPPED)
        assert state.trouble is not None
        assert (state.trouble.trouble, state.trouble.money) == (Trouble.PRINT_UNKNOWN, MoneyTold.SAFE)
        assert (await world.subject(ticket_id_of(state.sale_id))).state == TicketState.UNKNOWN
    async with world.running():
        assert world.printer.paper == []
        assert await world.attentions() == [Trouble.PRINT_UNKNOWN]
        assert await world.ends(txid) == (AttemptState.APPROVED, SaleState.NEEDS_ATTENTION)


async def test_a_job_that_was_not_sent_is_tried_again(world: World) -> None:
    world.printer.results = [PrintResult.NOT_SENT, PrintResult.PRINTED]
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid)
        await world.stage(Stage.COMPLETED)
        assert len(world.printer.paper) == 1


async def test_patience_ends_and_the_money_goes_back(world: World) -> None:
    async with world.running(patience_s=3.0):
        txid = await world.open()
        world.printer.conditions.add(Condition.COVER_OPEN)
        world.bank.pay(txid)
        end = await world.stage(Stage.STOPPED)
        assert end.trouble is not None
        assert (end.trouble.trouble, end.trouble.money) == (Trouble.COVER_OPEN, MoneyTold.WILL_BE_RETURNED)
        world.printer.conditions.clear()
        await wait_for_state(world, end.sale_id, SaleState.COMPENSATED)
        assert (await world.subject(ticket_id_of(end.sale_id))).state == TicketState.REVOKED
        assert world.bank.returned_cents == 4500
    async with world.running():
        assert world.printer.paper == []


async def test_closing_down_takes_the_code_out_of_the_bank(world: World) -> None:
    async with world.running():
        txid = await world.open()
    async with world.running():
        assert await world.ends(txid) == (AttemptState.CANCELLED, SaleState.ABANDONED)
    assert ("cancel", txid) in world.bank.calls
    assert world.printer.released.is_set()


async def test_slow_bank_is_said_and_unsaid(world: World) -> None:
    world.bank.fail("get", ChargeNotFound("not yet"), times=2)
    async with world.running():
        await world.open()
        await world.until(lambda: world.state.pix is not None and world.state.pix.slow)
        await world.until(lambda: world.state.pix is not None and not world.state.pix.slow)


async def test_a_paid_charge_is_hardly_asked_about_any_more(world: World) -> None:
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid)
        await world.stage(Stage.COMPLETED)
        asked = world.bank.charge_calls.count(("get", txid))
        await world.clock.sleep(100.0)
        assert world.bank.charge_calls.count(("get", txid)) - asked <= 4
