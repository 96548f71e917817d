"""Sales over the Smart POS bridge: each end, and each place where the link or the app can break."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.smart_pos_rig import (
    APPROVED,
    LIMITS,
    REFERENCE,
    SALE,
    SENT_AT,
    PosEnd,
    Script,
    rig,
    stamp,
    state,
    takes,
)
from totem.domain.cards import CardKind, CardOutcome, Prompt, PromptKind
from totem.domain.errors import TerminalSilent, TerminalUnreachable, Trouble
from totem.domain.money import Money


def push(end: PosEnd, body: dict[str, object]) -> None:
    end.say({"type": "transaction", "transaction": body})


def then_status(body: dict[str, object], **welcome: object) -> Script:
    async def script(end: PosEnd) -> None:
        await end.hands(**welcome)
        await end.answers("status", transaction=body)
        await end.stay()

    return script


async def test_a_sale_with_its_prompts_and_result() -> None:
    async def script(end: PosEnd) -> None:
        await takes(end)
        for name in ("present_card", "pin", "a_later_version", "processing", "remove_card"):
            event = {"type": "event", "transactionId": SALE.attempt_id, "event": name, "text": f"<{name}>"}
            end.say({**event, "canCancel": name == "present_card"})
        push(end, {**APPROVED, "aNewField": {"deep": 1}})
        await end.stay()

    async with rig(script) as at:
        events, result = await at.sell()
    assert [event.kind for event in events if isinstance(event, Prompt)] == [
        PromptKind.CONNECTING,
        PromptKind.PRESENT_CARD,
        PromptKind.PIN,
        PromptKind.PROCESSING,
        PromptKind.REMOVE_CARD,
    ]
    assert isinstance(events[1], Prompt)
    assert (events[1].text, events[1].can_cancel) == ("<present_card>", True)
    assert result.outcome is CardOutcome.APPROVED
    assert (result.amount, result.nsu, result.authorization) == (Money(5000), "312456", "A12345")
    assert (result.brand, result.last_digits, result.trouble) == ("VISA", "1111", None)
    assert result.receipts.customer == ("REDE EXEMPLO", "VISA ************1111")
    assert result.trace["storeId"] == "STORE-1"
    sale = next(message for message in at.ends[0].heard if message["type"] == "sale")
    assert sale == {
        "type": "sale",
        "id": 1,
        "transactionId": SALE.attempt_id,
        "amount": 5000,
        "currency": "BRL",
        "kind": "credit",
        "installments": 3,
        "number": 4711,
        "reference": "A7K2",
        "language": "pt",
        "timeoutS": 10,
    }


async def test_a_language_that_the_app_does_not_know_is_english() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        assert (await end.answers("sale", transaction=APPROVED))["language"] == "en"
        await end.stay()

    async with rig(script) as at:
        _, result = await at.sell(replace(SALE, language="fr"))
    assert result.outcome is CardOutcome.APPROVED


@pytest.mark.parametrize(
    ("status", "error", "outcome", "trouble"),
    [
        ("declined", "DECLINED", CardOutcome.DECLINED, Trouble.CARD_DECLINED),
        ("cancelled", "USER_CANCELLED", CardOutcome.CANCELLED, Trouble.CARD_CANCELLED),
        ("timeout", "TIMEOUT", CardOutcome.EXPIRED, Trouble.CARD_TIMEOUT),
    ],
)
async def test_ends_without_money(status: str, error: str, outcome: CardOutcome, trouble: Trouble) -> None:
    async def script(end: PosEnd) -> None:
        await takes(end)
        push(end, state("a_later_status"))
        push(end, state(status, error=error, message="SALDO\nINSUFICIENTE"))
        await end.stay()

    async with rig(script) as at:
        _, result = await at.sell()
    assert (result.outcome, result.trouble, result.code) == (outcome, trouble, error)
    assert result.message == "SALDO INSUFICIENTE"


async def test_link_lost_in_mid_sale_is_asked_about_and_never_charged_again() -> None:
    async with rig(takes, then_status(APPROVED)) as at:
        events, result = await at.sell()
    assert result.outcome is CardOutcome.APPROVED
    assert [event.kind for event in events if isinstance(event, Prompt)].count(PromptKind.CONNECTING) == 2
    assert sum(message["type"] == "sale" for end in at.ends for message in end.heard) == 1


async def test_link_lost_goes_on_over_the_new_link() -> None:
    async def later(end: PosEnd) -> None:
        await end.hands()
        await end.answers("status", transaction=state("processing"))
        push(end, APPROVED)
        await end.stay()

    async with rig(takes, later) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.APPROVED


async def lost_before_answer(end: PosEnd) -> None:
    await end.hands()
    await end.hear("sale")


async def test_never_begun_is_not_sent_only_by_the_same_store() -> None:
    async with rig(lost_before_answer, then_status({**state("not_found"), "amount": None})) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.NOT_SENT


@pytest.mark.parametrize("first", [lost_before_answer, takes])
async def test_another_store_proves_nothing(first: Script) -> None:
    async with rig(first, then_status(state("not_found"), storeId="STORE-2")) as at:
        _, result = await at.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)


async def test_a_store_that_forgot_what_it_had_proves_nothing() -> None:
    async with rig(takes, then_status(state("not_found"))) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.UNKNOWN


async def test_a_terminal_that_stays_away_leaves_it_unknown() -> None:
    async def gone(end: PosEnd) -> None:
        await end.hear()

    async with rig(takes, gone, limits=replace(LIMITS, lost_s=0.2)) as at:
        _, result = await at.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)


async def test_a_push_that_never_comes_is_found_by_asking() -> None:
    async def script(end: PosEnd) -> None:
        await takes(end)
        await end.answers("status", transaction=APPROVED)
        await end.stay()

    async with rig(script, limits=replace(LIMITS, poll_s=0.05)) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.APPROVED


async def test_still_under_way_at_the_end_of_the_wait_is_unknown() -> None:
    async def script(end: PosEnd) -> None:
        await takes(end)
        while True:
            await end.answers("status", transaction=state("processing"))

    async with rig(script, card_s=10, limits=replace(LIMITS, processing_s=-9.8, poll_s=0.05)) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.UNKNOWN


@pytest.mark.parametrize(
    ("code", "executed", "outcome"),
    [
        ("busy", "no", CardOutcome.NOT_SENT),
        ("not_ready", "no", CardOutcome.NOT_SENT),
        ("id_burnt", "no", CardOutcome.NOT_SENT),
        ("a_later_code", "no", CardOutcome.NOT_SENT),
        ("id_conflict", "no", CardOutcome.UNKNOWN),
    ],
)
async def test_refusals(code: str, executed: str, outcome: CardOutcome) -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.refuses("sale", code, executed)
        await end.stay()

    async with rig(script) as at:
        _, result = await at.sell()
    assert result.outcome is outcome
    if outcome is CardOutcome.NOT_SENT:
        assert (result.trouble, result.code) == (Trouble.TERMINAL_REFUSED, code)


@pytest.mark.parametrize("executed", ["unknown", "perhaps"])
async def test_an_error_that_proves_nothing_is_asked_about(executed: str) -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.refuses("sale", "internal", executed)
        await end.answers("status", transaction=APPROVED)
        await end.stay()

    async with rig(script) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.APPROVED


@pytest.mark.parametrize("amount", ["5000", 5000.0, True, -1, None])
async def test_money_that_cannot_be_read_is_never_guessed(amount: object) -> None:
    async def script(end: PosEnd) -> None:
        await takes(end)
        push(end, {**APPROVED, "amount": amount})
        while True:
            await end.answers("status", transaction={**APPROVED, "amount": amount})

    async with rig(script, limits=replace(LIMITS, lost_s=0.1)) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.UNKNOWN


async def test_another_amount_is_told_as_taken() -> None:
    async def script(end: PosEnd) -> None:
        await takes(end)
        push(end, {**APPROVED, "amount": 4900})
        await end.stay()

    async with rig(script) as at:
        _, result = await at.sell()
    assert (result.outcome, result.amount) == (CardOutcome.APPROVED, Money(4900))


async def test_card_data_in_the_terminals_words_is_masked() -> None:
    async def script(end: PosEnd) -> None:
        await takes(end)
        lines = ["  4111 1111 1111 1111", "VALIDADE: 12/27", "PORTADOR: MARIA SILVA", "NSU 312456"]
        more = {
            "message": "CARTAO 4111-1111-1111-1111",
            "receipts": {"customer": lines},
            "cardLast4": "4111111111111111",
        }
        push(end, {**APPROVED, **more})
        await end.stay()

    async with rig(script) as at:
        _, result = await at.sell()
    assert "4111" not in repr(result)
    assert "MARIA" not in repr(result)
    assert "12/27" not in repr(result)
    assert result.receipts.customer[3] == "NSU 312456"
    assert result.last_digits == ""


@pytest.mark.parametrize(
    "sale",
    [
        replace(SALE, installments=7),
        replace(SALE, kind=CardKind.DEBIT, installments=2),
        replace(SALE, amount=Money(1499)),
        replace(SALE, amount=Money(0), installments=1),
        replace(SALE, attempt_id="WITH SPACE"),
    ],
)
async def test_what_the_terminal_does_not_take_is_not_sent(sale: object) -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.stay()

    async with rig(script) as at:
        _, result = await at.sell(sale)  # type: ignore[arg-type]
        assert (result.outcome, result.code) == (CardOutcome.NOT_SENT, "local")
    assert not any(message["type"] == "sale" for message in at.ends[0].heard)


async def test_nobody_listens() -> None:
    async with rig(takes, port=1) as at:
        _, result = await at.sell()
        assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.TERMINAL_UNREACHABLE)
        health = await at.terminal.health()
        assert (health.ready, health.trouble) == (False, Trouble.TERMINAL_UNREACHABLE)
        with pytest.raises(TerminalUnreachable):
            await at.terminal.status(REFERENCE)


async def test_cancel_is_a_request_and_the_last_word_the_terminals() -> None:
    async def script(end: PosEnd) -> None:
        await takes(end)
        end.say({"type": "event", "transactionId": SALE.attempt_id, "event": "present_card"})
        await end.answers("cancel", accepted=True, transaction=state("processing"))
        push(end, state("cancelled", error="KIOSK_CANCELLED"))
        await end.stay()

    async with rig(script) as at:
        async with aclosing(at.terminal.start(SALE)) as events:  # type: ignore[type-var]
            async for event in events:
                if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
                    await at.terminal.cancel(SALE.attempt_id)
        assert not isinstance(event, Prompt)
        assert (event.outcome, event.code) == (CardOutcome.CANCELLED, "KIOSK_CANCELLED")


async def test_cancel_asks_nothing_of_a_terminal_that_cannot() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands(can=[])
        await end.stay()

    async with rig(script) as at:
        await at.terminal.cancel(SALE.attempt_id)
        assert not at.terminal.capabilities.can_cancel
        assert not at.terminal.capabilities.can_refund
        assert (await at.terminal.refund(REFERENCE, "R1", Money(5000))).outcome is CardOutcome.DECLINED
    assert [message["type"] for message in at.ends[0].heard] == ["hello", "auth"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (APPROVED, CardOutcome.APPROVED),
        (state("processing"), CardOutcome.PENDING),
        (state("a_later_status"), CardOutcome.PENDING),
        (state("declined", error="DECLINED"), CardOutcome.DECLINED),
        (state("not_found"), CardOutcome.NOT_SENT),
    ],
)
async def test_status_after_a_restart(body: dict[str, object], outcome: CardOutcome) -> None:
    async with rig(then_status(body)) as at:
        assert (await at.terminal.status(REFERENCE)).outcome is outcome


@pytest.mark.parametrize(
    ("welcome", "reference"),
    [
        ({"storeSince": stamp(SENT_AT + timedelta(hours=1))}, REFERENCE),
        ({"storeSince": None}, REFERENCE),
        ({"storeSince": "2018-01-01T00:00:00Z"}, REFERENCE),
        ({"time": None}, REFERENCE),
        ({}, replace(REFERENCE, sent_at=None)),
        ({}, replace(REFERENCE, trace={"storeId": "STORE-1"})),
        # By its own clock the store is older than the sale; by ours it is younger.
        ({"time": stamp(SENT_AT - timedelta(days=2)), "storeSince": stamp(SENT_AT - timedelta(days=1))}, REFERENCE),
    ],
)
async def test_not_found_that_proves_nothing(welcome: dict[str, object], reference: object) -> None:
    async with rig(then_status(state("not_found"), **welcome)) as at:
        result = await at.terminal.status(reference)  # type: ignore[arg-type]
    assert result.outcome is CardOutcome.UNKNOWN


async def test_an_answer_about_something_else_is_no_answer() -> None:
    async with rig(then_status({**APPROVED, "transactionId": "ANOTHER"})) as at:
        with pytest.raises(TerminalSilent):
            await at.terminal.status(REFERENCE)
