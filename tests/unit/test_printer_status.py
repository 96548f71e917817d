"""Every bit of the printer's answers, as Epson's command reference has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.printer.status import ProcessDone, Queued, Realtime, Replies, Reply, decode, is_realtime, query
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
        (2, 0x08, set()),  # fed by button: offline tells it
        (2, 0x20, {Condition.PAPER_OUT}),
        (2, 0x40, {Condition.ERROR}),
        (3, 0x04, set()),
        (3, 0x08, {Condition.CUTTER_ERROR}),
        (3, 0x20, {Condition.ERROR}),
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
    assert conditions(n2=0x40, n3=0x28) == {Condition.CUTTER_ERROR, Condition.ERROR}
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
        assert not (is_realtime(answers.get(2, 0)) and answers[2] & 0x64)
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
    (b"\x10\x00\x00\x00", None),  # automatic status, not asked for
    (b"\x38\x00\x0f\x0f", None),
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
