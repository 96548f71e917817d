"""Bacen's Pix API 2.9.0 as the port's PixProvider. What banks do differently comes in a `Bank`.

Nothing is repeated here but a call that was answered 401, which is a refusal: the request was provably not carried out.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import JsonValue, ValidationError

from providers.http.answers import Answer
from providers.http.client import HttpClient
from providers.pix.bank import Bank
from providers.pix.limits import (
    PAGE_SIZE,
    amount_faults,
    charge_body,
    charge_faults,
    refund_faults,
    refuse_locally,
    txid_faults,
    window_query,
)
from providers.pix.models import CobWire, DevolucaoWire, PixPageWire, PixWire, QrCodeWire, read_wire, unreadable_fields
from providers.pix.token import TokenCache
from totem.domain.errors import ChargeRejected, CredentialsRefused, OutcomeUnknown, ProviderError
from totem.domain.money import Money
from totem.domain.ports import Charge, ChargeRequest, ChargeStatus, PixCapabilities, PixProvider, ReceivedPix, Refund

_LOG: Final = logging.getLogger(__name__)
_MAX_PAGES: Final = 1000
_CODES_KEPT: Final = 64


class BacenPix(PixProvider):
    """One receiver at one bank. Errors are those of the port; `create_charge` also raises ChargeRejected."""

    def __init__(self, bank: Bank, http: HttpClient, tokens: TokenCache) -> None:
        self._bank = bank
        self._http = http
        self._tokens = tokens
        self._codes: OrderedDict[str, str] = OrderedDict()

    @property
    def name(self) -> str:
        return self._bank.name

    @property
    def capabilities(self) -> PixCapabilities:
        return self._bank.capabilities

    async def create_charge(self, request: ChargeRequest) -> Charge:
        """PUT /cob/{txid}. A RequestRefused of a *repeated* PUT speaks of the repetition only: ask get_charge."""
        path = self._bank.cob(self._bank.versions.put_cob, request.txid)
        what = f"PUT {path}"
        refuse_locally(charge_faults(request), what)
        body = charge_body(request, self._bank.pix_key)
        answer = await self._call("PUT", path, moves_money=True, json=body)
        cob = read_wire(CobWire, answer.body, what)
        faults = _differences(cob, request, self._bank.pix_key)
        if faults:
            raise ChargeRejected(f"{what}: the bank's charge is not what was asked: {'; '.join(faults)}")
        try:
            code = await self._code_of(cob)
        except ProviderError as exc:
            raise OutcomeUnknown(f"{what}: the charge exists, its code could not be fetched: {exc}") from exc
        if code is None and cob.status is ChargeStatus.ACTIVE and not cob.pix:
            raise ChargeRejected(f"{what}: the charge has neither copia e cola nor location: it cannot be paid")
        return _charge_of(cob, code, what)

    async def get_charge(self, txid: str) -> Charge:
        path = self._bank.cob(self._bank.versions.get_cob, txid)
        what = f"GET {path}"
        refuse_locally(txid_faults(txid), what)
        answer = await self._call("GET", path, moves_money=False)
        cob = _same_txid(read_wire(CobWire, answer.body, what), txid, what)
        code = None
        if cob.status is ChargeStatus.ACTIVE and not cob.pix:
            try:
                code = await self._code_of(cob)
            except ProviderError as exc:
                # Whether the money came matters more here than a code that may be on screen already.
                _LOG.warning("%s: code not fetched: %s", what, exc)
        return _charge_of(cob, code, what)

    async def cancel_charge(self, txid: str) -> Charge:
        path = self._bank.cob(self._bank.versions.patch_cob, txid)
        what = f"PATCH {path}"
        refuse_locally(txid_faults(txid), what)
        body = {"status": ChargeStatus.REMOVED_BY_RECEIVER.value}
        answer = await self._call("PATCH", path, moves_money=True, json=body)
        return _charge_of(_same_txid(read_wire(CobWire, answer.body, what), txid, what), None, what)

    async def refund(self, end_to_end_id: str, refund_id: str, amount: Money) -> Refund:
        """PUT /pix/{e2eid}/devolucao/{id}. A used id is an error to Bacen: after an unknown outcome ask get_refund."""
        path = self._bank.devolucao(end_to_end_id, refund_id)
        what = f"PUT {path}"
        refuse_locally([*refund_faults(end_to_end_id, refund_id), *amount_faults("valor", amount)], what)
        answer = await self._call("PUT", path, moves_money=True, json={"valor": amount.decimal_text})
        refund = _refund_of(answer, refund_id, what)
        if refund.amount != amount:
            raise OutcomeUnknown(f"{what}: the bank tells of another amount than was asked")
        return refund

    async def get_refund(self, end_to_end_id: str, refund_id: str) -> Refund:
        path = self._bank.devolucao(end_to_end_id, refund_id)
        what = f"GET {path}"
        refuse_locally(refund_faults(end_to_end_id, refund_id), what)
        return _refund_of(await self._call("GET", path, moves_money=False), refund_id, what)

    async def received(self, since: datetime, until: datetime) -> AsyncIterator[ReceivedPix]:
        """Every Pix once, by endToEndId. An unreadable item hides no other: OutcomeUnknown names it at the end."""
        window = window_query(since, until)
        what = f"GET {self._bank.received()}"
        seen: set[str] = set()
        unreadable: list[str] = []
        for page in range(_MAX_PAGES):
            query = {**window, "paginacao.paginaAtual": str(page), "paginacao.itensPorPagina": str(PAGE_SIZE)}
            answer = await self._call("GET", self._bank.received(), moves_money=False, query=query)
            # A full page takes longer to read than the event loop may be held.
            found = await asyncio.to_thread(_read_page, answer.body, page, what)
            unreadable += found.unreadable
            for pix in found.readable:
                if pix.end_to_end_id not in seen:
                    seen.add(pix.end_to_end_id)
                    yield pix
            if found.is_last:
                break
        else:
            raise OutcomeUnknown(f"{what}: more than {_MAX_PAGES} pages: ask for a shorter window")
        if unreadable:
            raise OutcomeUnknown(f"{what}: {len(unreadable)} unreadable: {'; '.join(unreadable[:10])}")

    async def close(self) -> None:
        await self._http.close()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        moves_money: bool,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Answer:
        token = await self._tokens.get()
        try:
            return await self._send(token, method, path, moves_money=moves_money, query=query, json=json)
        except CredentialsRefused:
            if not self._tokens.reject(token):
                raise
        token = await self._tokens.get()
        return await self._send(token, method, path, moves_money=moves_money, query=query, json=json)

    async def _send(
        self,
        token: str,
        method: str,
        path: str,
        *,
        moves_money: bool,
        query: Mapping[str, str] | None,
        json: Mapping[str, object] | None,
    ) -> Answer:
        headers = {**self._bank.headers, "Authorization": f"Bearer {token}"}
        return await self._http.call(method, path, moves_money=moves_money, headers=headers, query=query, json=json)

    async def _code_of(self, cob: CobWire) -> str | None:
        """The copia e cola: from the answer, from memory, or from the location (asked once a charge)."""
        code = cob.copia_e_cola or self._codes.get(cob.txid)
        if code is None and cob.loc.id is not None:
            path = self._bank.qrcode(cob.loc.id)
            answer = await self._call("GET", path, moves_money=False)
            code = read_wire(QrCodeWire, answer.body, f"GET {path}").qrcode
        if code is not None:
            self._codes[cob.txid] = code
            self._codes.move_to_end(cob.txid)
            if len(self._codes) > _CODES_KEPT:
                self._codes.popitem(last=False)
        return code


def _charge_of(cob: CobWire, code: str | None, what: str) -> Charge:
    try:
        return cob.to_charge(code)
    except ValueError as exc:
        raise OutcomeUnknown(f"{what}: unreadable answer ({exc})") from exc


def _differences(cob: CobWire, request: ChargeRequest, pix_key: str) -> list[str]:
    """What the bank's charge has that we did not ask for, where it would make the customer pay wrongly."""
    faults = []
    if cob.txid != request.txid:
        faults.append("another txid")
    if cob.valor.original != request.amount:
        faults.append(f"{cob.valor.original.decimal_text} instead of {request.amount.decimal_text}")
    if cob.chave is not None and _plain_key(cob.chave) != _plain_key(pix_key):
        faults.append("another receiver's key")
    if cob.valor.payer_may_alter == 1:
        faults.append("the payer may alter the amount")
    return faults


