"""What became of a GoPag transaction: asked by its id, looked for by its reference, and given back by a void."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.gopag_rig import CUT, gopag, listed, problem, reference, succeeded, told, transaction
from totem.domain.cards import CardOutcome
from totem.domain.errors import (
    BridgeRefused,
    CardError,
    Outcome,
    TerminalRefused,
    TerminalSilent,
    TerminalUnreachable,
    Trouble,
)
from totem.domain.money import Money

PATH = "/v1/marketplaces/m4rk3t/transactions"


async def test_status_by_the_stored_id(tmp_path: Path) -> None:
    async with gopag(tmp_path, told(succeeded())) as at:
        result = await at.terminal.status(reference(at.clock.now(), transaction_id="T1"))
    assert result.outcome is CardOutcome.APPROVED
    assert [call.path for call in at.door.calls] == [f"{PATH}/T1"]


@pytest.mark.parametrize(
    ("bad", "error"),
    [(CUT, TerminalSilent), (told({}, 500), TerminalSilent), (problem(401, "no"), BridgeRefused)],
)
async def test_a_failed_status_is_an_error_and_no_outcome(tmp_path: Path, bad: bytes, error: type[CardError]) -> None:
    async with gopag(tmp_path, bad) as at:
        with pytest.raises(error):
            await at.terminal.status(reference(at.clock.now(), transaction_id="T1"))
        with pytest.raises(error):
            await at.terminal.status(reference(at.clock.now()))


async def test_a_stored_id_that_gopag_does_not_know_is_unknown(tmp_path: Path) -> None:
    async with gopag(tmp_path, problem(404, "Transaction not found")) as at:
        result = await at.terminal.status(reference(at.clock.now() - timedelta(days=1), transaction_id="T1"))
    assert result.outcome is CardOutcome.UNKNOWN


async def test_absence_counts_after_the_lock_and_twice(tmp_path: Path) -> None:
    async with gopag(tmp_path, told(listed())) as at:
        sent_at = at.clock.now()
        assert (await at.terminal.status(reference(sent_at))).outcome is CardOutcome.UNKNOWN
        at.clock.advance(899)
        assert (await at.terminal.status(reference(sent_at))).outcome is CardOutcome.UNKNOWN
        assert len(at.door.calls) == 2
        at.clock.advance(1)
        result = await at.terminal.status(reference(sent_at))
        assert (result.outcome, result.code) == (CardOutcome.NOT_SENT, "absent twice")
        assert len(at.door.calls) == 4
        assert (await at.terminal.status(reference(None))).outcome is CardOutcome.UNKNOWN


async def test_one_absence_is_none(tmp_path: Path) -> None:
    async with gopag(tmp_path, told(listed()), told(listed(transaction())), told(succeeded())) as at:
        result = await at.terminal.status(reference(at.clock.now() - timedelta(hours=1)))
    assert result.outcome is CardOutcome.APPROVED


async def test_a_list_is_paged_to_before_the_sale(tmp_path: Path) -> None:
    full = [
        transaction(id=f"N{number}", reference_id="OTHER", created_at="2999-01-01T00:00:00Z") for number in range(100)
    ]
    pages = [told(listed(*full, has_more=True)), told(listed(transaction(), has_more=True)), told(succeeded())]
    async with gopag(tmp_path, *pages) as at:
        result = await at.terminal.status(reference(at.clock.now()))
    assert result.outcome is CardOutcome.APPROVED
    assert [call.query.get("offset") for call in at.door.calls] == ["0", "100", None]


OLD = "2025-01-01T00:00:00Z"
NEW = "2999-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("first", "more", "asked"),
    [
        # Newest first, and back beyond the sale: what follows is older still.
        ([NEW, OLD], {"has_more": True}, ["0"]),
        # Sorted the other way round, or not at all: only the list's end is its end.
        ([OLD, NEW], {"has_more": True}, ["0", "2"]),
        ([OLD, None], {"has_more": True}, ["0", "2"]),
        ([OLD, NEW, OLD], {"has_more": True}, ["0", "3"]),
        # Without `has_more` the total tells, and without both a page that is not full.
        ([OLD, NEW], {"has_more": None, "total": 3}, ["0", "2"]),
        ([OLD, NEW], {"has_more": None, "total": 2}, ["0"]),
        ([OLD, NEW], {"has_more": None}, ["0"]),
    ],
)
async def test_where_a_list_ends(
    tmp_path: Path, first: list[str | None], more: dict[str, object], asked: list[str]
) -> None:
    items = [
        transaction(id=f"N{number}", reference_id="OTHER", created_at=created) for number, created in enumerate(first)
    ]
    pages = [told({**listed(*items), **more}), told(listed(transaction())), told(succeeded())]
    async with gopag(tmp_path, *pages) as at:
        result = await at.terminal.status(reference(at.clock.now()))
        offsets = [call.query["offset"] for call in at.door.calls if "offset" in call.query]
    assert offsets == asked
    assert result.outcome is (CardOutcome.APPROVED if len(asked) == 2 else CardOutcome.UNKNOWN)


async def test_an_endless_list_proves_no_absence(tmp_path: Path) -> None:
    endless = told(listed(transaction(reference_id="OTHER", created_at=None), has_more=True))
    async with gopag(tmp_path, endless) as at:
        result = await at.terminal.status(reference(at.clock.now() - timedelta(hours=1)))
        asked = len(at.door.calls)
    assert result.outcome is CardOutcome.UNKNOWN
    assert asked == 20


async def test_a_list_that_cannot_be_read_proves_no_absence(tmp_path: Path) -> None:
    async with gopag(tmp_path, told(listed({"id": "T9", "reference_id": 7}))) as at:
        with pytest.raises(TerminalSilent):
            await at.terminal.status(reference(at.clock.now() - timedelta(hours=1)))


async def test_of_two_with_one_reference_the_paid_one_counts(tmp_path: Path) -> None:
    two = listed(transaction(id="T2"), transaction())
    async with gopag(tmp_path, told(two), told(transaction(id="T2", status="canceled")), told(succeeded())) as at:
        result = await at.terminal.status(reference(at.clock.now()))
    assert (result.outcome, result.trace["transaction_id"]) == (CardOutcome.APPROVED, "T1")
    assert result.trace["same_reference"] == "T2,T1"


async def test_void_is_off_by_default(tmp_path: Path) -> None:
    async with gopag(tmp_path, told(succeeded())) as at:
        assert not at.terminal.capabilities.can_refund
        result = await at.terminal.refund(reference(at.clock.now(), transaction_id="T1"), "R1", Money(15000))
        assert (result.outcome, result.trouble) == (CardOutcome.DECLINED, Trouble.CARD_REFUND_REFUSED)
    assert at.door.calls == []


async def test_void(tmp_path: Path) -> None:
    answers = [told(succeeded()), told(succeeded(voided=True, status="canceled"))]
    async with gopag(tmp_path, *answers, can_void=True) as at:
        assert at.terminal.capabilities.can_refund
        result = await at.terminal.refund(reference(at.clock.now(), transaction_id="T1"), "R1", Money(15000))
        assert result.outcome is CardOutcome.APPROVED
        (post,) = at.door.posts
        assert post.path == f"{PATH}/T1/void"
        assert post.json() == {"amount": 15000, "on_behalf_of": "s3ll3r"}
        again = await at.terminal.refund(reference(at.clock.now(), transaction_id="T1"), "R1", Money(15000))
        assert again.outcome is CardOutcome.APPROVED
        assert len(at.door.posts) == 1
        status = await at.terminal.refund_status(reference(at.clock.now(), transaction_id="T1"), "R1")
        assert status.outcome is CardOutcome.APPROVED


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (CUT, CardOutcome.UNKNOWN),
        (told({}, 500), CardOutcome.UNKNOWN),
        (told(succeeded()), CardOutcome.UNKNOWN),
        (problem(409, "already"), CardOutcome.UNKNOWN),
        (problem(400, "too late"), CardOutcome.DECLINED),
    ],
)
async def test_voids_that_do_not_end_well(tmp_path: Path, answer: bytes, outcome: CardOutcome) -> None:
    async with gopag(tmp_path, told(succeeded()), answer, told(succeeded()), can_void=True) as at:
        asked = reference(at.clock.now(), transaction_id="T1")
        assert (await at.terminal.refund(asked, "R1", Money(15000))).outcome is outcome
        assert (await at.terminal.refund_status(asked, "R1")).outcome is CardOutcome.UNKNOWN


@pytest.mark.parametrize("answer", [CUT, problem(404, "no"), problem(401, "no"), told({}, 429)])
async def test_a_void_is_not_sent_before_its_transaction_was_read(tmp_path: Path, answer: bytes) -> None:
    async with gopag(tmp_path, answer, can_void=True) as at:
        with pytest.raises(TerminalUnreachable):
            await at.terminal.refund(reference(at.clock.now(), transaction_id="T1"), "R1", Money(15000))
    assert at.door.posts == []


@pytest.mark.parametrize("cents", [14999, 0, 15001])
async def test_no_part_of_a_transaction_is_void(tmp_path: Path, cents: int) -> None:
    async with gopag(tmp_path, told(succeeded()), can_void=True) as at:
        result = await at.terminal.refund(reference(at.clock.now(), transaction_id="T1"), "R1", Money(cents))
    assert result.outcome is CardOutcome.DECLINED
    assert at.door.posts == []


async def test_a_limited_void_is_sent_later(tmp_path: Path) -> None:
    async with gopag(tmp_path, told(succeeded()), told({}, 429), can_void=True) as at:
        with pytest.raises(TerminalRefused) as caught:
            await at.terminal.refund(reference(at.clock.now(), transaction_id="T1"), "R1", Money(15000))
    assert caught.value.outcome is Outcome.NOT_SENT
