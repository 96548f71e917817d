"""BR Code: the text behind a Pix QR code and "copia e cola" (EMV QRCPS-MPM, Bacen's Manual do BR Code).

A strict reader: what it accepts, every payer's app accepts. A code that this file refuses is never shown to a customer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from totem.domain.brcode_names import field_name

MAX_LENGTH: Final = 512
"""Bacen Pix API 2.9.0: `pixCopiaECola` holds at most 512 characters."""

PIX_GUI: Final = "br.gov.bcb.pix"
NO_TXID: Final = "***"

_ACCOUNT_IDS: Final = frozenset(f"{number:02d}" for number in range(26, 52))
_TEMPLATE_IDS: Final = _ACCOUNT_IDS | {"62", "64"} | {f"{number:02d}" for number in range(80, 100)}
_MAX_LENGTHS: Final = {"54": 13, "59": 25, "60": 15, "61": 10}

_CRC_TAIL: Final = re.compile(r"6304([0-9A-F]{4})\Z")
_SHORT_CRC_TAIL: Final = re.compile(r"63(04[0-9A-Fa-f]{0,3}|00|01[0-9A-Fa-f]|02[0-9A-Fa-f]{2}|03[0-9A-Fa-f]{3})\Z")
_AMOUNT: Final = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
_TXID: Final = re.compile(r"[a-zA-Z0-9]{1,25}")
_URL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:/[!-~]*)?")


class Reason(StrEnum):
    """Why a code is refused; stable, for logs and tests."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_ASCII = "not_ascii"
    BROKEN_TLV = "broken_tlv"
    BAD_CRC = "bad_crc"
    UNPADDED_CRC = "unpadded_crc"
    LOWERCASE_CRC = "lowercase_crc"
    TRAILING_DATA = "trailing_data"
    DUPLICATE_FIELD = "duplicate_field"
    MISSING_FIELD = "missing_field"
    BAD_VERSION = "bad_version"
    BAD_INITIATION = "bad_initiation"
    WRONG_GUI = "wrong_gui"
    KEY_AND_URL = "key_and_url"
    BAD_URL = "bad_url"
    BAD_CATEGORY = "bad_category"
    WRONG_CURRENCY = "wrong_currency"
    BAD_AMOUNT = "bad_amount"
    WRONG_COUNTRY = "wrong_country"
    BAD_TXID = "bad_txid"


