"""The errors of Inter's Banking API, which are not Bacen's problem+json (Inter's reference, Pix Pagamento)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, JsonValue, ValidationError

from providers.http.answers import Answer, error_of
from providers.http.problem import clean_text
from providers.pix.models import TextOrNone, Wire
from totem.domain.errors import ChargeNotFound, OutcomeUnknown, ProviderError, RequestRefused, ScopeMissing

_REFUSALS: Final = frozenset({400, 403, 404, 422})
"""Those that the reference lists for Pix out, and no other: a 409 may speak of an order under way with the same key."""

_MAX_VIOLATIONS: Final = 20


class _Violation(Wire):
    razao: TextOrNone = None
    propriedade: TextOrNone = None

    def __str__(self) -> str:
        return ": ".join(part for part in (self.propriedade, self.razao) if part)


class _Problem(Wire):
    """`title` and `detail` with a `status` in text ("404"), or with a `timestamp` and perhaps `violacoes`."""

    title: TextOrNone = None
    detail: TextOrNone = None
    status: JsonValue = None
    timestamp: TextOrNone = None
    violacoes: Annotated[list[_Violation], BeforeValidator(lambda value: value or [])] = Field(default_factory=list)


def inter_error(answer: Answer, what: str, now: datetime, *, asks: bool) -> ProviderError | None:
    """As `error_of`, and Inter's own typed refusals beside Bacen's. `asks`: a call that only asks for one payout."""
    error = error_of(answer, what, now)
    if answer.status == 401 and b"scope" in answer.body[:2000].lower():
        # "requested scope is not registered for this client": the permission to pay is not among the integration's.
        return ScopeMissing(f"{what}: the bank gave this integration no permission for it (401)")
    if answer.status not in _REFUSALS:
        if isinstance(error, RequestRefused):
            return OutcomeUnknown(f"{what}: {error}")
        return error
    refusal = error if isinstance(error, RequestRefused) else _read_refusal(answer, what)
    if refusal is None:
        return error
    return ChargeNotFound(str(refusal)) if asks and answer.status == 404 else refusal


def _read_refusal(answer: Answer, what: str) -> RequestRefused | None:
    """Inter's own word, or None where a proxy in between may have written it."""
    try:
        problem = _Problem.model_validate_json(answer.body.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError:
        return None
    named = problem.timestamp is not None or bool(problem.violacoes) or str(problem.status) == str(answer.status)
    if problem.title is None or not named:
        return None
    violations = tuple(clean_text(str(one)) for one in problem.violacoes[:_MAX_VIOLATIONS])
    told = ": ".join(part for part in (clean_text(problem.title), clean_text(problem.detail), *violations) if part)
    text = f"{what}: refused, HTTP {answer.status}: {told}"
    return RequestRefused(text, status=answer.status, violations=violations)
