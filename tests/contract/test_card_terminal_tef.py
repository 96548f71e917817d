"""The TEF driver and the simulated PayGo meet on the wire alone: over the folder, the socket, and through the bridge.

The simulator's ledger is the truth that each test compares with, and its list of violations must stay empty.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.sim.card_ledger import TransactionState
from hardware.sim.paygo.exchange import AdminAct, AdminKind
from hardware.sim.paygo.faults import Fault, FaultName
from hardware.terminal.tef.settings import Network
from tests.support.tef_bench import last, reference_of
from tests.support.tef_rig import DOORS, SETTINGS, Rig, rig_of
from totem.domain.cards import CardEvent, CardKind, CardOutcome, CardReference, Prompt, PromptKind
from totem.domain.errors import CardError, Trouble
from totem.domain.money import Money


@pytest.fixture(params=DOORS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig_of(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=["folder", "bridge"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """Only where answers outlive a crash."""
    async with rig_of(request.param, tmp_path) as made:
        yield made


async def test_a_sale_is_approved_confirmed_and_in_the_ledger(rig: Rig) -> None:
    reference = await rig.approved()
    assert rig.states() == [TransactionState.PENDING]
    await rig.terminal.confirm(reference)
    await rig.terminal.confirm(reference)
    known = rig.only()
    assert (known.state, known.amount_cents, known.request) == (TransactionState.CONFIRMED, 4500, "1")
    assert known.id == reference.trace["control_code"]
    assert known.nsu == reference.trace["nsu"]


async def test_no_card_data_comes_out(rig: Rig) -> None:
    rig.paygo.script(FaultName.DIRTY_RECEIPT)
    _, result = await rig.sell()
    text = repr(result)
    for secret in ("4111111111111111", "411111", "CLIENTE TESTE", "1230", "12/30"):
        assert secret not in text
    assert result.last_digits == "1111"


async def test_a_receipt_proved_clean_is_kept_whole_and_one_with_the_holder_is_reduced(rig: Rig) -> None:
    _, result = await rig.sell()
    assert "LAVA RAPIDO SIMULADO" in result.receipts.customer
    assert len(result.receipts.merchant) < len(result.receipts.customer)
    assert "CLIENTE TESTE" not in repr(result)


async def test_a_sale_is_undone(rig: Rig) -> None:
    reference = await rig.approved()
    await rig.terminal.undo(reference)
    assert rig.states() == [TransactionState.UNDONE]


async def test_instalments_and_debit_arrive_as_asked(rig: Rig) -> None:
    await rig.terminal.confirm(reference_of(*await rig.sell(rig.sale(9900, installments=99))))
    await rig.terminal.confirm(reference_of(*await rig.sell(rig.sale(kind=CardKind.DEBIT))))
    assert [(each.kind, each.installments) for each in rig.paygo.transactions()] == [("credit", 99), ("debit", 1)]


async def test_denied_and_the_long_message(rig: Rig) -> None:
    _, denied = await rig.sell(rig.sale(100001))
    assert (denied.outcome, denied.trouble) == (CardOutcome.DECLINED, Trouble.CARD_DECLINED)
    assert denied.message
    _, long = await rig.sell(rig.sale(100300))
    assert len(long.message) == 80


async def test_cancelled_on_the_pinpad(rig: Rig) -> None:
    rig.paygo.pinpad.auto = False
    events: list[CardEvent] = []
    async for event in rig.terminal.start(rig.sale()):
        events.append(event)
        if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
            await rig.paygo.until(lambda: rig.paygo.pinpad.stage.value == "card")
            rig.paygo.pinpad.cancel()
    assert last(events).outcome is CardOutcome.CANCELLED


@pytest.mark.parametrize(("value", "needs"), [("1", False), ("2", True), ("", True)])
async def test_729_decides_whether_a_word_is_awaited(rig: Rig, value: str, needs: bool) -> None:
    rig.paygo.script(Fault(FaultName.CONFIRM_729, value=value))
    _, result = await rig.sell()
    assert (result.outcome, result.needs_confirmation) == (CardOutcome.APPROVED, needs)


async def test_another_amount_is_told(rig: Rig) -> None:
    rig.paygo.script(FaultName.AMOUNT_DIFFERS)
    _, result = await rig.sell()
    assert result.amount == Money(4600)
    assert result.needs_confirmation


async def test_no_echo_of_the_number(rig: Rig) -> None:
    rig.paygo.script(FaultName.NO_ECHO_001)
    assert (await rig.sell())[1].outcome is CardOutcome.APPROVED


async def test_not_taken_is_not_sent_where_that_is_provable(rig: Rig) -> None:
    rig.paygo.script(Fault(FaultName.NO_STS_LEFT, count=None, on="CRT"))
    _, result = await rig.sell()
    assert result.outcome is (CardOutcome.UNKNOWN if rig.door == "socket" else CardOutcome.NOT_SENT)
    assert rig.paygo.transactions() == ()


@pytest.mark.parametrize("fault", [FaultName.NO_STS_TAKEN, FaultName.NO_STS_APPROVED])
async def test_taken_without_a_status_is_unknown_and_the_next_sale_finds_it(rig: Rig, fault: FaultName) -> None:
    rig.paygo.script(Fault(fault, on="CRT"))
    _, result = await rig.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)
    await _next_sale_settles(rig, was_approved=fault is FaultName.NO_STS_APPROVED)


async def _next_sale_settles(rig: Rig, *, was_approved: bool) -> None:
    """What nobody here knows is undone, and then sales go on."""
    _, second = await rig.sell()
    if not was_approved:
        assert second.outcome is CardOutcome.APPROVED
        return
    assert second.trouble is Trouble.CARD_PENDING
    for each in second.pending:
        await rig.terminal.undo(CardReference("", 0, Money(0), CardKind.CREDIT, trace=each.trace))
    assert TransactionState.PENDING not in rig.states()
    await rig.approved()


async def test_vanished_after_the_status_the_stream_can_be_left(rig: Rig) -> None:
    rig.paygo.script(FaultName.VANISH_AFTER_STS)
    async for event in rig.terminal.start(rig.sale()):
        if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
            break
    await rig.crash()
    assert await rig.terminal.pending() == ()
    await rig.approved()


@pytest.mark.parametrize("fault", [FaultName.POWER_LOSS_IN_SALE, FaultName.POWER_LOSS_AFTER_APPROVAL])
async def test_power_lost_at_paygo(tmp_path: Path, fault: FaultName) -> None:
    """On the socket the link breaks: unknown. What was approved is found by the next sale, and undone."""
    async with rig_of("socket", tmp_path) as rig:
        rig.paygo.script(fault)
        _, result = await rig.sell()
        assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)
        await _next_sale_settles(rig, was_approved=fault is FaultName.POWER_LOSS_AFTER_APPROVAL)


@pytest.mark.parametrize("fault", [FaultName.RESET, FaultName.HALF_MESSAGE])
async def test_an_answer_that_breaks_off_is_unknown(tmp_path: Path, fault: FaultName) -> None:
    async with rig_of("socket", tmp_path) as rig:
        rig.paygo.script(fault)
        _, result = await rig.sell()
        assert result.outcome is CardOutcome.UNKNOWN
        await _next_sale_settles(rig, was_approved=True)


async def test_an_unreadable_answer_in_the_folder_is_unknown(kept: Rig) -> None:
    kept.paygo.script(FaultName.GARBAGE)
    _, result = await kept.sell()
    assert result.outcome is CardOutcome.UNKNOWN
    await _next_sale_settles(kept, was_approved=True)


async def test_a_locked_or_half_written_answer_is_waited_for(kept: Rig) -> None:
    kept.paygo.script(Fault(FaultName.LOCKED_FILE, delay_s=0.2))
    await kept.terminal.confirm(await kept.approved())
    kept.paygo.script(Fault(FaultName.HALF_MESSAGE, delay_s=0.05))
    await kept.terminal.confirm(await kept.approved())


async def test_messages_of_the_terminal_are_shown(tmp_path: Path) -> None:
    async with rig_of("socket", tmp_path) as rig:
        rig.paygo.script(FaultName.MESSAGES)
        events = [event async for event in rig.terminal.start(rig.sale())]
        assert [each for each in events if isinstance(each, Prompt) and each.text]
        assert last(events).outcome is CardOutcome.APPROVED


async def test_an_approval_left_behind_is_pending_after_a_crash(kept: Rig) -> None:
    """Rule 2: the journal decides over what PayGo left in the folder, before anything else is asked of it."""
    kept.paygo.pinpad.auto = False
    sale = kept.sale()
    async for event in kept.terminal.start(sale):
        if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
            await kept.paygo.until(lambda: kept.paygo.pinpad.stage.value == "card")
            break
    kept.paygo.pinpad.present_card()
    await kept.paygo.until(lambda: bool(kept.paygo.transactions()) and not kept.paygo._tasks)
    kept.paygo.pinpad.auto = True
    await kept.crash()
    (orphan,) = await kept.terminal.pending()
    assert orphan.trace["control_code"] == kept.only().id
    assert orphan.trace["request"] == str(sale.number)
    _, refused = await kept.sell()
    assert (refused.outcome, refused.trouble) == (CardOutcome.NOT_SENT, Trouble.CARD_PENDING)
    assert refused.pending == (orphan,)
    told = await kept.terminal.status(CardReference(sale.attempt_id, sale.number, sale.amount, sale.kind))
    assert (told.outcome, told.amount) == (CardOutcome.APPROVED, sale.amount)
    await kept.terminal.undo(CardReference("", 0, Money(0), CardKind.CREDIT, trace=orphan.trace))
    assert kept.states() == [TransactionState.UNDONE]
    assert await kept.terminal.pending() == ()
    await kept.approved()


async def test_an_answer_not_journalled_is_still_there_after_a_crash(kept: Rig) -> None:
    reference = await kept.approved()
    await kept.crash()
    (orphan,) = await kept.terminal.pending()
    assert dict(orphan.trace) == dict(reference.trace)
    await kept.terminal.confirm(reference)
    assert await kept.terminal.pending() == ()
    await kept.crash()
    assert await kept.terminal.pending() == ()


async def test_a_planted_orphan_is_found_and_undone(kept: Rig) -> None:
    planted = await kept.paygo.plant_orphan()
    (orphan,) = await kept.terminal.pending()
    assert orphan.trace["control_code"] == planted.id
    await kept.terminal.undo(CardReference("", 0, Money(0), CardKind.CREDIT, trace=orphan.trace))
    assert kept.states() == [TransactionState.UNDONE]


async def test_a_confirmation_whose_status_is_lost_is_sent_again(rig: Rig) -> None:
    reference = await rig.approved()
    rig.paygo.script(FaultName.CNF_NOT_ACKNOWLEDGED)
    await rig.terminal.confirm(reference)
    assert (rig.only().state, rig.only().confirmations) == (TransactionState.CONFIRMED, 2)


async def test_a_lost_confirmation_is_sent_again_by_the_next_call(rig: Rig) -> None:
    reference = await rig.approved()
    rig.paygo.script(Fault(FaultName.CNF_LOST, count=SETTINGS.confirm_attempts))
    with pytest.raises(CardError):
        await rig.terminal.confirm(reference)
    assert rig.states() == [TransactionState.PENDING]
    await rig.terminal.confirm(reference)
    assert rig.states() == [TransactionState.CONFIRMED]


@pytest.mark.parametrize("cents", [100550, 100560])
async def test_a_pending_one_blocks_the_sale_until_it_is_settled(rig: Rig, cents: int) -> None:
    """Steps 33 to 36: known here by its control code and confirmed, or unknown and undone."""
    sale, first = await rig.sell(rig.sale(cents))
    reference = reference_of(sale, first)
    await rig.terminal.confirm(reference)
    _, second = await rig.sell(rig.sale(cents + 1))
    assert second.trouble is Trouble.CARD_PENDING
    (pending,) = second.pending
    known = pending.trace["control_code"] == reference.trace["control_code"]
    assert known is (cents == 100550)
    if known:
        await rig.terminal.confirm(reference)
    else:
        await rig.terminal.undo(CardReference("", 0, Money(0), CardKind.CREDIT, trace=pending.trace))
    assert TransactionState.PENDING not in rig.states()
    await rig.approved()


async def test_a_cancellation_gives_the_sale_back(rig: Rig) -> None:
    reference = await rig.approved()
    await rig.terminal.confirm(reference)
    result = await rig.terminal.refund(reference, "R1", Money(4500))
    assert (result.outcome, result.needs_confirmation) == (CardOutcome.APPROVED, False)
    assert rig.states() == [TransactionState.CANCELLED, TransactionState.CONFIRMED]
    assert (await rig.terminal.refund_status(reference, "R1")).outcome is CardOutcome.APPROVED


async def test_a_cancellation_refused(rig: Rig) -> None:
    reference = await rig.approved()
    await rig.terminal.confirm(reference)
    rig.paygo.script(Fault(FaultName.DENIED, on="CNC"))
    assert (await rig.terminal.refund(reference, "R1", Money(4500))).outcome is CardOutcome.DECLINED


async def test_what_a_technician_cancels_in_the_menu_is_read(rig: Rig) -> None:
    reference = await rig.approved()
    await rig.terminal.confirm(reference)
    rig.paygo.next_admin(AdminAct(AdminKind.CANCEL))
    result = last([event async for event in rig.terminal.admin()])
    assert result.outcome is CardOutcome.APPROVED
    assert result.trace["original_nsu"] == reference.trace["nsu"]
    assert rig.states() == [TransactionState.CANCELLED, TransactionState.CONFIRMED]


async def test_a_paygo_that_is_down(rig: Rig) -> None:
    await rig.paygo.set_down(True)
    assert not (await rig.terminal.health()).ready
    _, result = await rig.sell()
    assert result.outcome is CardOutcome.NOT_SENT
    assert rig.paygo.transactions() == ()


@pytest.mark.parametrize("door", DOORS)
async def test_several_networks_are_chosen_on_the_kiosks_screen(tmp_path: Path, door: str) -> None:
    settings = replace(SETTINGS, networks=(Network("OUTRA", "200"), Network("SIMULADOR", "100")))
    async with rig_of(door, tmp_path, settings) as rig:
        events: list[CardEvent] = []
        sale = rig.sale()
        async for event in rig.terminal.start(sale):
            events.append(event)
            if isinstance(event, Prompt) and event.kind is PromptKind.MENU:
                await rig.terminal.answer(sale.attempt_id, 1)
        assert last(events).outcome is CardOutcome.APPROVED
        assert rig.only().network == "SIMULADOR"
