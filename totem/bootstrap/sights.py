"""What a running kiosk looks at beside its services: banks' clocks, certificates, disk, and on demand the rest.

By the doctor's own checks, over the connections that are open already.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Mapping
from typing import Final

from totem.bootstrap.doctor import bank as banking
from totem.bootstrap.doctor import machine
from totem.bootstrap.doctor.check import within
from totem.bootstrap.doctor.examine import access_of, terminal_certificates
from totem.config.loader import Configuration
from totem.config.secrets import SecretStore
from totem.domain.ports import Clock, PixProvider
from totem.services.health.gathering import Sights
from totem.services.health.signs import Area, Part
from totem.services.health.telling import clock_part

FILE_LIMIT_S: Final = 10.0
JOURNAL_LIMIT_S: Final = 15.0


class BankTime:
    """How far our clock is ahead of a bank's, by the `Date` of its last answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead_s: float | None = None

    def heard(self, date: str) -> None:
        """What a `Date` header says; one that says nothing changes nothing."""
        theirs = banking.moment_of(date)
        if theirs is not None:
            self.ahead_s = (self._clock.now() - theirs).total_seconds()


def sights_of(
    configuration: Configuration,
    clock: Clock,
    store: SecretStore | None,
    times: Mapping[str, BankTime],
) -> Sights:
    place = configuration.settings.journal
    kiosk_id = configuration.settings.kiosk.id

    def clocks() -> tuple[Part, ...]:
        return tuple(clock_part(name, time.ahead_s) for name, time in times.items() if time.ahead_s is not None)

    async def certificates(name: str) -> tuple[Part, ...]:
        access = await access_of(name, configuration, store, clock)
        work = banking.certificate_part(name, access.source, clock)
        return await within(FILE_LIMIT_S, _alone(work), Area.CERTIFICATE, name)

    async def knock(provider: PixProvider) -> None:
        await banking.knock(provider, kiosk_id)

    async def disk() -> tuple[Part, ...]:
        return await within(FILE_LIMIT_S, machine.disk(place), Area.DISK, str(place.directory))

    async def journal() -> tuple[Part, ...]:
        work = machine.journal(place, JOURNAL_LIMIT_S)
        return await within(2 * JOURNAL_LIMIT_S, work, Area.JOURNAL, place.path.name)

    return Sights(
        glances=(clocks,),
        seldom=(
            *(functools.partial(certificates, name) for name in times),
            functools.partial(terminal_certificates, configuration, store, clock),
            disk,
        ),
        on_demand=(journal,),
        knock=knock,
    )


async def _alone(work: Awaitable[Part]) -> tuple[Part, ...]:
    return (await work,)
