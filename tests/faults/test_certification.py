"""PayGo's certification script ("Roteiro", v20260819): the steps that a kiosk can run, each by its number.

Through the whole engine, over both of PayGo's doors and through the bridge: journal, acquirer's ledger and paper are
compared. What a kiosk cannot run is named with its reason, so that no step is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hardware.sim.card_ledger import TransactionState
from hardware.sim.paygo.exchange import AdminAct, AdminKind
from hardware.sim.paygo.faults import Fault, FaultName
from hardware.terminal.tef.settings import Network
from tests.support.tef_rig import DOORS, SETTINGS, Rig, rig_of
from tests.support.world import World
from totem.domain.cards import CardEvent, CardOutcome, CardResult, PromptKind
from totem.domain.catalogue import Basket, Service
from totem.domain.errors import Trouble
from totem.domain.machine import CompensationState, Machine, SaleState, SettlementState, TicketState
from totem.domain.money import Money
from totem.domain.ports import PrintResult
from totem.services.state import CheckoutState, Method, PaymentChoice, Stage

ENDS = (Stage.COMPLETED, Stage.CHOOSING_AGAIN, Stage.STOPPED, Stage.TICKET_UNKNOWN)


@dataclass
class Bench:
    """One kiosk with its TEF: what a tester's hands do, and what they see."""

    world: World
    rig: Rig

    async def sell(self, cents: int, method: Method = Method.CREDIT, installments: int = 1) -> CheckoutState:
        service = Service("x", {"pt": "Serviço"}, Money(cents))
        basket = Basket().with_quantity(service, 1)
        await self.world.engine.checkout.open(basket, PaymentChoice(method, installments), "pt")
        return await self.world.stage(*ENDS)

    async def again(self, method: Method = Method.CREDIT) -> CheckoutState:
        await self.world.engine.checkout.pay_again(PaymentChoice(method))
        await self.world.until(lambda: self.world.state.stage not in (Stage.PREPARING, Stage.CHOOSING_AGAIN))
        return await self.world.stage(*ENDS)

    async def home(self) -> None:
        """Off the screen, and everything decided is acknowledged."""
        if self.world.state.stage is Stage.CHOOSING_AGAIN:
            await self.world.engine.checkout.cancel()
        await self.world.engine.checkout.acknowledge()
        async with asyncio.timeout(10):
            await self.world.engine.settlements.wait_quiet()

    async def states(self, sale_id: str) -> dict[str, str]:
        return await self.world.states_of(sale_id)

    def ledger(self) -> list[TransactionState]:
        """Of every sale that was not denied, the oldest first."""
        sales = [each for each in self.rig.paygo.transactions() if each.operation == "sale"]
        return [each.state for each in sales if each.state is not TransactionState.DENIED]


Step = Callable[[Bench], Awaitable[None]]


async def denied(bench: Bench) -> None:
    told = await bench.sell(100001)
    assert (told.stage, told.trouble and told.trouble.trouble) == (Stage.CHOOSING_AGAIN, Trouble.CARD_DECLINED)
    assert told.trouble is not None
    assert told.trouble.message
    assert [each.state for each in bench.rig.paygo.transactions()] == [TransactionState.DENIED]
    assert bench.world.printer.paper == []


async def cancelled_at_the_menu(bench: Bench) -> None:
    checkout = bench.world.engine.checkout
    service = Service("x", {"pt": "Serviço"}, Money(1000))
    await checkout.open(Basket().with_quantity(service, 1), PaymentChoice(Method.CREDIT), "pt")
    await bench.world.until(lambda: _prompt(bench) is PromptKind.MENU)
    await checkout.cancel()
    told = await bench.world.stage(*ENDS)
    assert told.trouble is not None
    assert told.trouble.trouble is Trouble.CARD_CANCELLED
    assert bench.ledger() == []


def _prompt(bench: Bench) -> PromptKind | None:
    card = bench.world.state.card
    return card.prompt.kind if card is not None else None


async def credit(bench: Bench) -> None:
    await _sold(bench, await bench.sell(1000), "credit", 1)


async def debit(bench: Bench) -> None:
    await _sold(bench, await bench.sell(1000, Method.DEBIT), "debit", 1)


async def installments(bench: Bench) -> None:
    await _sold(bench, await bench.sell(12000, installments=12), "credit", 12)


