"""One provider's HTTPS client: explicit limits on everything, one attempt a call, failures told apart."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from providers.http.answers import Answer, error_of
from providers.http.failures import TRANSPORT_ERRORS, Progress, failure_of, may_be_certificate
from providers.http.probe import probe_handshake
from providers.http.tls import TlsContexts
from totem.domain.errors import CertificateRefused, OutcomeUnknown
from totem.domain.ports import Clock

USER_AGENT: Final = "totem/0.1"
MAX_ANSWER_BYTES: Final = 8_000_000
"""A page of 1000 Pix with their refunds takes about one; nothing that a bank means to send takes more."""

_PROBE_PAUSE_S: Final = 30.0
_CLOSE_LIMIT_S: Final = 2.0

Probe = Callable[[str], Awaitable[CertificateRefused | None]]
OnDate = Callable[[str], None]
"""Hears the `Date` header of each answer (RFC 9110, 6.6.1): the provider's clock, for nothing."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds: of each phase by itself, and `total_s` of the whole call (a peer may drip a byte at a time).

    Without `total_s` the whole may take as long as its phases together.
    """

    connect_s: float = 5.0
    read_s: float = 15.0
    write_s: float = 10.0
    pool_s: float = 5.0
    total_s: float | None = None

    @property
    def whole_call_s(self) -> float:
        if self.total_s is not None:
            return self.total_s
        return self.pool_s + self.connect_s + self.write_s + self.read_s


class HttpClient:
    """Calls of one provider. Retries nothing, follows no redirect, reads no environment variable.

    `probe` names a refused certificate after a cut connection, where no money can have moved.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        timeouts: Timeouts,
        probe: Probe | None = None,
        on_date: OnDate | None = None,
    ) -> None:
        self._on_date = on_date
        self._client = client
        self._clock = clock
        self._timeouts = timeouts
        self._probe = probe
        self._last_probe: float | None = None
        self._under_way: set[asyncio.Task[Answer]] = set()

    async def call(
        self,
        method: str,
        path: str,
        *,
        moves_money: bool,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        """One request, one 2xx answer; raises a ProviderError for everything else."""
        answer = await self.send(method, path, moves_money=moves_money, headers=headers, query=query, json=json)
        error = error_of(answer, f"{method} {path}", self._clock.now())
        if error is not None:
            raise error
        return answer

    async def send(
        self,
        method: str,
        path: str,
        *,
        moves_money: bool,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        """One request, for an answer of any status: what it means, the caller's own table says."""
        request = self._client.build_request(method, path, headers=headers, params=query, json=json)
        return await self.exchange(request, f"{method} {path}", moves_money=moves_money)

    async def post_form(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """POST form fields that move no money (a token), for an answer of any status."""
        request = self._client.build_request("POST", path, headers=headers, data=fields)
        return await self.exchange(request, f"POST {path}", moves_money=False)

    async def exchange(self, request: httpx.Request, what: str, *, moves_money: bool) -> Answer:
        """Send once and read the whole answer, whatever its status. Raises what `failure_of` tells.

        A cancelled call may have been carried out: whoever cancels one that moves money treats it as unknown.
        """
        progress = Progress()
        request.extensions = {**request.extensions, "trace": progress.trace}
        try:
            return await self._let_end(self._within_limit(request, what))
        except TRANSPORT_ERRORS as exc:
            error = failure_of(exc, progress, what)
            if isinstance(error, CertificateRefused) or not may_be_certificate(exc, progress, moves_money=moves_money):
                raise error from exc
            raise await self._ask_why(what) or error from exc

    async def _let_end(self, sending: Coroutine[None, None, Answer]) -> Answer:
        """A cancelled caller leaves; its call ends by itself.

        Cut in the middle of a TLS handshake, httpcore would leave the socket open: it closes only after an error.
        """
        call = asyncio.create_task(sending)
        self._under_way.add(call)
        call.add_done_callback(self._ended)
        return await asyncio.shield(call)

    def _ended(self, call: asyncio.Task[Answer]) -> None:
        self._under_way.discard(call)
        if not call.cancelled():
            call.exception()  # whoever waited has it; after a cancellation nobody does

    async def _within_limit(self, request: httpx.Request, what: str) -> Answer:
        async with asyncio.timeout(self._timeouts.whole_call_s):
            return await self._send(request, what)

    async def _send(self, request: httpx.Request, what: str) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for block in response.aiter_bytes():
                body += block
                if len(body) > MAX_ANSWER_BYTES:
                    raise OutcomeUnknown(f"{what}: the answer is larger than {MAX_ANSWER_BYTES} bytes")
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        if self._on_date is not None:
            self._on_date(headers.get("date", ""))
        return Answer(response.status_code, headers, bytes(body))

    async def _ask_why(self, what: str) -> CertificateRefused | None:
        """Not at every drop: a bank in trouble must not be asked twice for each poll."""
        now = self._clock.monotonic()
        resting = self._last_probe is not None and now - self._last_probe < _PROBE_PAUSE_S
        if self._probe is None or resting:
            return None
        self._last_probe = now
        return await self._probe(what)

    async def close(self) -> None:
        """Waits a moment for calls whose callers have left."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_CLOSE_LIMIT_S)
        for call in tuple(self._under_way):
            call.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._client.aclose()


def open_http(
    base_url: str, contexts: TlsContexts, timeouts: Timeouts, clock: Clock, on_date: OnDate | None = None
) -> HttpClient:
    """The client of one provider on `contexts`; `base_url` is https, checked by the caller."""
    url = httpx.URL(base_url)

    async def probe(what: str) -> CertificateRefused | None:
        return await probe_handshake(url.host, url.port or 443, contexts.probe, what)

    return HttpClient(_client(url, contexts.calls, timeouts), clock, timeouts, probe, on_date)


def _client(url: httpx.URL, context: ssl.SSLContext, timeouts: Timeouts) -> httpx.AsyncClient:
    # A server that closes an idle connection while a PUT is on its way leaves that PUT unknown. Five seconds is the
    # shortest idle time that common servers keep (Apache, Node.js), so that ours ends first.
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=4.0)
    transport = httpx.AsyncHTTPTransport(
        verify=context, http1=True, http2=False, limits=limits, retries=0, trust_env=False
    )
    return httpx.AsyncClient(
        transport=transport,
        base_url=url,
        timeout=httpx.Timeout(
            connect=timeouts.connect_s, read=timeouts.read_s, write=timeouts.write_s, pool=timeouts.pool_s
        ),
        follow_redirects=False,
        trust_env=False,
        # No compression: the limit on the answer's size is then a limit on memory.
        headers={"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"},
    )
