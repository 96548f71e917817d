"""What Adiq's refusals mean. It writes them in two shapes: a list of {tag, description}, or {type, title, traceId}."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from providers.http.answers import Answer
from providers.http.plain_text import Text
from providers.http.retry_after import retry_after_s
from totem.domain.errors import (
    ChargeNotFound,
    CredentialsRefused,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
)

_MOST_FAULTS: Final = 20
_ANY: Final = TypeAdapter(JsonValue)
OF_CARD: Final = ("cardinfo", "cardnumber", "numbertoken", "brand", "expiration", "securitycode", "cardholder")
"""Beginnings of the tags that speak of the card itself, as in `cardInfo`: the card is expired."""


def _number(value: object) -> object:
    return value if type(value) is int else None


class Fault(BaseModel):
    """One of a list."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    tag: Text = ""
    description: Text = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.tag, self.description) if part)


class _Problem(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    type: Text = ""
    title: Text = ""
    status: Annotated[int | None, BeforeValidator(_number)] = None
    detail: Text = ""
    trace_id: Text = Field("", validation_alias="traceId")

    def __str__(self) -> str:
        trace = f"trace {self.trace_id}" if self.trace_id else ""
        return "; ".join(part for part in (self.detail or self.title, trace) if part)


def adiq_error(answer: Answer, what: str, now: datetime) -> ProviderError | None:
    """None for a 2xx. Only a refusal in one of Adiq's own shapes counts as its word; a proxy's page says nothing."""
    status = answer.status
    if 200 <= status < 300:
        return None
    faults = read_faults(answer.body)
    told = f"{what}: HTTP {status}" + (f": {'; '.join(map(str, faults))}" if faults else "")
    if status == 429:
        return RateLimited(told, retry_after_s=retry_after_s(answer.headers.get("retry-after"), now))
    if status == 401:
        # Judged before anything is carried out.
        return CredentialsRefused(f"{told}: the token is not accepted")
    if not faults or not 400 <= status < 500 or status == 408:
        return OutcomeUnknown(f"{told}: does not say what became of the request")
    if status == 403:
        return CredentialsRefused(f"{told}: this client may not do that")
    if status == 404:
        return ChargeNotFound(told)
    if status == 409:
        # A conflict may well be with this very request, carried out before.
        return OutcomeUnknown(f"{told}: in conflict with something")
    return RequestRefused(told, status=status, kind=faults[0].tag, violations=tuple(map(str, faults)))


def is_of_card(error: RequestRefused) -> bool:
    """Whether the refusal is of the customer's card (expired, no such number), and not of our request."""
    return error.kind.lower().startswith(OF_CARD)


def read_faults(body: bytes) -> tuple[Fault, ...]:
    """Of either shape; () where the body is none of Adiq's."""
    try:
        value = _ANY.validate_json(body.decode("utf-8-sig", errors="replace"))
        if isinstance(value, list):
            found = tuple(Fault.model_validate(each) for each in value[:_MOST_FAULTS])
            return found if found and all(each.tag or each.description for each in found) else ()
        problem = _Problem.model_validate(value)
    except ValidationError:
        return ()
    named = problem.title and (problem.type or problem.trace_id or problem.status)
    return (Fault(tag=problem.type.rsplit("/", 1)[-1], description=str(problem)),) if named else ()
