"""Calls of Inter's API beside Bacen's part of it: bodies written by hand, and errors of Inter's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from providers.http.answers import Answer
from providers.http.client import USER_AGENT, HttpClient, Timeouts
from providers.pix.inter_errors import inter_error
from providers.pix.token import TokenCache
from totem.domain.errors import CredentialsRefused
from totem.domain.ports import Clock

_HEADERS: Final = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"}


class InterCalls:
    """One request, one 2xx answer, or a ProviderError. Repeats nothing but a call that was answered 401."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        timeouts: Timeouts,
        http: HttpClient,
        tokens: TokenCache,
        clock: Clock,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {**_HEADERS, **headers}
        self._timeouts = timeouts
        self._http = http
        self._tokens = tokens
        self._clock = clock

    async def get(self, path: str) -> Answer:
        return await self._call("GET", path, None, {})

    async def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """POST a JSON body that moves money."""
        return await self._call("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    async def close(self) -> None:
        await self._http.close()

    async def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        token = await self._tokens.get()
        try:
            return await self._send(token, method, path, body, headers)
        except CredentialsRefused:
            if not self._tokens.reject(token):
                raise
        token = await self._tokens.get()
        return await self._send(token, method, path, body, headers)

    async def _send(self, token: str, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        what = f"{method} {path}"
        limits = self._timeouts
        timeout = httpx.Timeout(connect=limits.connect_s, read=limits.read_s, write=limits.write_s, pool=limits.pool_s)
        request = httpx.Request(
            method,
            f"{self._base_url}{path}",
            headers={**self._headers, **headers, "Authorization": f"Bearer {token}"},
            content=body,
            extensions={"timeout": timeout.as_dict()},
        )
        answer = await self._http.exchange(request, what, moves_money=body is not None)
        error = inter_error(answer, what, self._clock.now(), asks=body is None)
        if error is not None:
            raise error
        return answer
