"""Sales, recovery, voids and readers at GoPag's door, on a real TLS socket with scripted answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from providers.gopag.settings import GopagPatience, GopagSettings
from providers.gopag.terminal import open_gopag
from tests.support.manual_clock import ManualClock
from tests.unit.gopag_rig import (
    CUT,
    RECORDED,
    SALE,
    TERMINAL,
    gopag,
    listed,
    problem,
    reference,
    succeeded,
    told,
    transaction,
)
from totem.domain.cards import CardKind, CardOutcome, CardSale, Prompt, PromptKind
from totem.domain.errors import (
    CertificateRefused,
    ConfigError,
    TerminalRefused,
    TerminalUnreachable,
    Trouble,
)
from totem.domain.money import Money

CREATED = told(transaction(), 201)
PATH = "/v1/marketplaces/m4rk3t/transactions"
LIST = "/v1/marketplaces/m4rk3t/sellers/s3ll3r/transactions"
READER = {**RECORDED["terminal"], "id": TERMINAL}


async def test_a_sale(tmp_path: Path) -> None:
    async with gopag(tmp_path, CREATED, told(transaction()), told(succeeded())) as at:
        events, result = await at.sell()
    assert [(event.kind, event.can_cancel) for event in events if isinstance(event, Prompt)] == [
        (PromptKind.CONNECTING, False),
        (PromptKind.PRESENT_CARD, False),
    ]
    assert (result.outcome, result.amount, result.brand) == (CardOutcome.APPROVED, Money(15000), "Visa")
    post, *gets = at.door.calls
    assert (post.method, post.path) == ("POST", PATH)
    assert post.headers["authorization"] == "Bearer T0k3n-of-the-portal"
    assert post.headers["content-type"] == "application/json"
    assert post.json()["terminal"] == TERMINAL
    assert post.json()["lock"] is True
    assert type(post.json()["amount"]) is int
    assert [get.path for get in gets] == [f"{PATH}/T1", f"{PATH}/T1"]


@pytest.mark.parametrize(
    ("end", "outcome", "trouble"),
    [
        (transaction(**RECORDED["failed"]), CardOutcome.DECLINED, Trouble.CARD_DECLINED),
        (transaction(status="canceled"), CardOutcome.CANCELLED, Trouble.CARD_CANCELLED),
        (transaction(status="failed", error_code="timeout"), CardOutcome.EXPIRED, Trouble.CARD_TIMEOUT),
        (succeeded(refunded=True), CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN),
    ],
)
async def test_other_ends(tmp_path: Path, end: dict[str, Any], outcome: CardOutcome, trouble: Trouble) -> None:
    async with gopag(tmp_path, CREATED, told({**end, "id": "T1"})) as at:
        _, result = await at.sell()
    assert (result.outcome, result.trouble) == (outcome, trouble)


async def test_an_approval_that_came_after_the_time_was_up_counts(tmp_path: Path) -> None:
    late = told(transaction(status="failed", error_code="timeout"))
    async with gopag(tmp_path, CREATED, late, CUT, told(succeeded())) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.APPROVED


async def test_an_unknown_status_is_polled_until_the_lock_has_run_out(tmp_path: Path) -> None:
    async with gopag(tmp_path, CREATED, told(transaction(status="being_thought_about"))) as at:
        _, result = await at.sell()
        asked = len(at.door.calls)
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)
    assert result.trace == {"transaction_id": "T1"}
    assert 150 <= asked <= 181


async def test_failed_questions_change_nothing(tmp_path: Path) -> None:
    bad = [CUT, told("<html>", 502), problem(404, "Transaction not found"), told([]), told(transaction(amount=1.5))]
    async with gopag(tmp_path, CREATED, *bad, told(transaction(id="T2")), told(succeeded())) as at:
        _, result = await at.sell()
    assert result.outcome is CardOutcome.APPROVED
    assert len(at.door.posts) == 1


@pytest.mark.parametrize(
    "limited", [problem(429, "slow down", retry_after=40), told({}, 429, "Retry-After: 40"), told({}, 429)]
)
async def test_a_limited_poll_waits_as_told(tmp_path: Path, limited: bytes) -> None:
    async with gopag(tmp_path, CREATED, limited, told(succeeded())) as at:
        began = at.clock.monotonic()
        _, result = await at.sell()
        waited = at.clock.monotonic() - began
    assert result.outcome is CardOutcome.APPROVED
    assert waited == (4.0 if limited == told({}, 429) else 42.0)


@pytest.mark.parametrize(
    ("refusal", "trouble", "code"),
    [
        (problem(400, "no", skipped_fields=["foo"]), Trouble.TERMINAL_REFUSED, "400"),
        (problem(422, "no"), Trouble.TERMINAL_REFUSED, "422"),
        (problem(404, "no such terminal"), Trouble.TERMINAL_REFUSED, "404"),
        (problem(403, "no"), Trouble.BRIDGE_REFUSED, ""),
        (problem(401, "no"), Trouble.BRIDGE_REFUSED, ""),
        (told("<html>no</html>", 403), Trouble.BRIDGE_REFUSED, ""),
        (problem(429, "slow", retry_after=3), Trouble.TERMINAL_REFUSED, "429"),
    ],
)
async def test_typed_refusals_are_not_sent(tmp_path: Path, refusal: bytes, trouble: Trouble, code: str) -> None:
    async with gopag(tmp_path, refusal) as at:
        _, result = await at.sell()
    assert (result.outcome, result.trouble, result.code) == (CardOutcome.NOT_SENT, trouble, code)
    assert len(at.door.calls) == 1


UNCERTAIN = [
    CUT,
    told("<html>", 500),
    told("<html>", 400),
    told({"status": 409, "detail": "conflict"}, 409),
    told("no json", 201),
    told(transaction(reference_id="ANOTHER"), 201),
    told(transaction(amount=150.0), 201),
]


@pytest.mark.parametrize("lost", UNCERTAIN)
async def test_an_uncertain_creation_is_looked_for_and_never_repeated(tmp_path: Path, lost: bytes) -> None:
    others = [transaction(id="T7", reference_id="OTHER"), transaction()]
    async with gopag(tmp_path, lost, told(listed()), told(listed(*others)), told(succeeded())) as at:
        events, result = await at.sell()
    assert result.outcome is CardOutcome.APPROVED
    assert len(at.door.posts) == 1
    first, second = at.door.calls[1:3]
    assert first.path == second.path == LIST
    assert first.query == {"limit": "100", "offset": "0", "sort": "-created_at"}
    assert any(isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD for event in events)


async def test_an_uncertain_creation_that_is_not_listed_stays_unknown(tmp_path: Path) -> None:
    async with gopag(tmp_path, CUT, told(listed())) as at:
        _, result = await at.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)
    assert len(at.door.posts) == 1


async def test_nobody_there_is_not_sent(tmp_path: Path) -> None:
    async with gopag(tmp_path, CREATED, base_url="https://127.0.0.1:1") as at:
        _, result = await at.sell()
        assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.TERMINAL_UNREACHABLE)
        with pytest.raises(TerminalUnreachable):
            await at.terminal.status(reference(at.clock.now()))


@pytest.mark.parametrize(
    "sale",
    [
        replace(SALE, installments=13),
        replace(SALE, installments=0),
        replace(SALE, kind=CardKind.DEBIT),
        replace(SALE, amount=Money(1499)),
        replace(SALE, amount=Money(0), installments=1),
        replace(SALE, attempt_id=""),
    ],
)
async def test_what_it_does_not_take_is_not_sent(tmp_path: Path, sale: CardSale) -> None:
    async with gopag(tmp_path, CREATED) as at:
        _, result = await at.sell(sale)
    assert (result.outcome, result.code) == (CardOutcome.NOT_SENT, "local")
    assert at.door.calls == []


@pytest.mark.parametrize(
    ("items", "ready"),
    [
        ([READER], True),
        ([{**READER, "status": "inactive"}], False),
        ([{**READER, "type": "pinpad"}], False),
        ([RECORDED["terminal"]], False),
        ([], False),
    ],
)
async def test_health_is_that_of_the_chosen_reader(tmp_path: Path, items: list[dict[str, Any]], ready: bool) -> None:
    async with gopag(tmp_path, told({"items": items})) as at:
        health = await at.terminal.health()
    assert health.ready is ready
    assert at.door.calls[0].path == "/v1/marketplaces/m4rk3t/sellers/s3ll3r/terminals"
    assert at.door.calls[0].query == {}


async def test_health_never_raises(tmp_path: Path) -> None:
    async with gopag(tmp_path, problem(401, "no")) as at:
        health = await at.terminal.health()
    assert (health.ready, health.trouble) == (False, Trouble.BRIDGE_REFUSED)
    assert "T0k3n" not in health.detail


async def test_readers_are_listed_to_choose_from(tmp_path: Path) -> None:
    others = [{**READER, "id": "A"}, {**READER, "id": "B", "status": "inactive"}]
    pages = [told({"items": [each], "has_more": each is others[0]}) for each in others]
    async with gopag(tmp_path, *pages) as at:
        health = await at.terminal.health()
    assert health.trouble is Trouble.TERMINAL_REFUSED
    assert f"A ({READER['model']}, active), B ({READER['model']}, inactive)" in health.detail
    assert at.door.calls[1].query == {"limit": "100", "offset": "1"}


async def test_what_it_cannot_do(tmp_path: Path) -> None:
    async with gopag(tmp_path, CREATED) as at:
        assert not at.terminal.capabilities.can_cancel
        await at.terminal.cancel(SALE.attempt_id)
        for act in (at.terminal.confirm, at.terminal.undo):
            with pytest.raises(TerminalRefused):
                await act(reference(None))
        with pytest.raises(TerminalRefused):
            await at.terminal.answer(SALE.attempt_id, 0)
        assert await at.terminal.pending() == ()
        (only,) = [event async for event in at.terminal.admin()]
        assert getattr(only, "outcome", None) is CardOutcome.NOT_SENT
    assert at.door.calls == []


async def test_every_fault_of_the_settings_at_once(tmp_path: Path) -> None:
    bad = GopagSettings(
        token="",
        marketplace="a/b",
        seller="",
        terminal="",
        base_url="http://x",
        description=" ",
        notification="n" * 201,
        most_installments=13,
        least_installment_cents=0,
        patience=GopagPatience(calls_per_minute=0, poll_s=0),
    )
    with pytest.raises(ConfigError) as caught:
        await open_gopag(bad, ManualClock())
    told_of = [fault.split(": ")[1] for fault in caught.value.faults]
    assert told_of == [
        "base_url",
        "token",
        "marketplace",
        "seller",
        "terminal",
        "description",
        "notification",
        "most_installments",
        "least_installment_cents",
        "calls_per_minute",
        "poll_s",
        "certificate",
    ]
    assert "T0k3n" not in repr(GopagSettings(token="T0k3n", marketplace="m", seller="s", terminal="t"))


async def test_an_odd_terminal_is_only_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with gopag(tmp_path, CREATED, terminal="a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6"):
        assert "32 hexadecimal digits" in caplog.text


async def test_material_that_does_not_belong_together_is_named(tmp_path: Path) -> None:
    async with gopag(tmp_path, CREATED) as at:
        tmp_path.joinpath("gopag.key").write_text("nothing")
        with pytest.raises(CertificateRefused):
            await open_gopag(at.settings, at.clock)


async def test_a_long_notification_is_cut_at_200(tmp_path: Path) -> None:
    async with gopag(tmp_path, CREATED, told(succeeded()), notification="{reference}" * 18) as at:
        await at.sell(replace(SALE, reference="A" * 40))
    assert len(at.door.posts[0].json()["notification"]) == 200


async def test_no_notification_is_none(tmp_path: Path) -> None:
    async with gopag(tmp_path, CREATED, told(succeeded()), notification="") as at:
        await at.sell()
    assert "notification" not in at.door.posts[0].json()
