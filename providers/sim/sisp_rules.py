"""What the simulated SISP takes and refuses: the form of its page field by field, the 3DS data inside, the query.

After the published clients of vinti4. What is not known is refused, so that a client that drifts is found here.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from providers.sim.sisp_sign import request_signature
from providers.sim.wire import Request

Json = dict[str, Any]

PURCHASE, SERVICE, RECHARGE, REFUND = "1", "2", "3", "4"
REFERENCE_LENGTH: Final = 15
MOST_AMOUNT: Final = 99_999_999

_COMMON: Final = frozenset(
    [
        "transactionCode",
        "posID",
        "merchantRef",
        "merchantSession",
        "amount",
        "currency",
        "is3DSec",
        "urlMerchantResponse",
        "languageMessages",
        "timeStamp",
        "fingerprintversion",
        "fingerprint",
    ]
)
_OWN: Final = {
    PURCHASE: frozenset({"purchaseRequest"}),
    SERVICE: frozenset({"entityCode", "referenceNumber"}),
    RECHARGE: frozenset({"entityCode", "referenceNumber"}),
    REFUND: frozenset({"reversal", "clearingPeriod", "transactionID"}),
}
_QUERY: Final = frozenset({"FingerPrint", "TimeStamp", "FingerPrintVersion"})
_REQUIRED_3DS: Final = ("email", "billAddrCountry", "billAddrCity", "billAddrLine1", "billAddrPostCode")
_KNOWN_3DS: Final = frozenset(
    [
        "acctID",
        "acctInfo",
        "email",
        "addrMatch",
        "billAddrCountry",
        "billAddrCity",
        "billAddrLine1",
        "billAddrLine2",
        "billAddrPostCode",
        "shipAddrCountry",
        "shipAddrCity",
        "shipAddrLine1",
        "shipAddrPostCode",
        "mobilePhone",
        "workPhone",
    ]
)
_KNOWN_ACCOUNT: Final = frozenset(
    ["chAccAgeInd", "chAccChange", "chAccDate", "chAccPwChange", "chAccPwChangeInd", "suspiciousAccActivity"]
)
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class Refused(Exception):
    """The form is not taken; the text is for the page and the list of violations."""


@dataclass(frozen=True, slots=True)
class Order:
    """One form as asked for, checked."""

    code: str
    merchant_ref: str
    merchant_session: str
    amount: int
    returns_to: str
    language: str
    entity: str = ""
    reference: str = ""
    clearing_period: str = ""
    transaction_id: str = ""


def parse_order(request: Request, pos_id: str, pos_auth_code: str) -> Order:
    """Raises Refused naming what is wrong."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Refused("not a form")
    pairs = parse_qsl(request.body.decode("utf-8", errors="replace"), keep_blank_values=True)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refused("a field comes twice")
    if any("auth" in name.lower() for name in fields) or pos_auth_code in request.body.decode("latin-1"):
        raise Refused("posAuthCode was posted")
    code = fields.get("transactionCode", "")
    if code not in _OWN:
        raise Refused("transactionCode is not known")
    wanted = _COMMON | _OWN[code]
    if unknown := sorted(set(fields) - wanted):
        raise Refused(f"fields not known: {', '.join(unknown)}")
    if missing := sorted(name for name in wanted if not fields.get(name)):
        raise Refused(f"fields missing: {', '.join(missing)}")
    _check_signature(request, fields, pos_auth_code)
    _check_fields(fields, pos_id)
    if code == PURCHASE:
        _check_3ds(fields["purchaseRequest"])
    return Order(
        code=code,
        merchant_ref=fields["merchantRef"],
        merchant_session=fields["merchantSession"],
        amount=int(fields["amount"]),
        returns_to=fields["urlMerchantResponse"],
        language=fields["languageMessages"],
        entity=fields.get("entityCode", ""),
        reference=fields.get("referenceNumber", ""),
        clearing_period=fields.get("clearingPeriod", ""),
        transaction_id=fields.get("transactionID", ""),
    )


def _check_signature(request: Request, fields: Mapping[str, str], pos_auth_code: str) -> None:
    query = dict(request.query)
    if set(query) != _QUERY:
        raise Refused("the query must be FingerPrint, TimeStamp and FingerPrintVersion")
    told = (query["FingerPrint"], query["TimeStamp"], query["FingerPrintVersion"])
    if told != (fields["fingerprint"], fields["timeStamp"], fields["fingerprintversion"]):
        raise Refused("the query does not repeat the form's signature")
    if not hmac.compare_digest(fields["fingerprint"].encode(), request_signature(pos_auth_code, fields).encode()):
        raise Refused("fingerprint inválido")