async def _sold(bench: Bench, told: CheckoutState, kind: str, number: int) -> None:
    assert told.stage is Stage.COMPLETED
    await bench.home()
    (known,) = bench.rig.paygo.transactions()
    assert (known.state, known.kind, known.installments) == (TransactionState.CONFIRMED, kind, number)
    states = await bench.states(told.sale_id)
    assert (states["sale"], states["settlement"]) == (SaleState.COMPLETED, SettlementState.CONFIRMED)
    assert len(bench.world.printer.paper) == 1


async def receipts(bench: Bench) -> None:
    told = await bench.sell(1000)
    subjects = await bench.world.journal.of_sale(told.sale_id)
    ticket = next(each for each in subjects if each.machine is Machine.TICKET)
    sealed = ticket.data["receipts"]
    assert isinstance(sealed, list)
    kept = bench.world.sealer.unseal(str(sealed[0]))
    assert kept.customer
    assert kept.wants_customer
    assert "4111111111111111" not in repr(kept)


async def admin_left(bench: Bench) -> None:
    bench.rig.paygo.next_admin(AdminAct(AdminKind.LEAVE))
    assert (await _admin(bench)).outcome is not CardOutcome.APPROVED


async def admin_reprint(bench: Bench) -> None:
    await bench.sell(1000)
    await bench.home()
    bench.rig.paygo.next_admin(AdminAct(AdminKind.REPRINT))
    assert (await _admin(bench)).outcome is CardOutcome.APPROVED


async def _admin(bench: Bench) -> CardResult:
    (terminal,) = bench.world.engine.terminals
    events: list[CardEvent] = [event async for event in bench.world.engine.card_admin.run(terminal)]
    assert isinstance(events[-1], CardResult)
    return events[-1]


async def cancellation(bench: Bench) -> None:
    told = await bench.sell(1000)
    await bench.home()
    assert await bench.world.engine.returns.return_sale(told.sale_id, Trouble.REFUND_ASKED, delivered=True)
    await bench.world.engine.refunds.wait_quiet()
    assert bench.ledger() == [TransactionState.CANCELLED]
    assert (await bench.states(told.sale_id))["compensation"] == CompensationState.DONE


async def cancellation_in_the_menu(bench: Bench) -> None:
    told = await bench.sell(1000)
    await bench.home()
    bench.rig.paygo.next_admin(AdminAct(AdminKind.CANCEL))
    assert (await _admin(bench)).outcome is CardOutcome.APPROVED
    assert bench.ledger() == [TransactionState.CANCELLED]
    assert (await bench.states(told.sale_id))["compensation"] == CompensationState.DONE


async def power_loss_in_sale(bench: Bench) -> None:
    bench.rig.paygo.script(Fault(FaultName.POWER_LOSS_IN_SALE))
    await _unknown_then_goes_on(bench, 1000)
    assert bench.ledger() == [TransactionState.CONFIRMED]


async def power_loss_after_approval(bench: Bench) -> None:
    bench.rig.paygo.script(Fault(FaultName.POWER_LOSS_AFTER_APPROVAL))
    await _unknown_then_goes_on(bench, 1000)
    assert bench.ledger() == [TransactionState.UNDONE, TransactionState.CONFIRMED]


async def _unknown_then_goes_on(bench: Bench, cents: int) -> None:
    """Nobody knows of the first; it is named, never charged again, and the next sale settles it."""
    told = await bench.sell(cents)
    assert (told.stage, told.trouble and told.trouble.trouble) == (Stage.STOPPED, Trouble.CARD_UNKNOWN)
    assert Trouble.CARD_UNKNOWN.value in await bench.world.attentions()
    await bench.home()
    told = await bench.sell(cents)
    for _ in range(2):
        if told.stage is Stage.CHOOSING_AGAIN:
            told = await bench.again()
    assert told.stage is Stage.COMPLETED
    await bench.home()


async def long_message(bench: Bench) -> None:
    told = await bench.sell(100300)
    assert told.trouble is not None
    assert len(told.trouble.message) == 80


async def pending_known(bench: Bench) -> None:
    first = await bench.sell(100550)
    assert first.stage is Stage.COMPLETED
    await bench.home()
    assert bench.ledger() == [TransactionState.PENDING], "the first confirmation was not registered"
    told = await bench.sell(1000)
    assert told.trouble is not None
    assert told.trouble.trouble is Trouble.CARD_PENDING
    assert bench.ledger() == [TransactionState.CONFIRMED]
    assert (await bench.again()).stage is Stage.COMPLETED
    await bench.home()
    assert bench.ledger() == [TransactionState.CONFIRMED] * 2


