"""Banco Inter's doors on a real TLS socket, with answers written by hand: what was sent can be read byte by byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from providers.http.client import Timeouts
from providers.pix.inter import InterSettings
from tests.support.authority import authority, leaf, server_context
from tests.support.manual_clock import ManualClock
from tests.support.raw_server import RawServer, Reader, Writer, answer, raw_server, reset

KEY = "7d9f0335-8dcc-4054-9bf9-0dbd61d36906"
SECRET = "s3cr3t-of-the-integration"
CUT = b""
"""An answer that is none: the connection is reset once the request was read."""


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode("ascii"), strict_parsing=True)

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class InterDoors:
    """`answers` in order, the last for ever; tokens are given at once unless `token` says otherwise."""

    answers: list[bytes] = field(default_factory=list)
    token: bytes | None = None
    calls: list[Seen] = field(default_factory=list)
    tokens: list[Seen] = field(default_factory=list)

    async def __call__(self, server: RawServer, reader: Reader, writer: Writer) -> None:
        while True:
            seen = _parse(await server.read_request(reader))
            if seen.path == "/oauth/v2/token":
                self.tokens.append(seen)
                reply = self.token or told({"access_token": f"T{len(self.tokens)}", "expires_in": 3600})
            else:
                self.calls.append(seen)
                reply = self.answers[min(len(self.calls), len(self.answers)) - 1]
            if reply == CUT:
                reset(writer)
                return
            writer.write(reply)
            await writer.drain()


@dataclass(frozen=True)
class InterWorld:
    doors: InterDoors
    settings: InterSettings
    clock: ManualClock


@asynccontextmanager
async def inter_world(folder: Path, *answers: bytes, **changes: Any) -> AsyncIterator[InterWorld]:
    """Doors that demand a client certificate, and settings that reach them; `changes` are of InterSettings."""
    root = authority("Root")
    server, client = leaf("bank", root, server=True), leaf("kiosk", root, server=False)
    for name, content in (("inter.crt", client.pem), ("inter.key", client.key_pem), ("ca.pem", root.pem)):
        folder.joinpath(name).write_bytes(content)
    doors = InterDoors(list(answers))
    async with raw_server(doors, server_context(folder, server, root)) as listening:
        settings = InterSettings(
            client_id="integration",
            client_secret=SECRET,
            certificate=folder / "inter.crt",
            key=folder / "inter.key",
            ca=folder / "ca.pem",
            pix_key=KEY,
            base_url=f"https://127.0.0.1:{listening.port}",
            timeouts=Timeouts(read_s=2.0, total_s=5.0),
            public_roots=False,
        )
        yield InterWorld(doors, replace(settings, **changes), ManualClock())


def told(body: object, status: int = 200, *headers: str) -> bytes:
    return answer(status, json.dumps(body).encode(), *headers)


def _parse(raw: bytes) -> Seen:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.split(": ", 1) for line in lines)
    return Seen(method, path, {name.lower(): value for name, value in pairs}, body)
