"""The simulated bank as a whole: its API on the wire, and the acts of the world around it (phones, outages)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from providers.sim.ca import CertificateSet, fingerprint
from providers.sim.control import ControlHandler
from providers.sim.faults import Fault, FaultPlan, many_from_json
from providers.sim.ledger import ChargeRecord, Ledger, PixRecord, Status, rfc3339
from providers.sim.sicredi import SicrediApi, SicrediSettings
from providers.sim.tokens import TokenOffice
from providers.sim.wire import WireServer, server_tls
from totem.domain import brcode

Json = dict[str, Any]


def _now() -> datetime:
    return datetime.now(UTC)


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


class SicrediBank:
    """A bank on loopback. `certificates` are those of the throwaway authority; time and chance are injected."""

    def __init__(
        self,
        certificates: CertificateSet,
        settings: SicrediSettings | None = None,
        *,
        rng: random.Random | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.settings = settings or SicrediSettings()
        self._certificates = certificates
        self._now = now
        chance = rng or random.Random(0)
        self._ledger = Ledger(now, chance, self.settings.refund_script)
        self._tokens = TokenOffice(
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            client_sha256=fingerprint(certificates.client.cert),
            allowed_scopes=self.settings.scopes,
            now=now,
            rng=chance,
            lifetime_s=self.settings.token_lifetime_s,
        )
        self._api = SicrediApi(self.settings, self._ledger, self._tokens, now)
        self._wire = WireServer(self._api.handle, now=now)

    # --- Life -------------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        return self._wire.base_url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen over TLS. `port` 0 takes a free one, which then stays the bank's."""
        self._wire.host, self._wire.port = host, port
        certificates = self._certificates
        self._wire.tls = await asyncio.to_thread(server_tls, certificates.server, str(certificates.ca))
        await self._wire.start()

    async def stop(self) -> None:
        await self._wire.stop()

    async def set_down(self, down: bool) -> None:
        """Down: nobody listens, connections are refused and open ones dropped. What the bank knows stays."""
        await (self._wire.stop() if down else self._wire.start())

    # --- Script -----------------------------------------------------------------------------------------------------

    def set_faults(self, faults: Iterable[Fault]) -> None:
        """Replace all faults; requests are counted from here."""
        self._api.plan = FaultPlan(tuple(faults))

    def clear_faults(self) -> None:
        self._api.plan = FaultPlan()

    def expire_tokens(self) -> None:
        self._tokens.expire_all()

    # --- The payer's phone ------------------------------------------------------------------------------------------

    def pay(
        self,
        copia_e_cola: str | None = None,
        txid: str | None = None,
        amount_cents: int | None = None,
        late: bool = False,
    ) -> PaidPix | Refused:
        """Pay by the code that a phone reads, or the charge of that txid. `amount_cents` None pays what is asked.

        `late` sends the money even where the charge is expired, removed or paid: it was on its way already.
        """
        if copia_e_cola is None:
            charge = self._ledger.charges.get(txid or "")
            return self._pay_charge(charge, amount_cents, late=late)
        try:
            code = brcode.decode(copia_e_cola)
        except brcode.BrCodeError:
            return Refused("unreadable")
        if code.key is not None:
            return self._pay_static(code, amount_cents)
        return self._pay_charge(self._ledger.by_location.get(code.url or ""), amount_cents, late=late)

    def pay_key(self, amount_cents: int, txid: str | None = None) -> PaidPix:
        """A Pix straight to the key. Typed in by hand it has no txid (bacen/pix-api #522); by a static code it may."""
        return _paid(self._ledger.receive(amount_cents, self.settings.keys[0], None, txid))

    def _pay_charge(self, charge: ChargeRecord | None, amount_cents: int | None, *, late: bool) -> PaidPix | Refused:
        if charge is None:
            return Refused("unknown_charge")
        if not late:
            if charge.status is Status.REMOVED:
                return Refused("removed")
            if charge.status is Status.COMPLETED:
                return Refused("already_paid")
            if self._now() >= charge.expires_at:
                return Refused("expired")
        wanted = charge.order.amount_cents if amount_cents is None else amount_cents
        return _paid(self._ledger.receive(wanted, charge.order.key, charge))

    def _pay_static(self, code: brcode.BrCode, amount_cents: int | None) -> PaidPix | Refused:
        wanted = code.amount_cents if amount_cents is None else amount_cents
        if code.key not in self.settings.keys:
            return Refused("unknown_charge")
        if not wanted:
            return Refused("no_amount")
        txid = None if code.txid == brcode.NO_TXID else code.txid
        return _paid(self._ledger.receive(wanted, code.key, None, txid))

    # --- The books --------------------------------------------------------------------------------------------------

    def ledger(self) -> Json:
        """All that the bank knows, as JSON: charges, pix (with refunds), requests, tokens."""
        return {
            "charges": [_charge_json(charge) for charge in self._ledger.charges.values()],
            "pix": [_pix_json(pix) for pix in self._ledger.pix.values()],
            "requests": [entry.as_json() for entry in self._api.requests],
            "token_requests": self._tokens.asked,
            "tokens_issued": self._tokens.issued,
            "is_up": self._wire.is_up,
        }

    def control_handlers(self) -> dict[str, ControlHandler]:
        """The world's acts under the names and arguments that a `ControlServer` serves."""
        return {
            "bank.pay": self._control_pay,
            "bank.pay_key": self._control_pay_key,
            "bank.set_faults": self._control_set_faults,
            "bank.clear_faults": self._control_clear_faults,
            "bank.expire_tokens": self._control_expire_tokens,
            "bank.set_down": self._control_set_down,
            "bank.ledger": self._control_ledger,
        }

    async def _control_pay(self, body: Json) -> Json:
        paid = self.pay(
            copia_e_cola=body.get("copia_e_cola"),
            txid=body.get("txid"),
            amount_cents=body.get("amount_cents"),
            late=body.get("late", False),
        )
        return {"paid": isinstance(paid, PaidPix), **asdict(paid)}

    async def _control_pay_key(self, body: Json) -> Json:
        return {"paid": True, **asdict(self.pay_key(body["amount_cents"], body.get("txid")))}

    async def _control_set_faults(self, body: Json) -> Json:
        self.set_faults(many_from_json(body["faults"]))
        return {}

    async def _control_clear_faults(self, _: Json) -> Json:
        self.clear_faults()
        return {}

    async def _control_expire_tokens(self, _: Json) -> Json:
        self.expire_tokens()
        return {}

    async def _control_set_down(self, body: Json) -> Json:
        await self.set_down(bool(body["down"]))
        return {}

    async def _control_ledger(self, _: Json) -> Json:
        return self.ledger()


def _paid(pix: PixRecord) -> PaidPix:
    return PaidPix(pix.end_to_end_id, pix.txid, pix.amount_cents, rfc3339(pix.at))


def _charge_json(charge: ChargeRecord) -> Json:
    return {
        "txid": charge.txid,
        "status": charge.status.value,
        "amount_cents": charge.order.amount_cents,
        "key": charge.order.key,
        "created_at": rfc3339(charge.created_at),
        "expires_in_s": charge.order.expires_in_s,
        "revision": charge.revision,
        "location": charge.location,
        "copia_e_cola": charge.copia_e_cola,
        "pix": [pix.end_to_end_id for pix in charge.pix],
    }


def _pix_json(pix: PixRecord) -> Json:
    refunds = [
        {"id": refund.refund_id, "amount_cents": refund.amount_cents, "status": refund.state.value}
        for refund in pix.refunds.values()
    ]
    return {
        "end_to_end_id": pix.end_to_end_id,
        "txid": pix.txid,
        "amount_cents": pix.amount_cents,
        "at": rfc3339(pix.at),
        "refunds": refunds,
    }