async def pending_unknown(bench: Bench) -> None:
    await bench.sell(100560)
    await bench.home()
    told = await bench.sell(1000)
    assert told.trouble is not None
    assert told.trouble.trouble is Trouble.CARD_PENDING
    assert TransactionState.UNDONE in bench.ledger()
    assert TransactionState.PENDING not in bench.ledger()
    assert Trouble.CARD_ORPHAN.value in await bench.world.attentions("settled")
    assert (await bench.again()).stage is Stage.COMPLETED


async def manual_confirmation(bench: Bench) -> None:
    await bench.sell(101200)
    await bench.home()
    bench.rig.paygo.next_admin(AdminAct(AdminKind.CONFIRM_PENDING))
    await _admin(bench)
    assert bench.ledger() == [TransactionState.CONFIRMED]


async def manual_undo(bench: Bench) -> None:
    """The kiosk confirmed, the confirmation was lost, and a hand in PayGo's menu undoes: told, never hidden."""
    told = await bench.sell(101100)
    await bench.home()
    assert bench.ledger() == [TransactionState.PENDING]
    bench.rig.paygo.next_admin(AdminAct(AdminKind.UNDO_PENDING))
    await _admin(bench)
    assert bench.ledger() == [TransactionState.UNDONE]
    notes = [entry for entry in await bench.world.journal.entries("") if entry.kind == "card.admin"]
    assert notes, "what was done in the menu is in the journal"
    assert (await bench.states(told.sale_id))["ticket"] == TicketState.PRINTED


async def goods_not_released(bench: Bench) -> None:
    bench.world.printer.results = [PrintResult.NOT_SENT] * 500
    told = await bench.sell(101300)
    assert told.stage is Stage.STOPPED
    await bench.home()
    assert bench.ledger() == [TransactionState.UNDONE]
    states = await bench.states(told.sale_id)
    assert (states["sale"], states["ticket"]) == (SaleState.COMPENSATED, TicketState.REVOKED)
    assert bench.world.printer.paper == []


TABLE: dict[str, Step] = {
    "4": denied,
    "5": cancelled_at_the_menu,
    "6": credit,
    "7": debit,
    "8": installments,
    "9-10": receipts,
    "12": admin_left,
    "13-18": admin_reprint,
    "22-23": cancellation,
    "24-25": cancellation_in_the_menu,
    "26-27": power_loss_in_sale,
    "32": long_message,
    "33-34": pending_known,
    "35-36": pending_unknown,
    "37-38": manual_confirmation,
    "39-40": manual_undo,
    "41-42": goods_not_released,
    "54": power_loss_after_approval,
}

NOT_HERE = {
    "1-3": "the installation of the terminal and its greatest value are set up in PayGo itself",
    "8, 99 instalments": "a kiosk offers twelve at most; the driver alone sends 99 (test_card_terminal_tef)",
    "11, 55-57": "Pix goes straight to the bank, not through PayGo",
    "19-21": "functions of PayGo's menu that ask for its own keyboard",
    "28-31, 43-53": "steps of other kinds of shops: change, discount, vouchers, several tills",
    "58": "a graphic receipt: the kiosk asks for text (706 without it)",
}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def bench(door: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    several = (Network("SIMULADOR", "100"), Network("OUTRA", "200"))
    menu = request.node.callspec.params["step"] == "5"
    settings = replace(SETTINGS, networks=several if menu else SETTINGS.networks, most_installments=12)
    async with rig_of(door, tmp_path, settings) as rig:
        world = World(tmp_path, factor=20.0)
        world.terminals = [rig.terminal]
        async with world.running(patience_s=6.0, silence_s=30.0):
            yield Bench(world, rig)


@pytest.mark.parametrize("step", TABLE)
async def test_step(step: str, bench: Bench) -> None:
    await TABLE[step](bench)


def test_every_step_of_the_facts_is_run_or_named() -> None:
    told = {int(part) for key in (*TABLE, *NOT_HERE) for part in _numbers(key)}
    assert told >= {*range(1, 13), *range(22, 28), *range(32, 43), 54, 55, 56, 57, 58}


def _numbers(key: str) -> list[str]:
    found: list[str] = []
    for part in key.replace(" instalments", "").split(","):
        first, _, last = part.strip().partition("-")
        found += [str(number) for number in range(int(first), int(last or first) + 1)]
    return found