class BrCodeError(ValueError):
    """The text is no valid Pix BR Code. `reason` is stable; the message names the field."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(f"{reason.value}: {message}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Field:
    """One TLV field: two-digit id and its value."""

    id: str
    value: str

    def encoded(self) -> str:
        return f"{self.id}{len(self.value):02d}{self.value}"


@dataclass(frozen=True, slots=True)
class BrCode:
    """What a code says. Exactly one of `key` and `url` is set, but for a code that only asks for a recurrence."""

    key: str | None
    url: str | None
    """Without scheme, as field 26-25 writes it."""
    amount: str | None
    amount_cents: int | None
    """None where the code leaves the amount to the bank's payload (many dynamic codes) or to the payer."""
    merchant_name: str
    merchant_city: str
    txid: str
    """`***` where the code carries none."""
    single_use: bool
    info: str | None
    recurrence_url: str | None
    fields: tuple[Field, ...]

    @property
    def is_dynamic(self) -> bool:
        return self.url is not None


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xFFFF, nothing reflected; `123456789` gives 0x29B1."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def ascii_text(text: str, limit: int) -> str:
    """The text as a BR Code can carry it: accents dropped, what is left of other signs dropped, cut to `limit`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return " ".join(re.sub(r"[^ -~]", " ", plain).split())[:limit].rstrip()


# --- Reading --------------------------------------------------------------------------------------------------------


def decode(text: str) -> BrCode:
    """Read a code, or raise BrCodeError at the first rule that it breaks. No blank is trimmed."""
    if not text:
        raise BrCodeError(Reason.EMPTY, "no text")
    if len(text) > MAX_LENGTH:
        raise BrCodeError(Reason.TOO_LONG, f"{len(text)} characters, at most {MAX_LENGTH}")
    if not all(" " <= sign <= "~" for sign in text):
        raise BrCodeError(Reason.NOT_ASCII, "only printable ASCII is allowed")
    _check_crc_value(text)
    fields = _parse_or_blame_crc(text)
    _check_order(fields)
    values = {field.id: field.value for field in fields}
    _check_fixed_fields(values)
    account = _pix_account(values)
    recurrence_url = _recurrence_url(values)
    key, url = account.get("01"), account.get("25")
    if key is not None and url is not None:
        raise BrCodeError(Reason.KEY_AND_URL, "26 has both a key (01) and a URL (25)")
    if key is None and url is None and recurrence_url is None:
        raise BrCodeError(Reason.MISSING_FIELD, "26 has neither a key (01) nor a URL (25)")
    if url is not None:
        _check_url(url, "26-25")
    amount = values.get("54")
    return BrCode(
        key=key,
        url=url,
        amount=amount,
        amount_cents=None if amount is None else _cents(amount),
        merchant_name=values["59"],
        merchant_city=values["60"],
        txid=_txid(values),
        single_use=values.get("01") == "12",
        info=account.get("02"),
        recurrence_url=recurrence_url,
        fields=fields,
    )


def explain(text: str, language: str = "pt") -> list[tuple[str, str, str]]:
    """Rows (id, name, value) of a valid code, sub-fields as `26-01`, for a technician; `language` is pt, en or es.

    Raises BrCodeError as `decode` does.
    """
    rows: list[tuple[str, str, str]] = []
    for field in decode(text).fields:
        if field.id not in _TEMPLATE_IDS:
            rows.append((field.id, field_name(field.id, language), field.value))
            continue
        rows.append((field.id, field_name(field.id, language), ""))
        for inner in _parse(field.value, field.id):
            path = f"{field.id}-{inner.id}"
            rows.append((path, field_name(path, language), inner.value))
    return rows


def _check_crc_value(text: str) -> None:
    """Where the text ends as a CRC should, the CRC is judged first: a misread code is told as such."""
    tail = _CRC_TAIL.search(text)
    if tail and tail[1] != f"{crc16(text[:-4].encode('ascii')):04X}":
        raise BrCodeError(Reason.BAD_CRC, f"63 says {tail[1]}, the text does not")


def _parse_or_blame_crc(text: str) -> tuple[Field, ...]:
    try:
        return _parse(text, "")
    except BrCodeError as error:
        if error.reason is Reason.BROKEN_TLV and _SHORT_CRC_TAIL.search(text):
            raise BrCodeError(Reason.UNPADDED_CRC, "63 is empty or has fewer than four digits") from error
        raise


def _parse(text: str, parent: str) -> tuple[Field, ...]:
    fields = tuple(_scan(text, parent))
    ids = [field.id for field in fields]
    twice = sorted({identity for identity in ids if ids.count(identity) > 1})
    if twice:
        raise BrCodeError(Reason.DUPLICATE_FIELD, f"{_path(parent, twice[0])} appears twice")
    return fields


def _scan(text: str, parent: str) -> Iterator[Field]:
    at = 0
    while at < len(text):
        header = text[at : at + 4]
        if len(header) < 4 or not header.isdigit():
            raise BrCodeError(Reason.BROKEN_TLV, f"no id and length at character {at} of {parent or 'the code'}")
        length = int(header[2:])
        value = text[at + 4 : at + 4 + length]
        if length == 0 or len(value) < length:
            raise BrCodeError(Reason.BROKEN_TLV, f"{_path(parent, header[:2])} says {length} characters")
        yield Field(header[:2], value)
        at += 4 + length


def _check_order(fields: tuple[Field, ...]) -> None:
    """EMV QRCPS-MPM 4.2: the payload format comes first and the CRC last; between them the order is free."""
    ids = [field.id for field in fields]
    if "63" not in ids:
        raise BrCodeError(Reason.MISSING_FIELD, "63 (CRC) is missing")
    crc = fields[ids.index("63")].value
    if len(crc) < 4:
        raise BrCodeError(Reason.UNPADDED_CRC, "63 has fewer than four digits")
    if ids[-1] != "63":
        raise BrCodeError(Reason.TRAILING_DATA, "something follows 63 (CRC)")
    if not _CRC_TAIL.fullmatch(f"6304{crc}"):
        reason = Reason.LOWERCASE_CRC if _CRC_TAIL.fullmatch(f"6304{crc.upper()}") else Reason.BAD_CRC
        raise BrCodeError(reason, "63 must be four upper-case hexadecimal digits")
    if ids[0] != "00" or fields[0].value != "01":
        raise BrCodeError(Reason.BAD_VERSION, "a code begins with 000201")


def _check_fixed_fields(values: dict[str, str]) -> None:
    for needed in ("52", "53", "58", "59", "60", "62"):
        if needed not in values:
            raise BrCodeError(Reason.MISSING_FIELD, f"{needed} is missing")
    for identity, limit in _MAX_LENGTHS.items():
        if len(values.get(identity, "")) > limit:
            raise BrCodeError(Reason.TOO_LONG, f"{identity} has over {limit} characters")
    if values.get("01", "12") not in {"11", "12"}:
        raise BrCodeError(Reason.BAD_INITIATION, "01 must be 11 or 12")
    if not re.fullmatch(r"[0-9]{4}", values["52"]):
        raise BrCodeError(Reason.BAD_CATEGORY, "52 must be four digits")
    if values["53"] != "986":
        raise BrCodeError(Reason.WRONG_CURRENCY, f"53 is {values['53']}, not 986 (BRL)")
    if values["58"] != "BR":
        raise BrCodeError(Reason.WRONG_COUNTRY, f"58 is {values['58']}, not BR")
    if not values["59"].strip() or not values["60"].strip():
        raise BrCodeError(Reason.MISSING_FIELD, "59 or 60 is blank")
    for template in sorted(_TEMPLATE_IDS & values.keys()):
        _parse(values[template], template)


def _pix_account(values: dict[str, str]) -> dict[str, str]:
    """The sub-fields of the one template of 26-51 that is Pix's; others may belong to other arrangements."""
    templates = [_inner(values, identity) for identity in sorted(_ACCOUNT_IDS & values.keys())]
    accounts = [inner for inner in templates if inner.get("00", "").lower() == PIX_GUI]
    if not accounts:
        reason = Reason.WRONG_GUI if templates else Reason.MISSING_FIELD
        raise BrCodeError(reason, f"no account template (26) of {PIX_GUI}")
    if len(accounts) > 1:
        raise BrCodeError(Reason.DUPLICATE_FIELD, f"two account templates of {PIX_GUI}")
    return accounts[0]