def _check_fields(fields: Mapping[str, str], pos_id: str) -> None:
    code, amount = fields["transactionCode"], fields["amount"]
    references = (fields["merchantRef"], fields["merchantSession"])
    returns_to = urlsplit(fields["urlMerchantResponse"])
    own_host = returns_to.hostname in {"127.0.0.1", "localhost", "::1"}
    checks = (
        (fields["posID"] == pos_id, "posID is not known"),
        (fields["currency"] == "132", "currency must be 132"),
        (amount.isascii() and amount.isdigit() and 0 < int(amount) <= MOST_AMOUNT, "amount is a whole number"),
        (all(len(each) == REFERENCE_LENGTH for each in references), "references have 15 characters"),
        (references[0] != references[1], "merchantRef and merchantSession must differ"),
        (bool(_TIME.fullmatch(fields["timeStamp"])), "timeStamp is not YYYY-MM-DD hh:mm:ss"),
        (fields["fingerprintversion"] == "1", "fingerprintversion must be 1"),
        (fields["is3DSec"] == ("1" if code == PURCHASE else "0"), "is3DSec does not go with that request"),
        (fields["languageMessages"] in {"pt", "en", "fr"}, "languageMessages must be pt, en or fr"),
        (returns_to.scheme == "https" or (returns_to.scheme == "http" and own_host), "urlMerchantResponse not https"),
        (code not in {SERVICE, RECHARGE} or fields["entityCode"].isdigit(), "entityCode is a number"),
        (code not in {SERVICE, RECHARGE} or fields["referenceNumber"].isdigit(), "referenceNumber is a number"),
        (code != REFUND or fields["reversal"] == "R", "reversal must be R"),
        (code != REFUND or re.fullmatch(r"[0-9]{1,4}", fields["clearingPeriod"]), "clearingPeriod: up to 4 digits"),
        (code != REFUND or re.fullmatch(r"[0-9]{1,8}", fields["transactionID"]), "transactionID: up to 8 digits"),
    )
    for good, told in checks:
        if not good:
            raise Refused(told)


def _check_3ds(text: str) -> None:
    try:
        body = b64decode(text, validate=True).decode("utf-8")
        value = json.loads(body)
    except ValueError:
        raise Refused("purchaseRequest is not base64 of JSON") from None
    if not isinstance(value, dict) or json.dumps(value, ensure_ascii=False, separators=(",", ":")) != body:
        raise Refused("purchaseRequest is not a compact object")
    if unknown := sorted(set(value) - _KNOWN_3DS):
        raise Refused(f"purchaseRequest: fields not known: {', '.join(unknown)}")
    if missing := [name for name in _REQUIRED_3DS if not value.get(name)]:
        raise Refused(f"purchaseRequest: fields missing: {', '.join(missing)}")
    if not re.fullmatch(r"[0-9]{3}", str(value["billAddrCountry"])):
        raise Refused("purchaseRequest: billAddrCountry is a numeric code of three digits")
    if value.get("addrMatch") not in {"Y", "N"}:
        raise Refused("purchaseRequest: addrMatch is Y or N")
    for name in ("mobilePhone", "workPhone"):
        phone = value.get(name, {"cc": "238", "subscriber": "1"})
        if not isinstance(phone, dict) or set(phone) != {"cc", "subscriber"} or not "".join(phone.values()).isdigit():
            raise Refused(f"purchaseRequest: {name} is cc and subscriber, digits")
    account = value.get("acctInfo", {})
    if not isinstance(account, dict) or set(account) - _KNOWN_ACCOUNT:
        raise Refused("purchaseRequest: acctInfo has fields that are not known")


def parse_question(request: Request) -> tuple[str, str, str]:
    """posID, posAuthCode and merchantRef of a status query. Raises Refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused("the body must be application/json")
    try:
        value = json.loads(request.body)
    except ValueError:
        raise Refused("the body is not JSON") from None
    names = ("posID", "posAuthCode", "merchantRef")
    if not isinstance(value, dict) or set(value) != set(names):
        raise Refused("the body has posID, posAuthCode and merchantRef, and nothing else")
    found = [value[name] for name in names]
    if not all(isinstance(each, str) and each for each in found):
        raise Refused("they are texts")
    return found[0], found[1], found[2]
