"""The other acts over the Smart POS bridge: refunds, a stream left early, and what the terminal does not do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.smart_pos_rig import APPROVED, REFERENCE, SALE, PosEnd, rig, takes
from totem.domain.cards import CardOutcome, Prompt
from totem.domain.errors import CardError, TerminalRefused, Trouble
from totem.domain.money import Money


def refund_body(status: str, refund_id: str = "LOJA01R1") -> dict[str, Any]:
    return {"refundId": refund_id, "transactionId": SALE.attempt_id, "status": status, "amount": 5000, "nsu": "312460"}


async def test_a_refund() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        request = await end.answers("refund", refund=refund_body("processing"))
        assert {name: request[name] for name in ("refundId", "transactionId", "amount")} == {
            "refundId": "LOJA01R1",
            "transactionId": SALE.attempt_id,
            "amount": 5000,
        }
        end.say({"type": "refund", "refund": refund_body("approved")})
        await end.answers("refundStatus", refund=refund_body("approved"))
        await end.answers("printReceipt", printed=True)
        await end.stay()

    async with rig(script) as at:
        done = await at.terminal.refund(REFERENCE, "LOJA01R1", Money(5000))
        assert (done.outcome, done.nsu, done.trace["refundId"]) == (CardOutcome.APPROVED, "312460", "LOJA01R1")
        assert (await at.terminal.refund_status(REFERENCE, "LOJA01R1")).outcome is CardOutcome.APPROVED
        assert await at.terminal.reprint(REFERENCE)


async def test_a_refund_cut_in_half_is_asked_about() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.hear("refund")

    async def later(end: PosEnd) -> None:
        await end.hands()
        await end.answers("refundStatus", refund=refund_body("declined"))
        await end.stay()

    async with rig(script, later) as at:
        result = await at.terminal.refund(REFERENCE, "LOJA01R1", Money(5000))
    assert result.outcome is CardOutcome.DECLINED


@pytest.mark.parametrize("code", ["busy", "not_ready", "store_failed", "rate_limited"])
async def test_a_refund_that_may_be_sent_later_is_an_error(code: str) -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.refuses("refund", code)
        await end.stay()

    async with rig(script) as at:
        with pytest.raises(CardError) as caught:
            await at.terminal.refund(REFERENCE, "LOJA01R1", Money(5000))
    assert caught.value.outcome.value == "not_sent"


@pytest.mark.parametrize("code", ["unsupported", "bad_request", "id_burnt", "a_later_code"])
async def test_a_refund_refused_for_good(code: str) -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.refuses("refund", code)
        await end.stay()

    async with rig(script) as at:
        result = await at.terminal.refund(REFERENCE, "LOJA01R1", Money(5000))
        assert (result.outcome, result.trouble) == (CardOutcome.DECLINED, Trouble.CARD_REFUND_REFUSED)
        assert (await at.terminal.refund(REFERENCE, "LOJA01R1", Money(0))).code == "local"


@pytest.mark.parametrize("status", ["declined", "cancelled", "timeout"])
async def test_every_end_without_money_is_a_refused_refund(status: str) -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.answers("refund", refund=refund_body(status))
        await end.answers("refundStatus", refund=refund_body(status))
        await end.stay()

    async with rig(script) as at:
        for result in (
            await at.terminal.refund(REFERENCE, "LOJA01R1", Money(5000)),
            await at.terminal.refund_status(REFERENCE, "LOJA01R1"),
        ):
            assert (result.outcome, result.trouble) == (CardOutcome.DECLINED, Trouble.CARD_REFUND_REFUSED)


@pytest.mark.parametrize(
    ("trace", "outcome"), [({"storeId": "STORE-1"}, CardOutcome.NOT_SENT), ({}, CardOutcome.UNKNOWN)]
)
async def test_a_refund_that_is_not_found(trace: dict[str, str], outcome: CardOutcome) -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.answers("refundStatus", refund=refund_body("not_found"))
        await end.stay()

    async with rig(script) as at:
        result = await at.terminal.refund_status(replace(REFERENCE, trace=trace), "LOJA01R1")
    assert result.outcome is outcome


async def test_a_stream_closed_early_leaves_the_terminal_usable() -> None:
    begun = asyncio.Event()

    async def script(end: PosEnd) -> None:
        await takes(end)
        begun.set()
        await end.answers("status", transaction=APPROVED)
        await end.stay()

    async with rig(script) as at:
        stream = at.terminal.start(SALE)
        assert isinstance(await anext(stream), Prompt)
        following = asyncio.ensure_future(anext(stream))
        await asyncio.wait_for(begun.wait(), 5)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        assert (await at.terminal.status(REFERENCE)).outcome is CardOutcome.APPROVED


async def test_what_it_cannot_do_is_refused() -> None:
    async with rig(takes) as at:
        for act in (at.terminal.confirm, at.terminal.undo):
            with pytest.raises(TerminalRefused):
                await act(REFERENCE)
        with pytest.raises(TerminalRefused):
            await at.terminal.answer(SALE.attempt_id, 0)
        assert await at.terminal.pending() == ()
        (only,) = [event async for event in at.terminal.admin()]
        assert getattr(only, "outcome", None) is CardOutcome.NOT_SENT
