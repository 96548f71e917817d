"""Who pays, as 3DS wants to know it: billing, telephones and the account's history, normalised and checked.

Fields and derivations after the published clients and EMV 3DS 2 (`acctInfo`). A kiosk knows none of its customers: what
it sends is the shop's own address, as configured.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

DEFAULT_COUNTRY_CODE: Final = "238"
"""Cabo Verde."""
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}\.[^@\s]{2,}")
_COUNTRY: Final = re.compile(r"[0-9]{1,3}")
_LIMITS: Final = {"billAddrCity": 50, "billAddrLine1": 50, "billAddrLine2": 50, "billAddrPostCode": 16, "email": 254}
"""EMV 3DS 2, the longest of each."""
_THREE_DIGIT_ZONES: Final = frozenset(
    {"21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67", "68", "69", "80"}
    | {"85", "87", "88", "96", "97", "99"}
)
"""ITU-T E.164: 1 and 7 are codes of one digit; behind these two comes a third, all others have two."""
_MOST_LOCAL: Final = 9
"""So many digits or fewer, without a sign of a country in front, are a number of the country itself."""


class BillingIncomplete(ValueError):
    """A required field is missing or not as 3DS takes it; `field` is its name in the request."""

    def __init__(self, name: str, reason: str = "") -> None:
        super().__init__(f"Campo obrigatório ausente em billing: {name}" if not reason else f"{name}: {reason}")
        self.field = name


@dataclass(frozen=True, slots=True)
class Phone:
    """`cc` is the country's code, `subscriber` the rest: digits only, fifteen together at most (E.164)."""

    cc: str
    subscriber: str


def split_phone(text: str, default: str = DEFAULT_COUNTRY_CODE) -> Phone | None:
    """`+238 991 23 45` as 238 and 9912345; None for no number at all.

    A country's code is read where `+` or `00` announces one, or where the number is too long to be a local one.
    """
    digits = re.sub(r"[^0-9]", "", text)
    international = text.strip().startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00") if digits.startswith("00") else digits
    if not digits:
        return None
    if international or len(digits) > _MOST_LOCAL:
        cc = _country_code(digits)
        if len(digits) > len(cc):
            return Phone(cc, digits[len(cc) :][: 15 - len(cc)])
    return Phone(default, digits[: 15 - len(default)])


def _country_code(digits: str) -> str:
    if digits[0] in "17":
        return digits[0]
    return digits[:3] if digits[:2] in _THREE_DIGIT_ZONES else digits[:2]


@dataclass(frozen=True, slots=True)
class Account:
    """The customer's account at the shop, where there is one. `today` is the day of the sale."""

    created: date | None = None
    updated: date | None = None
    suspicious: bool | None = None

    def info(self, today: date) -> dict[str, str]:
        """`acctInfo`: what is not known is left out, but for the age, whose 01 says that there is no account."""
        told = {"chAccAgeInd": _age_indicator(self.created, today)}
        if self.created is not None:
            told["chAccDate"] = f"{self.created:%Y%m%d}"
        if self.updated is not None:
            told["chAccChange"] = told["chAccPwChange"] = f"{self.updated:%Y%m%d}"
            told["chAccPwChangeInd"] = _age_indicator(self.updated, today)
        if self.suspicious is not None:
            told["suspiciousAccActivity"] = "02" if self.suspicious else "01"
        return told


def _age_indicator(since: date | None, today: date) -> str:
    """EMV 3DS 2: 01 none, 02 during this transaction, 03 under 30 days, 04 30 to 60 days, 05 more."""
    if since is None:
        return "01"
    days = (today - since).days
    if days <= 0:
        return "02"
    if days < 30:
        return "03"
    return "04" if days <= 60 else "05"


@dataclass(frozen=True, slots=True)
class Address:
    """`country` is ISO 3166-1 numeric, with or without leading zeros."""

    country: str = ""
    city: str = ""
    line1: str = ""
    line2: str = ""
    post_code: str = ""


@dataclass(frozen=True, slots=True)
class Payer:
    """The `user` of the published clients, with its addresses; shown by no repr."""

    email: str = field(default="", repr=False)
    billing: Address = field(default_factory=Address, repr=False)
    shipping: Address | None = field(default=None, repr=False)
    """None: the same as billing (`addrMatch` Y)."""
    account_id: str = field(default="", repr=False)
    account: Account = field(default_factory=Account, repr=False)
    phone: str = field(default="", repr=False)
    """Stands for both others where they are missing."""
    mobile_phone: str = field(default="", repr=False)
    work_phone: str = field(default="", repr=False)

    def fields(self, today: date) -> dict[str, object]:
        """What purchaseRequest says, in its order. Raises BillingIncomplete naming the first field that is wrong."""
        told: dict[str, object] = {}
        if self.account_id:
            told["acctID"] = self.account_id[:64]
        told["acctInfo"] = self.account.info(today)
        told |= self._billing()
        told["addrMatch"] = "Y" if self.shipping is None else "N"
        if self.shipping is not None:
            told |= _shipping(self.shipping)
        for name, text in (("mobilePhone", self.mobile_phone), ("workPhone", self.work_phone)):
            phone = split_phone(text or self.phone)
            if phone is not None:
                told[name] = {"cc": phone.cc, "subscriber": phone.subscriber}
        return told

    def _billing(self) -> dict[str, str]:
        given = {
            "email": self.email,
            "billAddrCountry": self.billing.country,
            "billAddrCity": self.billing.city,
            "billAddrLine1": self.billing.line1,
            "billAddrLine2": self.billing.line2,
            "billAddrPostCode": self.billing.post_code,
        }
        told = {name: _clean(text)[: _LIMITS.get(name, 50)] for name, text in given.items()}
        for name, text in told.items():
            if not text and name != "billAddrLine2":
                raise BillingIncomplete(name)
        if not _EMAIL.fullmatch(told["email"]):
            raise BillingIncomplete("email", "not an e-mail address")
        told["billAddrCountry"] = _numeric(told["billAddrCountry"], "billAddrCountry")
        return {name: text for name, text in told.items() if text}


def purchase_request(payer: Payer, today: date) -> str:
    """base64 of compact JSON. Raises BillingIncomplete."""
    text = json.dumps(payer.fields(today), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _shipping(address: Address) -> dict[str, str]:
    given = {
        "shipAddrCountry": _numeric(_clean(address.country), "shipAddrCountry") if address.country else "",
        "shipAddrCity": _clean(address.city)[:50],
        "shipAddrLine1": _clean(address.line1)[:50],
        "shipAddrPostCode": _clean(address.post_code)[:16],
    }
    return {name: text for name, text in given.items() if text}


def _numeric(text: str, name: str) -> str:
    if not _COUNTRY.fullmatch(text) or int(text) == 0:
        raise BillingIncomplete(name, "not a numeric ISO 3166-1 code")
    return text.zfill(3)


def _clean(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
