"""The token: how rarely it is asked for, and what its failures become."""

from __future__ import annotations

import asyncio
import base64
import json
from itertools import pairwise
from urllib.parse import parse_qs

import httpx
import pytest

from providers.http.client import HttpClient, Timeouts
from providers.pix.token import AuthStyle, TokenCache, TokenSettings
from tests.support.manual_clock import ManualClock
from totem.domain.errors import (
    BankUnreachable,
    CertificateRefused,
    CredentialsRefused,
    Outcome,
    ProviderError,
    RateLimited,
    ScopeMissing,
)

SCOPES = ("cob.read", "cob.write")
SECRET = "s3cr3t-of-the-kiosk"


class Office:
    """A token endpoint in memory: `answers` in order, the last for ever."""

    def __init__(self, *answers: httpx.Response | httpx.HTTPError) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.clock = ManualClock()
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def cache(self, auth: AuthStyle = AuthStyle.BASIC, wishes: tuple[str, ...] = ()) -> TokenCache:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="https://bank.example")
        settings = TokenSettings("/oauth/token", "kiosk", SECRET, SCOPES, auth, wishes)
        return TokenCache(settings, HttpClient(client, self.clock, Timeouts()), self.clock)


def granted(value: str = "T1", **more: object) -> httpx.Response:
    body = {"access_token": value, "token_type": "Bearer", "expires_in": 3600, "scope": " ".join(SCOPES), **more}
    return httpx.Response(200, json={key: item for key, item in body.items() if item is not ...})


async def error_of(cache: TokenCache) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await cache.get()
    error = caught.value
    assert error.outcome is Outcome.NOT_SENT
    for link in (error, error.__cause__, error.__context__):
        assert SECRET not in f"{link!r} {link}"
        assert base64.b64encode(f"kiosk:{SECRET}".encode()).decode() not in f"{link!r} {link}"
    return error


def form(request: httpx.Request) -> dict[str, list[str]]:
    return parse_qs(request.content.decode())


async def test_basic_and_form_authentication() -> None:
    office = Office(granted())
    assert await office.cache().get() == "T1"
    basic = base64.b64encode(f"kiosk:{SECRET}".encode()).decode()
    assert office.requests[0].headers["Authorization"] == f"Basic {basic}"
    assert form(office.requests[0]) == {"grant_type": ["client_credentials"], "scope": ["cob.read cob.write"]}
    assert await office.cache(AuthStyle.FORM).get() == "T1"
    assert "Authorization" not in office.requests[1].headers
    assert form(office.requests[1])["client_secret"] == [SECRET]


async def test_cached_and_renewed_60_s_early() -> None:
    office = Office(granted("T1"), granted("T2"))
    cache = office.cache()
    assert await cache.get() == "T1"
    office.clock.advance(3539)
    assert await cache.get() == "T1"
    office.clock.advance(1)
    assert await cache.get() == "T2"
    assert len(office.requests) == 2


@pytest.mark.parametrize(
    ("expires_in", "kept_s"), [("3600", 3540), (..., 240), (None, 240), ("soon", 240), (50, 25), (0, 240), (1, 5)]
)
async def test_lives_as_long_as_the_bank_says_however_it_says_it(expires_in: object, kept_s: int) -> None:
    office = Office(granted("T1", expires_in=expires_in), granted("T2"))
    cache = office.cache()
    await cache.get()
    office.clock.advance(kept_s - 1)
    assert await cache.get() == "T1"
    office.clock.advance(1)
    assert await cache.get() == "T2"


async def test_one_caller_at_a_time_asks() -> None:
    office = Office(granted())
    office.gate = asyncio.Event()
    cache = office.cache()
    callers = [asyncio.create_task(cache.get()) for _ in range(20)]
    await office.asked.wait()
    office.gate.set()
    assert set(await asyncio.gather(*callers)) == {"T1"}
    assert len(office.requests) == 1


async def test_a_cancelled_caller_leaves_the_door_open() -> None:
    office = Office(granted())
    office.gate = asyncio.Event()
    cache = office.cache()
    first = asyncio.create_task(cache.get())
    second = asyncio.create_task(cache.get())
    await office.asked.wait()
    first.cancel()
    office.gate.set()
    assert await second == "T1"


@pytest.mark.parametrize("scope", [..., None, "", "cob.write cob.read pix.read", ["cob.read", "cob.write"]])
async def test_scopes_that_suffice(scope: object) -> None:
    assert await Office(granted(scope=scope)).cache().get() == "T1"


async def test_a_missing_scope_is_named() -> None:
    error = await error_of(Office(granted(scope="cob.read webhook.read")).cache())
    assert isinstance(error, ScopeMissing)
    assert "cob.write" in str(error)
    assert "cob.read" not in str(error)


async def test_a_wish_is_dropped_where_the_bank_refuses_it() -> None:
    office = Office(httpx.Response(400, json={"error": "invalid_scope"}), granted("T1"), granted("T2"))
    cache = office.cache(wishes=("payloadlocation.read",))
    assert await cache.get() == "T1"
    office.clock.advance(3600)
    assert await cache.get() == "T2"
    asked = [form(request)["scope"] for request in office.requests]
    assert asked == [["cob.read cob.write payloadlocation.read"], ["cob.read cob.write"], ["cob.read cob.write"]]


