"""Finding, reading, reprinting and giving back a sale; each act in the journal before it is done. Whole engines."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.maintenance_world import PIN, Office
from tests.support.world import World, wait_for_state, wait_until
from totem.domain.errors import BankUnreachable, JournalWriteFailed, OutcomeUnknown
from totem.domain.machine import CompensationState, Machine, SaleState
from totem.domain.money import Money, format_money
from totem.domain.ports import Condition, PrintResult
from totem.services.allocation import LatePolicy
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.query import read_query
from totem.services.maintenance.sale_views import ReprintResult
from totem.services.state import Method, PaymentChoice, Stage


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def sold(world: World) -> tuple[str, str, str]:
    """A sale with its ticket: its id, txid and endToEndId."""
    known = set(world.bank.charges)
    await world.engine.checkout.open(world.basket, PaymentChoice(Method.PIX), "pt")
    (txid,) = set(world.bank.charges) - known
    reference = world.bank.pay(txid)
    end = await world.stage(Stage.COMPLETED)
    await world.engine.checkout.acknowledge()
    return end.sale_id, txid, reference


async def test_it_is_found_by_whatever_the_customer_has(world: World) -> None:
    async with world.running():
        sale, txid, end_to_end_id = await sold(world)
        other, *_ = await sold(world)
        desks = Office(world).desks()
        today = world.clock.now().astimezone().date()
        for text in ("1", sale, sale.rsplit("-", 1)[1].lower(), txid, end_to_end_id, f"TOTEM1:{sale}:1"):
            assert [row.sale_id for row in await desks.sales.search(text)] == [sale], text
        for text in ("", "45,00", "R$ 45,00", "45.00", today.isoformat(), f"{today:%d/%m}", f"{today:%d/%m/%y}"):
            assert [row.sale_id for row in await desks.sales.search(text)] == [other, sale], text
        assert await desks.sales.search("9,99") == ()
        assert await desks.sales.search("1", today - timedelta(days=1)) == ()
        (row,) = await desks.sales.search("1")
        assert (row.number, row.amount, row.method, row.provider, row.state) == (
            1,
            Money(4500),
            "pix",
            "scripted",
            SaleState.COMPLETED,
        )


def test_a_day_without_a_year_is_the_last_one_that_was() -> None:
    wanted = read_query("30/11", None, date(2026, 11, 29))
    assert wanted.since is not None
    assert wanted.since.date() == date(2025, 11, 30)
    assert read_query("31/02", None, date(2026, 11, 29)).exact == "31/02"
    assert read_query("000312456", None, date(2026, 11, 29)).nsu == "312456"


async def test_its_story_tells_every_step_and_no_secret(world: World) -> None:
    async with world.running():
        sale, _, end_to_end_id = await sold(world)
        story = await Office(world).desks().sales.story(sale)
        told = [(line.kind, line.state) for line in story.lines]
        assert told[0] == ("sale", "choosing")
        assert ("ticket", "printed") in told
        details = [line.details for line in story.lines]
        assert any(each.get("end_to_end_id") == end_to_end_id for each in details)
        assert any(each.get("amount") == format_money(Money(4500)) for each in details)
        assert not any("copia_e_cola" in each for each in details)
        assert story.refundable == Money(4500)
        assert story.can_reprint
        with pytest.raises(MaintenanceRefused) as refused:
            await Office(world).desks().sales.story("nobody")
        assert refused.value.reason is Reason.NOT_FOUND


async def test_a_reprint_bears_the_same_number_and_the_mark(world: World) -> None:
    async with world.running():
        sale, *_ = await sold(world)
        office = Office(world)
        assert await office.desks().sales.reprint(sale) is ReprintResult.PRINTED
        assert world.printer.paper[-1] == f"{sale}#1 2nd".encode()
        assert (await office.acts())[-1] == "technician.reprint"
        world.printer.results = [PrintResult.UNKNOWN]
        assert await office.desks().sales.reprint(sale) is ReprintResult.UNKNOWN
        world.printer.conditions = {Condition.PAPER_OUT}
        assert await office.desks().sales.reprint(sale) is ReprintResult.NOT_PRINTED


async def test_late_money_that_is_honoured_is_handed_out_once(world: World) -> None:
    world.late_payment = LatePolicy.HONOUR
    async with world.running(screen_s=5.0):
        txid = await world.open()
        end = await world.stage(Stage.STOPPED)
        await world.engine.checkout.acknowledge()
        world.bank.pay(txid)
        world.bank_poller.ask_now(txid)
        await wait_for_state(world, end.sale_id, SaleState.PAID)
        desks = Office(world).desks()
        assert [each.to_claim for each in await desks.printers.waiting()] == [True]
        assert world.printer.paper == []
        assert await desks.sales.reprint(end.sale_id) is ReprintResult.PRINTED
        assert world.printer.paper == [f"{end.sale_id}#1".encode()]
        await wait_for_state(world, end.sale_id, SaleState.COMPLETED)
        assert await desks.printers.waiting() == ()
        assert await world.attentions() == []


async def test_a_refund_is_noted_then_made_and_made_once(world: World) -> None:
    async with world.running():
        sale, *_ = await sold(world)
        office = Office(world)
        control = await office.enter()
        for reason, pin, why in (("motivo", "000000", Reason.PIN), ("  ", PIN, Reason.REASON_MISSING)):
            with pytest.raises(MaintenanceRefused) as refused:
                await control.sales.refund(sale, reason, pin)
            assert refused.value.reason is why
        assert world.bank.refunds == {}
        end = await control.sales.refund(sale, "lavagem com defeito", PIN)
        assert end.complete
        assert [(each.amount, each.state) for each in end.ways] == [(Money(4500), CompensationState.DONE)]
        assert world.bank.returned_cents == 4500
        with pytest.raises(MaintenanceRefused) as again:
            await control.sales.refund(sale, "de novo", PIN)
        assert again.value.reason is Reason.NOTHING_TO_RETURN
        assert world.bank.returned_cents == 4500
        entries = await world.journal.entries(sale)
        kinds = [each.kind for each in entries]
        note = entries[kinds.index("technician.refund")]
        assert note.data["session"] == control.state.session
        assert note.data["reason"] == "lavagem com defeito"
        assert kinds.index("technician.refund") < kinds.index("compensation")
        assert await control.sales.reprint(sale) is ReprintResult.MONEY_WENT_BACK


async def test_a_bank_that_is_down_leaves_the_refund_to_the_kiosk(world: World) -> None:
    async with world.running():
        sale, *_ = await sold(world)
        world.bank.fail("refund", BankUnreachable("down"), 500)
        world.bank.fail("get_refund", OutcomeUnknown("down"), 500)
        end = await Office(world).desks().sales.refund(sale, "motivo qualquer", PIN)
        assert not end.complete
        world.bank.failures = {}
        await wait_until(world, lambda: world.bank.returned_cents == 4500)


async def test_nothing_is_done_that_cannot_be_journalled(world: World) -> None:
    async with world.running():
        sale, *_ = await sold(world)
        office = Office(world)
        control = await office.enter()
        paper, known = len(world.printer.paper), len(world.bank.calls)
        await world.journal.limit_pages(0)
        for act in (
            control.sales.reprint(sale),
            control.sales.refund(sale, "motivo qualquer", PIN),
            control.machine.set_out_of_service(True),
        ):
            with pytest.raises(JournalWriteFailed):
                await act
        assert not control.state.out_of_service
        assert len(world.printer.paper) == paper
        assert [call for call in world.bank.calls[known:] if call[0] == "refund"] == []
        assert await world.journal.find(Machine.COMPENSATION, *CompensationState) == ()
        await world.journal.limit_pages(None)
