"""The simulated SISP's own fingerprints, written apart from the client's and checked by the same published vectors."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

_ANSWER: Final = (
    "messageType",
    "merchantRespCP",
    "merchantRespTid",
    "merchantRespMerchantRef",
    "merchantRespMerchantSession",
    "merchantRespPurchaseAmount",
    "merchantRespMessageID",
    "merchantRespPan",
    "merchantResp",
    "merchantRespTimeStamp",
    "merchantRespReferenceNumber",
    "merchantRespEntityCode",
    "merchantRespClientReceipt",
    "merchantRespAdditionalErrorMessage",
    "merchantRespReloadCode",
)
_ERROR: Final = (
    "messageType",
    "merchantRespMessageID",
    "merchantRespErrorCode",
    "merchantRespErrorDetail",
    "merchantRespErrorDescription",
    "merchantRespMerchantRef",
    "merchantRespMerchantSession",
    "merchantRespAdditionalErrorMessage",
    "merchantRespTimeStamp",
)
_REQUEST: Final = (
    "timeStamp",
    "amount",
    "merchantRef",
    "merchantSession",
    "posID",
    "currency",
    "transactionCode",
    "entityCode",
    "referenceNumber",
)
_AMOUNTS: Final = frozenset({"amount", "merchantRespPurchaseAmount"})
_NUMBERS: Final = frozenset({"entityCode", "referenceNumber", "merchantRespReferenceNumber", "merchantRespEntityCode"})


def request_signature(code: str, fields: Mapping[str, str]) -> str:
    return _signature(code, fields, _REQUEST)


def answer_signature(code: str, fields: Mapping[str, str]) -> str:
    """Of a success or of an error, by its own message type."""
    return _signature(code, fields, _ERROR if fields.get("messageType") == "6" else _ANSWER)


def _signature(code: str, fields: Mapping[str, str], order: tuple[str, ...]) -> str:
    text = _hash(code)
    for name in order:
        value = fields.get(name, "")
        if value and name in _AMOUNTS:
            value += "000"
        elif value and name in _NUMBERS:
            value = value.lstrip("0") or "0"
        elif name == "merchantRespAdditionalErrorMessage" and order is _ANSWER:
            value = value.strip()
        text += value
    return _hash(text)


def _hash(text: str) -> str:
    return b64encode(hashlib.sha512(text.encode()).digest()).decode()
