"""OAuth 2.0 client credentials, bound to the client certificate (RFC 6749 section 4.4, RFC 8705 section 3)."""

from __future__ import annotations

import base64
import binascii
import hmac
import random
import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from providers.sim.problems import Kind, Problem
from providers.sim.wire import Answer, Request, json_answer

_ALPHANUMERIC: Final = string.ascii_letters + string.digits
_NO_STORE: Final = ("Cache-Control", "no-store")


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    scopes: frozenset[str]
    peer_sha256: str
    expires_at: datetime


@dataclass(slots=True)
class TokenOffice:
    """Issues and checks tokens for one registered client.

    `secret_in_form` takes client_id and client_secret as fields of the form, and then refuses HTTP Basic: a client
    uses one way only (RFC 6749 section 2.3).
    """

    client_id: str
    client_secret: str
    client_sha256: str
    allowed_scopes: Collection[str]
    now: Callable[[], datetime]
    rng: random.Random
    lifetime_s: int = 3600
    secret_in_form: bool = False
    issued: int = 0
    asked: int = 0
    _tokens: dict[str, Token] = field(default_factory=dict)

    def answer(self, request: Request, withheld: Collection[str] = ()) -> Answer:
        """The token's endpoint; `withheld` scopes are left out without a word, as Sicredi does."""
        self.asked += 1
        if request.peer_sha256 != self.client_sha256:
            return Problem(Kind.ACCESS_DENIED, "O certificado não corresponde a este cliente.").as_answer()
        header = request.headers.get("authorization", "")
        if self.secret_in_form and header:
            return _oauth_error(401, "invalid_client")
        if not self.secret_in_form and not self._is_client(header):
            return _oauth_error(401, "invalid_client", ("WWW-Authenticate", 'Basic realm="oauth"'))
        values = _form_of(request)
        if values is None or "grant_type" not in values:
            return _oauth_error(400, "invalid_request")
        if self.secret_in_form and not self._is_form_client(values):
            return _oauth_error(401, "invalid_client")
        if values["grant_type"] != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type")
        return self._issue(values.get("scope", ""), request.peer_sha256, withheld)

    def check(self, request: Request, scope: str) -> None:
        """Raise Problem 401 or 403 unless the request bears a token that allows `scope`."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        token = self._tokens.get(value) if scheme.lower() == "bearer" else None
        if token is None or token.expires_at <= self.now() or token.peer_sha256 != request.peer_sha256:
            challenge = ("WWW-Authenticate", 'Bearer error="invalid_token"')
            raise Problem(Kind.NOT_AUTHENTICATED, "Token ausente, desconhecido ou vencido.", headers=(challenge,))
        if scope not in token.scopes:
            raise Problem(Kind.ACCESS_DENIED, f"O token não tem o escopo {scope}.")

    def expire_all(self) -> None:
        self._tokens.clear()

    def _issue(self, wanted: str, peer_sha256: str, withheld: Collection[str]) -> Answer:
        granted = [one for one in wanted.split() if one in self.allowed_scopes and one not in withheld]
        if not granted:
            return _oauth_error(400, "invalid_scope")
        value = "".join(self.rng.choices(_ALPHANUMERIC, k=48))
        expires_at = self.now() + timedelta(seconds=self.lifetime_s)
        self._forget_old()
        self._tokens[value] = Token(value, frozenset(granted), peer_sha256, expires_at)
        self.issued += 1
        answer = json_answer(
            200,
            {
                "access_token": value,
                "token_type": "Bearer",
                "expires_in": self.lifetime_s,
                "scope": " ".join(granted),
            },
        )
        return Answer(answer.status, answer.body, answer.content_type, (_NO_STORE,))

    def _forget_old(self) -> None:
        now = self.now()
        self._tokens = {value: token for value, token in self._tokens.items() if token.expires_at > now}

    def _is_form_client(self, values: Mapping[str, str]) -> bool:
        given = f"{values.get('client_id', '')}:{values.get('client_secret', '')}"
        return hmac.compare_digest(given.encode(), f"{self.client_id}:{self.client_secret}".encode())

    def _is_client(self, header: str) -> bool:
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            plain = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return False
        # RFC 6749 section 2.3.1 has both parts form-encoded before they are joined; most banks' own SDKs do not.
        expected = f"{self.client_id}:{self.client_secret}".encode()
        encoded_id, _, encoded_secret = plain.partition(":")
        decoded = f"{unquote_plus(encoded_id)}:{unquote_plus(encoded_secret)}".encode()
        as_is = hmac.compare_digest(plain.encode(), expected)
        return hmac.compare_digest(decoded, expected) or as_is


def _form_of(request: Request) -> dict[str, str] | None:
    """The form's fields; None where the body is no form, or names a field twice."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return None
    try:
        form = parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        return None
    values = dict(form)
    return values if len(values) == len(form) else None


def _oauth_error(status: int, error: str, *headers: tuple[str, str]) -> Answer:
    answer = json_answer(status, {"error": error})
    return Answer(answer.status, answer.body, answer.content_type, (_NO_STORE, *headers))
