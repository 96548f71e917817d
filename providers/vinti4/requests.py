"""The four requests of vinti4 as forms to be posted to SISP's page, each for one transaction and used once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

from providers.vinti4.fingerprints import request_fingerprint
from providers.vinti4.payer import Payer, purchase_request
from providers.vinti4.references import LENGTH, References
from totem.domain.money import Currency, Money

LANGUAGES: Final = ("pt", "en", "fr")
"""Of the page (`languageMessages`)."""
_FINGERPRINT_VERSION: Final = "1"
_DIGITS: Final = re.compile(r"[0-9]{1,12}")


class Code(StrEnum):
    """`transactionCode`."""

    PURCHASE = "1"
    SERVICE = "2"
    RECHARGE = "3"
    REFUND = "4"


class TransactionUsed(RuntimeError):
    """One transaction object makes one request."""

    def __init__(self) -> None:
        super().__init__("ONLY 1 PAYMENT REQUEST MUST BE PREPARED")


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who asks. The code is hashed into every fingerprint, and never posted in a form."""

    pos_id: str
    pos_auth_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Purchase:
    amount: Money
    payer: Payer
    code: Code = field(default=Code.PURCHASE, init=False)


@dataclass(frozen=True, slots=True)
class ServicePayment:
    """A bill by its entity and reference, both digits."""

    amount: Money
    entity: str
    reference: str
    code: Code = field(default=Code.SERVICE, init=False)


@dataclass(frozen=True, slots=True)
class Recharge:
    """Credit of a telephone or a meter: the operator's entity, and the number in the place of a reference."""

    amount: Money
    entity: str
    reference: str
    code: Code = field(default=Code.RECHARGE, init=False)


@dataclass(frozen=True, slots=True)
class Refund:
    """Of a purchase whose signed answer told both ids: at most four and eight digits."""

    amount: Money
    clearing_period: str
    transaction_id: str
    code: Code = field(default=Code.REFUND, init=False)


Request = Purchase | ServicePayment | Recharge | Refund


@dataclass(frozen=True, slots=True)
class PreparedForm:
    """`url` with the query that repeats the signature; `fields` in their order."""

    url: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """What every form says besides the request itself. `at` is the local time of the shop."""

    page_url: str
    returns_to: str
    at: datetime
    language: str = "pt"


class Transaction:
    """Raises ValueError where the request is not as SISP takes it, BillingIncomplete where its billing is not."""

    def __init__(self, merchant: Merchant, references: References, request: Request) -> None:
        faults = list(_faults(references, request))
        if faults:
            raise ValueError("; ".join(faults))
        self._merchant = merchant
        self._references = references
        self._request = request
        self._used = False

    def prepare(self, frame: Frame) -> PreparedForm:
        """Raises TransactionUsed the second time, and BillingIncomplete."""
        if self._used:
            raise TransactionUsed
        self._used = True
        request, references = self._request, self._references
        fields = {
            "transactionCode": request.code.value,
            "posID": self._merchant.pos_id,
            "merchantRef": references.merchant_ref,
            "merchantSession": references.merchant_session,
            "amount": str(request.amount.amount_cents),
            "currency": request.amount.currency.numeric,
            "is3DSec": "1" if request.code is Code.PURCHASE else "0",
            "urlMerchantResponse": frame.returns_to,
            "languageMessages": frame.language if frame.language in LANGUAGES else "en",
            "timeStamp": f"{frame.at:%Y-%m-%d %H:%M:%S}",
            "fingerprintversion": _FINGERPRINT_VERSION,
            **_own_fields(request),
        }
        if isinstance(request, Purchase):
            fields["purchaseRequest"] = purchase_request(request.payer, frame.at.date())
        # The domain's minor units of escudos are whole escudos: the currency has no decimals.
        fields["fingerprint"] = request_fingerprint(self._merchant.pos_auth_code, fields, request.amount.amount_cents)
        query = {
            "FingerPrint": fields["fingerprint"],
            "TimeStamp": fields["timeStamp"],
            "FingerPrintVersion": _FINGERPRINT_VERSION,
        }
        # Percent-encoded throughout: a raw plus would be read as a space, and break the hash.
        return PreparedForm(f"{frame.page_url}?{urlencode(query, quote_via=quote, safe='')}", tuple(fields.items()))


def _own_fields(request: Request) -> dict[str, str]:
    match request:
        case ServicePayment() | Recharge():
            return {"entityCode": request.entity, "referenceNumber": request.reference}
        case Refund():
            return {
                "reversal": "R",
                "clearingPeriod": request.clearing_period,
                "transactionID": request.transaction_id,
            }
        case _:
            return {}


def _faults(references: References, request: Request) -> tuple[str, ...]:
    ids = (references.merchant_ref, references.merchant_session)
    checks = [
        (all(len(each) == LENGTH and each.isascii() for each in ids), f"references have {LENGTH} characters"),
        (ids[0] != ids[1], "merchantRef and merchantSession are the same"),
        (request.amount.currency is Currency.CVE, "only escudos (132) are taken"),
        (request.amount.amount_cents >= 1, "the amount is at least one escudo"),
    ]
    if isinstance(request, ServicePayment | Recharge):
        checks.append((bool(_DIGITS.fullmatch(request.entity)), "entityCode is digits"))
        checks.append((bool(_DIGITS.fullmatch(request.reference)), "referenceNumber is digits"))
    if isinstance(request, Refund):
        checks.append((bool(re.fullmatch(r"[0-9]{1,4}", request.clearing_period)), "clearingPeriod: 1 to 4 digits"))
        checks.append((bool(re.fullmatch(r"[0-9]{1,8}", request.transaction_id)), "transactionID: 1 to 8 digits"))
    return tuple(told for good, told in checks if not good)
