"""Card sales from the screen to the terminal's ledger: every ending, on a scripted terminal."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.scripted_terminal import ScriptedTerminal, declined, reader
from tests.support.world import World, wait_until
from totem.domain.cards import CardOutcome, CardReceipts, CardResult
from totem.domain.errors import Trouble
from totem.domain.machine import AttemptState, CompensationState, Machine, SaleState, SettlementState, TicketState
from totem.domain.money import Money
from totem.domain.ports import PrintResult
from totem.services.cards import CardFate
from totem.services.state import Method, MoneyTold, PaymentChoice, Stage

CREDIT = PaymentChoice(Method.CREDIT)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.terminals = [ScriptedTerminal()]
    return made


async def settled(world: World) -> None:
    async with asyncio.timeout(5):
        await world.engine.settlements.wait_quiet()


async def test_an_approved_card_is_printed_and_then_confirmed(world: World) -> None:
    tef = world.terminals[0]
    async with world.running():
        sale_id = await world.open_card(installments=3)
        await world.stage(Stage.COMPLETED)
        await settled(world)
        assert await world.states_of(sale_id) == {
            "sale": SaleState.COMPLETED,
            "attempt": AttemptState.APPROVED,
            "settlement": SettlementState.CONFIRMED,
            "ticket": TicketState.PRINTED,
        }
        assert list(tef.ledger.values()) == ["confirmed"]
        assert await world.attentions() == []
        sale = await world.subject(sale_id)
        assert (sale.text("method"), sale.number("installments")) == ("credit", 3)
        order = [entry.state for entry in await world.journal.entries(sale_id)]
        assert order.index("printed") < order.index("confirming") < order.index("confirmed")


async def test_the_intent_is_stored_before_the_terminal_hears_of_it(world: World) -> None:
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.COMPLETED)
        (sale,) = world.terminals[0].sales
        attempt = await world.subject(sale.attempt_id)
        assert attempt.sale_id == sale_id
        assert attempt.number("number") == sale.number
        assert sale.attempt_id.startswith("2KX")


async def test_receipts_are_sealed_in_the_journal_and_open_for_the_press(world: World) -> None:
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.COMPLETED)
        ticket = next(each for each in await world.journal.of_sale(sale_id) if each.machine is Machine.TICKET)
        sealed = ticket.data["receipts"]
        assert isinstance(sealed, list)
        assert world.sealer.unseal(str(sealed[0])) == CardReceipts(("VIA CLIENTE", "VISA ****4242"), ("VIA LOJA",))
        entries = await world.journal.entries(sale_id)
        assert "VIA CLIENTE" not in "".join(str(entry.data) for entry in entries)


async def test_a_declined_card_may_be_tried_again_and_leaves_one_sale(world: World) -> None:
    tef = world.terminals[0]
    tef.answers = [declined()]
    async with world.running():
        sale_id = await world.open_card()
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert again.trouble is not None
        assert (again.trouble.trouble, again.trouble.money) == (Trouble.CARD_DECLINED, MoneyTold.NOT_CHARGED)
        assert again.trouble.message == "SALDO INSUFICIENTE"
        assert {offer.method for offer in again.offers} == {Method.PIX, Method.CREDIT, Method.DEBIT}
        await world.engine.checkout.pay_again(PaymentChoice(Method.DEBIT))
        done = await world.stage(Stage.COMPLETED)
        assert done.sale_id == sale_id
        await settled(world)
        assert list(tef.ledger.values()) == ["confirmed"]
        assert len({sale.attempt_id for sale in tef.sales}) == len({sale.number for sale in tef.sales}) == 2


async def test_a_declined_card_may_be_paid_by_pix_in_the_same_sale(world: World) -> None:
    world.terminals[0].answers = [declined()]
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.CHOOSING_AGAIN)
        await world.engine.checkout.pay_again(PaymentChoice(Method.PIX))
        await world.stage(Stage.AWAITING_PAYMENT)
        world.bank.pay(world.bank.only_txid)
        done = await world.stage(Stage.COMPLETED)
        assert done.sale_id == sale_id
        assert (await world.subject(sale_id)).text("method") == "pix"


@pytest.mark.parametrize("way", ["cancel", "time"])
async def test_a_customer_who_chooses_nothing_more_ends_the_sale(world: World, way: str) -> None:
    world.terminals[0].answers = [declined()]
    async with world.running(choose_s=3.0):
        sale_id = await world.open_card()
        await world.stage(Stage.CHOOSING_AGAIN)
        if way == "cancel":
            await world.engine.checkout.cancel()
        await world.stage(Stage.IDLE)
        assert (await world.subject(sale_id)).state == SaleState.ABANDONED


@pytest.mark.parametrize("amount_cents", [4400, 4600])
async def test_another_amount_is_undone_and_gives_no_ticket(world: World, amount_cents: int) -> None:
    tef = world.terminals[0]
    original = tef.approved
    tef.approved = lambda sale, _=None: original(sale, amount_cents)
    async with world.running():
        sale_id = await world.open_card()
        stopped = await world.stage(Stage.STOPPED)
        assert stopped.trouble is not None
        assert (stopped.trouble.trouble, stopped.trouble.money) == (
            Trouble.CARD_AMOUNT_DIFFERS,
            MoneyTold.WILL_BE_RETURNED,
        )
        await settled(world)
        assert list(tef.ledger.values()) == ["undone"]
        assert (await world.subject(sale_id)).state == SaleState.COMPENSATED
        assert world.printer.paper == []
        assert await world.attentions() == []


async def test_a_ticket_that_never_began_undoes_the_card_and_is_revoked_with_it(world: World) -> None:
    async with world.running(patience_s=3.0):
        world.printer.results = [PrintResult.NOT_SENT] * 50
        sale_id = await world.open_card()
        stopped = await world.stage(Stage.STOPPED)
        assert stopped.trouble is not None
        assert stopped.trouble.money is MoneyTold.WILL_BE_RETURNED
        await settled(world)
        states = await world.states_of(sale_id)
        assert states["settlement"] == SettlementState.UNDONE
        assert states["ticket"] == TicketState.REVOKED
        assert states["sale"] == SaleState.COMPENSATED
        entries = [entry for entry in await world.journal.entries(sale_id) if entry.state in ("revoked", "undoing")]
        assert {entry.at for entry in entries} == {entries[0].at}, "one transaction"
        assert list(world.terminals[0].ledger.values()) == ["undone"]


async def test_an_owner_may_keep_the_card_of_a_ticket_that_failed(world: World) -> None:
    world.ticket_failed = CardFate.CONFIRM
    async with world.running(patience_s=3.0):
        world.printer.results = [PrintResult.NOT_SENT] * 50
        sale_id = await world.open_card()
        stopped = await world.stage(Stage.STOPPED)
        assert stopped.trouble is not None
        assert stopped.trouble.money is MoneyTold.SAFE
        await settled(world)
        assert list(world.terminals[0].ledger.values()) == ["confirmed"]
        states = await world.states_of(sale_id)
        assert (states["sale"], states["ticket"]) == (SaleState.NEEDS_ATTENTION, TicketState.FAILED)
        assert await world.attentions()


@pytest.mark.parametrize(
    ("policy", "ledger", "sale_ends"),
    [
        (CardFate.UNDO, "undone", SaleState.COMPENSATED),
        (CardFate.CONFIRM, "confirmed", SaleState.NEEDS_ATTENTION),
    ],
)
async def test_an_unknown_ticket_goes_by_the_owners_setting(
    world: World, policy: CardFate, ledger: str, sale_ends: SaleState
) -> None:
    world.ticket_unknown = policy
    world.printer.results = [PrintResult.UNKNOWN]
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.TICKET_UNKNOWN)
        assert list(world.terminals[0].ledger.values()) == ["open"], "while a second copy may be asked for"
        await world.stage(Stage.STOPPED)
        await settled(world)
        assert list(world.terminals[0].ledger.values()) == [ledger]
        assert (await world.subject(sale_id)).state == sale_ends
        named = await world.attentions()
        assert Trouble.PRINT_UNKNOWN.value in named
        assert (Trouble.CARD_TICKET_VOID.value in named) == (policy is CardFate.UNDO)


async def test_a_second_copy_confirms_the_card(world: World) -> None:
    world.printer.results = [PrintResult.UNKNOWN]
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.TICKET_UNKNOWN)
        await world.engine.checkout.reprint()
        done = await world.stage(Stage.COMPLETED)
        assert done.ticket is not None
        assert done.ticket.second_copy
        await settled(world)
        assert list(world.terminals[0].ledger.values()) == ["confirmed"]
        assert (await world.states_of(sale_id))["ticket"] == TicketState.PRINTED


async def test_a_customer_who_has_the_ticket_is_not_given_the_money_back(world: World) -> None:
    world.printer.results = [PrintResult.UNKNOWN]
    async with world.running():
        await world.open_card()
        await world.stage(Stage.TICKET_UNKNOWN)
        await world.engine.checkout.acknowledge()
        await world.stage(Stage.IDLE)
        await settled(world)
        assert list(world.terminals[0].ledger.values()) == ["confirmed"]
        assert await world.attentions() == [Trouble.PRINT_UNKNOWN.value]


async def test_a_reader_is_asked_after_a_lost_answer_and_the_customer_still_gets_the_ticket(world: World) -> None:
    gopag = reader()
    world.terminals = [gopag]
    gopag.answers = [None]
    async with world.running():
        gopag.words = [CardResult(CardOutcome.PENDING)]
        checking = asyncio.create_task(world.stage(Stage.CHECKING))
        sale_id = await world.open_card()
        await checking
        gopag.words.append(gopag.approved(gopag.sales[0]))
        await world.stage(Stage.COMPLETED)
        states = await world.states_of(sale_id)
        assert (states["settlement"], states["attempt"]) == (SettlementState.NONE_NEEDED, AttemptState.APPROVED)
        assert len(world.printer.paper) == 1


async def test_a_reader_that_approves_after_its_customer_left_gives_the_money_back(world: World) -> None:
    gopag = reader()
    world.terminals = [gopag]
    gopag.answers = [None]
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.STOPPED)
        gopag.words = [gopag.approved(gopag.sales[0])]
        await wait_until(world, lambda: "refund" in gopag.calls)
        await world.engine.refunds.wait_quiet()
        assert (await world.subject(sale_id)).state == SaleState.COMPENSATED
        assert list(gopag.ledger.values()) == ["refunded"]
        assert await world.attentions() == []
        assert world.printer.paper == []


async def test_a_refused_void_is_named(world: World) -> None:
    gopag = reader()
    world.terminals = [gopag]
    gopag.refund_results = [declined("PRAZO EXPIRADO")]
    async with world.running(patience_s=3.0):
        world.printer.results = [PrintResult.NOT_SENT] * 50
        sale_id = await world.open_card()
        await world.stage(Stage.STOPPED)
        await world.engine.refunds.wait_quiet()
        assert (await world.subject(sale_id)).state == SaleState.NEEDS_ATTENTION
        assert Trouble.CARD_REFUND_REFUSED.value in await world.attentions()


async def refunded(world: World, results: list[CardResult]) -> str:
    """An approved card whose ticket cannot be printed; what its terminal says to each try of giving it back."""
    gopag = reader()
    world.terminals = [gopag]
    gopag.refund_results = results
    async with world.running(patience_s=3.0):
        world.printer.results = [PrintResult.NOT_SENT] * 50
        sale_id = await world.open_card()
        await world.stage(Stage.STOPPED)
        await world.engine.refunds.wait_quiet()
    return sale_id


async def test_a_void_that_never_reached_its_terminal_is_asked_for_anew(world: World) -> None:
    sale_id = await refunded(world, [CardResult(CardOutcome.NOT_SENT, code="not_found")])
    assert world.terminals[0].calls.count("refund") == 2
    assert list(world.terminals[0].ledger.values()) == ["refunded"]
    async with world.running():
        subjects = await world.journal.of_sale(sale_id)
        tries = {each.id: each for each in subjects if each.machine is Machine.COMPENSATION}
        assert sorted(each.state for each in tries.values()) == [CompensationState.DONE, CompensationState.REFUSED]
        first = next(each for each in tries.values() if each.state == CompensationState.REFUSED)
        assert tries[first.text("superseded_by")].number("amount_cents") == first.number("amount_cents")
        assert (await world.subject(sale_id)).state == SaleState.COMPENSATED
        assert await world.attentions() == []


async def test_a_terminal_that_never_has_it_is_named_in_the_end(world: World) -> None:
    sale_id = await refunded(world, [CardResult(CardOutcome.NOT_SENT, code="not_found")] * 9)
    assert world.terminals[0].calls.count("refund") == 3
    async with world.running():
        assert (await world.subject(sale_id)).state == SaleState.NEEDS_ATTENTION
        assert Trouble.CARD_REFUND_REFUSED.value in await world.attentions()


async def test_a_technicians_refund_of_a_confirmed_card_is_a_cancellation(world: World) -> None:
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.COMPLETED)
        await settled(world)
        assert await world.engine.returns.return_sale(sale_id, Trouble.REFUND_ASKED, delivered=True)
        await world.engine.refunds.wait_quiet()
        assert list(world.terminals[0].ledger.values()) == ["refunded"]
        assert not await world.engine.returns.return_sale(sale_id, Trouble.REFUND_ASKED, delivered=True)


async def test_a_terminal_that_is_off_costs_nothing_and_leaves_pix(world: World) -> None:
    world.terminals[0].ready = False
    async with world.running():
        sale_id = await world.open_card()
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert again.trouble is not None
        assert again.trouble.trouble is Trouble.TERMINAL_UNREACHABLE
        attempts = [each for each in await world.journal.of_sale(sale_id) if each.machine is Machine.ATTEMPT]
        assert attempts == []
        await world.engine.checkout.pay_again(PaymentChoice(Method.PIX))
        await world.stage(Stage.AWAITING_PAYMENT)


async def test_a_second_terminal_takes_over(world: World) -> None:
    world.terminals[0].ready = False
    world.terminals.append(reader())
    async with world.running():
        await world.open_card()
        await world.stage(Stage.COMPLETED)
        assert list(world.terminals[1].ledger.values()) == ["approved"]


async def test_plans_beyond_the_terminals_are_not_offered_nor_taken(world: World) -> None:
    world.terminals = [reader()]
    async with world.running():
        offers = {offer.method: offer for offer in world.engine.checkout.offers(Money(1400))}
        assert [plan.number for plan in offers[Method.CREDIT].installments] == [1, 2]
        assert [plan.number for plan in offers[Method.DEBIT].installments] == [1]
        await world.engine.checkout.open(world.basket, PaymentChoice(Method.CREDIT, 12), "pt")
        assert world.state.stage is Stage.IDLE


async def test_two_cards_for_one_sale_confirm_the_first_before_the_second(world: World) -> None:
    tef = world.terminals[0]
    async with world.running():
        await world.engine.checkout.open(world.basket, replace(CREDIT, part=Money(2000)), "pt")
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert again.amount == Money(2500)
        assert {offer.method for offer in again.offers} == {Method.CREDIT, Method.DEBIT}
        await world.engine.checkout.pay_again(PaymentChoice(Method.DEBIT))
        done = await world.stage(Stage.COMPLETED)
        await settled(world)
        assert tef.calls[:4] == ["start", "confirm", "start", "confirm"]
        assert (await world.subject(done.sale_id)).state == SaleState.COMPLETED


async def test_two_cards_of_which_the_second_fails_go_back_by_undo_and_cancellation(world: World) -> None:
    tef = world.terminals[0]
    async with world.running():
        await world.engine.checkout.open(world.basket, replace(CREDIT, part=Money(2000)), "pt")
        await world.stage(Stage.CHOOSING_AGAIN)
        tef.answers = [declined()]
        await world.engine.checkout.pay_again(PaymentChoice(Method.DEBIT))
        await world.until(lambda: world.state.stage is Stage.CHOOSING_AGAIN and world.state.trouble is not None)
        sale_id = world.state.sale_id
        await world.engine.checkout.cancel()
        stopped = await world.stage(Stage.STOPPED)
        assert stopped.trouble is not None
        assert stopped.trouble.money is MoneyTold.WILL_BE_RETURNED
        await settled(world)
        await world.engine.refunds.wait_quiet()
        assert list(tef.ledger.values()) == ["refunded"]
        assert (await world.subject(sale_id)).state == SaleState.COMPENSATED
