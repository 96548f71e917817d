"""The card terminals: each configured one asked whether it is ready; no payment is begun."""

from __future__ import annotations

import asyncio
import random
from typing import Final

from totem.bootstrap.material_words import sign_of
from totem.config.loader import Configuration
from totem.config.secrets import SecretStore
from totem.domain.errors import CertificateRefused, ConfigError
from totem.domain.ports import Clock
from totem.services.health.signs import Area, Part, Sign, part
from totem.services.health.telling import not_answered, terminal_part
from totem.services.health.vocabulary import Word

LIMIT_S: Final = 28.0


async def terminals(
    configuration: Configuration, store: SecretStore | None, clock: Clock, *, kiosk_is_open: bool
) -> tuple[Part, ...]:
    """One part each, side by side. A kiosk that is open has its terminals to itself: they are left alone then."""
    names = configuration.settings.cards.terminals
    if kiosk_is_open:
        return tuple(part(Area.TERMINAL, name, Word.TERMINAL_IN_USE) for name in names)
    return tuple(await asyncio.gather(*(_look(name, configuration, store, clock) for name in names)))


async def _look(name: str, configuration: Configuration, store: SecretStore | None, clock: Clock) -> Part:
    # Every driver of every terminal comes with it, and most kiosks have one terminal or none.
    from totem.bootstrap.terminals import open_terminal  # noqa: PLC0415

    try:
        terminal = await open_terminal(name, configuration, clock, random.SystemRandom(), store)
    except CertificateRefused as error:
        return Part(Area.TERMINAL, name, (sign_of(error),))
    except ConfigError as error:
        sign = Sign(Word.TERMINAL_UNSET, {"fault": "; ".join(error.faults), "section": name}, trouble=error.trouble)
        return Part(Area.TERMINAL, name, (sign,))
    try:
        async with asyncio.timeout(LIMIT_S):
            return terminal_part(terminal, await terminal.health())
    except TimeoutError:
        return not_answered(Area.TERMINAL, (name,))[0]
    finally:
        await terminal.close()
