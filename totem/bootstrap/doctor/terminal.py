"""The card terminals: each configured one asked whether it is ready; no payment is begun."""

from __future__ import annotations

import asyncio
import random
from typing import Final

from totem.bootstrap.doctor.check import Check, bad, good, warn
from totem.bootstrap.terminals import open_terminal
from totem.config.loader import Configuration
from totem.config.secrets import SecretStore
from totem.domain.cards import CardTerminal, TerminalHealth
from totem.domain.errors import CertificateRefused, ConfigError, Trouble
from totem.domain.ports import Clock

NAMES: Final = {"tef": "TEF (PayGo)", "smartpos": "Smart POS", "gopag": "GoPag"}
LIMIT_S: Final = 20.0

_REMEDIES: Final = {
    "tef": {
        Trouble.TERMINAL_UNREACHABLE: (
            "confira se o PayGo está aberto; por rede, se totem tef-bridge roda lá e se o endereço está certo"
        ),
        Trouble.BRIDGE_REFUSED: "confira se o segredo (ou o certificado) é o mesmo nos dois computadores",
    },
    "smartpos": {
        Trouble.TERMINAL_UNREACHABLE: "confira se o aplicativo está aberto na máquina, o cabo (adb forward) e a porta",
        Trouble.BRIDGE_REFUSED: "confira se o segredo é o mesmo no aplicativo e no totem, e a versão do aplicativo",
        Trouble.TERMINAL_CLOCK: "acerte o relógio da máquina e o do totem: ligue a hora automática nos dois",
    },
    "gopag": {
        Trouble.TERMINAL_UNREACHABLE: "confira a internet, e se o leitor está ligado e pareado",
        Trouble.BRIDGE_REFUSED: "confira token, certificado e os identificadores em [cards.gopag]",
        Trouble.TERMINAL_REFUSED: "escreva em [cards.gopag] terminal um dos leitores listados, e veja se está ligado",
    },
}
_OTHERWISE: Final = "desligue e ligue a máquina; se continuar, chame a adquirente"


async def terminals(
    configuration: Configuration, store: SecretStore | None, clock: Clock, *, kiosk_is_open: bool
) -> tuple[Check, ...]:
    """One line each, side by side. A kiosk that is open has its terminals to itself: they are left alone then."""
    names = configuration.settings.cards.terminals
    if kiosk_is_open:
        return tuple(_in_use(name) for name in names)
    return tuple(await asyncio.gather(*(_look(name, configuration, store, clock) for name in names)))


async def _look(name: str, configuration: Configuration, store: SecretStore | None, clock: Clock) -> Check:
    try:
        terminal = await open_terminal(name, configuration, clock, random.SystemRandom(), store)
    except (ConfigError, CertificateRefused) as error:
        told = "; ".join(error.faults) if isinstance(error, ConfigError) else str(error)
        return bad("cartão", NAMES[name], told, f"corrija [cards.{name}]", error.code)
    try:
        async with asyncio.timeout(LIMIT_S):
            health = await terminal.health()
    except TimeoutError:
        return bad("cartão", NAMES[name], "não respondeu a tempo", _OTHERWISE, Trouble.TERMINAL_UNREACHABLE)
    finally:
        await terminal.close()
    return _told(name, terminal, health)


def _told(name: str, terminal: CardTerminal, health: TerminalHealth) -> Check:
    remedy = _REMEDIES[name].get(health.trouble, _OTHERWISE) if health.trouble is not None else ""
    if not health.ready:
        code = health.trouble or Trouble.TERMINAL_UNREACHABLE
        return bad("cartão", NAMES[name], health.detail or "não está pronta", remedy, code)
    if health.trouble is not None:
        return warn("cartão", NAMES[name], health.detail, remedy, health.trouble)
    most = terminal.capabilities.most_installments
    return good("cartão", NAMES[name], f"pronta, até {most}x" if most > 1 else "pronta")


def _in_use(name: str) -> Check:
    return good("cartão", NAMES[name], "em uso pelo totem aberto; veja-a na tela de manutenção")
