"""A bank and a printer in memory, scripted by tests of the services. The wire is tested elsewhere, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from totem.domain.brcode import encode_dynamic
from totem.domain.errors import ChargeNotFound, ProviderError, RequestRefused
from totem.domain.money import Money
from totem.domain.ports import (
    Charge,
    ChargeRequest,
    ChargeStatus,
    Clock,
    Condition,
    PixCapabilities,
    PrinterStatus,
    PrintOutcome,
    PrintResult,
    ReceivedPix,
    Refund,
    RefundStatus,
)
from totem.domain.records import Subject


def code_for(txid: str, amount_cents: int | None) -> str:
    return encode_dynamic(f"bank.example/{txid}", "LAVA JATO", "PORTO ALEGRE", amount_cents)


class ScriptedBank:
    """Keeps charges; `failures[operation]` is a list of what the next calls raise (None: no failure).

    A failure marked `after=True` is raised after the call was carried out: the answer was lost.
    """

    def __init__(self, clock: Clock, name: str = "scripted") -> None:
        self.name = name
        self.capabilities = PixCapabilities(calls_per_minute=600)
        self.refunds: dict[tuple[str, str], Refund] = {}
        self.refund_ends = RefundStatus.DONE
        self.strays: list[ReceivedPix] = []
        self.charges: dict[str, Charge] = {}
        self.failures: dict[str, list[tuple[ProviderError | None, bool]]] = {}
        self.on_call: Callable[[str, str], None] = lambda operation, txid: None
        self.calls: list[tuple[str, str]] = []
        self._clock = clock
        self._paid = 0

    def fail(self, operation: str, error: ProviderError, times: int = 1, *, after: bool = False) -> None:
        self.failures.setdefault(operation, []).extend([(error, after)] * times)

    def pay(self, txid: str, amount_cents: int | None = None, at: datetime | None = None) -> str:
        charge = self.charges[txid]
        self._paid += 1
        end_to_end_id = f"E{abs(hash(self.name)) % 10**8:08d}202611221200{self._paid:011d}"
        amount = charge.amount if amount_cents is None else Money(amount_cents)
        pix = ReceivedPix(end_to_end_id, txid, amount, at or self._clock.now())
        self.charges[txid] = replace(charge, status=ChargeStatus.COMPLETED, payments=(*charge.payments, pix))
        return end_to_end_id

    @property
    def only_txid(self) -> str:
        (txid,) = self.charges
        return txid

    @property
    def charge_calls(self) -> list[tuple[str, str]]:
        """What was asked of charges, without sweeps and refunds."""
        return [call for call in self.calls if call[0] in ("create", "get", "cancel")]

    def _enter(self, operation: str, txid: str) -> tuple[ProviderError | None, bool]:
        self.calls.append((operation, txid))
        self.on_call(operation, txid)
        waiting = self.failures.get(operation)
        error, after = waiting.pop(0) if waiting else (None, False)
        if error is not None and not after:
            raise error
        return error, after

    async def create_charge(self, request: ChargeRequest) -> Charge:
        error, _ = self._enter("create", request.txid)
        code = code_for(request.txid, request.amount.amount_cents)
        made = Charge(request.txid, ChargeStatus.ACTIVE, request.amount, self._clock.now(), request.expires_in_s, code)
        self.charges.setdefault(request.txid, made)
        if error is not None:
            raise error
        return self.charges[request.txid]

    async def get_charge(self, txid: str) -> Charge:
        self._enter("get", txid)
        if txid not in self.charges:
            raise ChargeNotFound("no such charge")
        return self.charges[txid]

    async def cancel_charge(self, txid: str) -> Charge:
        error, _ = self._enter("cancel", txid)
        if txid not in self.charges:
            raise ChargeNotFound("no such charge")
        if self.charges[txid].status is not ChargeStatus.ACTIVE:
            raise RequestRefused("not active", status=400, kind="CobOperacaoInvalida")
        self.charges[txid] = replace(self.charges[txid], status=ChargeStatus.REMOVED_BY_RECEIVER)
        if error is not None:
            raise error
        return self.charges[txid]

    async def refund(self, end_to_end_id: str, refund_id: str, amount: Money) -> Refund:
        error, _ = self._enter("refund", refund_id)
        if (end_to_end_id, refund_id) in self.refunds:
            raise RequestRefused("id used before", status=400, kind="PixDevolucaoInvalida")
        self.refunds[end_to_end_id, refund_id] = Refund(refund_id, amount, RefundStatus.PROCESSING)
        if error is not None:
            raise error
        return self.refunds[end_to_end_id, refund_id]

    async def get_refund(self, end_to_end_id: str, refund_id: str) -> Refund:
        """The first question after the refund settles it."""
        self._enter("get_refund", refund_id)
        if (end_to_end_id, refund_id) not in self.refunds:
            raise ChargeNotFound("no such refund")
        told = self.refunds[end_to_end_id, refund_id]
        self.refunds[end_to_end_id, refund_id] = replace(told, status=self.refund_ends)
        return self.refunds[end_to_end_id, refund_id]

    @property
    def returned_cents(self) -> int:
        return sum(each.amount.amount_cents for each in self.refunds.values() if each.status is RefundStatus.DONE)

    async def received(self, since: datetime, until: datetime) -> AsyncIterator[ReceivedPix]:
        self._enter("received", "")
        for pix in (*(pix for charge in self.charges.values() for pix in charge.payments), *self.strays):
            if since <= pix.at <= until:
                yield pix

    async def close(self) -> None:
        self.calls.append(("close", ""))


@dataclass
class ScriptedPrinter:
    """Prints into `paper`. `results` are what the next jobs come to; `held` is what `settle` answers, in order."""

    name: str = "scripted"
    conditions: set[Condition] = field(default_factory=set)
    results: list[PrintResult] = field(default_factory=list)
    held: list[PrintResult] = field(default_factory=list)
    paper: list[bytes] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def status(self) -> PrinterStatus:
        return PrinterStatus(frozenset(self.conditions))

    async def print(self, job_id: int, data: bytes) -> PrintOutcome:
        result = self.results.pop(0) if self.results else PrintResult.PRINTED
        if result is PrintResult.PRINTED:
            self.paper.append(data)
        return PrintOutcome(result, await self.status())

    async def settle(self, job_id: int) -> PrintOutcome:
        result = self.held.pop(0) if self.held else PrintResult.HELD
        if result is PrintResult.PRINTED:
            self.paper.append(f"settled {job_id}".encode())
        return PrintOutcome(result, await self.status())

    async def close(self) -> None:
        self.released.set()


class PlainPress:
    """Tickets as a line of text."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    async def encode(self, sale: Subject, ticket: Subject, job_id: int, *, second_copy: bool = False) -> bytes:
        return f"{sale.id}#{ticket.number('number')}{' 2nd' if second_copy else ''}".encode()

    async def draw(self, sale: Subject, ticket: Subject) -> bytes:
        return b"PNG " + await self.encode(sale, ticket, 0)

    async def print_notice(self, reference: str) -> None:
        self.notices.append(reference)
