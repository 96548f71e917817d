"""A full disk, and what the next start makes of sales that were cut in half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import BASKET, World, wait_for_state
from totem.domain.errors import (
    BankUnreachable,
    DiskFull,
    OutcomeUnknown,
    Trouble,
)
from totem.domain.machine import AttemptState, Machine, SaleState, TicketState
from totem.domain.records import Entry, Record, Step
from totem.services.journal import SqliteJournal
from totem.services.state import CheckoutState, Method, MoneyTold, PaymentChoice, Stage


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


class FailingJournal:
    """The real journal, whose appends fail from the moment that a record fulfils `when`."""

    def __init__(self, journal: SqliteJournal, when: Callable[[Record], bool]) -> None:
        self._journal = journal
        self._when = when
        self.failed = False

    async def append(self, *records: Record) -> tuple[Entry, ...]:
        self.failed = self.failed or any(self._when(record) for record in records)
        if self.failed:
            raise DiskFull("no space left")
        return await self._journal.append(*records)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)


@pytest.mark.parametrize(
    ("state", "money"),
    [
        (SaleState.OPEN, MoneyTold.NOT_CHARGED),
        (AttemptState.PENDING, MoneyTold.NOT_CHARGED),
        (AttemptState.APPROVED, MoneyTold.SAFE),
        (TicketState.SENDING, MoneyTold.SAFE),
        (TicketState.PRINTED, MoneyTold.SAFE),
    ],
)
async def test_a_full_disk_stops_selling_and_recovery_accounts(world: World, state: str, money: MoneyTold) -> None:
    async with world.running():
        failing = FailingJournal(world.journal, lambda record: isinstance(record, Step) and record.to == state)
        for part in (
            world.engine.checkout,
            world.engine.payments,
            world.engine.queue._book,
        ):
            part._journal = failing
        txid = await world.open()
        if world.state.stage is Stage.AWAITING_PAYMENT:
            world.bank.pay(txid)
        end = await world.stage(Stage.OUT_OF_SERVICE, Stage.STOPPED)
        assert end.trouble is not None
        assert (end.trouble.trouble, end.trouble.money) == (Trouble.DISK_FULL, money)
        assert (end.stage is Stage.OUT_OF_SERVICE) == (state != SaleState.OPEN)
        await world.engine.checkout._outage.notices_printed()
        assert world.press.notices == ([end.trouble.reference] if money is MoneyTold.SAFE else [])
    async with world.running():
        if not txid:
            return
        await world.engine.queue.wait_quiet()
        attempt, sale = await world.ends(txid)
        paid = bool(world.bank.charges[txid].payments)
        assert attempt == (AttemptState.APPROVED if paid else AttemptState.CANCELLED)
        if paid:
            assert (sale == SaleState.COMPLETED) != bool(await world.attentions())
        else:
            assert sale == SaleState.ABANDONED


async def test_recovery_prints_within_two_minutes_and_not_later(world: World) -> None:
    for minutes, tickets in ((1, 1), (3, 0)):
        world.bank.charges.clear()
        world.printer.paper.clear()
        async with world.running():
            txid = await world.open()
            world.engine.payments._journal = FailingJournal(
                world.journal, lambda record: isinstance(record, Step) and record.to == AttemptState.APPROVED
            )
            world.bank.pay(txid, at=world.clock.now() - timedelta(minutes=minutes))
            await world.stage(Stage.OUT_OF_SERVICE)
        async with world.running():
            await world.engine.queue.wait_quiet()
            assert len(world.printer.paper) == tickets
            attempt = await world.subject(txid)
            assert attempt.state == AttemptState.APPROVED
            await wait_for_state(world, attempt.sale_id, SaleState.COMPLETED if tickets else SaleState.COMPENSATED)
            assert await world.attentions() == []


async def test_a_charge_left_on_the_screen_by_a_crash_is_removed(world: World) -> None:
    async with world.running():
        txid = await world.open()
        world.engine.checkout._screen._state = CheckoutState()  # the program forgets, as a crash does
        await world.journal.append()
    async with world.running():
        assert await world.ends(txid) == (AttemptState.CANCELLED, SaleState.ABANDONED)


async def test_recovery_keeps_asking_a_bank_that_is_down(world: World) -> None:
    async with world.running():
        txid = await world.open()
        world.engine.checkout._screen._state = CheckoutState()
    world.bank.fail("get", BankUnreachable("down"), times=2)
    async with world.running():
        assert (await world.subject(txid)).state == AttemptState.UNKNOWN
        world.bank.pay(txid)
        await wait_for_state(world, (await world.subject(txid)).sale_id, SaleState.COMPENSATED)
        assert world.bank.returned_cents == 4500


async def test_absence_counts_only_past_the_life_of_a_request(world: World) -> None:
    world.bank.fail("create", OutcomeUnknown("reset"), times=30)
    async with world.running(make_s=5.0):
        await world.engine.checkout.open(BASKET, PaymentChoice(Method.PIX), "pt")
        (attempt,) = await world.journal.find(Machine.ATTEMPT, AttemptState.UNKNOWN)
        assert not world.bank.charges
        await wait_for_state(world, attempt.id, AttemptState.NOT_SENT)
        asked = [call for call in world.bank.calls if call[0] == "get"]
        assert len(asked) >= 2
