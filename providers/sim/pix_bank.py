"""A simulated bank as a whole: its API on the wire, and the acts of the world around it (phones, outages)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from providers.sim import acts
from providers.sim.bacen_api import AccountSettings, BacenApi
from providers.sim.books import charge_json, pix_json
from providers.sim.ca import CertificateSet
from providers.sim.control import ControlHandler
from providers.sim.faults import Fault, FaultPlan
from providers.sim.ledger import RefundScript, RefundState
from providers.sim.payer import PaidPix, Phone, Refused
from providers.sim.wire import WireServer, server_tls

Json = dict[str, Any]


def now_utc() -> datetime:
    return datetime.now(UTC)


class PixBank:
    """A bank on loopback. `certificates` are those of the throwaway authority."""

    def __init__(self, certificates: CertificateSet, settings: AccountSettings, api: BacenApi) -> None:
        self._certificates = certificates
        self._api = api
        self._ledger = api.ledger
        self._tokens = api.tokens
        self._phone = Phone(api.ledger, settings.keys, api.now)
        self._wire = WireServer(api.handle, now=api.now)

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

    def set_refunds(self, script: RefundScript) -> None:
        """How refunds end that are asked for from here on, unless a `RefundEnds` befalls one."""
        self._ledger.refund_script = script

    def settle_refunds(self, state: RefundState) -> int:
        """End every refund in process now; how many there were."""
        return self._ledger.settle_refunds(state)

    # --- The payer's phone ------------------------------------------------------------------------------------------

    def pay(
        self,
        copia_e_cola: str | None = None,
        txid: str | None = None,
        amount_cents: int | None = None,
        late: bool = False,
        at: datetime | None = None,
    ) -> PaidPix | Refused:
        """Pay by the code that a phone reads, or the charge of that txid. `amount_cents` None pays what is asked.

        `late` sends the money even where the charge is expired, removed or paid: it was on its way already.
        `at` (with its zone) writes the payment into the past. Raises ValueError for a moment that has not come.
        """
        return self._phone.pay(copia_e_cola, txid, amount_cents, late=late, at=at)

    def pay_twice(
        self, copia_e_cola: str | None = None, txid: str | None = None, at: datetime | None = None
    ) -> tuple[PaidPix, PaidPix] | Refused:
        """Two phones pay one charge in the same moment, each what is asked."""
        first = self._phone.pay(copia_e_cola, txid, at=at)
        if isinstance(first, Refused):
            return first
        second = self._phone.pay(copia_e_cola, txid, late=True, at=at)
        return second if isinstance(second, Refused) else (first, second)

    def pay_key(
        self, amount_cents: int, txid: str | None = None, at: datetime | None = None, key: str | None = None
    ) -> PaidPix:
        """A Pix straight to the key (`key` None: the account's first), by the owner, a neighbour or another kiosk.

        Typed in by hand it has no txid (bacen/pix-api #522). With one, it is of a static code, or of a charge that
        another kiosk of the same key made. Raises ValueError for what is no amount, txid, key or past moment.
        """
        return self._phone.pay_key(amount_cents, txid, at, key)

    # --- The books --------------------------------------------------------------------------------------------------

    @property
    def balance_cents(self) -> int:
        return self._ledger.balance_cents

    def ledger(self) -> Json:
        """All that the bank knows, as JSON: charges, pix (with refunds), requests, tokens, balance."""
        return {
            "charges": [charge_json(charge) for charge in self._ledger.charges.values()],
            "pix": [pix_json(pix) for pix in self._ledger.pix.values()],
            "requests": [entry.as_json() for entry in self._api.requests],
            "token_requests": self._tokens.asked,
            "tokens_issued": self._tokens.issued,
            "balance_cents": self._ledger.balance_cents,
            "is_up": self._wire.is_up,
        }

    def control_handlers(self, prefix: str = "bank") -> dict[str, ControlHandler]:
        """The world's acts, named `{prefix}.pay` and so on, as a `ControlServer` serves them."""
        return acts.of_bank(self, prefix)
