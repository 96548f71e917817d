"""Printers, terminals and banks in a technician's hands, the probe with its ways, and what fails among them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.maintenance_world import Office
from tests.support.scripted_terminal import ScriptedTerminal
from tests.support.world import World, wait_for_state, wait_until
from totem.domain.cards import CardEvent, CardOutcome, CardResult, PendingCard, Prompt, PromptKind
from totem.domain.errors import (
    BankUnreachable,
    CredentialsRefused,
    OutcomeUnknown,
    TerminalUnreachable,
    Trouble,
)
from totem.domain.machine import AttemptState, CompensationState, SaleState
from totem.domain.money import Money
from totem.domain.ports import Condition, PrintResult, RefundStatus
from totem.services.allocation import LatePolicy
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.views import PrintAct, PrintEnd, Probe, ProbeStage
from totem.services.state import Stage


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# --- printers -------------------------------------------------------------------------------------------------------


async def test_a_page_a_feed_and_a_cut(world: World) -> None:
    async with world.running():
        office = Office(world)
        desks = office.desks()
        (view,) = await desks.printers.look()
        assert (view.name, view.trouble, view.busy, view.is_spare) == ("scripted", None, False, False)
        for act in PrintAct:
            assert (await desks.printers.act("scripted", act)).is_printed
        assert world.printer.paper == [act.value.encode() for act in PrintAct]
        assert await office.acts() == ["technician.printer"] * 3
        with pytest.raises(MaintenanceRefused) as refused:
            await desks.printers.act("nobody", PrintAct.CUT)
        assert refused.value.reason is Reason.NOT_FOUND


async def test_a_printer_without_paper_says_so_and_one_that_holds_is_waited_for(world: World) -> None:
    async with world.running():
        desks = Office(world).desks()
        world.printer.conditions = {Condition.PAPER_OUT}
        assert (await desks.printers.look())[0].trouble is Trouble.PAPER_OUT
        told = await desks.printers.act("scripted", PrintAct.TEST_PAGE)
        assert told == PrintEnd(PrintResult.NOT_SENT, Trouble.PAPER_OUT)
        world.printer.conditions = set()
        world.printer.results, world.printer.held = [PrintResult.HELD], [PrintResult.HELD, PrintResult.PRINTED]
        assert (await desks.printers.act("scripted", PrintAct.TEST_PAGE)).is_printed


async def test_a_ticket_is_not_disturbed_and_waits_for_a_page(world: World) -> None:
    async with world.running():
        desks = Office(world).desks()
        world.printer.results = [PrintResult.HELD]
        txid = await world.open()
        world.bank.pay(txid)
        await world.stage(Stage.HELD)
        assert (await desks.printers.look())[0].busy
        with pytest.raises(MaintenanceRefused) as refused:
            await desks.printers.act("scripted", PrintAct.TEST_PAGE)
        assert refused.value.reason is Reason.BUSY
        world.printer.held = [PrintResult.PRINTED]
        await world.stage(Stage.COMPLETED)
        await world.engine.checkout.acknowledge()
        async with world.engine.queue.borrow("scripted") as printer:
            assert printer is world.printer
            world.bank.charges.clear()
            world.bank.pay(await world.open())
            await world.stage(Stage.PRINTING)
            await world.clock.sleep(3)
            assert world.state.stage is Stage.PRINTING
        await world.stage(Stage.COMPLETED)


# --- terminals ------------------------------------------------------------------------------------------------------


async def test_the_terminals_menu_and_what_it_holds(world: World) -> None:
    terminal = ScriptedTerminal()
    terminal.capabilities = replace(terminal.capabilities, has_admin=True)
    world.terminals = [terminal]
    async with world.running():
        office = Office(world)
        desks = office.desks()
        terminal.held_open = [PendingCard({"control_code": "C77"})]
        (view,) = await desks.terminals.look()
        assert (view.ready, view.held, view.has_admin) == (True, 1, True)
        assert await desks.terminals.settle("tef")
        assert terminal.ledger == {"C77": "undone"}
        events = [event async for event in desks.terminals.admin("tef")]
        assert events == [CardResult(CardOutcome.APPROVED, Money(0))]
        assert await office.acts() == ["technician.terminal_settle", "technician.terminal_menu"]


async def test_a_terminal_that_is_silent_or_has_no_menu(world: World) -> None:
    class Silent(ScriptedTerminal):
        async def pending(self) -> tuple[PendingCard, ...]:
            raise TerminalUnreachable("off")

    terminal = Silent()
    world.terminals = [terminal]
    async with world.running():
        desks = Office(world).desks()
        (view,) = await desks.terminals.look()
        assert (view.ready, view.trouble) == (False, Trouble.TERMINAL_UNREACHABLE)
        assert not await desks.terminals.settle("tef")
        for name, why in (("tef", Reason.CANNOT), ("nobody", Reason.NOT_FOUND)):
            with pytest.raises(MaintenanceRefused) as refused:
                await anext(desks.terminals.admin(name))
            assert refused.value.reason is why


class SlowMenu(ScriptedTerminal):
    """Its menu stays open until `chosen`."""

    chosen: asyncio.Event

    async def admin(self) -> AsyncIterator[CardEvent]:
        yield Prompt(PromptKind.MENU, options=("Cancelar",))
        await self.chosen.wait()
        yield CardResult(CardOutcome.APPROVED, Money(0), trace={"original_nsu": "000312456"})


async def test_a_menu_that_is_left_open_is_followed_to_its_end(world: World) -> None:
    """Somebody cancels a sale in it after the screen has locked: that money must be in the journal all the same."""
    terminal = SlowMenu()
    terminal.chosen = asyncio.Event()
    terminal.capabilities = replace(terminal.capabilities, has_admin=True)
    world.terminals = [terminal]
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.COMPLETED)
        office = Office(world)
        desks = office.desks()
        menu = desks.terminals.admin("tef")
        assert isinstance(await anext(menu), Prompt)
        assert (await desks.terminals.look())[0].detail == "em uso"
        with pytest.raises(MaintenanceRefused) as refused:
            await anext(desks.terminals.admin("tef"))
        assert refused.value.reason is Reason.BUSY
        await menu.aclose()  # type: ignore[attr-defined]  # an async generator
        terminal.chosen.set()
        await asyncio.gather(*office.tasks)
        assert (await world.states_of(sale_id))["compensation"] == CompensationState.DONE
        assert (await desks.terminals.look())[0].detail == ""


# --- banks ----------------------------------------------------------------------------------------------------------


async def test_banks_are_asked_and_their_certificates_counted(world: World) -> None:
    async with world.running():
        desks = Office(world).desks()
        (view,) = await desks.providers.look()
        assert (view.admitted, view.trouble, view.can_probe) == (True, None, True)
        today = world.clock.now().date()
        assert view.certificate_days == (Office(world).certificate - today).days
        for error, admitted in ((CredentialsRefused("no"), False), (BankUnreachable("down"), None)):
            world.bank.fail("get", error)
            (view,) = await desks.providers.look()
            assert (view.admitted, view.trouble) == (admitted, error.trouble)


async def probed(office: Office) -> list[ProbeStage]:
    stages: list[Probe] = [each async for each in office.desks().providers.probe("scripted")]
    assert all(each.amount == Money(1) for each in stages)
    return [each.stage for each in stages]


def paid_at_the_last_moment(world: World) -> Callable[[str, str], None]:
    def on_call(operation: str, txid: str) -> None:
        if operation == "cancel" and not world.bank.charges[txid].payments:
            world.bank.pay(txid)

    return on_call


async def test_a_probe_is_journalled_made_removed_and_read_again(world: World) -> None:
    async with world.running():
        office = Office(world)
        stages = await probed(office)
        assert stages == [ProbeStage.MAKING, ProbeStage.MADE, ProbeStage.REMOVING, ProbeStage.REMOVED]
        asked = [operation for operation, _ in world.bank.charge_calls]
        assert asked[0] == "create"
        assert asked[-2:] == ["cancel", "get"]  # the last word is the bank's, after the removal
        txid = world.bank.only_txid
        assert await world.ends(txid) == (AttemptState.CANCELLED, SaleState.ABANDONED)
        entries = await world.journal.entries((await world.subject(txid)).sale_id)
        assert [each.kind for each in entries][:3] == ["technician.probe", "sale", "sale"]
        assert world.printer.paper == []


@pytest.mark.parametrize("policy", list(LatePolicy))
async def test_whoever_pays_a_probe_is_given_it_back(world: World, policy: LatePolicy) -> None:
    world.late_payment = policy
    async with world.running():
        world.bank.on_call = paid_at_the_last_moment(world)
        stages = await probed(Office(world))
        assert stages[-1] is ProbeStage.REFUNDED
        assert world.bank.returned_cents == 1
        assert world.printer.paper == []
        assert await world.attentions() == []


async def test_a_probe_that_a_bank_refuses_to_give_back_is_left_with_a_name(world: World) -> None:
    world.bank.refund_ends = RefundStatus.NOT_DONE
    async with world.running():
        world.bank.on_call = paid_at_the_last_moment(world)
        assert (await probed(Office(world)))[-1] is ProbeStage.LEFT
        assert Trouble.REFUND_REFUSED in await world.attentions()


async def test_a_probe_of_a_bank_that_is_down_charges_nobody(world: World) -> None:
    async with world.running():
        world.bank.fail("create", BankUnreachable("down"))
        assert await probed(Office(world)) == [ProbeStage.MAKING, ProbeStage.FAILED]
        assert world.bank.charges == {}


async def test_a_probe_whose_answer_is_lost_is_removed_all_the_same(world: World) -> None:
    async with world.running():
        world.bank.fail("create", OutcomeUnknown("time-out"), after=True)
        assert (await probed(Office(world)))[-1] is ProbeStage.REMOVED


async def test_a_technician_who_leaves_leaves_the_rest_to_the_kiosk(world: World) -> None:
    async with world.running():
        world.bank.fail("cancel", OutcomeUnknown("time-out"), 3)
        stages = Office(world).desks().providers.probe("scripted")
        async for each in stages:
            if each.stage is ProbeStage.MADE:
                break
        await stages.aclose()  # type: ignore[attr-defined]  # an async generator
        txid = world.bank.only_txid
        await wait_for_state(world, txid, AttemptState.CANCELLED)


async def test_a_paid_probe_goes_back_after_a_restart_too(world: World) -> None:
    async with world.running():
        stages = Office(world).desks().providers.probe("scripted")
        async for each in stages:
            if each.stage is ProbeStage.MADE:
                break
        txid = world.bank.only_txid
    world.bank.pay(txid)
    async with world.running():
        await wait_until(world, lambda: world.bank.returned_cents == 1)
        assert world.printer.paper == []
        sale_id = (await world.subject(txid)).sale_id
        assert (await world.states_of(sale_id))["compensation"] == CompensationState.DONE
