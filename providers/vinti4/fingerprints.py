"""The fingerprints of vinti4: SHA-512 in base64 over fields in a fixed order, the merchant's code hashed in front.

The amount enters in thousandths, a whole number made by whole numbers alone. What is absent enters as nothing; entity
and reference enter as numbers, without leading zeros. No separator stands between the fields. Checked by the vectors
of the published clients (tests).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from providers.vinti4.answers import PageAnswer

_THOUSANDTHS: Final = 1000
_MOST_DIGITS: Final = 18


def digest(text: str) -> str:
    """base64(SHA-512(text)), the text in UTF-8."""
    return base64.b64encode(hashlib.sha512(text.encode("utf-8")).digest()).decode("ascii")


def same(first: str, second: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(first.encode("utf-8"), second.encode("utf-8"))


def request_fingerprint(pos_auth_code: str, fields: dict[str, str], amount: int) -> str:
    """Of a form to be posted; `amount` in whole units of the currency."""
    named = ("merchantRef", "merchantSession", "posID", "currency", "transactionCode")
    parts = (
        fields["timeStamp"],
        str(amount * _THOUSANDTHS),
        *(fields[name] for name in named),
        number_text(fields.get("entityCode", "")),
        number_text(fields.get("referenceNumber", "")),
    )
    return digest(digest(pos_auth_code) + "".join(parts))


def answer_fingerprint(pos_auth_code: str, answer: PageAnswer) -> str:
    """Of an answer of success. Raises ValueError where a number in it is none."""
    parts = (
        answer.message_type,
        answer.clearing_period,
        answer.transaction_id,
        answer.merchant_ref,
        answer.merchant_session,
        thousandths_text(answer.amount),
        answer.message_id,
        answer.pan,
        answer.response,
        answer.time_stamp,
        number_text(answer.reference),
        number_text(answer.entity),
        answer.client_receipt,
        answer.additional_error.strip(),
        answer.reload_code,
    )
    return digest(digest(pos_auth_code) + "".join(parts))


def error_fingerprint(pos_auth_code: str, answer: PageAnswer) -> str:
    """Of an answer of error (message type 6)."""
    parts = (
        answer.message_type,
        answer.message_id,
        answer.error_code,
        answer.error_detail,
        answer.error_description,
        answer.merchant_ref,
        answer.merchant_session,
        answer.additional_error,
        answer.time_stamp,
    )
    return digest(digest(pos_auth_code) + "".join(parts))


def number_text(text: str) -> str:
    """`"000120"` as `"120"`, nothing as nothing. Raises ValueError for anything but digits."""
    if not text:
        return ""
    if not (text.isascii() and text.isdigit()):
        raise ValueError("not a whole number")
    return str(int(text))


def thousandths_text(text: str) -> str:
    """`"1500"` and `"1500.00"` as `"1500000"`; nothing as nothing. Raises ValueError for what has no such number."""
    if not text:
        return ""
    if len(text) > _MOST_DIGITS or not (text.isascii() and text.replace(".", "", 1).isdigit()):
        raise ValueError("not an amount")
    try:
        scaled = Decimal(text) * _THOUSANDTHS
    except InvalidOperation as exc:
        raise ValueError("not an amount") from exc
    if scaled != scaled.to_integral_value():
        raise ValueError("an amount finer than thousandths")
    return str(int(scaled))
