"""A Smart POS written by hand from PROTOCOL.md, line by line: a script per connection, on a real socket."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hardware.terminal.smart_pos.settings import SmartPosLimits, SmartPosSettings
from hardware.terminal.smart_pos.terminal import SmartPosTerminal, open_smart_pos
from tests.support.raw_server import RawServer, Reader, Writer, raw_server
from totem.domain.cards import CardEvent, CardKind, CardReference, CardResult, CardSale
from totem.domain.money import Money
from totem.services.clock import SystemClock

SECRET = "segredo-de-exemplo-com-32-letras"
POS_NONCE = "ffeeddccbbaa99887766554433221100"
LIMITS = SmartPosLimits(
    connect_s=2,
    handshake_s=2,
    answer_s=0.3,
    processing_s=5,
    lost_s=1,
    refund_s=2,
    print_s=1,
    poll_s=1,
    first_pause_s=0.02,
    longest_pause_s=0.1,
)
SALE = CardSale("LOJA01A7K2M9Q4", 4711, Money(5000), CardKind.CREDIT, installments=3, reference="A7K2")
SENT_AT = datetime.now(UTC)
REFERENCE = CardReference(SALE.attempt_id, SALE.number, SALE.amount, SALE.kind, sent_at=SENT_AT)

Message = dict[str, Any]


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


WELCOME: Message = {
    "type": "welcome",
    "terminal": "PAX-1",
    "storeId": "STORE-1",
    "storeSince": stamp(SENT_AT - timedelta(days=1)),
    "kinds": ["credit", "debit"],
    "mostInstallments": 6,
    "can": ["cancel", "refund", "print", "printReceipt"],
}
APPROVED: Message = {
    "transactionId": SALE.attempt_id,
    "status": "approved",
    "amount": 5000,
    "nsu": "312456",
    "authorization": "A12345",
    "cardBrand": "VISA",
    "cardLast4": "1111",
    "receipts": {"customer": ["REDE EXEMPLO", "VISA ************1111"], "merchant": []},
}


def state(status: str, **more: Any) -> Message:
    return {"transactionId": SALE.attempt_id, "status": status, "amount": 5000, **more}


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@dataclass
class PosEnd:
    """The app's end of one connection."""

    reader: Reader
    writer: Writer
    secret: str = SECRET
    keys: tuple[bytes, bytes] | None = None
    sent: int = 0
    received: int = 0
    heard: list[Message] = field(default_factory=list)

    async def hands(self, **changes: Any) -> Message:
        """The whole handshake; returns the kiosk's hello. `changes` are of the welcome."""
        hello = await self.hear()
        pair = f"{hello['nonce']} {POS_NONCE}"
        key = self.secret.encode()
        challenge: Message = {"type": "challenge", "version": 1, "auth": "none"}
        if self.secret:
            proof = _mac(key, f"totem-smartpos/1 proof pos {pair}")
            challenge |= {"auth": "hmac", "nonce": POS_NONCE, "proof": proof}
        self.say(challenge)
        auth = await self.hear()
        assert auth["type"] == "auth"
        if self.secret:
            assert auth["proof"] == _mac(key, f"totem-smartpos/1 proof kiosk {pair}")
            ours, theirs = (
                hmac.new(key, f"totem-smartpos/1 key {role} {pair}".encode(), hashlib.sha256).digest()
                for role in ("pos", "kiosk")
            )
            self.keys = (ours, theirs)
        now = stamp(datetime.now(UTC))
        self.say({**WELCOME, "time": now, **changes})
        return hello

    def say(self, message: Message | bytes) -> None:
        text = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
        if self.keys is not None:
            self.sent += 1
            mac = hmac.new(self.keys[0], f"{self.sent} ".encode() + text, hashlib.sha256).hexdigest()
            text = mac.encode() + b" " + text
        self.writer.write(text + b"\n")

    async def hear(self, *kinds: str) -> Message:
        """The next line (of one of those kinds, if any are named); pings not named are answered and passed over."""
        while True:
            line = (await self.reader.readuntil(b"\n")).rstrip(b"\n")
            if self.keys is not None:
                self.received += 1
                mac, _, text = line.partition(b" ")
                wanted = hmac.new(self.keys[1], f"{self.received} ".encode() + text, hashlib.sha256).hexdigest()
                assert mac.decode() == wanted
                line = text
            message: Message = json.loads(line)
            self.heard.append(message)
            if message["type"] == "ping" and "ping" not in kinds:
                self.say({"type": "pong", "n": message["n"], "time": stamp(datetime.now(UTC))})
            elif not kinds or message["type"] in kinds:
                return message

    async def answers(self, kind: str, **body: Any) -> Message:
        """Hear one request of that kind and answer it."""
        request = await self.hear(kind)
        self.say({"type": "answer", "id": request["id"], **body})
        return request

    async def refuses(self, kind: str, code: str, executed: str = "no") -> Message:
        request = await self.hear(kind)
        self.say({"type": "error", "id": request["id"], "code": code, "executed": executed})
        return request

    async def stay(self) -> None:
        """Answer pings until the kiosk goes."""
        await self.hear("never")


async def takes(end: PosEnd) -> None:
    """Handshake, and a sale that goes on."""
    await end.hands()
    await end.answers("sale", transaction=state("processing"))


Script = Callable[[PosEnd], Awaitable[None]]


@dataclass
class Rig:
    terminal: SmartPosTerminal
    server: RawServer
    ends: list[PosEnd]
    failures: list[BaseException]

    async def sell(self, sale: CardSale = SALE) -> tuple[list[CardEvent], CardResult]:
        events = [event async for event in self.terminal.start(sale)]
        result = events.pop()
        assert isinstance(result, CardResult)
        assert not any(isinstance(event, CardResult) for event in events)
        return events, result


@asynccontextmanager
async def rig(
    *scripts: Script, secret: str = SECRET, pos_secret: str | None = None, **changes: Any
) -> AsyncIterator[Rig]:
    """Connection n is served by script n, the last for ever. What a script asserts fails the test at the end."""
    ends: list[PosEnd] = []
    failures: list[BaseException] = []

    async def behave(server: RawServer, reader: Reader, writer: Writer) -> None:
        end = PosEnd(reader, writer, secret if pos_secret is None else pos_secret)
        ends.append(end)
        try:
            await scripts[min(len(ends), len(scripts)) - 1](end)
        except (AssertionError, KeyError, ValueError) as exc:
            failures.append(exc)
            raise EOFError from exc

    async with raw_server(behave) as server:
        settings = SmartPosSettings(port=server.port, secret=secret, kiosk="LOJA01", card_s=10, limits=LIMITS)
        terminal = open_smart_pos(replace(settings, **changes), SystemClock(), random.Random(7))
        try:
            yield Rig(terminal, server, ends, failures)
        finally:
            async with asyncio.timeout(5):
                await terminal.close()
    assert not failures, failures
