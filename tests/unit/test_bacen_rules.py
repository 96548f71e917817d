"""The strict bank's field rules as properties: what keeps Bacen's patterns passes, everything else is refused."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sim import bacen_rules
from providers.sim.problems import Kind, Problem

KEY = "chave@loja.com"


def charge(**changes: Any) -> dict[str, Any]:
    return {"calendario": {"expiracao": 300}, "valor": {"original": "45.00"}, "chave": KEY, **changes}


def props(caught: pytest.ExceptionInfo[Problem]) -> set[str]:
    return {violation.prop for violation in caught.value.violations}


@given(amount_cents=st.integers(1, 9_999_999_999_99))
def test_every_amount_in_range_is_read_exactly(amount_cents: int) -> None:
    text = bacen_rules.decimal_text(amount_cents)
    assert bacen_rules.parse_charge(charge(valor={"original": text}), {KEY}).amount_cents == amount_cents


@given(text=st.one_of(st.text(max_size=20), st.from_regex(r"[0-9.,+\-eE ]{1,14}", fullmatch=True)))
def test_every_other_amount_is_refused(text: str) -> None:
    good = re.fullmatch(r"[0-9]{1,10}\.[0-9]{2}", text) and text.strip("0.")
    if good:
        assert bacen_rules.parse_charge(charge(valor={"original": text}), {KEY}).amount_cents > 0
        return
    with pytest.raises(Problem) as caught:
        bacen_rules.parse_charge(charge(valor={"original": text}), {KEY})
    assert caught.value.kind is Kind.CHARGE_INVALID
    assert "cob.valor.original" in props(caught)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["calendario", "devedor", "loc", "valor", "chave", "solicitacaoPagador", "infoAdicionais", "status", "x"]
)


@given(body=st.dictionaries(FIELDS, JSON_VALUES, max_size=6))
def test_any_json_is_read_or_refused_as_a_problem(body: dict[str, Any]) -> None:
    for parse in (lambda: bacen_rules.parse_charge(body, {KEY}), lambda: bacen_rules.parse_refund(body)):
        with pytest.raises(Problem) as caught:
            parse()
        assert caught.value.as_answer().status == 400


@given(body=st.binary(max_size=60))
def test_any_bytes_are_an_object_or_a_problem(body: bytes) -> None:
    with contextlib.suppress(Problem):
        assert isinstance(bacen_rules.parse_body("application/json", body), dict)


def test_content_type_may_name_its_charset() -> None:
    assert bacen_rules.parse_body("application/json; charset=utf-8", b"{}") == {}


def test_the_order_of_names_makes_no_other_order() -> None:
    one = charge(devedor={"nome": "N", "cpf": "12345678909"})
    two = dict(reversed(charge(devedor={"cpf": "12345678909", "nome": "N"}).items()))
    assert bacen_rules.parse_charge(one, {KEY}) == bacen_rules.parse_charge(two, {KEY})


def test_a_long_value_is_cut_in_its_violation() -> None:
    with pytest.raises(Problem) as caught:
        bacen_rules.parse_charge(charge(solicitacaoPagador="x" * 5000), {KEY})
    (violation,) = caught.value.violations
    assert len(violation.as_json()["valor"]) == 100
