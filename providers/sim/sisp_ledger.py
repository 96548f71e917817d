"""SISP's books: every transaction that a form began, what became of it, and what a client did that it should not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from providers.sim.sisp_rules import PURCHASE, RECHARGE, REFUND, SERVICE, Order, Refused
from providers.sim.sisp_sign import answer_signature

Json = dict[str, Any]

_TYPES: Final = {PURCHASE: "8", SERVICE: "P", RECHARGE: "M", REFUND: "10"}
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
DCC_RATE: Final = ("0.00907", "EUR", "3.1")
"""One escudo in euros, and the markup in per cent."""


class State(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Transaction:
    """`taken` is what was taken, which a fault makes another amount than was asked."""

    id: str
    order: Order
    created_at: datetime
    message_id: str
    state: State = State.OPEN
    taken: int = 0
    refunded: int = 0
    last4: str = ""
    dcc: str = ""
    """"" never offered, "offered", "accepted", "refused"."""
    error: tuple[str, str] = ("", "")
    answer: dict[str, str] = field(default_factory=dict)
    """As it was signed."""

    @property
    def clearing_period(self) -> str:
        return f"{self.created_at:%m%d}".lstrip("0")

    def dcc_json(self) -> str:
        """`merchantRespDCCData`; "" where nothing was offered."""
        if self.dcc not in {"accepted", "refused"}:
            return ""
        rate, currency, markup = DCC_RATE
        cents = self.taken * 907 * 1031 // 1_000_000
        value = {
            "dcc": "Y" if self.dcc == "accepted" else "N",
            "dccAmount": f"{cents // 100}.{cents % 100:02d}",
            "dccCurrency": currency,
            "dccMarkup": markup,
            "dccRate": rate,
        }
        return json.dumps(value)

    def book_json(self) -> Json:
        return {
            "id": self.id,
            "merchant_ref": self.order.merchant_ref,
            "merchant_session": self.order.merchant_session,
            "code": self.order.code,
            "asked_cents": self.order.amount,
            "amount_cents": self.taken or self.order.amount,
            "state": self.state.value,
            "refunded_cents": self.refunded,
            "last4": self.last4,
            "dcc": self.dcc,
            "returns_to": self.order.returns_to,
        }


@dataclass(slots=True)
class SispLedger:
    pos_auth_code: str
    now: Callable[[], datetime]
    rng: random.Random
    transactions: dict[str, Transaction] = field(default_factory=dict)
    violations: list[Json] = field(default_factory=list)

    def begin(self, order: Order) -> Transaction:
        """Raises Refused for a reference or a session that was used before."""
        for each in self.transactions.values():
            used = {each.order.merchant_ref, each.order.merchant_session}
            if {order.merchant_ref, order.merchant_session} & used:
                raise Refused("merchantRef or merchantSession was used before")
        made = Transaction(
            id=f"{len(self.transactions) + 4787:08d}",
            order=order,
            created_at=self.now().astimezone(),
            message_id="".join(self.rng.choices(_LETTERS, k=20)),
        )
        self.transactions[made.id] = made
        return made

    def by_reference(self, merchant_ref: str) -> Transaction | None:
        return next((each for each in self.transactions.values() if each.order.merchant_ref == merchant_ref), None)

    def approve(self, found: Transaction, more: int = 0) -> None:
        found.state, found.taken = State.APPROVED, found.order.amount + more

    def decline(self, found: Transaction, code: str, text: str) -> None:
        found.state, found.error = State.DECLINED, (code, text)

    def give_back(self, refund: Transaction) -> None:
        """Raises Refused where it does not name a purchase of ours with so much left."""
        order = refund.order
        original = self.transactions.get(order.transaction_id.zfill(8))
        left = original.taken - original.refunded if original is not None else 0
        if original is None or original.state is not State.APPROVED or original.order.code != PURCHASE:
            raise Refused("the transaction to give back is not known")
        if order.clearing_period != original.clearing_period or order.amount > left:
            raise Refused("clearingPeriod or amount do not fit the transaction")
        original.refunded += order.amount
        self.approve(refund)

    def sign(self, found: Transaction, **more: str) -> dict[str, str]:
        """The answer of that transaction as it stands now; kept for whoever wants to replay it."""
        order = found.order
        fields = {
            "messageType": _TYPES[order.code],
            "merchantRespMerchantRef": order.merchant_ref,
            "merchantRespMerchantSession": order.merchant_session,
            "merchantRespMessageID": found.message_id,
            "merchantRespTimeStamp": f"{self.now().astimezone():%Y-%m-%d %H:%M:%S}",
        }
        if found.state is State.APPROVED:
            fields |= {
                "merchantRespCP": found.clearing_period,
                "merchantRespTid": found.id,
                "merchantRespPurchaseAmount": str(found.taken),
                "merchantRespPan": f"************{found.last4}" if found.last4 else "",
                "merchantResp": "C",
                "merchantRespReferenceNumber": order.reference,
                "merchantRespEntityCode": order.entity,
                "merchantRespClientReceipt": "",
                "merchantRespAdditionalErrorMessage": "",
                "merchantRespReloadCode": "",
                "merchantRespDCCData": found.dcc_json(),
            }
        else:
            fields |= {
                "messageType": "6",
                "merchantRespErrorCode": found.error[0],
                "merchantRespErrorDetail": found.error[1],
                "merchantRespErrorDescription": found.error[1],
                "merchantRespAdditionalErrorMessage": "",
            }
        fields |= more
        fields["resultFingerPrint"] = answer_signature(self.pos_auth_code, fields)
        fields["resultFingerPrintVersion"] = "1"
        found.answer = dict(fields)
        return fields

    def violate(self, kind: str, merchant_ref: str = "") -> None:
        self.violations.append({"kind": kind, "merchant_ref": merchant_ref})
