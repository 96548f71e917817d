"""The link itself: handshake, seals, heartbeat, limits, health; and the settings that guard it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.terminal.smart_pos.lines import MAX_LINE_BYTES, parse_line
from hardware.terminal.smart_pos.proof import Nonces, Role, Seal, proof
from hardware.terminal.smart_pos.settings import SmartPosSettings
from hardware.terminal.smart_pos.words import clean, clean_receipt
from tests.unit.smart_pos_rig import APPROVED, LIMITS, REFERENCE, SECRET, PosEnd, rig, stamp
from totem.domain.cards import CardKind, CardOutcome
from totem.domain.errors import BridgeRefused, TerminalSilent, TerminalUnreachable, Trouble

NONCES = Nonces("00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100")


async def ready(end: PosEnd) -> None:
    await end.hands()
    while True:
        request = await end.hear("health", "status")
        body: dict[str, Any] = {"health": {"ready": True}} if request["type"] == "health" else {"transaction": APPROVED}
        end.say({"type": "answer", "id": request["id"], **body})


def test_the_documents_vectors() -> None:
    assert proof(SECRET, Role.POS, NONCES) == "599fd8364f63456f56e2b71c266f1e858a4c9a87a077aa78b898a369b5c6df21"
    assert proof(SECRET, Role.KIOSK, NONCES) == "8ddc860d9abd336a708e1ddbf93dcdf5fad0cdc091aaeb7a50f5e1998cbeb243"
    ping = b'{"type":"ping","n":1}'
    pos, kiosk = Seal.of(SECRET, Role.POS, NONCES), Seal.of(SECRET, Role.KIOSK, NONCES)
    assert pos.key.hex() == "2369a4e86496b4f7e7b10b35ffd67537a4c21dcbf878ca7dd3456cd4bd47d4b2"
    assert pos.sign(ping) == b"af7f76d4edf0c2e2f5f156a7c23952eed19f150fa8195bca1da6b28c46f14779 " + ping
    assert kiosk.sign(ping) == b"cd4802c9b48a0f5d88aafc76958cd6b11812ddcb395dfd6991d0cc4e69b26174 " + ping
    assert SECRET not in repr(pos)
    assert pos.key.hex() not in repr(pos)


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_sealed_lines_open_once_and_in_order(texts: list[bytes]) -> None:
    writer, reader = Seal(b"k"), Seal(b"k")
    lines = [writer.sign(text) for text in texts]
    assert [reader.check(line) for line in lines] == texts
    assert all(reader.check(line) is None for line in lines)


@given(st.binary(max_size=120))
def test_nothing_else_opens(line: bytes) -> None:
    assert Seal(b"k").check(line) is None


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode(errors="replace"))))
def test_any_bytes_are_parsed_or_refused(line: bytes) -> None:
    parsed = parse_line(line)
    assert parsed is None or line.lstrip()[:1] == b"{"


@given(st.text(max_size=400))
def test_words_are_one_short_line(text: str) -> None:
    for cleaned, most in ((clean(text), 200), (clean_receipt(text), 64)):
        assert len(cleaned) <= most
        assert cleaned.isprintable() or not any(ord(character) < 32 for character in cleaned)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("4111111111111111", "************1111"),
        ("A 4111 1111-1111.1111 B", "A ************1111 B"),
        ("NSU 312456 AUT A12345", "NSU 312456 AUT A12345"),
        ("1234567890123", "1234567890123"),
        ("VAL: 12/27", "VAL [removed]"),
        ("APROVADA", "APROVADA"),
    ],
)
def test_card_data_is_masked_and_nothing_else(told: str, kept: str) -> None:
    assert clean(told) == kept
    assert clean_receipt(told) == kept


async def test_health_and_what_the_terminal_can() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands(mostInstallments=18, leastInstallment=1000, can=["cancel"], receiptPrinted=True)
        await end.answers("health", health={"ready": True, "time": stamp(datetime.now(UTC))})
        await end.answers("health", health={"ready": False, "reason": "no_network", "busyWith": ""})
        await end.stay()

    async with rig(script) as at:
        before = at.terminal.capabilities
        assert (before.most_installments, before.can_cancel, before.can_refund) == (12, False, True)
        health = await at.terminal.health()
        assert (health.ready, health.trouble) == (True, None)
        assert health.clock_drift_s is not None
        assert abs(health.clock_drift_s) < 5
        can = at.terminal.capabilities
        assert can.kinds == {CardKind.CREDIT, CardKind.DEBIT}
        assert (can.most_installments, can.least_installment_cents) == (12, 1000)
        assert (can.can_cancel, can.can_refund, can.prints_receipt, can.prints_tickets) == (True, False, True, False)
        bad = await at.terminal.health()
        assert (bad.ready, bad.trouble, bad.detail) == (False, Trouble.TERMINAL_REFUSED, "no_network")
    assert at.server.connections == 1


async def test_a_clock_that_is_off_is_told() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands(time=stamp(datetime.now(UTC) + timedelta(minutes=10)))
        await end.answers("health", health={"ready": True})
        await end.stay()

    async with rig(script) as at:
        health = await at.terminal.health()
    assert (health.ready, health.trouble) == (True, Trouble.TERMINAL_CLOCK)
    assert health.clock_drift_s is not None
    assert 590 < health.clock_drift_s < 610


@pytest.mark.parametrize(
    ("secret", "pos_secret", "allowed"),
    [(SECRET, "another-secret-of-32-letters-or-so", False), (SECRET, "", False), ("", SECRET, True)],
)
async def test_ends_that_do_not_share_a_secret_refuse_one_another(secret: str, pos_secret: str, allowed: bool) -> None:
    async def script(end: PosEnd) -> None:
        hello = await end.hear()
        assert "secret" not in str(hello)
        end.say({"type": "challenge", "version": 1, **_challenge(end, hello)})
        await end.hear()  # the kiosk must leave without another word
        raise ValueError("the kiosk went on")

    async with rig(script, secret=secret, pos_secret=pos_secret, allow_no_secret=allowed) as at:
        _, result = await at.sell()
        assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.BRIDGE_REFUSED)
        with pytest.raises(BridgeRefused):
            await at.terminal.status(REFERENCE)


def _challenge(end: PosEnd, hello: dict[str, Any]) -> dict[str, str]:
    if not end.secret:
        return {"auth": "none"}
    nonces = Nonces(hello["nonce"], NONCES.pos)
    return {"auth": "hmac", "nonce": nonces.pos, "proof": proof(end.secret, Role.POS, nonces)}


async def test_without_a_secret_over_loopback_where_that_is_allowed() -> None:
    async with rig(ready, secret="", allow_no_secret=True) as at:
        assert (await at.terminal.health()).ready
        assert (await at.terminal.status(REFERENCE)).outcome is CardOutcome.APPROVED


@pytest.mark.parametrize(
    "first",
    [
        {"type": "challenge", "version": 2, "auth": "none"},
        {"type": "challenge", "version": 1, "auth": "hmac", "nonce": "SHORT", "proof": "x"},
        {"type": "challenge", "version": "1"},
        {"type": "error", "code": "version_unsupported", "executed": "no"},
        {"type": "welcome"},
        {"type": "something_new"},
        b"not json",
        b"x" * (MAX_LINE_BYTES + 10),
    ],
)
async def test_odd_first_lines(first: Any) -> None:
    async def script(end: PosEnd) -> None:
        await end.hear()
        end.say(first)
        await end.writer.drain()
        await end.stay()

    async with rig(script) as at:
        with pytest.raises(BridgeRefused):
            await at.terminal.status(REFERENCE)


async def test_a_peer_that_says_nothing_is_left() -> None:
    async def script(end: PosEnd) -> None:
        await end.reader.read(-1)

    async with rig(script, limits=replace(LIMITS, handshake_s=0.1)) as at:
        with pytest.raises(TerminalUnreachable):
            await at.terminal.status(REFERENCE)


async def forged(end: PosEnd) -> None:
    await end.hands()
    request = await end.hear("status")
    line = end.keys
    end.keys = None
    end.say({"type": "answer", "id": request["id"], "transaction": APPROVED})
    end.keys = line
    await end.reader.read(-1)


async def repeated(end: PosEnd) -> None:
    await end.hands()
    request = await end.hear("status")
    end.sent -= 1  # the seal of a line that was sent before
    end.say({"type": "answer", "id": request["id"], "transaction": APPROVED})
    await end.reader.read(-1)


async def flooding(end: PosEnd) -> None:
    await end.hands()
    await end.hear("status")
    for number in range(400):
        end.say({"type": "ping", "n": number})
    await end.writer.drain()
    await end.reader.read(-1)


async def boundless(end: PosEnd) -> None:
    await end.hands()
    await end.hear("status")
    end.writer.write(b"x" * (MAX_LINE_BYTES + 10))
    await end.reader.read(-1)


async def unreadable(end: PosEnd) -> None:
    await end.hands()
    await end.hear("status")
    end.say(b"[1, 2]")
    await end.reader.read(-1)


async def mute(end: PosEnd) -> None:
    await end.hands()
    await end.reader.read(-1)


@pytest.mark.parametrize("script", [forged, repeated, flooding, boundless, unreadable, mute])
async def test_a_bad_peer_is_dropped_and_the_next_link_is_good(script: Any) -> None:
    async with rig(script, script, ready) as at:
        with pytest.raises(TerminalSilent):
            await at.terminal.status(REFERENCE)
        assert (await at.terminal.status(REFERENCE)).outcome is CardOutcome.APPROVED
    assert at.server.connections == 3


async def test_a_half_open_link_is_found_by_its_silence() -> None:
    silent = asyncio.Event()

    async def script(end: PosEnd) -> None:
        await end.hands(heartbeatS=0.02, silenceS=0.1)
        await end.answers("health", health={"ready": True})
        assert (await end.hear("ping"))["n"] == 1
        try:
            await end.reader.read(-1)  # hears, and says nothing more
        finally:
            silent.set()

    async with rig(script, ready) as at:
        assert (await at.terminal.health()).ready
        await asyncio.wait_for(silent.wait(), 5)
        assert (await at.terminal.health()).ready
    assert at.server.connections == 2


async def test_pings_are_answered_and_keep_the_link() -> None:
    through = asyncio.Event()

    async def script(end: PosEnd) -> None:
        await end.hands(heartbeatS=0.02, silenceS=0.5)
        await end.answers("health", health={"ready": True})
        for number in range(5):
            end.say({"type": "ping", "n": number})
            assert (await end.hear("pong"))["n"] == number
        end.say({"type": "a_kind_of_version_2", "x": 1})
        through.set()
        await end.answers("health", health={"ready": True})
        await end.stay()

    async with rig(script) as at:
        assert (await at.terminal.health()).ready
        await asyncio.wait_for(through.wait(), 5)
        assert (await at.terminal.health()).ready
    assert at.server.connections == 1


async def test_a_goodbye_is_told_and_the_next_act_opens_a_new_link() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.hear("health")
        end.say({"type": "bye", "reason": "replaced"})

    async with rig(script, script, ready) as at:
        health = await at.terminal.health()
        assert (health.ready, health.trouble) == (False, Trouble.CARD_UNKNOWN)
        assert (await at.terminal.health()).ready


async def test_a_question_is_asked_once_more_over_a_new_link() -> None:
    async def script(end: PosEnd) -> None:
        await end.hands()
        await end.hear("status")

    async with rig(script, ready) as at:
        assert (await at.terminal.status(REFERENCE)).outcome is CardOutcome.APPROVED
    assert at.server.connections == 2


async def test_a_closed_terminal_stays_closed() -> None:
    async with rig(ready) as at:
        assert (await at.terminal.health()).ready
        await at.terminal.close()
        with pytest.raises(TerminalUnreachable):
            await at.terminal.status(REFERENCE)
    assert at.server.connections == 1


async def test_closing_does_not_wait_for_a_link_that_is_being_opened() -> None:
    asked = asyncio.Event()

    async def slow(end: PosEnd) -> None:
        await end.hear()
        asked.set()
        await end.reader.read(-1)

    async with rig(slow, limits=replace(LIMITS, handshake_s=0.2)) as at:
        opening = asyncio.ensure_future(at.terminal.status(REFERENCE))
        await asyncio.wait_for(asked.wait(), 5)
        await at.terminal.close()
        assert not opening.done()
        with pytest.raises(TerminalUnreachable):
            await opening


async def test_a_link_that_opens_after_the_close_is_closed_at_once() -> None:
    go_on, gone = asyncio.Event(), asyncio.Event()

    async def slow(end: PosEnd) -> None:
        await go_on.wait()
        await end.hands()
        try:
            await end.stay()
        finally:
            gone.set()

    async with rig(slow) as at:
        opening = asyncio.ensure_future(at.terminal.status(REFERENCE))
        await asyncio.sleep(0)
        await at.terminal.close()
        go_on.set()
        with pytest.raises(TerminalUnreachable):
            await opening
        await asyncio.wait_for(gone.wait(), 5)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (SmartPosSettings(), "secret"),
        (SmartPosSettings(secret="short"), "secret"),
        (SmartPosSettings(host="192.0.2.7", allow_no_secret=True), "allow_no_secret"),
        (SmartPosSettings(host="pos.example", allow_no_secret=True), "allow_no_secret"),
        (SmartPosSettings(secret=SECRET, host=""), "host"),
        (SmartPosSettings(secret=SECRET, port=0), "port"),
        (SmartPosSettings(secret=SECRET, kiosk="A B"), "kiosk"),
        (SmartPosSettings(secret=SECRET, most_installments=0), "most_installments"),
        (SmartPosSettings(secret=SECRET, least_installment_cents=0), "least_installment_cents"),
        (SmartPosSettings(secret=SECRET, card_s=5), "card_s"),
    ],
)
def test_faults_of_the_settings(settings: SmartPosSettings, key: str) -> None:
    (fault,) = settings.faults()
    assert fault.startswith(f"smartpos: {key}: ")
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_may_go_without_a_secret(host: str) -> None:
    assert SmartPosSettings(host=host, allow_no_secret=True).faults() == ()
