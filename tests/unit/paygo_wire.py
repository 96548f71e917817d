"""A client of the simulated PayGo that writes bare bytes, as PayGo's description of the exchange has them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from hardware.sim.paygo.settings import PaygoSettings
from hardware.sim.paygo.simulator import SimulatedPaygo

LIMIT_S = 10.0
IDENTITY = {"733": "210", "735": "TOTEM", "736": "0.1", "738": "G45J35G3JH45B435"}
SALE = {"000": "CRT", "001": "1", "003": "5000", "004": "0", "706": "156", "716": "LAVA", **IDENTITY}
MOMENT = datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC)

Answer = dict[str, str]


def message(fields: Mapping[str, str]) -> bytes:
    lines = [f"{number}-000 = {value}\r\n" for number, value in fields.items()]
    return "".join([*lines, "999-999 = 0\r\n"]).encode("ascii")


def sale(number: int, amount_cents: int = 5000, **more: str) -> bytes:
    fields = {**SALE, "001": str(number), "003": str(amount_cents)}
    return message({**fields, **{name.removeprefix("f"): value for name, value in more.items()}})


def settlement(command: str, number: int, control: str) -> bytes:
    return message({"000": command, "001": str(number), "027": control, **IDENTITY})


def parsed(raw: bytes) -> Answer:
    lines = raw.decode("ascii").split("\r\n")
    assert lines[-2:] == ["999-999 = 0", ""]
    fields = dict(line.split(" = ", 1) for line in lines[:-1])
    assert len(fields) == len(lines) - 1
    return fields


class SocketWire:
    """One connection for all messages."""

    door = "socket"

    def __init__(self, paygo: SimulatedPaygo, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.paygo = paygo
        self.reader, self.writer = reader, writer

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def status(self) -> Answer:
        return await self.answer()

    async def answer(self) -> Answer:
        async with asyncio.timeout(LIMIT_S):
            return parsed(await self.reader.readuntil(b"999-999 = 0\r\n"))

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


class FolderWire:
    """The files of the exchange folder."""

    door = "folder"

    def __init__(self, paygo: SimulatedPaygo) -> None:
        self.paygo = paygo
        self.request = paygo.folder / "Req" / "intpos.001"
        self.responses = paygo.folder / "Resp"

    async def send(self, raw: bytes) -> None:
        temporary = self.request.with_suffix(".tmp")
        temporary.write_bytes(raw)
        temporary.replace(self.request)

    async def status(self) -> Answer:
        return await self._read("intpos.sts")

    async def answer(self) -> Answer:
        return await self._read("intpos.001")

    async def _read(self, name: str) -> Answer:
        path = self.responses / name
        async with asyncio.timeout(LIMIT_S):
            await self.paygo.until(path.is_file)
        raw = path.read_bytes()
        path.unlink()
        return parsed(raw)

    async def close(self) -> None:
        return


Wire = SocketWire | FolderWire


async def wire_of(paygo: SimulatedPaygo, door: str) -> Wire:
    if door == "folder":
        return FolderWire(paygo)
    return SocketWire(paygo, *await asyncio.open_connection("127.0.0.1", paygo.port))


async def ask(wire: Wire, raw: bytes) -> Answer:
    """A request that has an answer; its .sts is checked on the way."""
    await wire.send(raw)
    status = await wire.status()
    sent = parsed(raw)
    assert status == {name: sent.get(name, "0") for name in ("000-000", "001-000", "999-999")}
    return await wire.answer()


async def tell(wire: Wire, raw: bytes) -> None:
    """A request that is only acknowledged."""
    await wire.send(raw)
    assert (await wire.status())["000-000"] == parsed(raw)["000-000"]


def made(folder: Path, *, auto: bool = True, ledger: Path | None = None, **more: object) -> SimulatedPaygo:
    settings = PaygoSettings(folder=folder, auto=auto, **more)  # type: ignore[arg-type]
    return SimulatedPaygo(settings, ledger, now=lambda: MOMENT, rng=random.Random(7))


def states(paygo: SimulatedPaygo) -> list[str]:
    return [one.state.value for one in paygo.transactions()]
