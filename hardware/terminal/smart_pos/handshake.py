"""The first lines of a link: versions, proofs, and what the terminal is (protocol, section 3)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from hardware.terminal.smart_pos.lines import Challenge, Line, Refusal, Unreadable, Welcome
from hardware.terminal.smart_pos.proof import Nonces, Role, Seal, is_nonce, proof, same
from hardware.terminal.smart_pos.settings import SmartPosSettings
from hardware.terminal.smart_pos.wire import LineWire
from totem.domain.errors import BridgeRefused, CardError, TerminalUnreachable
from totem.domain.ports import Clock, Random

VERSION: Final = 1


async def shake_hands(
    wire: LineWire, settings: SmartPosSettings, clock: Clock, random: Random
) -> tuple[Welcome, float | None]:
    """The terminal's welcome, and its clock's drift in seconds (None where it tells no time).

    Raises BridgeRefused where the two do not accept one another, TerminalUnreachable for everything else; no sale
    was begun either way.
    """
    try:
        async with asyncio.timeout(settings.limits.handshake_s):
            return await _shake(wire, settings, clock, random)
    except (EOFError, OSError) as exc:
        raise TerminalUnreachable(f"smart pos: the link ended in the handshake ({type(exc).__name__})") from exc
    except ValueError as exc:
        raise BridgeRefused(f"smart pos: {exc} in the handshake") from exc


async def _shake(
    wire: LineWire, settings: SmartPosSettings, clock: Clock, random: Random
) -> tuple[Welcome, float | None]:
    ours = f"{random.getrandbits(128):032x}"
    wire.put(
        {
            "type": "hello",
            "protocol": "totem-smartpos",
            "versions": [VERSION],
            "kiosk": settings.kiosk,
            "nonce": ours,
            "time": wire_time(clock.now()),
        }
    )
    challenge = await wire.read()
    if not isinstance(challenge, Challenge):
        raise _unexpected(challenge, "challenge")
    if challenge.version != VERSION:
        raise BridgeRefused(f"smart pos: speaks version {challenge.version}, this kiosk {VERSION}")
    asked_at = clock.now()
    if settings.secret:
        _prove(wire, settings.secret, challenge, ours)
    elif challenge.auth != "none":
        raise BridgeRefused("smart pos: wants a secret, and none is set here")
    else:
        wire.put({"type": "auth"})
    welcome = await wire.read()
    if not isinstance(welcome, Welcome):
        raise _unexpected(welcome, "welcome")
    return welcome, drift_s(welcome.time, asked_at, clock.now())


def _prove(wire: LineWire, secret: str, challenge: Challenge, ours: str) -> None:
    if challenge.auth != "hmac":
        raise BridgeRefused("smart pos: does not prove the secret")  # never talked down to no secret
    if not is_nonce(challenge.nonce):
        raise BridgeRefused("smart pos: its nonce is not 32 hex digits")
    nonces = Nonces(ours, challenge.nonce)
    if not same(challenge.proof, proof(secret, Role.POS, nonces)):
        raise BridgeRefused("smart pos: does not know the secret")
    wire.put({"type": "auth", "proof": proof(secret, Role.KIOSK, nonces)})
    wire.outgoing = Seal.of(secret, Role.KIOSK, nonces)
    wire.incoming = Seal.of(secret, Role.POS, nonces)


def _unexpected(line: Line, wanted: str) -> CardError:
    if isinstance(line, Refusal):
        return BridgeRefused(f"smart pos: refuses the link: {line.code} {line.message}".rstrip())
    if isinstance(line, Unreadable):
        return BridgeRefused(f"smart pos: {line.kind} cannot be read: {line.why}")
    return BridgeRefused(f"smart pos: sent {type(line).__name__.lower()} where a {wanted} belongs")


def drift_s(theirs: datetime | None, before: datetime, after: datetime) -> float | None:
    """Their clock less ours, taken at the middle of the round trip."""
    if theirs is None:
        return None
    return (theirs - (before + (after - before) / 2)) / timedelta(seconds=1)


def wire_time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
