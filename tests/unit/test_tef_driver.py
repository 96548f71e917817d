"""The driver before a PayGo of raw text, the same tests over the folder, a plain socket and the bridge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.terminal.tef.settings import Network
from tests.support.tef_bench import SALE, SETTINGS, Bench, bridge_bench, folder_bench, last, reference_of, socket_bench
from tests.support.tef_peer import ADMIN_CANCEL, APPROVED, CANCELLED_SALE, DENIED, PENDING, Act, Script
from totem.domain.cards import CardEvent, CardKind, CardOutcome, CardReference, CardSale, Prompt, PromptKind
from totem.domain.errors import TerminalRefused, TerminalSilent, Trouble
from totem.domain.money import Money


@pytest.fixture(params=["folder", "socket", "bridge"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    script = Script().on("CRT", Act(APPROVED))
    opened = {
        "folder": lambda: folder_bench(tmp_path, script),
        "socket": lambda: socket_bench(script),
        "bridge": lambda: bridge_bench(tmp_path, script),
    }[request.param]()
    async with opened as bench:
        yield bench


async def test_a_sale_is_told_as_the_terminal_told_it(bench: Bench) -> None:
    events: list[CardEvent] = [event async for event in bench.terminal.start(SALE)]
    result = last(events)
    assert [each.kind for each in events if isinstance(each, Prompt)] == [
        PromptKind.CONNECTING,
        PromptKind.PRESENT_CARD,
    ]
    assert result.outcome is CardOutcome.APPROVED
    assert result.amount == Money(4500)
    assert (result.nsu, result.authorization, result.brand, result.last_digits) == (
        "000312456",
        "A12345",
        "VISA",
        "1111",
    )
    assert result.needs_confirmation
    assert result.trace == {
        "command": "CRT",
        "request": "41",
        "reference": "ABC123",
        "control_code": "F123",
        "network": "REDE X",
        "network_index": "0203",
        "nsu": "000312456",
        "authorization": "A12345",
        "host_date": "22112026",
        "host_time": "093000",
        "host_date_time": "2211093000",
    }
    assert result.receipts.customer == ("VIA DO CLIENTE", "VISA ****1111 R$ 45,00")
    assert result.receipts.merchant[2] == "VISA ****1111"
    assert result.receipts.wants_customer
    assert result.receipts.wants_merchant
    assert [each["000-000"] for each in bench.script.heard] == ["ATV", "CRT"]


async def test_the_sale_carries_what_paygo_demands(bench: Bench) -> None:
    await bench.sell(replace(SALE, reference="ÁGUA"))
    sent = bench.script.commands("CRT")[0]
    assert sent | {"717-000": ""} == {
        "000-000": "CRT",
        "001-000": "41",
        "002-000": "AGUA",
        "003-000": "4500",
        "004-000": "0",
        "706-000": "156",
        "716-000": "LOJA DO ZE",
        "717-000": "",
        "733-000": "225",
        "735-000": "TOTEM",
        "736-000": "0.1.0",
        "738-000": "REG001",
        "730-000": "1",
        "731-000": "1",
        "732-000": "1",
        "999-999": "0",
    }
    assert len(sent["717-000"]) == 12
    assert sent["717-000"].isdigit()


async def test_instalments_of_the_shop_and_debit(bench: Bench) -> None:
    bench.terminal._settings = replace(SETTINGS, most_installments=12)
    await bench.sell(replace(SALE, installments=12))
    await bench.sell(replace(SALE, number=42, kind=CardKind.DEBIT))
    first, second = bench.script.commands("CRT")
    assert (first["017-000"], first["018-000"], first["732-000"]) == ("0", "12", "3")
    assert (second["731-000"], second["732-000"]) == ("2", "1")


async def test_confirm_and_undo_name_the_transaction_until_acknowledged(bench: Bench) -> None:
    bench.script.on("CNF", Act(status=False), Act())
    reference = reference_of(SALE, await bench.sell())
    await bench.terminal.confirm(reference)
    await bench.terminal.confirm(reference)
    await bench.terminal.undo(reference)
    sent = bench.script.commands("CNF", "NCN")
    assert [each["000-000"] for each in sent] == ["CNF", "CNF", "CNF", "NCN"]
    assert {(each["027-000"], each["010-000"], each["012-000"]) for each in sent} == {("F123", "REDE X", "000312456")}
    numbers = [each["001-000"] for each in bench.script.heard]
    assert len(set(numbers)) == len(numbers)
    assert await bench.terminal.pending() == ()


async def test_a_confirmation_that_nobody_acknowledges_is_unknown(bench: Bench) -> None:
    bench.script.on("CNF", Act(status=False))
    reference = reference_of(SALE, await bench.sell())
    with pytest.raises(TerminalSilent):
        await bench.terminal.confirm(reference)
    assert len(bench.script.commands("CNF")) == SETTINGS.confirm_attempts


async def test_without_a_control_code_nothing_is_confirmed(bench: Bench) -> None:
    with pytest.raises(TerminalRefused):
        await bench.terminal.confirm(CardReference("A", 1, Money(1), CardKind.CREDIT))


@pytest.mark.parametrize(
    ("text", "outcome", "trouble"),
    [
        (DENIED, CardOutcome.DECLINED, Trouble.CARD_DECLINED),
        (DENIED.replace("SALDO INSUFICIENTE", "OPERAÇÃO CANCELADA"), CardOutcome.CANCELLED, Trouble.CARD_CANCELLED),
        (DENIED.replace("SALDO INSUFICIENTE", "TEMPO ESGOTADO"), CardOutcome.EXPIRED, Trouble.CARD_TIMEOUT),
        (DENIED.replace("009-000 = 51\n", "009-000 = \n"), CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN),
        (DENIED.replace("009-000 = 51\n", "009-000 = 0\n009-000 = 51\n"), CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN),
    ],
)
async def test_what_is_not_approved(bench: Bench, text: str, outcome: CardOutcome, trouble: Trouble) -> None:
    bench.script.on("CRT", Act(text))
    result = await bench.sell()
    assert (result.outcome, result.trouble) == (outcome, trouble)
    assert not result.needs_confirmation


async def test_the_message_of_a_denial_is_told_whole(bench: Bench) -> None:
    text = "NAO AUTORIZADA " + "X" * 65
    bench.script.on("CRT", Act(DENIED.replace("SALDO INSUFICIENTE", text)))
    result = await bench.sell()
    assert (result.message, result.code) == (text, "51")


async def test_a_denial_that_names_a_pending_one_hands_it_on(bench: Bench) -> None:
    bench.script.on("CRT", Act(PENDING))
    result = await bench.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.DECLINED, Trouble.CARD_PENDING)
    pending = result.pending[0]
    assert pending.trace == {"control_code": "P77", "pending_network": "REDE Y"}
    await bench.terminal.undo(CardReference("", 0, Money(0), CardKind.CREDIT, trace=pending.trace))
    sent = bench.script.commands("NCN")[0]
    assert (sent["027-000"], sent["010-000"]) == ("P77", "REDE Y")


@pytest.mark.parametrize(
    ("old", "new", "needs"),
    [
        ("729-000 = 2\n", "729-000 = 1\n", False),
        ("729-000 = 2\n", "", True),
        ("729-000 = 2\n", "729-000 = 7\n", True),
    ],
)
async def test_whether_an_approval_waits_for_a_word(bench: Bench, old: str, new: str, needs: bool) -> None:
    bench.script.on("CRT", Act(APPROVED.replace(old, new)))
    assert (await bench.sell()).needs_confirmation is needs


async def test_approved_without_receipt_and_without_729_needs_no_word(bench: Bench) -> None:
    bench.script.on("CRT", Act("000-000 = CRT\n003-000 = 4500\n009-000 = 0\n028-000 = 0\n999-999 = 0\n"))
    result = await bench.sell()
    assert (result.outcome, result.needs_confirmation) == (CardOutcome.APPROVED, False)


@pytest.mark.parametrize(("told", "amount"), [("4400", Money(4400)), ("45,00", None), ("", None), ("-1", None)])
async def test_the_amount_is_the_one_told_or_none(bench: Bench, told: str, amount: Money | None) -> None:
    bench.script.values["amount"] = told
    result = await bench.sell()
    assert (result.outcome, result.amount) == (CardOutcome.APPROVED, amount)


async def test_another_currency_is_no_amount(bench: Bench) -> None:
    bench.script.on("CRT", Act(APPROVED.replace("004-000 = 0", "004-000 = 840")))
    assert (await bench.sell()).amount is None


async def test_the_echo_of_the_number_is_not_relied_on(bench: Bench) -> None:
    bench.script.on("CRT", Act(APPROVED.replace("001-000 = {id}", "001-000 = 7")))
    assert (await bench.sell()).outcome is CardOutcome.APPROVED


async def test_a_request_that_nobody_takes_was_not_sent(bench: Bench) -> None:
    """A plain socket cannot prove that nobody took it."""
    bench.script.on("CRT", Act(take=False))
    result = await bench.sell()
    assert result.outcome is (CardOutcome.UNKNOWN if bench.is_bare_socket else CardOutcome.NOT_SENT)


async def test_a_request_taken_without_a_status_is_unknown(bench: Bench) -> None:
    bench.script.on("CRT", Act(status=False))
    result = await bench.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)


async def test_a_dead_paygo_is_told_by_health_and_nothing_is_sent(bench: Bench) -> None:
    bench.script.on("ATV", Act(take=False))
    health = await bench.terminal.health()
    assert (health.ready, health.trouble) == (False, Trouble.TERMINAL_UNREACHABLE)
    result = await bench.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.TERMINAL_UNREACHABLE)
    assert bench.script.commands("CRT") == []


async def test_a_living_paygo_is_ready(bench: Bench) -> None:
    assert (await bench.terminal.health()).ready


async def test_several_networks_are_a_menu_on_the_screen(bench: Bench) -> None:
    settings = replace(SETTINGS, networks=(Network("REDE X", "0203"), Network("REDE Y")))
    bench.terminal._settings = settings
    events: list[CardEvent] = []
    async for event in bench.terminal.start(SALE):
        events.append(event)
        if isinstance(event, Prompt) and event.kind is PromptKind.MENU:
            assert event.options == ("REDE X", "REDE Y")
            await bench.terminal.answer("another", 0)
            await bench.terminal.answer(SALE.attempt_id, 9)
            await bench.terminal.answer(SALE.attempt_id, 1)
    assert last(events).outcome is CardOutcome.APPROVED
    sent = bench.script.commands("CRT")[0]
    assert sent["010-000"] == "REDE Y"
    assert "739-000" not in sent


async def test_cancelled_at_the_menu_nothing_is_sent(bench: Bench) -> None:
    bench.terminal._settings = replace(SETTINGS, networks=(Network("REDE X"), Network("REDE Y")))
    events: list[CardEvent] = []
    async for event in bench.terminal.start(SALE):
        events.append(event)
        await bench.terminal.cancel(SALE.attempt_id)
    assert last(events).outcome is CardOutcome.CANCELLED
    assert bench.script.heard == []


async def test_one_network_is_named_without_asking(bench: Bench) -> None:
    bench.terminal._settings = replace(SETTINGS, networks=(Network("REDE X", "0203"),))
    await bench.sell()
    sent = bench.script.commands("CRT")[0]
    assert (sent["010-000"], sent["739-000"]) == ("REDE X", "0203")


@pytest.mark.parametrize("sale", [replace(SALE, amount=Money(0)), replace(SALE, number=10**10)])
async def test_what_tef_cannot_be_asked_is_not_sent(bench: Bench, sale: CardSale) -> None:
    result = await bench.sell(sale)
    assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.TERMINAL_REFUSED)


async def test_a_refund_is_confirmed_at_once_and_known_afterwards(bench: Bench) -> None:
    bench.script.on("CNC", Act(CANCELLED_SALE))
    reference = reference_of(SALE, await bench.sell())
    result = await bench.terminal.refund(reference, "R1", Money(4500))
    assert (result.outcome, result.nsu, result.needs_confirmation) == (CardOutcome.APPROVED, "9", False)
    asked = bench.script.commands("CNC")[0]
    assert (asked["003-000"], asked["012-000"], asked["022-000"], asked["023-000"], asked["027-000"]) == (
        "4500",
        "000312456",
        "22112026",
        "093000",
        "F123",
    )
    assert [each["027-000"] for each in bench.script.commands("CNF")] == ["C88"]
    assert (await bench.terminal.refund_status(reference, "R1")).outcome is CardOutcome.APPROVED
    assert (await bench.terminal.refund_status(reference, "R2")).outcome is CardOutcome.UNKNOWN
    assert await bench.terminal.pending() == ()  # the sale's own answer was given to the caller: it is no orphan


async def test_a_refund_without_the_sales_data_is_refused(bench: Bench) -> None:
    with pytest.raises(TerminalRefused):
        await bench.terminal.refund(CardReference("A", 1, Money(1), CardKind.CREDIT), "R1", Money(1))


async def test_a_refund_not_confirmed_is_unknown_until_it_is(bench: Bench) -> None:
    bench.script.on("CNC", Act(CANCELLED_SALE)).on("CNF", *([Act(status=False)] * 3), Act())
    reference = reference_of(SALE, await bench.sell())
    first = await bench.terminal.refund(reference, "R1", Money(4500))
    assert (first.outcome, first.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_CONFIRM_WAITING)
    assert (await bench.terminal.refund_status(reference, "R1")).outcome is CardOutcome.APPROVED


@pytest.mark.parametrize("named", ["ADM", "CNC"])
async def test_what_a_technician_cancels_is_told(bench: Bench, named: str) -> None:
    bench.script.on("ADM", Act(ADMIN_CANCEL.replace("000-000 = ADM", f"000-000 = {named}")))
    result = last([event async for event in bench.terminal.admin()])
    assert (result.outcome, result.needs_confirmation) == (CardOutcome.APPROVED, False)
    assert (result.trace["original_nsu"], result.trace["original_date_time"]) == ("000312456", "2211093000")
    assert (result.trace["operation"], bench.script.commands("CNF")[0]["027-000"]) == ("51", "D99")
