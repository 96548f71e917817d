"""The contract of `CardTerminal`, over every terminal and its simulator on the real wire."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from providers.sim.ca import CertificateSet
from tests.support.terminal_rigs import RIGS, TerminalRig
from totem.domain.cards import (
    CardEvent,
    CardKind,
    CardOutcome,
    CardReference,
    CardResult,
    CardSale,
    Prompt,
)
from totem.domain.errors import CardError
from totem.domain.money import Money


@pytest.fixture(params=RIGS)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, bank_certificates: CertificateSet
) -> AsyncIterator[TerminalRig]:
    async with RIGS[request.param](tmp_path, bank_certificates) as made:
        await made.terminal.health()
        yield made


async def sell(rig: TerminalRig, sale: CardSale | None = None) -> CardResult:
    """The stream's shape is part of the contract: prompts, then exactly one result, and nothing raised."""
    events: list[CardEvent] = [event async for event in rig.terminal.start(sale or rig.sale)]
    result = events.pop()
    assert isinstance(result, CardResult)
    assert all(isinstance(event, Prompt) for event in events)
    return result


def reference_of(result: CardResult, sale: CardSale) -> CardReference:
    return CardReference(
        sale.attempt_id, sale.number, sale.amount, sale.kind, sale.installments, result.trace, datetime.now(UTC)
    )


async def test_an_approval_tells_what_was_taken_and_nothing_of_the_card(rig: TerminalRig) -> None:
    result = await sell(rig)
    assert (result.outcome, result.amount) == (CardOutcome.APPROVED, rig.sale.amount)
    assert rig.taken() == [rig.sale.amount.amount_cents]
    assert result.nsu
    assert result.authorization
    assert result.brand
    assert len(result.last_digits) <= 4
    assert result.needs_confirmation == rig.terminal.capabilities.confirms
    assert not [secret for secret in rig.secrets if secret in repr(result)]


async def test_the_trace_is_plain_text_that_a_journal_can_keep(rig: TerminalRig) -> None:
    result = await sell(rig)
    assert json.loads(json.dumps(dict(result.trace))) == dict(result.trace)
    assert all(value.isprintable() for value in result.trace.values())


@pytest.mark.parametrize("kind", CardKind)
async def test_each_kind_is_taken_as_far_as_it_is_promised(rig: TerminalRig, kind: CardKind) -> None:
    result = await sell(rig, replace(rig.sale, kind=kind))
    if kind in rig.terminal.capabilities.kinds:
        assert result.outcome is CardOutcome.APPROVED
    else:
        assert result.outcome is CardOutcome.NOT_SENT
        assert rig.taken() == []


async def test_instalments_go_as_far_as_they_are_promised(rig: TerminalRig) -> None:
    most = rig.terminal.capabilities.most_installments
    assert most >= 2 or CardKind.CREDIT not in rig.terminal.capabilities.kinds
    amount = Money(rig.terminal.capabilities.least_installment_cents * most, rig.sale.amount.currency)
    assert (await sell(rig, replace(rig.sale, amount=amount, installments=most))).outcome is CardOutcome.APPROVED
    beyond = replace(rig.sale, attempt_id="6LOJA01B", number=4712, amount=amount, installments=most + 1)
    assert (await sell(rig, beyond)).outcome is CardOutcome.NOT_SENT
    assert rig.taken() == [amount.amount_cents]


async def test_a_decline_takes_nothing(rig: TerminalRig) -> None:
    await rig.decline()
    result = await sell(rig)
    assert result.outcome is CardOutcome.DECLINED
    assert result.trouble is not None
    assert rig.taken() == []


async def test_another_amount_is_told_as_it_was_taken(rig: TerminalRig) -> None:
    await rig.differ()
    result = await sell(rig)
    assert result.outcome is CardOutcome.APPROVED
    assert result.amount is not None
    assert [result.amount.amount_cents] == rig.taken()
    assert result.amount != rig.sale.amount


