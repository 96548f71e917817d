"""The technician's PIN: kept as an Argon2id hash, with a lock-out that grows and survives a restart.

There is no PIN to begin with: nothing that asks for one works until it was set at installation.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from totem.config.private_file import write_private
from totem.domain.errors import TotemError, Trouble

MIN_DIGITS: Final = 6
MAX_DIGITS: Final = 12
FREE_TRIES: Final = 3
"""Wrong PINs in a row before the first pause; from then on each pause is twice the one before."""
FIRST_PAUSE_S: Final = 30
LONGEST_PAUSE_S: Final = 24 * 3600

# RFC 9106, 4: the second recommended option, for machines that cannot spare 2 GiB.
_MEMORY_KIB: Final = 64 * 1024
_PASSES: Final = 3
_LANES: Final = 4


class PinRefused(TotemError):
    """The sentence is for the technician, in Portuguese."""

    trouble = Trouble.PIN_REFUSED


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    hash: str = Field(repr=False)
    failures: int = 0
    locked_until: str = ""


class PinFile:
    """One file of one PIN. Blocking (the hash takes some 0.1 s): use it in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_set(self) -> bool:
        return self._path.exists()

    def set(self, pin: str) -> None:
        """Raises PinRefused for one that is too short, too long, no number, or too easily guessed."""
        if not (pin.isascii() and pin.isdigit() and MIN_DIGITS <= len(pin) <= MAX_DIGITS):
            raise PinRefused(f"o PIN tem de {MIN_DIGITS} a {MAX_DIGITS} algarismos")
        if len(set(pin)) < 3 or pin in "01234567890123456789" or pin in "98765432109876543210":
            raise PinRefused("este PIN se adivinha fácil: não repita algarismos nem conte em sequência")
        kdf = Argon2id(salt=os.urandom(16), length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
        self._write(_Stored(hash=kdf.derive_phc_encoded(pin.encode("ascii"))))

    def check(self, pin: str, now: datetime) -> None:
        """Returns where the PIN is right. Raises PinRefused where it is wrong, locked or not set.

        The failure is stored before the answer is given, so that pulling the plug buys no further try.
        """
        stored = self._read()
        until = datetime.fromisoformat(stored.locked_until) if stored.locked_until else None
        if until is not None and now < until:
            raise PinRefused(f"PIN bloqueado por mais {_told(until - now)}")
        failures = stored.failures + 1
        pause_s = _pause_s(failures)
        locked = (now + timedelta(seconds=pause_s)).isoformat() if pause_s else ""
        self._write(_Stored(hash=stored.hash, failures=failures, locked_until=locked))
        try:
            Argon2id.verify_phc_encoded(pin.encode("utf-8"), stored.hash)
        except InvalidKey:
            raise PinRefused(
                "PIN errado" + (f": espere {_told(timedelta(seconds=pause_s))}" if pause_s else "")
            ) from None
        self._write(_Stored(hash=stored.hash))

    def _read(self) -> _Stored:
        try:
            return _Stored.model_validate(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise PinRefused("ainda não há PIN: defina um com totem pin") from None
        except (OSError, ValueError, ValidationError) as error:
            raise PinRefused(f"o arquivo do PIN não se lê: {self._path.name}") from error

    def _write(self, stored: _Stored) -> None:
        write_private(self._path, stored.model_dump_json().encode("utf-8"))


def _pause_s(failures: int) -> int:
    over = failures - FREE_TRIES
    return min(FIRST_PAUSE_S * 2**over, LONGEST_PAUSE_S) if over >= 0 else 0


def _told(left: timedelta) -> str:
    seconds = max(1, round(left.total_seconds()))
    return f"{seconds} segundos" if seconds < 120 else f"{-(-seconds // 60)} minutos"
