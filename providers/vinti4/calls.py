"""What the kiosk itself asks of SISP: the status of a transaction, and a refund by the page's own form."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from typing import Annotated, Final
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from providers.http.answers import Answer, error_of
from providers.http.client import USER_AGENT, HttpClient
from providers.http.plain_text import Text
from providers.vinti4.requests import PreparedForm
from providers.vinti4.settings import Vinti4Settings
from totem.domain.errors import CredentialsRefused, OutcomeUnknown
from totem.domain.ports import Clock

_MOST_INPUTS: Final = 64


class Paid(StrEnum):
    YES = "yes"
    NOT_YET = "not yet"
    """Not as of now: alone it is no end."""
    UNKNOWN = "unknown"
    """The query failed; that says nothing of the payment."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the status query told. `description` is SISP's own text, for log and technician."""

    paid: Paid
    description: str = ""


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


class _Status(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    result: Annotated[bool | None, BeforeValidator(_flag)] = None
    msg: Text = ""
    transactionSuccess: Annotated[bool | None, BeforeValidator(_flag)] = None  # noqa: N815 - SISP's name
    transactionStatusDescription: Text = ""  # noqa: N815


class Vinti4Calls:
    """Holds both clients; `close` lets go of them."""

    def __init__(self, settings: Vinti4Settings, portal: HttpClient, page: HttpClient, clock: Clock) -> None:
        self._settings = settings
        self._portal = portal
        self._page = page
        self._clock = clock

    async def status(self, merchant_ref: str) -> Word:
        """Raises ProviderError where no answer came that could be read."""
        settings = self._settings
        body = {"posID": settings.pos_id, "posAuthCode": settings.pos_auth_code, "merchantRef": merchant_ref}
        pair = f"{settings.portal_id}:{settings.portal_password}".encode()
        request = httpx.Request(
            "POST",
            settings.status_url,
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
                "Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}",
            },
            content=json.dumps(body).encode(),
            extensions={"timeout": self._timeout()},
        )
        what = "POST transaction-status"
        answer = await self._portal.exchange(request, what, moves_money=False)
        if answer.status in {401, 403}:
            raise CredentialsRefused(f"{what}: HTTP {answer.status}: the portal does not take its id and password")
        error = error_of(answer, what, self._clock.now())
        if error is not None:
            raise error
        return _word(answer, what)

    async def post(self, form: PreparedForm) -> dict[str, str]:
        """Post a refund and read what its page would post back by itself; {} where it is no such page.

        Raises ProviderError; whatever came after the form had left is unknown, for the page is no interface that
        tells a refusal from a failure.
        """
        request = httpx.Request(
            "POST",
            form.url,
            headers={
                "User-Agent": USER_AGENT,
                "Accept": "text/html",
                "Accept-Encoding": "identity",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            content=urlencode(form.fields).encode(),
            extensions={"timeout": self._timeout()},
        )
        what = "POST refund"
        answer = await self._page.exchange(request, what, moves_money=True)
        if not 200 <= answer.status < 300:
            raise OutcomeUnknown(f"{what}: HTTP {answer.status} does not say what became of it")
        return form_of(answer.body.decode("utf-8", errors="replace"))

    async def close(self) -> None:
        await self._portal.close()
        await self._page.close()

    def _timeout(self) -> dict[str, float | None]:
        limits = self._settings.timeouts
        timeout = httpx.Timeout(connect=limits.connect_s, read=limits.read_s, write=limits.write_s, pool=limits.pool_s)
        return timeout.as_dict()


def _word(answer: Answer, what: str) -> Word:
    try:
        told = _Status.model_validate_json(answer.body)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: an answer that cannot be read") from exc
    description = told.transactionStatusDescription or told.msg
    if told.result is not True or told.transactionSuccess is None:
        return Word(Paid.UNKNOWN, description)
    return Word(Paid.YES if told.transactionSuccess else Paid.NOT_YET, description)


class _FormReader(HTMLParser):
    """The inputs of the first form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._forms = 0
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "form":
            self._forms += 1
            self._inside = self._forms == 1
        told = {name: value or "" for name, value in attrs}
        if tag == "input" and self._inside and told.get("name") and len(self.fields) < _MOST_INPUTS:
            self.fields[told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def form_of(html: str) -> dict[str, str]:
    """Names and values of the page's first form."""
    reader = _FormReader()
    reader.feed(html)
    reader.close()
    return reader.fields