async def test_a_lost_answer_is_never_a_no(rig: TerminalRig) -> None:
    """It is found again, or unknown; where the terminal can be asked, it tells the truth in the end."""
    await rig.lose_answer()
    async with asyncio.timeout(20):
        result = await sell(rig)
    assert result.outcome in (CardOutcome.APPROVED, CardOutcome.UNKNOWN)
    assert rig.taken() == [rig.sale.amount.amount_cents], "charged once, whatever became of the answer"
    if rig.terminal.capabilities.can_ask_status and result.outcome is CardOutcome.UNKNOWN:
        asked = await rig.terminal.status(reference_of(result, rig.sale))
        assert asked.outcome is CardOutcome.APPROVED


async def test_a_terminal_that_is_down_is_told_and_takes_nothing(rig: TerminalRig) -> None:
    await rig.go_down()
    async with asyncio.timeout(20):
        health = await rig.terminal.health()
        assert not health.ready
        assert health.trouble is not None
        result = await sell(rig)
    assert result.outcome in (CardOutcome.NOT_SENT, CardOutcome.UNKNOWN)
    assert rig.taken() == []


async def test_what_is_confirmed_or_undone_may_be_said_again(rig: TerminalRig) -> None:
    if not rig.terminal.capabilities.confirms:
        result = await sell(rig)
        assert not result.needs_confirmation
        return
    confirmed = reference_of(await sell(rig), rig.sale)
    for _ in range(2):
        await rig.terminal.confirm(confirmed)
    other = replace(rig.sale, attempt_id="6LOJA01B", number=4712)
    undone = reference_of(await sell(rig, other), other)
    for _ in range(2):
        await rig.terminal.undo(undone)
    assert rig.taken() == [rig.sale.amount.amount_cents]


async def test_a_settled_sale_goes_back_once(rig: TerminalRig) -> None:
    assert rig.terminal.capabilities.can_refund
    result = await sell(rig)
    reference = reference_of(result, rig.sale)
    if result.needs_confirmation:
        await rig.terminal.confirm(reference)
    refund = await rig.terminal.refund(reference, "6LOJA01R", rig.sale.amount)
    assert refund.outcome in (CardOutcome.APPROVED, CardOutcome.PENDING, CardOutcome.UNKNOWN)
    asked = await rig.terminal.refund_status(reference, "6LOJA01R")
    assert asked.outcome in (CardOutcome.APPROVED, CardOutcome.UNKNOWN)
    assert rig.taken() == []
    try:
        again = await rig.terminal.refund(reference, "6LOJA01S", rig.sale.amount)
    except CardError:
        return
    assert again.outcome is not CardOutcome.NOT_SENT
    assert rig.taken() == []


async def test_a_stream_that_is_left_early_leaves_the_terminal_usable(rig: TerminalRig) -> None:
    """Whatever became of the first: the next word of the terminal is about what it is asked then."""
    async with aclosing(cast("Any", rig.terminal.start(rig.sale))) as events:
        async for _ in events:
            break
    async with asyncio.timeout(10):
        assert isinstance(
            await rig.terminal.status(reference_of(CardResult(CardOutcome.UNKNOWN), rig.sale)), CardResult
        )
        await rig.terminal.close()


async def test_nothing_is_promised_that_is_not_there(rig: TerminalRig) -> None:
    can = rig.terminal.capabilities
    events = [event async for event in rig.terminal.admin()] if not can.has_admin else []
    assert [event.outcome for event in events if isinstance(event, CardResult)] in ([], [CardOutcome.NOT_SENT])
    assert await rig.terminal.pending() == ()
    assert rig.terminal.name in {"tef", "smartpos", "gopag", "vinti4", "adiq"}


async def test_no_secret_is_logged(rig: TerminalRig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await rig.decline()
    await sell(rig)
    await sell(rig, replace(rig.sale, attempt_id="6LOJA01B", number=4712))
    assert not [secret for secret in rig.secrets if secret in caplog.text]
