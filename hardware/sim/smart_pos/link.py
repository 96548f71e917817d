"""One kiosk's link to the app: lines, handshake, MACs, heartbeat (protocol, sections 2 to 4)."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import socket
import struct
import sys
from collections import deque
from typing import Any, Final, Protocol, cast

from hardware.sim.smart_pos.proof import MAC_DIGITS, Sealer, proof
from hardware.sim.smart_pos.requests import Json, Refused
from hardware.sim.smart_pos.settings import SmartPosSimSettings

MAX_LINE_BYTES: Final = 262_144
_MOST_LINES_A_SECOND: Final = 50
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_FATAL: Final = frozenset(
    {"version_unsupported", "auth_required", "auth_failed", "bad_json", "line_too_long", "rate_limited"}
)


class App(Protocol):
    """What a link needs of the app behind it."""

    settings: SmartPosSimSettings

    def opened(self, link: PosLink) -> None: ...

    def linked(self, link: PosLink) -> None:
        """The handshake is done: this link replaces an older one."""
        ...

    def closed(self, link: PosLink) -> None: ...

    def handle(self, link: PosLink, body: Json) -> None:
        """A line that is neither of the handshake nor of the heartbeat. Raises Refused."""
        ...

    def welcome(self) -> Json: ...

    def time(self) -> str: ...

    def nonce(self) -> str: ...

    def versions(self) -> tuple[int, ...]: ...

    def proves_wrongly(self) -> bool:
        """Whether this handshake's proof is to be wrong."""
        ...

    def violated(self, code: str, detail: str) -> None:
        """The client did what the protocol forbids."""
        ...


