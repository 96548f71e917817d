"""The control channel of simulators that run in a process of their own: JSON over HTTP on loopback, behind a token."""

from __future__ import annotations

import hmac
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import httpx

from providers.sim.wire import Answer, Request, WireServer, json_answer

CONTROL_TIMEOUT_S: Final = 10.0

ControlHandler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class ControlError(RuntimeError):
    """The other side refused the act; the message is its own."""


class ControlServer:
    """Serves `POST /{name}`. A handler refuses by ValueError, KeyError or TypeError, which is answered 400."""

    def __init__(self, handlers: Mapping[str, ControlHandler], token: str) -> None:
        self._handlers = dict(handlers)
        self._expected = f"Bearer {token}".encode()
        self._wire = WireServer(self._handle)

    @property
    def base_url(self) -> str:
        return self._wire.base_url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._wire.host, self._wire.port = host, port
        await self._wire.start()

    async def stop(self) -> None:
        await self._wire.stop()

    async def _handle(self, request: Request) -> Answer:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._expected):
            return json_answer(401, {"error": "wrong token"})
        handler = self._handlers.get(request.path.removeprefix("/"))
        if handler is None or request.method != "POST":
            return json_answer(404, {"error": f"no such act: {request.method} {request.path}"})
        try:
            body = json.loads(request.body or b"{}")
            if not isinstance(body, dict):
                raise TypeError("the body is no JSON object")
            return json_answer(200, await handler(body))
        except (ValueError, KeyError, TypeError) as error:
            return json_answer(400, {"error": f"{type(error).__name__}: {error}"})


class ControlClient:
    """Speaks to a ControlServer, from plain code (`call`) or from a coroutine (`acall`)."""

    def __init__(self, base_url: str, token: str, timeout_s: float = CONTROL_TIMEOUT_S) -> None:
        # An empty trust store: the channel is plain HTTP on loopback, and loading the system's takes long.
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        headers = {"Authorization": f"Bearer {token}"}
        self._sync = httpx.Client(base_url=base_url, headers=headers, timeout=timeout_s, trust_env=False, verify=trust)
        self._async = httpx.AsyncClient(
            base_url=base_url, headers=headers, timeout=timeout_s, trust_env=False, verify=trust
        )

    def call(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Raises ControlError where the act is refused, httpx.TransportError where nobody answers."""
        return _result(self._sync.post(f"/{name}", json=arguments))

    async def acall(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """As `call`, without holding the event loop."""
        return _result(await self._async.post(f"/{name}", json=arguments))

    def close(self) -> None:
        self._sync.close()

    async def aclose(self) -> None:
        """Closes both sides of the client."""
        self._sync.close()
        await self._async.aclose()


def _result(response: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    if response.status_code != httpx.codes.OK:
        raise ControlError(str(body.get("error", response.status_code)))
    return body
