"""The exchange folder: what a crash leaves in it, what others hold, and what proves that nothing was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.terminal.tef.codec import encode
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.file_channel import FileChannel
from hardware.terminal.tef.folder import Folder, Locked
from hardware.terminal.tef.opening import open_folder_terminal
from hardware.terminal.tef.settings import FolderSettings, parse_address
from tests.support.scaled_clock import ScaledClock
from tests.support.tef_bench import SALE, SETTINGS, TIMES, Bench, folder_bench, reference_of
from tests.support.tef_peer import APPROVED, CANCELLED_SALE, DENIED, Act, Script, crlf, put, until
from totem.domain.cards import CardKind, CardOutcome, CardReference, Prompt, PromptKind
from totem.domain.errors import CardError, TerminalUnreachable, Trouble
from totem.domain.money import Money

REFERENCE = CardReference(SALE.attempt_id, SALE.number, SALE.amount, SALE.kind)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with folder_bench(tmp_path, Script().on("CRT", Act(APPROVED))) as opened:
        yield opened


def answer(text: str = APPROVED, number: int = 41, code: str = "F123") -> bytes:
    return crlf(text.format(id=number, amount=4500, code=code))


async def test_a_request_left_by_a_crash_is_taken_away_and_known_as_not_sent(tmp_path: Path) -> None:
    script = Script().on("CRT", Act(take=False))
    async with folder_bench(tmp_path, script) as bench:
        put(tmp_path / "Req" / "intpos.001", crlf("000-000 = CRT\n001-000 = 41\n003-000 = 4500\n999-999 = 0\n"))
        assert await bench.terminal.pending() == ()
        assert not (tmp_path / "Req" / "intpos.001").exists()
        assert (await bench.terminal.status(REFERENCE)).outcome is CardOutcome.NOT_SENT
        assert (await bench.terminal.status(replace(REFERENCE, number=42))).outcome is CardOutcome.UNKNOWN
    again = open_folder_terminal(SETTINGS, FolderSettings(tmp_path), ScaledClock(1))
    assert (await again.status(REFERENCE)).outcome is CardOutcome.NOT_SENT  # after another crash too
    await again.close()


async def test_an_orphan_approval_stops_a_sale_until_it_is_settled(bench: Bench, tmp_path: Path) -> None:
    put(tmp_path / "Resp" / "intpos.001", answer(number=7, code="ORPHAN"))
    result = await bench.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.CARD_PENDING)
    (orphan,) = result.pending
    assert orphan.trace["control_code"] == "ORPHAN"
    assert await bench.terminal.pending() == (orphan,)
    await bench.terminal.undo(CardReference("", 0, Money(0), CardKind.CREDIT, trace=orphan.trace))
    assert bench.script.commands("CRT") == []
    assert await bench.terminal.pending() == ()
    assert (await bench.sell()).outcome is CardOutcome.APPROVED


async def test_an_orphan_denial_is_told_and_stops_nothing(bench: Bench, tmp_path: Path) -> None:
    put(tmp_path / "Resp" / "intpos.001", answer(DENIED))
    assert await bench.terminal.pending() == ()
    assert (await bench.terminal.status(REFERENCE)).outcome is CardOutcome.DECLINED
    assert (await bench.sell(replace(SALE, number=42))).outcome is CardOutcome.APPROVED
    assert (await bench.terminal.status(REFERENCE)).outcome is CardOutcome.UNKNOWN


async def test_an_approval_without_a_word_to_say_is_told_by_status(bench: Bench, tmp_path: Path) -> None:
    put(tmp_path / "Resp" / "intpos.001", answer(APPROVED.replace("729-000 = 2", "729-000 = 1")))
    assert await bench.terminal.pending() == ()
    told = await bench.terminal.status(REFERENCE)
    assert (told.outcome, told.needs_confirmation) == (CardOutcome.APPROVED, False)


async def test_a_late_answer_of_an_earlier_sale_is_not_the_next_ones(bench: Bench, tmp_path: Path) -> None:
    bench.script.on("CRT", Act(), Act(APPROVED))
    async for event in bench.terminal.start(SALE):
        if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
            break
    second = replace(SALE, attempt_id="LAVA-2", number=42, reference="XYZ")
    bench.script.on("CRT", Act())
    stream = bench.terminal.start(second)
    async for event in stream:
        if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
            put(tmp_path / "Resp" / "intpos.001", answer(number=41, code="FIRST"))
            break
    waiting = asyncio.ensure_future(anext(stream))
    await until(lambda: not (tmp_path / "Resp" / "intpos.001").exists())
    put(tmp_path / "Resp" / "intpos.001", answer(number=42, code="SECOND"))
    result = await waiting
    assert getattr(result, "trace", {}).get("control_code") == "SECOND"
    (orphan,) = await bench.terminal.pending()
    assert orphan.trace["control_code"] == "FIRST"


async def test_leaving_the_stream_before_the_status_takes_the_request_away(tmp_path: Path) -> None:
    script = Script().on("CRT", Act(take=False))
    async with folder_bench(tmp_path, script) as bench:

        async def sell() -> None:
            async for _ in bench.terminal.start(SALE):
                pass

        selling = asyncio.create_task(sell())
        request = tmp_path / "Req" / "intpos.001"
        await until(lambda: request.exists() and b"CRT" in request.read_bytes())
        selling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await selling
        assert (await bench.terminal.status(REFERENCE)).outcome is CardOutcome.NOT_SENT
        assert not request.exists()


class ReadInTheLastMoment(Folder):
    """PayGo reads the request just before it is taken away, and says so just after."""

    def retract(self) -> str | None:
        number = super().retract()
        if number:
            put(self.path / "Resp" / "intpos.sts", crlf("000-000 = CRT\n001-000 = 41\n999-999 = 0\n"))
        return number


async def test_a_status_that_comes_in_the_moment_of_giving_up_counts(tmp_path: Path) -> None:
    for name in ("Req", "Resp"):
        (tmp_path / name).mkdir()
    channel = FileChannel(ReadInTheLastMoment(FolderSettings(tmp_path)), ScaledClock(1), TIMES)
    await channel.request(Message.of((0, "CRT"), (1, "41")))
    await channel.look()
    assert channel.unsent() == frozenset()
    await channel.close()


async def test_a_status_of_another_request_is_no_acknowledgement(bench: Bench, tmp_path: Path) -> None:
    reference = reference_of(SALE, await bench.sell())
    bench.script.on("CNF", Act(status=False))
    for status in ("000-000 = CRT\n001-000 = 41\n999-999 = 0\n", "000-000 = CNF\n001-000 = 41\n999-999 = 0\n"):
        bench.script.heard.clear()
        confirming = asyncio.create_task(bench.terminal.confirm(reference))
        await until(lambda: bool(bench.script.heard))
        put(tmp_path / "Resp" / "intpos.sts", crlf(status))
        with pytest.raises(CardError):
            await confirming


async def test_without_paygos_folders_nothing_is_sent(tmp_path: Path) -> None:
    terminal = open_folder_terminal(SETTINGS, FolderSettings(tmp_path / "PAYGO"), ScaledClock(1))
    with pytest.raises(TerminalUnreachable):
        await terminal.pending()
    assert not (await terminal.health()).ready
    await terminal.close()


async def test_a_request_file_that_stays_locked_is_not_sent(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "Req" / "intpos.tmp").mkdir()  # cannot be written, as if a scanner held it
    result = await bench.sell()
    assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.TERMINAL_UNREACHABLE)
    assert bench.script.heard == []


async def test_what_is_kept_is_private_redacted_and_goes_when_it_is_settled(bench: Bench, tmp_path: Path) -> None:
    result = await bench.sell()
    (kept,) = (tmp_path / "Totem").iterdir()
    text = kept.read_text()
    for secret in ("SILVA", "1228", "411111"):
        assert secret not in text
    assert kept.stat().st_mode & 0o077 == 0
    assert list((tmp_path / "Resp").iterdir()) == []
    await bench.terminal.confirm(reference_of(SALE, result))
    assert list((tmp_path / "Totem").iterdir()) == []


async def test_a_cancellation_cut_off_before_its_confirmation_is_confirmed_first(bench: Bench, tmp_path: Path) -> None:
    put(tmp_path / "Resp" / "intpos.001", answer(CANCELLED_SALE, number=8_000_000_001))
    assert await bench.terminal.pending() == ()
    assert (await bench.sell()).outcome is CardOutcome.APPROVED
    assert [each["000-000"] for each in bench.script.heard] == ["ATV", "CNF", "CRT"]
    assert bench.script.commands("CNF")[0]["027-000"] == "C88"


async def test_evidence_has_every_message_and_no_card_data(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    script = Script().on("CRT", Act(APPROVED))
    async with folder_bench(tmp_path, script):
        terminal = open_folder_terminal(
            SETTINGS, FolderSettings(tmp_path), ScaledClock(1), lambda way, text: heard.append((way, text))
        )
        async for _ in terminal.start(SALE):
            pass
        await terminal.close()
    assert [way for way, _ in heard] == ["out", "status", "out", "status", "in"]
    assert "027-000 = F123" in heard[-1][1]
    assert not any(secret in text for _, text in heard for secret in ("SILVA", "1228", "411111"))


def test_keeping_the_same_answer_twice_keeps_it_once(tmp_path: Path) -> None:
    """Power fails between keeping and deleting: the same file is found again."""
    for name in ("Req", "Resp"):
        (tmp_path / name).mkdir()
    folder = Folder(FolderSettings(tmp_path))
    folder.prepare()
    keys = set()
    for _ in range(2):
        put(tmp_path / "Resp" / "intpos.001", answer())
        held = folder.take_answer()
        assert held is not None
        keys.add(held.key)
    assert len(keys) == 1
    assert len(folder.held()) == 1


def test_a_locked_answer_asks_to_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "Resp" / "intpos.001").mkdir(parents=True)
    with pytest.raises(Locked):
        Folder(FolderSettings(tmp_path)).take_answer()


def test_drop_deletes_kept_answers_only(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(encode(Message.of((0, "CRT"))))
    Folder(FolderSettings(tmp_path)).drop("../secret.txt")
    assert (tmp_path / "secret.txt").exists()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost:60906/paygo", ("localhost", 60906)),
        ("localhost", ("localhost", 60906)),
        ("192.0.2.7:1234", ("192.0.2.7", 1234)),
        ("[::1]:5", ("::1", 5)),
        ("::1", ("::1", 60906)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", ":5", "a:b", "a:70000", "[::1", "a b:1", "[::1]x"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        parse_address(text)
