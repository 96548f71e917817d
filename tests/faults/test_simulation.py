"""Random customers, faults and crashes on whole engines; what must hold, holds for every seed.

A failing run prints its seed: `TOTEM_SIMULATION_SEED=N pytest tests/faults/test_simulation.py` plays it again.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from pathlib import Path

import pytest

from tests.support.world import BASKET, World
from totem.domain.errors import BankUnreachable, OutcomeUnknown, ProviderError, RateLimited
from totem.domain.machine import (
    ATTEMPT_UNRESOLVED,
    AttemptState,
    AttentionState,
    CompensationState,
    Machine,
    TicketState,
)
from totem.domain.ports import Condition, PrintResult
from totem.domain.records import Subject
from totem.services.state import CheckoutState, Method, PaymentChoice, Stage

SEEDS = [int(text) for text in os.environ.get("TOTEM_SIMULATION_SEED", "").split(",") if text] or [
    secrets.randbelow(1_000_000) for _ in range(12)
]
PAID_STAGES = (Stage.PRINTING, Stage.HELD, Stage.COMPLETED)


@pytest.mark.parametrize("throw", range(len(SEEDS)))
async def test_money_and_goods_never_part(throw: int, tmp_path: Path) -> None:
    """By its number and not its seed: workers that run side by side must know the tests by the same names."""
    seed = SEEDS[throw]
    print(f"TOTEM_SIMULATION_SEED={seed}")  # noqa: T201 - whoever repeats the run needs it
    dice = random.Random(seed)
    world = World(tmp_path, factor=400.0)
    world.random = random.Random(seed)
    for _ in range(3):
        async with world.running(screen_s=20.0, patience_s=30.0):
            paid_screens = watch_paid_screens(world)
            for _ in range(3):
                await one_customer(world, dice)
            for state in paid_screens:
                await check_paid_screen(world, state)
    world.bank.failures.clear()
    world.printer.conditions.clear()
    world.printer.results.clear()
    async with world.running():
        await everything_asked(world)
        await check(world)


def watch_paid_screens(world: World) -> list[CheckoutState]:
    seen: list[CheckoutState] = []
    world.engine.checkout.subscribe(lambda state: seen.append(state) if state.stage in PAID_STAGES else None)
    return seen


async def one_customer(world: World, dice: random.Random) -> None:
    """A customer with up to three mishaps, who pays, pays wrongly, cancels or walks away."""
    for _ in range(dice.randrange(4)):
        mishap(world, dice)
    checkout = world.engine.checkout
    before = set(world.bank.charges)
    await checkout.open(BASKET, PaymentChoice(Method.PIX), "pt")
    made = [txid for txid in world.bank.charges if txid not in before]
    if checkout.state.stage is Stage.AWAITING_PAYMENT and made:
        act = dice.choice(["pay", "pay", "pay", "less", "more", "twice", "cancel", "walk", "cancel_and_pay"])
        await behave(world, made[0], act)
    async with asyncio.timeout(10):
        while checkout.state.stage not in (Stage.STOPPED, Stage.COMPLETED, Stage.OUT_OF_SERVICE):
            await world.clock.sleep(1.0)
            if dice.random() < 0.05:
                world.printer.conditions.clear()
    await checkout.acknowledge()
    world.printer.conditions.clear()


async def behave(world: World, txid: str, act: str) -> None:
    if act in ("pay", "twice"):
        world.bank.pay(txid)
    if act == "twice":
        world.bank.pay(txid)
    if act in ("less", "more"):
        world.bank.pay(txid, 1000 if act == "less" else 9999)
    if act == "cancel_and_pay":
        world.bank.pay(txid)
    if act.startswith("cancel"):
        await world.engine.checkout.cancel()


def mishap(world: World, dice: random.Random) -> None:
    kind = dice.randrange(7)
    error: ProviderError = dice.choice(
        [OutcomeUnknown("time-out"), BankUnreachable("refused"), RateLimited("429", retry_after_s=dice.uniform(1, 8))]
    )
    if kind < 4:
        operation = dice.choice(["create", "get", "cancel", "refund", "get_refund", "received"])
        lost = isinstance(error, OutcomeUnknown) and dice.random() < 0.5 and operation in ("create", "cancel", "refund")
        world.bank.fail(operation, error, times=dice.randrange(1, 12), after=lost)
    elif kind == 4:
        world.printer.results.append(dice.choice([PrintResult.UNKNOWN, PrintResult.NOT_SENT, PrintResult.HELD]))
        world.printer.held.extend([PrintResult.HELD, dice.choice([PrintResult.PRINTED, PrintResult.UNKNOWN])])
    else:
        world.printer.conditions.add(dice.choice([Condition.PAPER_LOW, Condition.PAPER_OUT, Condition.COVER_OPEN]))


async def everything_asked(world: World) -> None:
    """Until the bank was asked about every attempt that was unresolved, and the queue is quiet."""
    async with asyncio.timeout(20):
        while await world.journal.find(Machine.ATTEMPT, *ATTEMPT_UNRESOLVED):
            await world.clock.sleep(1.0)
        await world.engine.queue.wait_quiet()
        await world.engine.refunds.wait_quiet()


async def check_paid_screen(world: World, state: CheckoutState) -> None:
    subjects = await world.journal.of_sale(state.sale_id)
    assert any(each.machine is Machine.ATTEMPT and each.state == AttemptState.APPROVED for each in subjects)


async def check(world: World) -> None:
    tickets = await world.journal.find(Machine.TICKET, *TicketState)
    numbers = [(each.text("day"), each.number("number")) for each in tickets]
    assert len(set(numbers)) == len(numbers)
    assert len(set(world.printer.paper)) == len(world.printer.paper), "a ticket was printed twice"
    booked = await world.journal.find(Machine.COMPENSATION, CompensationState.DONE)
    assert sum(each.number("amount_cents") for each in booked) == world.bank.returned_cents
    for charge in world.bank.charges.values():
        attempt = await world.subject(charge.txid)
        for pix in charge.payments:
            assert await world.journal.is_noted("pix.received", pix.end_to_end_id), "money that nobody recorded"
        subjects = await world.journal.of_sale(attempt.sale_id)
        assert (attempt.state == AttemptState.APPROVED) == bool(charge.payments)
        check_sale(subjects, attempt, sum(pix.amount.amount_cents for pix in charge.payments))


def check_sale(subjects: tuple[Subject, ...], attempt: Subject, received_cents: int) -> None:
    approved = [each for each in subjects if each.machine is Machine.ATTEMPT and each.state == AttemptState.APPROVED]
    printed = [each for each in subjects if each.machine is Machine.TICKET and each.state == TicketState.PRINTED]
    named = [each for each in subjects if each.machine is Machine.ATTENTION and each.state == AttentionState.OPEN]
    assert len(approved) <= 1, "two approved attempts for one sale"
    assert len(printed) <= len(approved), "a ticket without its money"
    if received_cents:
        asked = attempt.number("amount_cents")
        back = sum(
            each.number("amount_cents")
            for each in subjects
            if each.machine is Machine.COMPENSATION and each.state == CompensationState.DONE
        )
        assert back <= received_cents, "more went back than came"
        kept = asked if printed else 0
        assert named or received_cents - back == kept, "money with neither ticket, refund nor name"
