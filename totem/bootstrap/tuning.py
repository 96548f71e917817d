"""What the first screen needs to know before anything heavier is imported: time, chance, texts, and what is real."""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import assets
from totem.config.loader import Configuration
from totem.domain.ports import Clock, Random
from totem.domain.texts import CUSTOMER_LANGUAGES, Texts
from totem.services.clock import SystemClock
from totem.services.texts import load_texts


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a demo or a test sets that no owner may: time, chance, and lives shorter than a real bank allows."""

    clock: Clock = field(default_factory=SystemClock)
    random: Random = field(default_factory=random.SystemRandom)
    charge_life_s: int | None = None
    screen_s: float | None = None
    first_poll_s: float | None = None
    sweep_s: float | None = None
    make_limit_s: float | None = None
    patience_s: float | None = None
    refund_again_s: float | None = None
    close_limit_s: float | None = None
    terminal_silence_s: float | None = None


def is_simulated(configuration: Configuration) -> bool:
    """One on the loopback is a simulator, and a kiosk on simulators says so on every screen and ticket."""
    pix, cards = configuration.settings.pix, configuration.settings.cards
    gateways = {"adiq": cards.adiq, "vinti4": cards.vinti4}
    in_use = (pix.sicredi, pix.inter, *(section for name, section in gateways.items() if name in cards.terminals))
    return any(is_loopback(section.url) for section in in_use if section is not None)


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def texts_of_assets() -> Texts:
    return load_texts(assets.path("i18n"), CUSTOMER_LANGUAGES)
