"""What GoPag's refusals mean: RFC 7807 with `trace_id`, and `skipped_fields` or `retry_after` beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from providers.http.answers import Answer, refuses_certificate
from providers.http.problem import clean_text
from providers.http.retry_after import LONGEST_WAIT_S, retry_after_s
from totem.domain.errors import (
    CertificateRefused,
    ChargeNotFound,
    CredentialsRefused,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
)

_MOST_FIELDS: Final = 20


def _text(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else ""


def _names(value: object) -> object:
    named = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return tuple(clean_text(name) for name in named[:_MOST_FIELDS] if isinstance(name, str))


def _seconds(value: object) -> object:
    """How long to wait, never longer than a wild value may make us."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    return min(float(value), LONGEST_WAIT_S)


def _status(value: object) -> object:
    return value if type(value) is int else None


class _Problem(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    title: Annotated[str, BeforeValidator(_text)] = ""
    status: Annotated[int | None, BeforeValidator(_status)] = None
    detail: Annotated[str, BeforeValidator(_text)] = ""
    trace_id: Annotated[str, BeforeValidator(_text)] = ""
    skipped_fields: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    retry_after: Annotated[float | None, BeforeValidator(_seconds)] = None

    def __str__(self) -> str:
        trace = f"trace {self.trace_id}" if self.trace_id else ""
        skipped = f"fields not known: {', '.join(self.skipped_fields)}" if self.skipped_fields else ""
        return "; ".join(part for part in (self.detail or self.title, skipped, trace) if part)


def gopag_error(answer: Answer, what: str, now: datetime) -> ProviderError | None:
    """None for a 2xx. A refusal counts as GoPag's own only where its body repeats the status (RFC 7807, 3.1)."""
    status = answer.status
    if 200 <= status < 300:
        return None
    problem = _problem(answer.body)
    told = f"{what}: HTTP {status}" + (f": {problem}" if problem is not None else "")
    if status == 429:
        wait_s = retry_after_s(answer.headers.get("retry-after"), now)
        body_s = None if problem is None else problem.retry_after
        return RateLimited(told, retry_after_s=body_s if wait_s is None else wait_s)
    if refuses_certificate(answer) or (status == 403 and problem is None):
        return CertificateRefused(f"{told}: the front door refuses the client certificate")
    if status in {401, 403}:
        # Also where the certificate's serial number is not the marketplace's id, and for another marketplace's seller.
        return CredentialsRefused(f"{told}: token, certificate and marketplace do not belong together")
    own = problem is not None and problem.status == status
    if not own or not 400 <= status < 500 or status == 408 or problem is None:
        return OutcomeUnknown(f"{told}: does not say what became of the request")
    if status == 404:
        return ChargeNotFound(told)
    if status == 409:
        # GoPag has no page on it. A conflict may well be with this very request, carried out before.
        return OutcomeUnknown(f"{told}: in conflict with something")
    return RequestRefused(told, status=status, kind=problem.title, violations=problem.skipped_fields)


def _problem(body: bytes) -> _Problem | None:
    try:
        return _Problem.model_validate_json(body.decode("utf-8-sig", errors="replace"))
    except ValidationError:
        return None
