"""The kiosk's requests as the app reads them: typed, and strict where the protocol says what they must hold."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_JOB: Final = re.compile(r"[\x21-\x7e]{1,64}")
_MOST: Final = 9_999_999_999


class Refused(Exception):
    """An `error` line. `executed` is `no` or `unknown`."""

    def __init__(self, code: str, message: str = "", executed: str = "no") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.executed = executed


@dataclass(frozen=True, slots=True)
class Sale:
    transaction_id: str
    amount_cents: int
    currency: str
    kind: str
    installments: int
    number: int
    reference: str
    timeout_s: int


@dataclass(frozen=True, slots=True)
class Refund:
    refund_id: str
    transaction_id: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class PrintJob:
    job_id: str
    data: bytes


def request_id(body: Json) -> int:
    """Raises Refused."""
    return _integer(body, "id", 1, 2**53)


def sale_of(body: Json) -> Sale:
    """Raises Refused."""
    kind = _one_of(body, "kind", ("credit", "debit"))
    installments = _integer(body, "installments", 1, 99)
    if kind == "debit" and installments != 1:
        raise Refused("bad_request", "debit has no instalments")
    _one_of(body, "language", ("pt", "en", "es"))
    return Sale(
        identifier(body, "transactionId"),
        _integer(body, "amount", 1, _MOST),
        _one_of(body, "currency", ("BRL",)),
        kind,
        installments,
        _integer(body, "number", 1, _MOST),
        _text(body, "reference"),
        _integer(body, "timeoutS", 10, 600),
    )


def refund_of(body: Json) -> Refund:
    """Raises Refused."""
    return Refund(identifier(body, "refundId"), identifier(body, "transactionId"), _integer(body, "amount", 1, _MOST))


def print_job_of(body: Json) -> PrintJob:
    """Raises Refused."""
    _one_of(body, "format", ("escpos",))
    try:
        data = base64.b64decode(_text(body, "data"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("bad_request", "data is not base64") from error
    return PrintJob(job_id_of(body), data)


def job_id_of(body: Json) -> str:
    """Raises Refused."""
    job_id = _text(body, "jobId")
    if not _JOB.fullmatch(job_id):
        raise Refused("bad_request", "jobId")
    return job_id


def copy_of(body: Json) -> str:
    """Raises Refused."""
    return _one_of(body, "copy", ("customer", "merchant"))


def identifier(body: Json, name: str) -> str:
    """1 to 32 of A-Z, a-z, 0-9, `-` and `_`. Raises Refused."""
    value = _text(body, name)
    if not _ID.fullmatch(value):
        raise Refused("bad_request", name)
    return value


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise Refused("bad_request", f"{name} is not a text")
    return value


def _integer(body: Json, name: str, least: int, most: int) -> int:
    value = body.get(name)
    if type(value) is not int or not least <= value <= most:
        raise Refused("bad_request", f"{name} is not an integer from {least} to {most}")
    return value


def _one_of(body: Json, name: str, allowed: tuple[str, ...]) -> str:
    value = _text(body, name)
    if value not in allowed:
        raise Refused("bad_request", f"{name} is none of {', '.join(allowed)}")
    return value
