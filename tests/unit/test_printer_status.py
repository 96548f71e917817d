"""Every bit of the printer's answers, as Epson's command reference has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.printer import bematech_status
from hardware.printer.status import (
    Automatic,
    Extended,
    ProcessDone,
    Queued,
    Realtime,
    Replies,
    Reply,
    decode,
    decode_automatic,
    is_realtime,
    query,
)
from totem.domain.ports import Condition

READY = {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}


def conditions(**changed: int) -> set[Condition]:
    answers = {**READY, **{int(key[1:]): 0x12 | bits for key, bits in changed.items()}}
    return set(decode(answers).conditions)


def test_queries() -> None:
    assert [query(which) for which in (1, 2, 3, 4)] == [
        b"\x10\x04\x01",
        b"\x10\x04\x02",
        b"\x10\x04\x03",
        b"\x10\x04\x04",
    ]


def test_all_clear_is_ready() -> None:
    status = decode(READY)
    assert status.can_print
    assert status.raw == b"\x12\x12\x12\x12"


@pytest.mark.parametrize(
    ("which", "bits", "expected"),
    [
        (1, 0x04, set()),  # drawer
        (1, 0x08, {Condition.OFFLINE}),
        (1, 0x20, set()),  # waiting for online recovery
        (1, 0x40, set()),  # feed button
        (2, 0x04, {Condition.COVER_OPEN}),
        (2, 0x08, {Condition.FEEDING}),
        (2, 0x20, {Condition.PAPER_OUT}),
        (2, 0x40, {Condition.ERROR}),
        (3, 0x04, set()),
        (3, 0x08, {Condition.CUTTER_ERROR}),
        (3, 0x20, {Condition.FAULT}),
        (3, 0x40, {Condition.HEAD_HOT}),
        (4, 0x04, {Condition.PAPER_LOW}),
        (4, 0x08, {Condition.PAPER_LOW}),
        (4, 0x0C, {Condition.PAPER_LOW}),
        (4, 0x20, {Condition.PAPER_OUT}),
        (4, 0x40, {Condition.PAPER_OUT}),
        (4, 0x6C, {Condition.PAPER_OUT}),
    ],
)
def test_each_bit(which: int, bits: int, expected: set[Condition]) -> None:
    assert conditions(**{f"n{which}": bits}) == expected


def test_the_cause_is_told_and_not_its_consequence() -> None:
    assert conditions(n1=0x08, n2=0x04) == {Condition.COVER_OPEN}
    assert conditions(n1=0x08, n2=0x20, n4=0x6C) == {Condition.PAPER_OUT}
    assert conditions(n1=0x08, n2=0x40, n3=0x08) == {Condition.CUTTER_ERROR}
    assert conditions(n1=0x08, n2=0x40, n3=0x40) == {Condition.HEAD_HOT}
    assert conditions(n1=0x08, n2=0x40) == {Condition.ERROR}
    assert conditions(n2=0x40, n3=0x28) == {Condition.CUTTER_ERROR, Condition.FAULT}
    assert conditions(n1=0x08, n4=0x0C) == {Condition.OFFLINE, Condition.PAPER_LOW}


@pytest.mark.parametrize("missing", [1, 4])
def test_without_online_or_paper_there_is_no_reply(missing: int) -> None:
    answers = {which: byte for which, byte in READY.items() if which != missing}
    assert decode(answers).conditions == {Condition.NO_REPLY}
    assert decode({**READY, missing: 0x00}).conditions == {Condition.NO_REPLY}


@pytest.mark.parametrize("missing", [2, 3])
def test_clones_that_lack_the_other_two_are_believed(missing: int) -> None:
    assert decode({which: byte for which, byte in READY.items() if which != missing}).can_print


def test_no_answer_at_all() -> None:
    status = decode({})
    assert status.conditions == {Condition.NO_REPLY}
    assert status.raw == b""
    assert not status.can_print


@given(st.dictionaries(st.integers(-1, 6), st.integers(0, 255)))
def test_can_print_needs_two_valid_bytes_without_a_bit_that_stops(answers: dict[int, int]) -> None:
    status = decode(answers)
    if status.can_print:
        assert answers[1] & 0x9B == 0x12
        assert answers[4] & 0xF3 == 0x12
        assert not (is_realtime(answers.get(2, 0)) and answers[2] & 0x6C)
        assert not (is_realtime(answers.get(3, 0)) and answers[3] & 0x68)


# --- the stream of answers ------------------------------------------------------------------------------------------

DONE = b"\x37\x220042\x00"
PARTS: list[tuple[bytes, Reply | None]] = [
    (b"\x12", Realtime(0x12)),
    (b"\x72", Realtime(0x72)),
    (DONE, ProcessDone(b"0042")),
    (b"\x37\x222626\x00", ProcessDone(b"2626")),  # digits that look like answers to DLE EOT
    (b"\x00", Queued(0)),
    (b"\x0c", Queued(0x0C)),
    (b"\x10\x00\x00\x00", Automatic(b"\x10\x00\x00\x00")),
    (b"\x38\x00\x0f\x0f", Automatic(b"\x38\x00\x0f\x0f")),
    (b"\xff", None),
    (b"\x93", None),
]


@given(st.lists(st.sampled_from(PARTS)), st.lists(st.integers(1, 5)))
def test_replies_are_told_apart_in_any_cut(parts: list[tuple[bytes, Reply | None]], cuts: list[int]) -> None:
    data = b"".join(raw for raw, _ in parts)
    replies = Replies()
    found: list[Reply] = []
    at = 0
    for cut in [*cuts, len(data) + 1]:
        found += replies.feed(data[at : at + cut])
        at += cut
    assert found == [reply for _, reply in parts if reply is not None]


@given(st.binary(), st.binary())
def test_rubbish_neither_raises_nor_confirms_what_was_not_said(one: bytes, two: bytes) -> None:
    replies = Replies()
    found = replies.feed(one) + replies.feed(two)
    for reply in found:
        if isinstance(reply, ProcessDone):
            assert b"\x37\x22" + reply.id + b"\x00" in one + two


def test_rubbish_does_not_hide_what_follows() -> None:
    assert Replies().feed(b"\x37\x37\x41" + DONE)[-1] == ProcessDone(b"0042")
    assert ProcessDone(b"0042") in Replies().feed(b"\x37\x22999999" + DONE)


# --- automatic status -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pushed", "expected"),
    [
        ("10 00 00 00", set()),
        ("18 00 00 00", {Condition.OFFLINE}),
        ("38 00 00 00", {Condition.COVER_OPEN}),
        ("58 00 00 00", {Condition.FEEDING}),
        ("18 08 00 00", {Condition.CUTTER_ERROR}),
        ("18 20 00 00", {Condition.FAULT}),
        ("18 40 00 00", {Condition.HEAD_HOT}),
        ("10 00 03 00", {Condition.PAPER_LOW}),
        ("18 00 0f 00", {Condition.PAPER_OUT}),
        ("38 00 0f 0f", {Condition.COVER_OPEN, Condition.PAPER_OUT}),
    ],
)
def test_each_bit_that_the_printer_sends_by_itself(pushed: str, expected: set[Condition]) -> None:
    data = bytes.fromhex(pushed)
    assert Replies().feed(data) == [Automatic(data)]
    assert decode_automatic(data).conditions == expected


automatic = st.tuples(
    st.integers(0, 255).map(lambda byte: byte & 0x6C | 0x10), *[st.integers(0, 255).map(lambda byte: byte & 0x6F)] * 3
).map(bytes)


@given(automatic)
def test_any_automatic_status_can_print_only_where_no_bit_stops(data: bytes) -> None:
    status = decode_automatic(data)
    assert status.can_print == (not data[0] & 0x68 and not data[1] & 0x68 and not data[2] & 0x0C)


@given(st.lists(automatic | st.sampled_from([b"\x12", b"\x1e", DONE, b"\x00"])), st.lists(st.integers(1, 5)))
def test_automatic_status_among_other_replies_in_any_cut(parts: list[bytes], cuts: list[int]) -> None:
    data, replies, at = b"".join(parts), Replies(), 0
    found: list[Reply] = []
    for cut in [*cuts, len(data) + 1]:
        found += replies.feed(data[at : at + cut])
        at += cut
    assert [reply.data for reply in found if isinstance(reply, Automatic)] == [part for part in parts if len(part) == 4]
    assert len(found) == len(parts)


# --- Bematech -------------------------------------------------------------------------------------------------------

BEMATECH_READY = bytes.fromhex("90 81 90 91 15")


@pytest.mark.parametrize(
    ("answer", "expected", "idle"),
    [
        ("90 81 90 91 15", set(), True),
        ("a0 81 90 91 15", set(), False),  # printing, buffer under a third
        ("98 81 90 91 15", {Condition.OFFLINE}, True),
        ("94 81 90 91 15", {Condition.OFFLINE}, True),  # overrun: what comes now is lost
        ("98 01 90 91 15", {Condition.COVER_OPEN}, True),
        ("90 83 90 91 15", {Condition.PAPER_LOW}, True),
        ("98 a7 90 91 15", {Condition.PAPER_OUT}, True),
        ("98 85 90 91 15", {Condition.PAPER_OUT}, True),
        ("98 c1 90 91 15", {Condition.ERROR}, True),
        ("98 c1 98 91 15", {Condition.CUTTER_ERROR}, True),
        ("98 c1 b0 91 15", {Condition.FAULT}, True),
        ("98 c1 d0 95 15", {Condition.HEAD_HOT}, True),
        ("98 81 d0 91 15", {Condition.ERROR}, True),
        ("90 81 94 d1 15", set(), True),  # no cutter, ESC/POS in force
    ],
)
def test_each_bit_of_a_bematech(answer: str, expected: set[Condition], idle: bool) -> None:
    data = bytes.fromhex(answer)
    assert Replies(extended=True).feed(data) == [Extended(data)]
    assert bematech_status.decode(data).conditions == expected
    assert bematech_status.is_idle(data) is idle


@given(st.lists(st.sampled_from([BEMATECH_READY, b"\x12", b"\x00", b"\x10\x00\x00\x00"])), st.lists(st.integers(1, 6)))
def test_a_bematech_among_other_replies_in_any_cut(parts: list[bytes], cuts: list[int]) -> None:
    data, replies, at = b"".join(parts), Replies(extended=True), 0
    found: list[Reply] = []
    for cut in [*cuts, len(data) + 1]:
        found += replies.feed(data[at : at + cut])
        at += cut
    assert len(found) == len(parts)
    assert sum(isinstance(reply, Extended) for reply in found) == parts.count(BEMATECH_READY)


@given(st.binary(), st.binary())
def test_rubbish_to_a_bematech_neither_raises_nor_hides_what_follows(one: bytes, two: bytes) -> None:
    replies = Replies(extended=True)
    replies.feed(one)
    replies.feed(two)
    # At most one unfinished answer of rubbish stands before the true one.
    assert Extended(BEMATECH_READY) in replies.feed(b"\xff" * 8 + BEMATECH_READY)


def test_a_page_of_a_web_server_is_no_answer_of_a_bematech() -> None:
    found = Replies(extended=True).feed("HTTP/1.1 400 Não é aqui\r\n".encode("latin-1") * 3)
    assert not any(isinstance(reply, Extended) for reply in found)
