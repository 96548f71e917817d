"""A provider's answer, and what every answer but a 2xx means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from providers.http.problem import parse_problem
from providers.http.retry_after import retry_after_s
from totem.domain.errors import (
    CertificateRefused,
    ChargeNotFound,
    CredentialsRefused,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, header fields (names in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def error_of(answer: Answer, what: str, now: datetime) -> ProviderError | None:
    """None for a 2xx, else the error. 401, 403 and 429 never mean that a request was carried out; see `_refusal`."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status == 429:
        wait_s = retry_after_s(answer.headers.get("retry-after"), now)
        return RateLimited(f"{what}: too many calls (429)", retry_after_s=wait_s)
    if 400 <= status < 500 and status != 408:
        return _refusal(answer, what)
    # 5xx, whoever wrote it, says nothing of what became of the request; nor do 408 (a time-out told by the server) and
    # a redirect, which is never followed: it would carry token and money to where nobody asked for.
    return OutcomeUnknown(f"{what}: HTTP {status} does not say what became of the request")


def refuses_certificate(answer: Answer) -> bool:
    """Whether the server in front of the bank turns our client certificate down, in nginx's manner.

    nginx completes the handshake and then answers 400 (its 495 and 496) with a page of its own, forwarding nothing.
    """
    return answer.status in {400, 403, 495, 496} and b"ssl certificate" in answer.body[:2000].lower()


def _refusal(answer: Answer, what: str) -> ProviderError:
    status, problem = answer.status, parse_problem(answer.body)
    if status == 401:
        return CredentialsRefused(f"{what}: the bank does not accept the token (401)")
    if problem is not None:
        if status in {404, 410} and "NaoEncontrad" in problem.kind:
            return ChargeNotFound(f"{what}: {problem}")
        text = f"{what}: refused, HTTP {status}: {problem}"
        return RequestRefused(text, status=status, kind=problem.kind, violations=problem.violations)
    if status == 403 or refuses_certificate(answer):
        # Sicredi's guide, troubleshooting: 403 is the failed mutual TLS, key and .cer that do not belong together.
        return CertificateRefused(f"{what}: the bank's front door refuses the client certificate ({status})")
    # Untyped, so from a proxy or gateway in between, which may have written it after the bank had acted (or never asked
    # it): neither a refusal nor, for a 404, evidence of absence. 401 and 403 above are judged before any forwarding.
    return OutcomeUnknown(f"{what}: HTTP {status} without the bank's own error in it")