def _plain_key(key: str) -> str:
    """A Pix key as banks agree on it: `+55 (51) 9...` and EVP in capitals are written in more than one way."""
    return "".join(character for character in key.casefold() if character.isalnum() or character == "@")


def _same_txid(cob: CobWire, txid: str, what: str) -> CobWire:
    if cob.txid != txid:
        raise OutcomeUnknown(f"{what}: the bank answers with another charge")
    return cob


def _refund_of(answer: Answer, refund_id: str, what: str) -> Refund:
    refund = read_wire(DevolucaoWire, answer.body, what).to_refund()
    if refund.refund_id != refund_id:
        raise OutcomeUnknown(f"{what}: the bank answers with another refund")
    return refund


@dataclass(frozen=True, slots=True)
class _Page:
    """`unreadable` names each item that cannot be read, and why."""

    readable: list[ReceivedPix]
    unreadable: list[str]
    is_last: bool


def _read_page(body: bytes, number: int, what: str) -> _Page:
    parsed = read_wire(PixPageWire, body, what)
    readable: list[ReceivedPix] = []
    unreadable: list[str] = []
    for item in parsed.pix:
        try:
            readable.append(PixWire.model_validate(item).to_received())
        except ValidationError as exc:
            unreadable.append(f"{_name_of(item)} ({unreadable_fields(exc)})")
    # By the bank's count of pages, else by a page that is not full (only the last may be: `itensPorPagina`).
    pages = parsed.parametros.paginacao.pages
    return _Page(readable, unreadable, number + 1 >= pages if pages is not None else len(parsed.pix) < PAGE_SIZE)


def _name_of(item: JsonValue) -> str:
    name = item.get("endToEndId") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name.isalnum() and len(name) <= 40 else "one without endToEndId"
