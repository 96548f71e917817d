"""A PayGo made of nothing but raw text, for tests of the client alone: it answers what each test wrote down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

APPROVED = """\
000-000 = CRT
001-000 = {id}
002-000 = ABC123
003-000 = {amount}
004-000 = 0
009-000 = 0
010-000 = REDE X
012-000 = 000312456
013-000 = A12345
015-000 = 2211093000
022-000 = 22112026
023-000 = 093000
027-000 = {code}
028-000 = 4
029-001 = "        COMPROVANTE TEF        "
029-002 = "VALOR R$ 45,00"
029-003 = "VISA ************1111"
029-004 = "NSU 000312456 AUT A12345"
030-000 = TRANSACAO APROVADA
040-000 = VISA CREDITO
710-000 = 1
711-001 = "VISA ****1111 R$ 45,00"
712-000 = 2
713-001 = "VIA DO CLIENTE"
713-002 = "VISA ****1111 R$ 45,00"
729-000 = 2
737-000 = 3
739-000 = 0203
740-000 = 411111******1111
741-000 = SILVA/JOAO
747-000 = 1228
748-000 = VISA
999-999 = 0
"""
DENIED = "000-000 = CRT\n001-000 = {id}\n009-000 = 51\n028-000 = 0\n030-000 = SALDO INSUFICIENTE\n999-999 = 0\n"
PENDING = (
    "000-000 = CRT\n001-000 = {id}\n009-000 = 1\n010-000 = REDE Y\n027-000 = P77\n030-000 = PENDENTE\n999-999 = 0\n"
)
CANCELLED_SALE = (
    "000-000 = CNC\n001-000 = {id}\n003-000 = 4500\n009-000 = 0\n010-000 = REDE X\n012-000 = 9\n027-000 = C88\n"
    '028-000 = 1\n029-001 = "CANCELAMENTO"\n030-000 = CANCELADA\n729-000 = 2\n999-999 = 0\n'
)
ADMIN_CANCEL = (
    "000-000 = ADM\n001-000 = {id}\n003-000 = 4500\n009-000 = 0\n010-000 = REDE X\n012-000 = 10\n"
    "025-000 = 000312456\n026-000 = 2211093000\n027-000 = D99\n028-000 = 0\n030-000 = CANCELADA\n729-000 = 2\n"
    "730-000 = 51\n999-999 = 0\n"
)


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("cp1252")


@dataclass
class Act:
    """What the peer does with one request: take it, acknowledge it, answer it."""

    answer: str = ""
    take: bool = True
    status: bool = True
    note: str = ""
    """Sent between status and answer, on a socket only."""
    then_close: bool = False


@dataclass
class Script:
    """Acts by command, each used once, the last for ever after; ATV, CNF and NCN are acknowledged unless told."""

    acts: dict[str, list[Act]] = field(default_factory=dict)
    heard: list[dict[str, str]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=lambda: {"code": "F123", "amount": "4500"})
    id_of: Callable[[str], str] = str

    def on(self, command: str, *acts: Act) -> Script:
        self.acts[command] = list(acts)
        return self

    def commands(self, *names: str) -> list[dict[str, str]]:
        return [each for each in self.heard if each["000-000"] in names]

    def act(self, raw: bytes) -> tuple[Act, dict[str, str]]:
        request = dict(line.split(" = ", 1) for line in raw.decode("ascii").splitlines())
        acts = self.acts.get(request["000-000"], [Act()])
        act = acts[0] if len(acts) == 1 else acts.pop(0)
        if act.take:
            self.heard.append(request)
        return act, request

    def filled(self, text: str, request: dict[str, str]) -> bytes:
        return crlf(text.format(id=self.id_of(request["001-000"]), **self.values))


def status_of(request: dict[str, str]) -> bytes:
    return crlf(f"000-000 = {request['000-000']}\n001-000 = {request['001-000']}\n999-999 = 0\n")


@asynccontextmanager
async def folder_peer(folder: Path, script: Script) -> AsyncIterator[Path]:
    """Serves `folder` (with Req and Resp made) until the block ends."""
    (folder / "Req").mkdir(parents=True, exist_ok=True)
    (folder / "Resp").mkdir(exist_ok=True)
    task = asyncio.create_task(_serve_folder(folder, script))
    try:
        yield folder
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _serve_folder(folder: Path, script: Script) -> None:
    ignored = b""
    while True:
        await asyncio.sleep(0.004)  # another program's folder: it can only be looked at
        path = folder / "Req" / "intpos.001"
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            ignored = b""
            continue
        if raw == ignored:
            continue
        act, request = script.act(raw)
        if not act.take:
            ignored = raw
            continue
        path.unlink()
        if act.status:
            put(folder / "Resp" / "intpos.sts", status_of(request))
        if act.answer:
            put(folder / "Resp" / "intpos.001", script.filled(act.answer, request))


async def until(holds: Callable[[], bool]) -> None:
    """Of what only a folder or a script shows, which can only be looked at again."""
    async with asyncio.timeout(10):
        while True:
            if holds():
                return
            await asyncio.sleep(0.004)


def put(path: Path, data: bytes) -> None:
    draft = path.with_suffix(".new")
    draft.write_bytes(data)
    draft.replace(path)


@asynccontextmanager
async def socket_peer(script: Script, greeting: bytes = b"") -> AsyncIterator[int]:
    """Serves a plain socket on loopback; `greeting` is said to everybody who connects. Gives the port."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(greeting)
            while True:
                raw = await reader.readuntil(b"999-999 = 0\r\n")
                act, request = script.act(raw)
                if act.take and act.status:
                    writer.write(status_of(request))
                if act.note:
                    writer.write(crlf(f"000-000 = {request['000-000']}\n030-000 = {act.note}\n999-999 = 0\n"))
                if act.take and act.answer:
                    writer.write(script.filled(act.answer, request))
                if act.then_close:
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
