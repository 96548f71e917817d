"""The OAuth token (client credentials): asked for rarely, by one caller at a time, and never in a flood.

Sicredi ties too many token requests to the blocking of the caller's address, and Inter allows five a minute, so every
way to ask again is limited here: after a refusal, after a failure, and after a 401 on a token that seemed good.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from providers.http.answers import Answer, refuses_certificate
from providers.http.client import HttpClient
from providers.http.retry_after import retry_after_s
from totem.domain.errors import (
    BankUnreachable,
    CertificateRefused,
    CredentialsRefused,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    ScopeMissing,
)
from totem.domain.ports import Clock

_EARLY_S: Final = 60.0
_DEFAULT_LIFE_S: Final = 300.0
"""Where the bank does not say: short, for one renewal too many costs less than a refused sale."""
_SHORTEST_USE_S: Final = 5.0
_LONGEST_LIFE_S: Final = 86_400.0

_REFUSED_PAUSES_S: Final = (30.0, 60.0, 120.0, 300.0)
_FAILED_PAUSE_S: Final = 5.0
_LIMITED_PAUSE_S: Final = 60.0
_RENEWALS_A_MINUTE: Final = 2
_CAMEL: Final = {"accessToken": "access_token", "expiresIn": "expires_in"}


class AuthStyle(StrEnum):
    """How the client's id and secret travel to the token endpoint (RFC 6749, 2.3.1)."""

    BASIC = "basic"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Where the token comes from, the scopes that this kiosk cannot do without, and those that it can (`wishes`)."""

    path: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    auth: AuthStyle = AuthStyle.BASIC
    wishes: tuple[str, ...] = ()
    json_grant: bool = False
    """Asked for by a JSON body with `grantType` and no scope (Adiq), in place of RFC 6749's form."""
    has_certificate: bool = True
    """Whether a refusal at the front door may be of our client certificate."""


