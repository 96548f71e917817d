"""The hidden gesture: only its order, in its time, from a screen on which it may begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.ui.maintenance.gesture import Corner, CornerSequence, corner_at
from totem.ui.maintenance.settings import DEFAULT_CORNERS

TL, TR, BR, BL = DEFAULT_CORNERS


def play(
    touches: list[Corner | None], step_s: float = 1.0, *, begin: bool = True, go_on: bool = True, within_s: float = 8.0
) -> list[bool]:
    sequence = CornerSequence(DEFAULT_CORNERS, within_s)
    return [
        sequence.touch(corner, number * step_s, may_begin=begin, may_go_on=go_on)
        for number, corner in enumerate(touches)
    ]


def test_the_order_opens() -> None:
    assert play([TL, TR, BR, BL]) == [False, False, False, True]


def test_a_touch_that_is_reported_twice_counts_once() -> None:
    assert play([TL, TL, TR, TR, BR, BR, BL])[-1] is True


@pytest.mark.parametrize(
    "touches",
    [
        [TR, BR, BL],
        [TL, BR, TR, BL],
        [TL, TR, BL, BR],
        [TL, None, TR, BR, BL],
        [TL, TR, BR, None, BL],
        [BL, BR, TR, TL],
    ],
)
def test_no_other_order_opens(touches: list[Corner | None]) -> None:
    assert True not in play(touches)


def test_a_false_start_may_be_begun_anew() -> None:
    assert play([TL, TR, TL, TR, BR, BL])[-1] is True


def test_a_slow_order_does_not_open() -> None:
    assert True not in play([TL, TR, BR, BL], step_s=3.0)
    assert play([TL, TR, BR, BL], step_s=2.5)[-1] is True


def test_it_begins_only_where_it_may() -> None:
    assert True not in play([TL, TR, BR, BL], begin=False)


def test_a_sale_on_the_screen_ends_it() -> None:
    sequence = CornerSequence(DEFAULT_CORNERS, 8.0)
    for corner in (TL, TR, BR):
        sequence.touch(corner, 0.0, may_begin=True, may_go_on=True)
    assert not sequence.touch(BL, 1.0, may_begin=False, may_go_on=False)


@given(st.lists(st.sampled_from([*Corner, None]), max_size=12))
def test_only_the_order_itself_opens(touches: list[Corner | None]) -> None:
    told: list[Corner | None] = []
    for corner, opened in zip(touches, play(touches, 0.1), strict=True):
        if not told or told[-1] is not corner or corner is None:
            told.append(corner)
        if opened:
            assert told[-4:] == list(DEFAULT_CORNERS)


@pytest.mark.parametrize("corners", [(), (TL,), (TL, TL), (TL, TR, TR)])
def test_an_order_that_says_nothing_is_refused(corners: tuple[Corner, ...]) -> None:
    with pytest.raises(ValueError, match="corners"):
        CornerSequence(corners, 8.0)


def test_where_the_corners_lie() -> None:
    def at(x: float, y: float) -> Corner | None:
        return corner_at(x, y, 1080, 1920, 121)

    assert (at(5, 5), at(1075, 5), at(1075, 1915), at(5, 1915)) == (TL, TR, BR, BL)
    assert at(540, 960) is None
    assert at(540, 5) is None
    assert at(5, 960) is None
    assert at(-1, 5) is None
    assert at(122, 121) is None


def test_only_from_the_third_corner_on_it_is_held_back() -> None:
    sequence = CornerSequence(DEFAULT_CORNERS, 8.0)
    told = []
    for corner in (TL, TR, BR):
        sequence.touch(corner, 0.0, may_begin=True, may_go_on=True)
        told.append(sequence.is_meant)
    assert told == [False, False, True]
    sequence.touch(None, 1.0, may_begin=True, may_go_on=True)
    assert not sequence.is_meant
