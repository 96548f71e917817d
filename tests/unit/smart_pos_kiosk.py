"""A kiosk that speaks to the simulated Smart POS by bare lines, by the letter of PROTOCOL.md."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos

LIMIT_S = 10.0
SECRET = "segredo-de-exemplo-com-32-letras"
NONCE = "00112233445566778899aabbccddeeff"
POS_NONCE = "ffeeddccbbaa99887766554433221100"
MOMENT = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SALE: dict[str, Any] = {
    "type": "sale",
    "transactionId": "LOJA01A7K2M9Q4",
    "amount": 5000,
    "currency": "BRL",
    "kind": "credit",
    "installments": 1,
    "number": 4711,
    "reference": "A7K2",
    "language": "pt",
    "timeoutS": 90,
}
T1 = SALE["transactionId"]
TICKET = b"\x1b@Lava-r\xa0pido\nTotal 50,00\n\x1bd\x05"

Json = dict[str, Any]


def hmac_hex(key: bytes, text: str | bytes) -> str:
    return hmac.new(key, text if isinstance(text, bytes) else text.encode(), hashlib.sha256).hexdigest()


class Kiosk:
    """One link, by the document's letter. `secret` "" speaks without MACs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: str) -> None:
        self.reader, self.writer, self.secret = reader, writer, secret
        self.keys: dict[str, bytes] = {}
        self.counts = {"pos": 0, "kiosk": 0}
        self.ids = 0
        self.welcome: Json = {}

    def mac(self, side: str, text: bytes) -> bytes:
        self.counts[side] += 1
        return hmac_hex(self.keys[side], f"{self.counts[side]} ".encode() + text).encode()

    def send_raw(self, line: bytes) -> None:
        self.writer.write(line + b"\n")

    def send(self, body: Json) -> None:
        text = json.dumps(body).encode()
        self.send_raw(self.mac("kiosk", text) + b" " + text if self.keys else text)

    def request(self, body: Json) -> int:
        self.ids += 1
        self.send({**body, "id": self.ids})
        return self.ids

    async def read(self) -> Json:
        """The next line; EOFError or ConnectionError where the link is over."""
        async with asyncio.timeout(LIMIT_S):
            line = (await self.reader.readuntil(b"\n"))[:-1]
        if self.keys:
            given, line = line[:64], line[65:]
            assert given == self.mac("pos", line)
        body: Json = json.loads(line)
        return body

    async def next(self, kind: str) -> Json:
        """The next line of that kind; others are passed over."""
        while (body := await self.read())["type"] != kind:
            continue
        return body

    async def ask(self, body: Json) -> Json:
        """The answer, or the error, to a request."""
        number = self.request(body)
        while (told := await self.read()).get("id") != number:
            continue
        return told

    async def hello(self) -> None:
        hello = {"type": "hello", "protocol": "totem-smartpos", "versions": [1], "kiosk": "LOJA01", "nonce": NONCE}
        self.send({**hello, "time": "2026-11-23T12:00:00Z"})
        challenge = await self.read()
        assert (challenge["type"], challenge["version"]) == ("challenge", 1)
        nonces = f"{NONCE} {challenge['nonce']}"
        secret = self.secret.encode()
        if challenge["auth"] == "hmac":
            assert challenge["proof"] == hmac_hex(secret, f"totem-smartpos/1 proof pos {nonces}")
            self.send({"type": "auth", "proof": hmac_hex(secret, f"totem-smartpos/1 proof kiosk {nonces}")})
            for side in ("pos", "kiosk"):
                self.keys[side] = bytes.fromhex(hmac_hex(secret, f"totem-smartpos/1 key {side} {nonces}"))
        else:
            self.send({"type": "auth"})
        self.welcome = await self.read()
        assert self.welcome["type"] == "welcome"

    async def is_over(self) -> bool:
        """Reads to the end of the link."""
        async with asyncio.timeout(LIMIT_S):
            try:
                while await self.reader.read(4096):
                    continue
            except ConnectionError:
                return True
        return True

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


async def dial(pos: SimulatedSmartPos, secret: str = SECRET) -> Kiosk:
    """A link without a handshake."""
    return Kiosk(*await asyncio.open_connection("127.0.0.1", pos.port), secret)


async def link_to(pos: SimulatedSmartPos, secret: str = SECRET) -> Kiosk:
    kiosk = await dial(pos, secret)
    await kiosk.hello()
    return kiosk


def made(ledger: Path | None = None, **more: Any) -> SimulatedSmartPos:
    settings = SmartPosSimSettings(**{"secret": SECRET, **more})
    return SimulatedSmartPos(settings, ledger, now=lambda: MOMENT, rng=random.Random(7))


def job(name: str = "job-0001") -> Json:
    return {"type": "print", "jobId": name, "format": "escpos", "data": base64.b64encode(TICKET).decode()}
