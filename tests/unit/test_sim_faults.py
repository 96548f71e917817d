"""Fault scripts: their JSON, their counting, and what they do to an answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sim import answers, faults
from providers.sim.faults import Fault, FaultPlan, Operation

EFFECTS: tuple[faults.Effect, ...] = (
    faults.Slow(1.5),
    faults.Status(429, "X", retry_after_s=3),
    faults.Status(504, carried_out=True),
    faults.Html(500),
    faults.ResetBefore(),
    faults.ResetAfter(),
    faults.CloseBefore(),
    faults.CloseAfter(),
    faults.HalfAnswer(),
    faults.NeverBefore(),
    faults.NeverAfter(),
    faults.Duplicate(),
    faults.OutOfOrder(),
    faults.Stale(),
    faults.PayAt("after", amount_cents=5, again=True),
    faults.ExpireTokens(),
    faults.FewerScopes(("cob.write",)),
    faults.WrongCodeAmount(1),
    faults.WrongValue(1),
    faults.BadCrc(),
    faults.MissingCopiaECola(),
    faults.Loose(),
    faults.OtherStatus(),
    faults.RefundEnds(),
    faults.RefundEnds("DEVOLVIDO", polls=None),
    faults.PixOutEnds("APROVACAO", "REPROVADO", 0),
)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: type(effect).__name__)
def test_a_fault_travels_as_json(effect: faults.Effect) -> None:
    fault = Fault(Operation.CREATE_CHARGE, effect, 2, None)
    assert faults.from_json(json.loads(json.dumps(faults.to_json(fault)))) == fault


def test_every_kind_is_tried_here() -> None:
    tried = {faults.to_json(Fault(Operation.ANY, effect))["effect"]["kind"] for effect in EFFECTS}
    assert tried == set(faults.kinds())


def test_first_and_count_may_be_left_out() -> None:
    fault = faults.from_json({"operation": "token", "effect": {"kind": "reset_before"}})
    assert fault == Fault(Operation.TOKEN, faults.ResetBefore(), 1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"operation": "token"},
        {"operation": "nothing", "effect": {"kind": "html"}},
        {"operation": "token", "effect": {"kind": "explode"}},
        {"operation": "token", "effect": {"kind": "slow"}},
        {"operation": "token", "effect": {"kind": "slow", "delay_s": "soon"}},
        {"operation": "token", "effect": {"kind": "slow", "delay_s": 1, "delay_ms": 1}},
        {"operation": "token", "effect": {"kind": "pay_at", "when": "never"}},
        {"operation": "token", "effect": {"kind": "html"}, "first": 0},
        {"operation": "token", "effect": {"kind": "html"}, "count": 0},
    ],
)
def test_a_script_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        faults.from_json(wrong)


@given(first=st.integers(1, 20), count=st.one_of(st.none(), st.integers(1, 20)), requests=st.integers(0, 50))
def test_a_plan_counts_requests_of_its_operation_only(first: int, count: int | None, requests: int) -> None:
    plan = FaultPlan((Fault(Operation.GET_CHARGE, faults.ResetBefore(), first, count),))
    hits = []
    for number in range(1, requests + 1):
        assert plan.take(Operation.REFUND) == ()
        if plan.take(Operation.GET_CHARGE):
            hits.append(number)
    last = requests if count is None else min(requests, first + count - 1)
    assert hits == list(range(first, last + 1))


def test_several_faults_may_befall_one_request() -> None:
    plan = FaultPlan((Fault(Operation.ANY, faults.Slow(1)), Fault(Operation.TOKEN, faults.Html())))
    assert plan.take(Operation.TOKEN) == (faults.Slow(1), faults.Html())


def test_bending_an_answer_leaves_the_truth_alone() -> None:
    body = {"status": "CONCLUIDA", "pix": [{"a": 1}, {"a": 2}], "valor": {"original": "1.00"}}
    bent = answers.bend(body, (faults.Duplicate(), faults.OutOfOrder(), faults.WrongValue(250), faults.Slow(1)))
    assert bent["pix"] == [{"a": 2}, {"a": 2}, {"a": 1}, {"a": 1}]
    assert bent["valor"] == {"original": "2.50"}
    assert body == {"status": "CONCLUIDA", "pix": [{"a": 1}, {"a": 2}], "valor": {"original": "1.00"}}


def test_loose_answers_keep_amounts() -> None:
    bent = answers.bend({"calendario": {"expiracao": 300}, "valor": {"original": "1.00"}}, (faults.Loose(),))
    assert bent["calendario"] == {"expiracao": "300"}
    assert bent["valor"] == {"original": "1.00"}
    assert bent["devedor"] is None