class PosLink(asyncio.Protocol):
    """All calls are harmless once it is gone."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._step = "hello"
        self._nonces = ("", "")
        self._theirs: Sealer | None = None
        self._ours: Sealer | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._times: deque[float] = deque(maxlen=_MOST_LINES_A_SECOND + 1)
        self._last_sent = self._last_heard = 0.0
        self._pings = 0
        self.last_id = 0

    @property
    def is_gone(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    @property
    def is_linked(self) -> bool:
        return self._step == "linked" and not self.is_gone

    # --- its life -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._later(self._app.settings.handshake_s, self._handshake_is_late)
        self._app.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._forget()

    def end(self, reason: str = "") -> None:
        """Close it in order, with a `bye` where there is a reason."""
        if reason and not self.is_gone:
            self.send({"type": "bye", "reason": reason})
        if self._transport is not None:
            self._transport.close()
        self._forget()

    def reset(self) -> None:
        """End it by RST, as a cable that was pulled."""
        transport = self._transport
        if transport is None:
            return
        raw = cast(socket.socket | None, transport.get_extra_info("socket"))
        if raw is not None:
            linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
        self._forget()

    def _forget(self) -> None:
        known, self._transport = self._transport, None
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if known is not None:
            self._app.closed(self)

    def _later(self, seconds: float, act: Any) -> None:
        self._timers = [timer for timer in self._timers if not timer.cancelled() and timer.when() > self._loop.time()]
        self._timers.append(self._loop.call_later(seconds, act))

    def _handshake_is_late(self) -> None:
        if self._step != "linked":
            self.end()

    # --- out ----------------------------------------------------------------------------------------------------

    def send(self, body: Json) -> None:
        self.send_text(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    def send_text(self, text: bytes, *, times: int = 1) -> None:
        """A line of whatever it holds, with its MAC where there is one."""
        for _ in range(times):
            self.send_raw(self._ours.seal(text) if self._ours is not None else text)

    def send_raw(self, line: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._last_sent = self._loop.time()
            self._transport.write(line + b"\n")

    def send_half(self, body: Json) -> None:
        """Half of the line, then the end."""
        text = json.dumps(body, ensure_ascii=False).encode()
        line = self._ours.seal(text) if self._ours is not None else text
        if self._transport is not None:
            self._transport.write(line[: len(line) // 2])
        self.end()

    def send_forged(self, body: Json) -> None:
        """With the MAC of another line."""
        self.send_raw(b"0" * MAC_DIGITS + b" " + json.dumps(body).encode())

    def refuse(self, refused: Refused, request: int | None) -> None:
        """Say so, and close where the protocol says so."""
        body: Json = {"type": "error", "code": refused.code, "executed": refused.executed, "message": refused.message}
        if request is not None:
            body["id"] = request
        self.send(body)
        if refused.code in _FATAL:
            self.end()

    # --- in -----------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._last_heard = self._loop.time()
        self._buffer += data
        while not self.is_gone and (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._line(line)
        if not self.is_gone and len(self._buffer) > MAX_LINE_BYTES:
            self._violation(Refused("line_too_long"), None)

    def _line(self, line: bytes) -> None:
        if len(line) > MAX_LINE_BYTES:
            self._violation(Refused("line_too_long"), None)
            return
        if not line.strip():
            return
        self._times.append(self._loop.time())
        if len(self._times) > _MOST_LINES_A_SECOND and self._times[-1] - self._times[0] < 1.0:
            self._violation(Refused("rate_limited"), None)
            return
        text = line if self._theirs is None else self._theirs.open(line)
        if text is None:
            self._app.violated("bad_mac", "")
            self.end()
            return
        request: int | None = None
        try:
            body = _json(text)
            number = body.get("id")
            request = number if type(number) is int else None
            self._take(body)
        except Refused as refused:
            self._violation(refused, request)

    def _violation(self, refused: Refused, request: int | None) -> None:
        self._app.violated(refused.code, refused.message)
        self.refuse(refused, request)

    def _take(self, body: Json) -> None:
        kind = body.get("type")
        if self._step == "linked":
            if kind == "ping":
                self.send({"type": "pong", "n": body.get("n"), "time": self._app.time()})
            elif kind != "pong":
                self._app.handle(self, body)
        elif self._step == "hello" and kind == "hello":
            self._hello(body)
        elif self._step == "auth" and kind == "auth":
            self._authenticate(body)
        else:
            raise Refused("auth_required")

    # --- handshake ----------------------------------------------------------------------------------------------

    def _hello(self, body: Json) -> None:
        versions, nonce = body.get("versions"), body.get("nonce")
        if body.get("protocol") != "totem-smartpos" or not isinstance(versions, list):
            raise Refused("version_unsupported")
        spoken = self._app.versions()
        common = [one for one in spoken if one in versions]
        if not common:
            raise Refused("version_unsupported", f"this app speaks {list(spoken)}")
        if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
            raise Refused("auth_failed", "nonce")
        self._nonces = (nonce, self._app.nonce())
        self._step = "auth"
        challenge: Json = {"type": "challenge", "version": max(common), "auth": "none", "nonce": self._nonces[1]}
        secret = self._app.settings.secret
        if secret:
            shown = proof(secret, "kiosk" if self._app.proves_wrongly() else "pos", *self._nonces)
            challenge |= {"auth": "hmac", "proof": shown}
        self.send(challenge)

    def _authenticate(self, body: Json) -> None:
        secret, given = self._app.settings.secret, body.get("proof", "")
        if secret:
            right = proof(secret, "kiosk", *self._nonces)
            if not isinstance(given, str) or not hmac.compare_digest(given.encode(), right.encode()):
                raise Refused("auth_failed")
            self._ours = Sealer(secret, "pos", *self._nonces)
            self._theirs = Sealer(secret, "kiosk", *self._nonces)
        self._step = "linked"
        self.send(self._app.welcome())
        self._beat()
        self._app.linked(self)

    # --- heartbeat ----------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        if self.is_gone:
            return
        now, settings = self._loop.time(), self._app.settings
        if now - self._last_heard >= settings.silence_s:
            self.end("silence")
            return
        if now - self._last_sent >= settings.heartbeat_s:
            self._pings += 1
            self.send({"type": "ping", "n": self._pings})
        next_ping = self._last_sent + settings.heartbeat_s
        next_end = self._last_heard + settings.silence_s
        self._later(max(min(next_ping, next_end) - now, 0.001), self._beat)


def _json(text: bytes) -> Json:
    try:
        body = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused("bad_json") from error
    if not isinstance(body, dict):
        raise Refused("bad_json")
    return body
