"""The payers' phones: what a customer, a neighbour or the owner can do with a code, a charge or the key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from providers.sim.bacen_rules import ANY_TXID
from providers.sim.ledger import ChargeRecord, Ledger, PixRecord, Status, rfc3339
from totem.domain import brcode


@dataclass(frozen=True, slots=True)
class PaidPix:
    """The payer's app says that it paid."""

    end_to_end_id: str
    txid: str | None
    amount_cents: int
    at: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The payer's app refuses: unreadable, unknown_charge, removed, already_paid, expired, no_amount."""

    reason: str


@dataclass(frozen=True, slots=True)
class Phone:
    """Pays into one bank's books."""

    ledger: Ledger
    keys: tuple[str, ...]
    now: Callable[[], datetime]

    def pay(
        self,
        copia_e_cola: str | None,
        txid: str | None,
        amount_cents: int | None = None,
        *,
        late: bool = False,
        at: datetime | None = None,
    ) -> PaidPix | Refused:
        """See `PixBank.pay`."""
        if copia_e_cola is None:
            return self._pay_charge(self.ledger.charges.get(txid or ""), amount_cents, late=late, at=at)
        try:
            code = brcode.decode(copia_e_cola)
        except brcode.BrCodeError:
            return Refused("unreadable")
        if code.key is not None:
            return self._pay_static(code, amount_cents, at)
        return self._pay_charge(self.ledger.by_location.get(code.url or ""), amount_cents, late=late, at=at)

    def pay_key(
        self, amount_cents: int, txid: str | None = None, at: datetime | None = None, key: str | None = None
    ) -> PaidPix:
        """See `PixBank.pay_key`."""
        key = self.keys[0] if key is None else key
        if key not in self.keys:
            raise ValueError(f"not a key of this account: {key!r}")
        if txid is not None and not ANY_TXID.fullmatch(txid):
            raise ValueError(f"not a txid: {txid!r}")
        return _paid(self.ledger.receive(amount_cents, key, None, txid, at))

    def _pay_charge(
        self, charge: ChargeRecord | None, amount_cents: int | None, *, late: bool, at: datetime | None
    ) -> PaidPix | Refused:
        if charge is None:
            return Refused("unknown_charge")
        if not late:
            if charge.status is Status.REMOVED:
                return Refused("removed")
            if charge.status is Status.COMPLETED:
                return Refused("already_paid")
            if (at or self.now()) >= charge.expires_at:
                return Refused("expired")
        wanted = charge.order.amount_cents if amount_cents is None else amount_cents
        return _paid(self.ledger.receive(wanted, charge.order.key, charge, at=at))

    def _pay_static(self, code: brcode.BrCode, amount_cents: int | None, at: datetime | None) -> PaidPix | Refused:
        wanted = code.amount_cents if amount_cents is None else amount_cents
        if code.key not in self.keys:
            return Refused("unknown_charge")
        if not wanted:
            return Refused("no_amount")
        txid = None if code.txid == brcode.NO_TXID else code.txid
        return _paid(self.ledger.receive(wanted, code.key, None, txid, at))


def _paid(pix: PixRecord) -> PaidPix:
    return PaidPix(pix.end_to_end_id, pix.txid, pix.amount_cents, rfc3339(pix.at))
