"""GoPag's door on a real TLS socket that demands a client certificate, with answers written by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from providers.gopag.settings import GopagSettings
from providers.gopag.terminal import GopagTerminal, open_gopag
from providers.http.client import Timeouts
from tests.support.authority import authority, leaf, server_context
from tests.support.manual_clock import ManualClock
from tests.support.raw_server import RawServer, Reader, Writer, answer, raw_server, reset
from totem.domain.cards import CardEvent, CardKind, CardReference, CardResult, CardSale
from totem.domain.money import Money

RECORDED: dict[str, Any] = json.loads(
    Path(__file__).parent.parent.joinpath("recorded", "gopag_mpos.json").read_text(encoding="utf-8")
)
TERMINAL = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
SALE = CardSale("LOJA01A7K2M9Q4", 4711, Money(15000), CardKind.CREDIT, installments=3, reference="A7K2")
CUT = b""
"""An answer that is none: the connection is reset once the request was read."""


def transaction(**changes: Any) -> dict[str, Any]:
    """Of SALE, pending unless `changes` say otherwise."""
    recorded: dict[str, Any] = RECORDED["created"]
    own = {"id": "T1", "reference_id": SALE.attempt_id, "terminal": TERMINAL}
    return {**recorded, **own, **changes}


def succeeded(**changes: Any) -> dict[str, Any]:
    details: dict[str, Any] = RECORDED["details"]
    return transaction(**{**details, "id": "T1", "reference_id": SALE.attempt_id, **changes})


def listed(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resource": "list", "has_more": False, "items": list(items), **more}


def told(body: object, status: int = 200, *headers: str) -> bytes:
    return answer(status, json.dumps(body).encode(), *headers)


def problem(status: int, detail: str, **more: object) -> bytes:
    return told({"title": "X", "status": status, "detail": detail, "trace_id": "a1b2c3", **more}, status)


def reference(sent_at: datetime | None, **trace: str) -> CardReference:
    return CardReference(SALE.attempt_id, SALE.number, SALE.amount, SALE.kind, 3, trace, sent_at)


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Door:
    """`answers` in order, the last for ever."""

    answers: list[bytes]
    calls: list[Seen] = field(default_factory=list)

    async def __call__(self, server: RawServer, reader: Reader, writer: Writer) -> None:
        while True:
            self.calls.append(_parse(await server.read_request(reader)))
            reply = self.answers[min(len(self.calls), len(self.answers)) - 1]
            if reply == CUT:
                reset(writer)
                return
            writer.write(reply)
            await writer.drain()

    @property
    def posts(self) -> list[Seen]:
        return [call for call in self.calls if call.method == "POST"]


@dataclass(frozen=True)
class World:
    door: Door
    terminal: GopagTerminal
    clock: ManualClock
    settings: GopagSettings

    async def sell(self, sale: CardSale = SALE) -> tuple[list[CardEvent], CardResult]:
        events = [event async for event in self.terminal.start(sale)]
        result = events.pop()
        assert isinstance(result, CardResult)
        assert not any(isinstance(event, CardResult) for event in events)
        return events, result


@asynccontextmanager
async def gopag(folder: Path, *answers: bytes, **changes: Any) -> AsyncIterator[World]:
    """`changes` are of GopagSettings."""
    root = authority("Root")
    server, client = leaf("gopag", root, server=True), leaf("kiosk", root, server=False)
    for name, content in (("gopag.crt", client.pem), ("gopag.key", client.key_pem), ("ca.pem", root.pem)):
        folder.joinpath(name).write_bytes(content)
    door = Door(list(answers))
    async with raw_server(door, server_context(folder, server, root)) as listening:
        settings = GopagSettings(
            token="T0k3n-of-the-portal",
            marketplace="m4rk3t",
            seller="s3ll3r",
            terminal=TERMINAL,
            certificate=folder / "gopag.crt",
            key=folder / "gopag.key",
            ca=folder / "ca.pem",
            base_url=f"https://127.0.0.1:{listening.port}",
            timeouts=Timeouts(read_s=2.0, total_s=5.0),
            public_roots=False,
        )
        settings = replace(settings, **changes)
        clock = ManualClock()
        terminal = await open_gopag(settings, clock)
        try:
            yield World(door, terminal, clock, settings)
        finally:
            await terminal.close()


def _parse(raw: bytes) -> Seen:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    return Seen(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