async def test_a_wish_that_is_not_granted_is_no_failure() -> None:
    assert await Office(granted()).cache(wishes=("payloadlocation.read",)).get() == "T1"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), CredentialsRefused),
        (httpx.Response(400, json={"error": "invalid_client", "error_description": SECRET}), CredentialsRefused),
        (httpx.Response(400, json={"error": SECRET + " 1"}), CredentialsRefused),
        (httpx.Response(400, json={"error": "invalid_scope"}), ScopeMissing),
        (httpx.Response(403, text="<html>"), CertificateRefused),
        (httpx.Response(400, text="<h1>400 The SSL certificate error</h1>nginx"), CertificateRefused),
        (httpx.Response(403, json={"error": "unauthorized_client"}), CredentialsRefused),
        (httpx.Response(429, headers={"Retry-After": "7"}), RateLimited),
        (httpx.Response(404, text="<html>"), BankUnreachable),
        (httpx.Response(500, text="<html>"), BankUnreachable),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), BankUnreachable),
        (httpx.Response(200, text="<html>"), BankUnreachable),
        (httpx.Response(200, json={"access_token": "two words"}), BankUnreachable),
        (httpx.Response(200, json={"access_token": "T\r\nX-Evil: 1"}), BankUnreachable),
        (httpx.Response(200, json={"access_token": ""}), BankUnreachable),
        (httpx.Response(200, json={"access_token": None}), BankUnreachable),
        (httpx.Response(200, json=[]), BankUnreachable),
        (httpx.ReadTimeout("slow"), BankUnreachable),
        (httpx.RemoteProtocolError("cut"), BankUnreachable),
        (httpx.ConnectError("down"), BankUnreachable),
    ],
)
async def test_every_failure_is_not_sent(answer: httpx.Response | httpx.HTTPError, kind: type[ProviderError]) -> None:
    assert type(await error_of(Office(answer).cache())) is kind


async def test_an_unreadable_answer_does_not_leak_the_token() -> None:
    error = await error_of(Office(httpx.Response(200, json={"access_token": f"bad {SECRET}"})).cache())
    assert SECRET not in str(error.__cause__)


async def test_refusals_are_repeated_ever_more_rarely() -> None:
    office = Office(httpx.Response(401, json={"error": "invalid_client"}))
    cache = office.cache()
    asked_at: list[float] = []
    for _ in range(1000):
        before = len(office.requests)
        assert isinstance(await error_of(cache), CredentialsRefused)
        if len(office.requests) > before:
            asked_at.append(office.clock.monotonic())
        office.clock.advance(1)
    assert [later - sooner for sooner, later in pairwise(asked_at)] == [30, 60, 120, 300, 300]


async def test_429_waits_as_told() -> None:
    office = Office(httpx.Response(429, headers={"Retry-After": "17"}), granted())
    cache = office.cache()
    await error_of(cache)
    office.clock.advance(16)
    error = await error_of(cache)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 1
    office.clock.advance(1)
    assert await cache.get() == "T1"
    assert len(office.requests) == 2


async def test_a_bank_in_trouble_rests_and_a_dead_line_does_not() -> None:
    office = Office(httpx.Response(503), granted())
    cache = office.cache()
    await error_of(cache)
    await error_of(cache)
    assert len(office.requests) == 1
    office.clock.advance(5)
    assert await cache.get() == "T1"

    office = Office(httpx.ConnectError("down"), granted())
    cache = office.cache()
    await error_of(cache)
    assert await cache.get() == "T1"  # nothing reached the bank, so nothing is owed to it


async def test_a_rejected_token_is_renewed_twice_a_minute_at_most() -> None:
    office = Office(granted("T1"), granted("T2"), granted("T3"), granted("T4"))
    cache = office.cache()
    for value in ("T1", "T2"):
        assert await cache.get() == value
        assert cache.reject(value)
    assert await cache.get() == "T3"
    assert not cache.reject("T3")
    assert cache.reject("T1")  # long replaced: the caller may go on with the present one
    office.clock.advance(60)
    assert cache.reject("T3")
    assert await cache.get() == "T4"


def test_settings_hide_the_secret() -> None:
    assert SECRET not in repr(TokenSettings("/t", "kiosk", SECRET, SCOPES))


async def test_a_grant_in_json_names_no_scope_and_takes_either_case() -> None:
    """Adiq's way."""
    for answer in ({"accessToken": "T9", "expiresIn": "3600"}, {"access_token": "T9", "expires_in": 3600}):
        office = Office(httpx.Response(200, json=answer))
        client = httpx.AsyncClient(transport=httpx.MockTransport(office), base_url="https://adiq.example")
        settings = TokenSettings("/token", "kiosk", SECRET, (), json_grant=True, has_certificate=False)
        cache = TokenCache(settings, HttpClient(client, office.clock, Timeouts()), office.clock)
        assert await cache.get() == "T9"
        assert json.loads(office.requests[0].content) == {"grantType": "client_credentials"}
        assert office.requests[0].headers["Content-Type"] == "application/json"
        office.clock.advance(3500)
        await cache.get()
        assert len(office.requests) == 1
        office.clock.advance(60)
        await cache.get()
        assert len(office.requests) == 2


async def test_without_a_certificate_a_refusal_is_of_the_credentials() -> None:
    office = Office(httpx.Response(403, text="<html>"))
    client = httpx.AsyncClient(transport=httpx.MockTransport(office), base_url="https://adiq.example")
    settings = TokenSettings("/token", "kiosk", SECRET, (), json_grant=True, has_certificate=False)
    error = await error_of(TokenCache(settings, HttpClient(client, office.clock, Timeouts()), office.clock))
    assert isinstance(error, CredentialsRefused)
