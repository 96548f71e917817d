"""Reference client, for whoever writes the app on the POS: one sale, every step printed.

    python -m hardware.terminal.smart_pos.example --port 7101 --amount 500 --secret-file secret.txt

Ends with 0 where the sale was approved, 3 where it is unknown, 1 for every other end, 2 for wrong arguments.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from hardware.terminal.smart_pos.settings import DEFAULT_PORT, SmartPosSettings
from hardware.terminal.smart_pos.terminal import open_smart_pos
from totem.domain.cards import CardEvent, CardKind, CardOutcome, CardSale, Prompt
from totem.domain.errors import ConfigError
from totem.domain.money import Money, format_money
from totem.domain.ports import Random

_EXITS: Final = {CardOutcome.APPROVED: 0, CardOutcome.UNKNOWN: 3}


class MachineClock:
    """Implements `totem.domain.ports.Clock` on the machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


def described(event: CardEvent) -> str:
    """One line for one event."""
    if isinstance(event, Prompt):
        return f"{event.kind.value}: {event.text}".rstrip(": ")
    amount = "" if event.amount is None else format_money(event.amount)
    told = (event.outcome.value, amount, event.nsu, event.authorization, event.brand, event.code, event.message)
    return " ".join(part for part in told if part)


async def sell(settings: SmartPosSettings, sale: CardSale, out: TextIO, source: Random) -> CardOutcome:
    """Health, then the sale with its prompts. Raises ConfigError."""
    terminal = open_smart_pos(settings, MachineClock(), source)
    outcome = CardOutcome.UNKNOWN
    try:
        health = await terminal.health()
        out.write(f"health: {'ready' if health.ready else 'not ready'} {health.detail}\n")
        async for event in terminal.start(sale):
            out.write(f"{described(event)}\n")
            if not isinstance(event, Prompt):
                outcome = event.outcome
    finally:
        await terminal.close()
    return outcome


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="smart_pos.example", description="One sale over the Smart POS bridge.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--secret-file", type=Path, help="without it, no secret (loopback only)")
    parser.add_argument("--amount", type=int, required=True, help="cents")
    parser.add_argument("--kind", choices=[kind.value for kind in CardKind], default="credit")
    parser.add_argument("--installments", type=int, default=1)
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None, out: TextIO | None = None) -> int:
    """The program; `given` are its arguments without its name."""
    out = out or sys.stdout
    arguments = _arguments(given)
    secret = "" if arguments.secret_file is None else arguments.secret_file.read_text(encoding="utf-8").strip()
    settings = SmartPosSettings(
        host=arguments.host, port=arguments.port, secret=secret, allow_no_secret=not secret, kiosk="EXAMPLE"
    )
    source = random.SystemRandom()
    sale = CardSale(
        f"EXAMPLE{source.getrandbits(64):016X}",
        source.getrandbits(32) + 1,
        Money(arguments.amount),
        CardKind(arguments.kind),
        arguments.installments,
        reference="EXAMPLE",
    )
    try:
        outcome = asyncio.run(sell(settings, sale, out, source))
    except ConfigError as exc:
        out.write(f"{exc}\n")
        return 2
    return _EXITS.get(outcome, 1)


if __name__ == "__main__":
    sys.exit(main())
