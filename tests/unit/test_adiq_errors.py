"""Adiq's refusals in both shapes, and what each failure of its calls proves."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from providers.adiq.errors import adiq_error, is_of_card, read_faults
from providers.http.answers import Answer
from totem.domain.errors import (
    ChargeNotFound,
    CredentialsRefused,
    Outcome,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
)

LIST = [{"tag": "cardInfo", "description": "O cartão está vencido."}]
PROBLEM = {"type": "https://tools.ietf.org/html/rfc7231#section-6.5.1", "title": "One or more errors", "traceId": "ab1"}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def error_of(status: int, body: object, **headers: str) -> ProviderError | None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return adiq_error(Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, data), "X", NOW)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, LIST, RequestRefused),
        (422, PROBLEM, RequestRefused),
        (404, PROBLEM, ChargeNotFound),
        (401, b"", CredentialsRefused),
        (403, PROBLEM, CredentialsRefused),
        (429, b"", RateLimited),
        (409, LIST, OutcomeUnknown),
        (408, LIST, OutcomeUnknown),
        (500, LIST, OutcomeUnknown),
        (503, PROBLEM, OutcomeUnknown),
        (302, b"", OutcomeUnknown),
        (400, b"<html>", OutcomeUnknown),
        (403, b"<html>", OutcomeUnknown),
        (404, b"", OutcomeUnknown),
        (404, {"message": "no route"}, OutcomeUnknown),
        (400, [], OutcomeUnknown),
        (400, [{"x": 1}], OutcomeUnknown),
    ],
)
def test_only_adiqs_own_word_is_a_refusal(status: int, body: object, kind: type[ProviderError]) -> None:
    error = error_of(status, body)
    assert type(error) is kind
    assert error.outcome is (Outcome.UNKNOWN if kind is OutcomeUnknown else Outcome.NOT_SENT)


def test_a_2xx_is_no_error() -> None:
    assert error_of(201, LIST) is None


def test_the_wait_after_too_many_calls_is_adiqs() -> None:
    error = error_of(429, b"", retry_after="7")
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7


def test_a_refusal_names_its_tag_and_hides_what_looks_like_a_card() -> None:
    error = error_of(400, [{"tag": "cardInfo.numberToken", "description": "4111 1111 1111 1111 não serve"}])
    assert isinstance(error, RequestRefused)
    assert error.kind == "cardInfo.numberToken"
    assert "4111" not in f"{error} {error.violations}"
    assert is_of_card(error)


def test_a_refusal_of_our_request_is_none_of_the_card() -> None:
    for body in ([{"tag": "sellerInfo.orderNumber", "description": "repetido"}], PROBLEM):
        error = error_of(400, body)
        assert isinstance(error, RequestRefused)
        assert not is_of_card(error)


def test_both_shapes_are_read() -> None:
    assert [str(fault) for fault in read_faults(json.dumps(LIST).encode())] == ["cardInfo: O cartão está vencido."]
    (problem,) = read_faults(json.dumps(PROBLEM).encode())
    assert problem.description == "One or more errors; trace ab1"
    assert read_faults(b"\xff") == ()