def _recurrence_url(values: dict[str, str]) -> str | None:
    if "80" not in values:
        return None
    inner = _inner(values, "80")
    if inner.get("00", "").lower() != PIX_GUI or "25" not in inner:
        return None
    _check_url(inner["25"], "80-25")
    return inner["25"]


def _txid(values: dict[str, str]) -> str:
    txid = _inner(values, "62").get("05")
    if txid is None:
        raise BrCodeError(Reason.MISSING_FIELD, "62-05 (txid) is missing")
    if txid != NO_TXID and not _TXID.fullmatch(txid):
        raise BrCodeError(Reason.BAD_TXID, "62-05 must be 1 to 25 letters and digits, or ***")
    return txid


def _inner(values: dict[str, str], identity: str) -> dict[str, str]:
    return {field.id: field.value for field in _parse(values[identity], identity)}


def _cents(amount: str) -> int:
    if not _AMOUNT.fullmatch(amount):
        raise BrCodeError(Reason.BAD_AMOUNT, "54 must be digits, a point and two digits")
    return int(amount.replace(".", ""))


def _check_url(url: str, path: str) -> None:
    if not _URL.fullmatch(url) or "//" in url:
        raise BrCodeError(Reason.BAD_URL, f"{path} must be host and path without scheme")


def _path(parent: str, identity: str) -> str:
    return f"{parent}-{identity}" if parent else identity


# --- Writing --------------------------------------------------------------------------------------------------------


def encode_dynamic(
    url: str, merchant_name: str, merchant_city: str, amount_cents: int | None = None, txid: str = NO_TXID
) -> str:
    """The code of one charge, single use. `url` without scheme. Raises BrCodeError where a rule would be broken."""
    account = (Field("00", PIX_GUI), Field("25", url))
    return _encode(account, merchant_name, merchant_city, amount_cents, txid, single_use=True)


def encode_static(
    key: str,
    merchant_name: str,
    merchant_city: str,
    amount_cents: int | None = None,
    txid: str = NO_TXID,
    info: str | None = None,
) -> str:
    """A code that pays to a key any number of times. Raises BrCodeError where a rule would be broken."""
    account = [Field("00", PIX_GUI), Field("01", key)]
    if info is not None:
        account.append(Field("02", info))
    return _encode(account, merchant_name, merchant_city, amount_cents, txid, single_use=False)


def seal(body: str) -> str:
    """Append the CRC field to the text of all other fields."""
    head = f"{body}6304"
    return f"{head}{crc16(head.encode('ascii')):04X}"


def _encode(
    account: Iterable[Field],
    merchant_name: str,
    merchant_city: str,
    amount_cents: int | None,
    txid: str,
    *,
    single_use: bool,
) -> str:
    fields = [Field("00", "01")]
    if single_use:
        fields.append(Field("01", "12"))
    fields += [Field("26", _template(account)), Field("52", "0000"), Field("53", "986")]
    if amount_cents is not None:
        if amount_cents <= 0:
            raise BrCodeError(Reason.BAD_AMOUNT, f"{amount_cents} is not an amount to pay")
        fields.append(Field("54", f"{amount_cents // 100}.{amount_cents % 100:02d}"))
    fields += [Field("58", "BR"), Field("59", merchant_name), Field("60", merchant_city)]
    fields.append(Field("62", _template([Field("05", txid)])))
    body = _template(fields, limit=MAX_LENGTH - 8)
    text = seal(body)
    decode(text)
    return text


def _template(fields: Iterable[Field], limit: int = 99) -> str:
    parts = []
    for field in fields:
        if len(field.value) > 99:
            raise BrCodeError(Reason.TOO_LONG, f"{field.id} has over 99 characters")
        parts.append(field.encoded())
    text = "".join(parts)
    if not text.isascii():
        raise BrCodeError(Reason.NOT_ASCII, "only printable ASCII is allowed")
    if len(text) > limit:
        raise BrCodeError(Reason.TOO_LONG, f"{len(text)} characters, at most {limit}")
    return text