class _TokenAnswer(BaseModel):
    """RFC 6749, 5.1, or the same in camel case; numbers may come as strings. Errors hide what came in: the token."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: str = Field(repr=False)
    expires_in: float | None = None
    scope: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_either_case(cls, value: object) -> object:
        return {_CAMEL.get(name, name): each for name, each in value.items()} if isinstance(value, dict) else value

    @field_validator("access_token")
    @classmethod
    def _fit_for_a_header(cls, value: str) -> str:
        if not re.fullmatch(r"[\x21-\x7e]{1,8192}", value):
            raise ValueError("not a token")
        return value

    @field_validator("expires_in", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}(\.[0-9]+)?\s*", value):
            return float(value)
        return float(value) if isinstance(value, int | float) and 0 < value < 1e9 else None

    @field_validator("scope", mode="before")
    @classmethod
    def _one_text(cls, value: object) -> object:
        if isinstance(value, list):
            return " ".join(str(item) for item in value)
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    use_until: float


@dataclass(frozen=True, slots=True)
class _Pause:
    error: ProviderError
    until: float


class TokenCache:
    """The current token of one provider. Every failure here is "not sent": no money call has been made yet."""

    def __init__(self, settings: TokenSettings, http: HttpClient, clock: Clock) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: _Token | None = None
        self._pause: _Pause | None = None
        self._refusals = 0
        self._wishes = settings.wishes
        self._renewals: deque[float] = deque(maxlen=_RENEWALS_A_MINUTE)

    async def get(self) -> str:
        """A token good for at least the next moments. Raises a ProviderError with outcome NOT_SENT."""
        token = self._token
        if token is None or self._clock.monotonic() >= token.use_until:
            async with self._lock:
                token = self._token
                if token is None or self._clock.monotonic() >= token.use_until:
                    self._raise_while_pausing()
                    token = await self._renew()
        return token.value

    def reject(self, value: str) -> bool:
        """The bank answered 401 to this token. Whether a fresh one may be asked for now: two such times a minute.

        Without that limit a bank that hands out tokens and accepts none would be asked for one at every call.
        """
        now = self._clock.monotonic()
        if self._token is None or self._token.value != value:
            return True  # another caller has seen to it
        if len(self._renewals) == _RENEWALS_A_MINUTE and now - self._renewals[0] < 60.0:
            return False
        self._renewals.append(now)
        self._token = None
        return True

    def _raise_while_pausing(self) -> None:
        pause = self._pause
        if pause is None:
            return
        left_s = pause.until - self._clock.monotonic()
        if left_s <= 0:
            self._pause = None
        elif isinstance(pause.error, RateLimited):
            raise RateLimited(str(pause.error), retry_after_s=left_s)
        else:
            raise type(pause.error)(f"{pause.error}; no new attempt for {left_s:.0f} s")

    async def _renew(self) -> _Token:
        asked_at = self._clock.monotonic()
        try:
            token = self._read(await self._ask_modestly(), asked_at)
        except (CredentialsRefused, CertificateRefused, ScopeMissing) as exc:
            self._rest(exc, _REFUSED_PAUSES_S[min(self._refusals, len(_REFUSED_PAUSES_S) - 1)])
            self._refusals += 1
            raise
        except RateLimited as exc:
            self._rest(exc, _LIMITED_PAUSE_S if exc.retry_after_s is None else max(exc.retry_after_s, 1.0))
            raise
        self._refusals = 0
        self._token = token
        return token

    async def _ask_modestly(self) -> Answer:
        """Once more without the wishes, and from then on, where the bank refuses the whole request for one of them."""
        try:
            return await self._ask()
        except ScopeMissing:
            if not self._wishes:
                raise
            self._wishes = ()
        return await self._ask()

    async def _ask(self) -> Answer:
        """The bank's answer to one request. Raises BankUnreachable, paused only where the request may have arrived."""
        settings = self._settings
        fields = {"grant_type": "client_credentials", "scope": " ".join((*settings.scopes, *self._wishes))}
        headers = {}
        if settings.auth is AuthStyle.BASIC:
            # As the banks' own SDKs write it: not form-encoded first, as RFC 6749 would have it.
            pair = f"{settings.client_id}:{settings.client_secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode('ascii')}"
        else:
            fields |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        try:
            if settings.json_grant:
                grant = {"grantType": "client_credentials"}
                answer = await self._http.send("POST", settings.path, moves_money=False, headers=headers, json=grant)
            else:
                answer = await self._http.post_form(settings.path, fields, headers)
        except OutcomeUnknown as exc:
            # A token is no money: whatever became of this request, the call that needed it has not been sent.
            error = BankUnreachable(f"no token: {exc}")
            self._rest(error, _FAILED_PAUSE_S)
            raise error from exc
        self._raise_refusal(answer)
        return answer

    def _raise_refusal(self, answer: Answer) -> None:
        status, what = answer.status, f"POST {self._settings.path}"
        if 200 <= status < 300:
            return
        wait_s = retry_after_s(answer.headers.get("retry-after"), self._clock.now())
        if status == 429:
            raise RateLimited(f"{what}: too many token requests (429)", retry_after_s=wait_s)
        code = _oauth_error(answer.body)
        told = f"{what}: HTTP {status} {code}".rstrip()
        if code == "invalid_scope" or b"no registered scope" in answer.body[:2000].lower():
            # Inter writes the second, with a 401: "No registered scope value for this client has been requested".
            raise ScopeMissing(f"{told}: this client may not have {' '.join(self._settings.scopes)}")
        if self._settings.has_certificate and (refuses_certificate(answer) or (status == 403 and not code)):
            # Sicredi's guide: 403 where key and .cer do not belong together.
            raise CertificateRefused(f"{told}: the bank's front door refuses the client certificate")
        if status in {400, 401, 403}:
            raise CredentialsRefused(f"{told}: the bank refuses the client id or secret")
        error = BankUnreachable(f"{told}: no token")
        self._rest(error, _FAILED_PAUSE_S if wait_s is None else max(wait_s, _FAILED_PAUSE_S))
        raise error

    def _read(self, answer: Answer, asked_at: float) -> _Token:
        try:
            parsed = _TokenAnswer.model_validate_json(answer.body)
        except ValidationError as exc:
            error = BankUnreachable(f"POST {self._settings.path}: the answer holds no token")
            self._rest(error, _FAILED_PAUSE_S)
            raise error from exc
        granted = set((parsed.scope or "").split())
        missing = [scope for scope in self._settings.scopes if scope not in granted]
        if granted and missing:
            # RFC 6749, 5.1: an absent scope means "as asked". Sicredi may grant fewer, and refuse the calls later.
            raise ScopeMissing(f"POST {self._settings.path}: the token comes without {' '.join(missing)}")
        life_s = min(parsed.expires_in or _DEFAULT_LIFE_S, _LONGEST_LIFE_S)
        use_s = max(life_s - min(_EARLY_S, life_s / 2), _SHORTEST_USE_S)
        return _Token(parsed.access_token, asked_at + use_s)

    def _rest(self, error: ProviderError, seconds: float) -> None:
        self._pause = _Pause(error, self._clock.monotonic() + seconds)


def _oauth_error(body: bytes) -> str:
    """`error` of RFC 6749, 5.2, if it is one: a plain word, fit for a log."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return ""
    code = parsed.get("error") if isinstance(parsed, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else ""
