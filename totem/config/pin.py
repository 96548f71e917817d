"""The technician's PIN as a file: an Argon2id hash, and how often it was missed in a row.

There is no PIN to begin with: nothing that asks for one works until it was set at installation. When a try is counted,
and how long one waits after it, is `totem.services.maintenance.pin`'s; this file keeps, and compares.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from totem.config.private_file import write_private
from totem.domain.errors import TotemError, Trouble

MIN_DIGITS: Final = 6
MAX_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class HashCost:
    """RFC 9106, 4: the second recommended option, for machines that cannot spare 2 GiB."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


class PinRefused(TotemError):
    """The sentence is for the technician, in Portuguese."""

    trouble = Trouble.PIN_REFUSED


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: str
    hash: str = Field(repr=False)
    failures: int = 0


class PinFile:
    """One file of one PIN. Implements `totem.services.maintenance.pin.PinKeeper`.

    Blocking (the hash takes some 0.1 s and 64 MiB): use it in a thread. Every method but `is_set` and `set` raises
    PinRefused where the file is missing or unreadable; writing raises OSError.
    """

    def __init__(self, path: Path, cost: HashCost | None = None) -> None:
        self._path = path
        self._cost = cost or HashCost()

    @property
    def is_set(self) -> bool:
        return self._path.exists()

    @property
    def pin_id(self) -> str:
        """Names this PIN in the journal and tells nothing of it; another PIN has another."""
        return self._read().id

    def check_form(self, pin: str) -> None:
        """Raises PinRefused for one that is too short, too long, no number, or too easily guessed."""
        if not (pin.isascii() and pin.isdigit() and MIN_DIGITS <= len(pin) <= MAX_DIGITS):
            raise PinRefused(f"o PIN tem de {MIN_DIGITS} a {MAX_DIGITS} algarismos")
        if len(set(pin)) < 3 or pin in "01234567890123456789" or pin in "98765432109876543210":
            raise PinRefused("este PIN se adivinha fácil: não repita algarismos nem conte em sequência")

    def set(self, pin: str, pin_id: str) -> None:
        """Store its hash under that id; what was there before is gone. Raises PinRefused as `check_form`."""
        self.check_form(pin)
        cost = self._cost
        kdf = Argon2id(
            salt=os.urandom(16), length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
        )
        self._write(_Stored(id=pin_id, hash=kdf.derive_phc_encoded(pin.encode("ascii"))))

    @property
    def failures(self) -> int:
        """Misses in a row, the try that is being compared included."""
        return self._read().failures

    def count(self, failures: int) -> None:
        """Durable on return."""
        stored = self._read()
        self._write(_Stored(id=stored.id, hash=stored.hash, failures=failures))

    def matches(self, pin: str) -> bool:
        stored = self._read()
        try:
            Argon2id.verify_phc_encoded(pin.encode("utf-8"), stored.hash)
        except InvalidKey:
            return False
        return True

    def _read(self) -> _Stored:
        try:
            return _Stored.model_validate(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise PinRefused("ainda não há PIN: defina um com totem pin") from None
        except (OSError, ValueError, ValidationError) as error:
            raise PinRefused(f"o arquivo do PIN não se lê: {self._path.name}") from error

    def _write(self, stored: _Stored) -> None:
        write_private(self._path, stored.model_dump_json().encode("utf-8"))
