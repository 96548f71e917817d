"""The banks of this kiosk in the owner's order, each with its breaker and its poll loop."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from totem.domain.errors import BankUnreachable, CertificateRefused, CredentialsRefused, OutcomeUnknown, ProviderError
from totem.domain.ports import Clock, PixProvider
from totem.services.metering import MeteredProvider

if TYPE_CHECKING:
    from totem.services.poller import PixPoller

log = logging.getLogger(__name__)

_OUTAGES = (BankUnreachable, CertificateRefused, CredentialsRefused, OutcomeUnknown)
"""Failures that say something of the bank as a whole, not of one request."""


class Health(StrEnum):
    """`OPEN` is an electrician's word: the circuit is open, and no sale goes that way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """A bank that failed `failures` times in a row is left alone for `pause_s`, doubled up to `longest_pause_s`."""

    failures: int = 2
    pause_s: float = 30.0
    longest_pause_s: float = 600.0


@dataclass(frozen=True, slots=True)
class BankHealth:
    """For doctor and maintenance: how a bank does, since when, and its last failure's code."""

    name: str
    health: Health
    since: datetime
    last_code: str = ""


class Breaker:
    """Keeps sales away from a bank that is down. On the injected clock, so that its pauses can be tested."""

    def __init__(self, name: str, clock: Clock, settings: BreakerSettings) -> None:
        self._name = name
        self._clock = clock
        self._settings = settings
        self._failures = 0
        self._opened_at_s = 0.0
        self._pause_s = 0.0
        self._since = clock.now()
        self._last_code = ""

    @property
    def health(self) -> Health:
        if not self._pause_s:
            return Health.CLOSED
        over = self._clock.monotonic() - self._opened_at_s >= self._pause_s
        return Health.HALF_OPEN if over else Health.OPEN

    def report(self) -> BankHealth:
        return BankHealth(self._name, self.health, self._since, self._last_code)

    def succeeded(self) -> None:
        if self._pause_s:
            log.info("bank %s answers again", self._name)
            self._since = self._clock.now()
        self._failures, self._pause_s, self._last_code = 0, 0.0, ""

    def failed(self, error: ProviderError) -> None:
        if not isinstance(error, _OUTAGES):
            return
        self._failures += 1
        self._last_code = error.code
        if self._failures >= self._settings.failures:
            self._open()

    def _open(self) -> None:
        if not self._pause_s:
            log.warning("bank %s is left alone for now: %s", self._name, self._last_code)
            self._since = self._clock.now()
        if self.health is Health.OPEN:
            return
        doubled = self._pause_s * 2 or self._settings.pause_s
        self._pause_s = min(doubled, self._settings.longest_pause_s)
        self._opened_at_s = self._clock.monotonic()


class Bank:
    """One bank with what the kiosk keeps of it; the poll loop joins while wiring."""

    poller: PixPoller

    def __init__(self, provider: PixProvider, clock: Clock, settings: BreakerSettings) -> None:
        self.provider = MeteredProvider(provider, clock)
        self.breaker = Breaker(provider.name, clock, settings)
        self._clock = clock
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The bank's own time, as far as it told: our clock may be hours off, and its lists go by its own."""
        return self._clock.now() + self._ahead

    def told_time(self, at: datetime) -> None:
        """The bank just dated something that happens now."""
        self._ahead = at - self._clock.now()

    @property
    def name(self) -> str:
        return self.provider.name


class Banks:
    """In order of preference; none for a kiosk without Pix. Raises ValueError for two of one name."""

    def __init__(self, providers: tuple[PixProvider, ...], clock: Clock, settings: BreakerSettings) -> None:
        self._banks = {each.name: Bank(each, clock, settings) for each in providers}
        if len(self._banks) != len(providers):
            raise ValueError("each bank needs a name of its own")

    def __iter__(self) -> Iterator[Bank]:
        return iter(self._banks.values())

    def find(self, name: str) -> Bank | None:
        """None for a bank that the configuration no longer names."""
        return self._banks.get(name)

    def candidates(self) -> tuple[Bank, ...]:
        """Banks to try for a sale, best first. With every breaker open all are tried: a customer is waiting."""
        ready = tuple(bank for bank in self._banks.values() if bank.breaker.health is not Health.OPEN)
        return ready or tuple(self._banks.values())

    def health(self) -> tuple[BankHealth, ...]:
        return tuple(bank.breaker.report() for bank in self._banks.values())
