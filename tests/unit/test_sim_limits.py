"""The meter of a bank's calls, against a count by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sim.limits import Limit, Meter
from providers.sim.problems import Problem

START = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


def taken(meter: Meter) -> bool:
    try:
        meter.take()
    except Problem:
        return False
    return True


LIMITS = st.lists(
    st.builds(Limit, st.integers(1, 4), st.integers(1, 8).map(float)), min_size=1, max_size=2, unique=True
)


@given(LIMITS, st.lists(st.integers(0, 3), max_size=30))
def test_no_window_ever_holds_more_than_its_limit_and_no_call_is_refused_without_need(
    limits: list[Limit], pauses_s: list[int]
) -> None:
    clock = Clock()
    meter = Meter(tuple(limits), clock.now)
    granted: list[datetime] = []
    for pause_s in pauses_s:
        clock.at += timedelta(seconds=pause_s)
        full = any(
            sum(clock.at - at < timedelta(seconds=limit.window_s) for at in granted) >= limit.calls for limit in limits
        )
        assert taken(meter) is not full
        if not full:
            granted.append(clock.at)
    assert meter.refused == len(pauses_s) - len(granted)


@given(LIMITS, st.integers(1, 6))
def test_who_waits_as_told_gets_in(limits: list[Limit], before: int) -> None:
    clock = Clock()
    meter = Meter(tuple(limits), clock.now)
    while sum(taken(meter) for _ in range(before)):
        continue
    with pytest.raises(Problem) as refused:
        meter.take()
    wait_s = int(dict(refused.value.headers)["Retry-After"])
    assert wait_s >= 1
    clock.at += timedelta(seconds=wait_s)
    assert taken(meter)


def test_no_limit_takes_all() -> None:
    meter = Meter((), lambda: START)
    assert all(taken(meter) for _ in range(100))
