"""What goes over the control socket: one line of JSON asks, one line of JSON answers. Version 1.

    {"v": 1, "act": "refund", "pin": "...", "args": {"sale": "0PE8QS", "reason": "..."}, "secret": ""}
    {"v": 1, "ok": true, "result": {...}}
    {"v": 1, "ok": false, "code": "SYS-002", "message": "..."}

`secret` is the socket's own where it lies on the loopback (Windows), "" elsewhere. A kiosk of another version refuses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from totem.domain.errors import Trouble
from totem.domain.records import JsonValue

VERSION: Final = 1
MOST_REQUEST_BYTES: Final = 16 * 1024
MOST_REPLY_BYTES: Final = 4 * 1024 * 1024
"""The picture of a long closing is some 100 kB."""


class BadLineError(ValueError):
    """Not a line of this protocol; the text says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Request:
    act: str
    pin: str = field(default="", repr=False)
    args: Mapping[str, JsonValue] = field(default_factory=dict, repr=False)
    secret: str = field(default="", repr=False)

    def text(self, key: str) -> str:
        """Raises BadLineError where it is no text; "" where it is not there."""
        value = self.args.get(key, "")
        if not isinstance(value, str):
            raise BadLineError(f"{key} is not text")
        return value

    def flag(self, key: str) -> bool:
        return self.args.get(key) is True


@dataclass(frozen=True, slots=True)
class Reply:
    """`message` is for the person at the shell, in Portuguese; `code` that of the manual."""

    ok: bool
    result: Mapping[str, JsonValue] = field(default_factory=dict)
    code: str = ""
    message: str = ""


def done(**result: JsonValue) -> Reply:
    return Reply(ok=True, result=result)


def refused(trouble: Trouble, message: str) -> Reply:
    return Reply(ok=False, code=trouble.value, message=message)


def encode_request(request: Request) -> bytes:
    told: dict[str, JsonValue] = {
        "v": VERSION,
        "act": request.act,
        "pin": request.pin,
        "args": dict(request.args),
        "secret": request.secret,
    }
    return _line(told)


def decode_request(line: bytes) -> Request:
    """Raises BadLineError."""
    told = _object(line)
    texts = [told.get(key, "") for key in ("act", "pin", "secret")]
    args = told.get("args", {})
    if not all(isinstance(each, str) for each in texts) or not isinstance(args, dict):
        raise BadLineError("a field is of the wrong kind")
    act, pin, secret = (str(each) for each in texts)
    return Request(act, pin, args, secret)


def encode_reply(reply: Reply) -> bytes:
    told: dict[str, JsonValue] = {"v": VERSION, "ok": reply.ok}
    if reply.ok:
        told["result"] = dict(reply.result)
    else:
        told["code"], told["message"] = reply.code, reply.message
    return _line(told)


def decode_reply(line: bytes) -> Reply:
    """Raises BadLineError."""
    told = _object(line)
    ok, result = told.get("ok"), told.get("result", {})
    code, message = told.get("code", ""), told.get("message", "")
    if not isinstance(ok, bool) or not isinstance(result, dict):
        raise BadLineError("a field is of the wrong kind")
    if not isinstance(code, str) or not isinstance(message, str):
        raise BadLineError("a field is of the wrong kind")
    return Reply(ok, result, code, message)


def _line(told: Mapping[str, JsonValue]) -> bytes:
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _object(line: bytes) -> dict[str, JsonValue]:
    if not line.endswith(b"\n"):
        raise BadLineError("the line was cut")
    try:
        told = json.loads(line.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError):
        # From None: the message of a decoder may hold what was sent.
        raise BadLineError("no JSON") from None
    if not isinstance(told, dict):
        raise BadLineError("no object")
    if told.get("v") != VERSION:
        raise BadLineError(f"another version than {VERSION}")
    return told


def _no_float(text: str) -> JsonValue:
    raise ValueError(f"{text} is no whole number")
