"""What waits for a decision: settled by the provider's word or a typed reason, never against it, never deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.maintenance_world import PIN, Office
from tests.support.scripted_terminal import ScriptedTerminal, reader
from tests.support.world import World, wait_for_state, wait_until
from totem.domain.cards import CardOutcome, CardResult
from totem.domain.errors import OutcomeUnknown, Trouble
from totem.domain.machine import AttemptState, AttentionState, Machine, SaleState, TicketState
from totem.domain.money import Money
from totem.domain.ports import PixCapabilities, PrintResult, Refund, RefundStatus
from totem.services import steps
from totem.services.ids import attention_id_of, ticket_id_of
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.sale_views import Finding
from totem.services.state import Stage


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def refused(reason: Reason, office: Office, attention: str, typed: str = "") -> None:
    with pytest.raises(MaintenanceRefused) as why:
        await office.desks().sales.settle(attention, typed)
    assert why.value.reason is reason
    assert (await office.world.subject(attention)).state == AttentionState.OPEN


async def only_attention(world: World, trouble: Trouble) -> str:
    found = await world.journal.find(Machine.ATTENTION, AttentionState.OPEN)
    (attention,) = [each.id for each in found if each.text("trouble") == trouble]
    return attention


async def test_paper_in_doubt_needs_a_persons_word(world: World) -> None:
    async with world.running():
        world.printer.results = [PrintResult.UNKNOWN]
        world.bank.pay(await world.open())
        sale_id = (await world.stage(Stage.TICKET_UNKNOWN)).sale_id
        office = Office(world)
        attention = await only_attention(world, Trouble.PRINT_UNKNOWN)
        (view,) = await office.desks().sales.attentions()
        assert (view.id, view.can_ask, view.subject) == (attention, False, ticket_id_of(sale_id))
        await refused(Reason.UNDECIDED, office, attention)
        await refused(Reason.REASON_MISSING, office, attention, "ok")
        settled = await office.desks().sales.settle(attention, "o cliente mostrou o tíquete inteiro")
        assert settled.settled
        stored = await world.subject(attention)
        assert (stored.state, stored.text("typed_reason"), stored.text("settled_by")) == (
            AttentionState.SETTLED,
            "o cliente mostrou o tíquete inteiro",
            "T-TEST",
        )
        assert (await world.subject(sale_id)).state == SaleState.COMPLETED
        assert (await world.subject(ticket_id_of(sale_id))).state == TicketState.UNKNOWN
        assert await office.desks().printers.waiting() == ()
        with pytest.raises(MaintenanceRefused) as again:
            await office.desks().sales.settle(attention, "mais uma vez, por engano")
        assert again.value.reason is Reason.SETTLED_BEFORE


async def test_a_charge_that_can_still_be_paid_is_settled_by_nobodys_word(world: World) -> None:
    async with world.running():
        txid = await world.open()
        attempt = await world.subject(txid)
        await world.journal.append(steps.attention_opened(attempt, Trouble.UNKNOWN, world.clock.now()))
        attention, office = attention_id_of(txid, Trouble.UNKNOWN), Office(world)
        evidence = await office.desks().sales.evidence(attention)
        assert (evidence.finding, evidence.told, evidence.word_counts) == (Finding.CONTRADICTS, "ATIVA", False)
        await refused(Reason.CONTRADICTED, office, attention, "o cliente foi embora sem pagar")
        world.bank.fail("get", OutcomeUnknown("time-out"), 500)
        await refused(Reason.UNDECIDED, office, attention)
        world.bank.failures.clear()
        await world.engine.checkout.cancel()
        await wait_for_state(world, txid, AttemptState.CANCELLED)
        settled = await office.desks().sales.settle(attention)
        assert settled.evidence == "REMOVIDA_PELO_USUARIO_RECEBEDOR"


async def test_a_refused_refund_is_asked_about_and_cash_settles_it(world: World) -> None:
    world.bank.refund_ends = RefundStatus.NOT_DONE
    async with world.running():
        world.bank.pay(await world.open(), 100)
        sale_id = (await world.stage(Stage.STOPPED)).sale_id
        await wait_for_state(world, sale_id, SaleState.NEEDS_ATTENTION)
        office = Office(world)
        attention = await only_attention(world, Trouble.REFUND_REFUSED)
        await refused(Reason.CONTRADICTED, office, attention)
        await office.desks().sales.settle(attention, "devolvido em dinheiro, recibo 12")
        money = await only_attention(world, Trouble.AMOUNT_DIFFERS)
        assert (await world.subject(sale_id)).state == SaleState.NEEDS_ATTENTION
        await office.desks().sales.settle(money, "devolvido em dinheiro, recibo 12")
        assert (await world.subject(sale_id)).state == SaleState.COMPENSATED
        found = await world.journal.find(Machine.ATTENTION, *AttentionState)
        assert {each.state for each in found} == {AttentionState.SETTLED}  # both are there still


async def test_what_the_bank_gave_back_by_itself_settles(world: World) -> None:
    world.bank.capabilities = PixCapabilities(can_refund=False)
    async with world.running():
        txid = await world.open()
        reference = world.bank.pay(txid, 100)
        await world.stage(Stage.STOPPED)
        office = Office(world)
        attention = await only_attention(world, Trouble.AMOUNT_DIFFERS)
        await refused(Reason.CONTRADICTED, office, attention)
        charge = world.bank.charges[txid]
        (pix,) = charge.payments
        given = type(pix)(
            pix.end_to_end_id, pix.txid, pix.amount, pix.at, (Refund("portal", Money(100), RefundStatus.DONE),)
        )
        world.bank.charges[txid] = type(charge)(
            charge.txid,
            charge.status,
            charge.amount,
            charge.created_at,
            charge.expires_in_s,
            charge.copia_e_cola,
            (given,),
        )
        settled = await office.desks().sales.settle(attention)
        assert settled.evidence == f"{reference}: devolvido pelo banco"


async def test_an_unknown_card_is_asked_about_and_its_approval_is_undone(world: World) -> None:
    terminal = reader()
    world.terminals = [terminal]
    terminal.answers = [None]
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.STOPPED)
        office = Office(world)
        attention = await only_attention(world, Trouble.CARD_UNKNOWN)
        await refused(Reason.UNDECIDED, office, attention)
        attempt = next(each for each in await world.journal.of_sale(sale_id) if each.machine is Machine.ATTEMPT)
        terminal.words = [terminal.approved(terminal.sales[-1])]
        await wait_for_state(world, attempt.id, AttemptState.APPROVED)
        assert (await world.subject(attention)).state == AttentionState.SETTLED
        await wait_until(world, lambda: terminal.ledger[terminal.key(terminal.sales[-1])] == "refunded")


async def test_a_card_that_waits_for_its_terminal_is_settled_by_its_word_alone(world: World) -> None:
    terminal = ScriptedTerminal()
    world.terminals = [terminal]
    terminal.unreachable = 10_000
    async with world.running():
        await world.open_card()
        await world.stage(Stage.COMPLETED)
        office = Office(world)
        while Trouble.CARD_CONFIRM_WAITING not in await world.attentions():
            await world.clock.sleep(0.5)
        attention = await only_attention(world, Trouble.CARD_CONFIRM_WAITING)
        await refused(Reason.UNDECIDED, office, attention)
        terminal.unreachable = 0
        settled = await office.desks().sales.settle(attention)
        assert settled.settled
        assert "confirmed" in settled.evidence


async def test_money_without_a_sale_and_an_attention_that_is_none(world: World) -> None:
    async with world.running():
        await world.journal.append(
            steps.attention_born("E1", "stray/E1", Trouble.UNMATCHED, world.clock.now(), amount_cents=700)
        )
        office = Office(world)
        (view,) = await office.desks().sales.attentions()
        assert (view.amount, view.can_ask) == (Money(700), False)
        await office.desks().sales.settle(view.id, "era do aluguel, pago na chave errada")
        assert await office.desks().sales.attentions() == ()
        with pytest.raises(MaintenanceRefused) as none:
            await office.desks().sales.settle("nothing", "motivo qualquer")
        assert none.value.reason is Reason.NOT_FOUND
        assert (await office.acts())[-1] == "technician.settle"


async def test_a_declined_refund_of_a_card_contradicts(world: World) -> None:
    terminal = reader()
    world.terminals = [terminal]
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.COMPLETED)
        terminal.refund_results = [CardResult(CardOutcome.DECLINED, message="fora do prazo")]
        office = Office(world)
        end = await office.desks().sales.refund(sale_id, "defeito", PIN)
        assert not end.complete
        attention = await only_attention(world, Trouble.CARD_REFUND_REFUSED)
        terminal.refund_results = [CardResult(CardOutcome.DECLINED, message="fora do prazo")]
        await refused(Reason.CONTRADICTED, office, attention)
        terminal.refund_results = [CardResult(CardOutcome.APPROVED, Money(4500), "77")]
        assert "NSU 77" in (await office.desks().sales.settle(attention)).evidence
