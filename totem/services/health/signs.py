"""A part of the kiosk and the signs that it shows. Pure; the words are in `assets/i18n/health`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from totem.domain.errors import Trouble
from totem.services.health.vocabulary import Level, Word, code_of, level_of


class Area(StrEnum):
    """What a part is, in the order in which a technician would look."""

    SALES = "sales"
    CONFIGURATION = "configuration"
    SECRETS = "secrets"
    NETWORK = "network"
    CERTIFICATE = "certificate"
    CLOCK = "clock"
    PROVIDER = "provider"
    """A bank that receives Pix: whether it lets us in."""
    PRINTER = "printer"
    TERMINAL = "terminal"
    """A card terminal, or a gateway in its place."""
    DISK = "disk"
    JOURNAL = "journal"
    SETTLEMENTS = "settlements"
    REFUNDS = "refunds"
    ATTENTIONS = "attentions"
    LOCALE = "locale"
    SCREEN = "screen"
    LOCK = "lock"


Value = str | int


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing to tell of a part. `values` fill the places of its sentence."""

    word: Word
    values: Mapping[str, Value] = field(default_factory=dict)
    variant: str = ""
    """Chooses among several remedies of one word: a printer's driver, a terminal's name. One that has none is fine."""
    bits: tuple[str, ...] = ()
    """The printer's own status bits behind it, by name."""
    trouble: Trouble | None = None
    """Where one word stands for several codes; else the word's own."""

    @property
    def level(self) -> Level:
        return level_of(self.word)

    @property
    def code(self) -> str:
        """The manual's, "" for none."""
        trouble = self.trouble or code_of(self.word)
        return trouble.value if trouble is not None else ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the kiosk as it stands. It has at least one sign, the worst first.

    `name` tells parts of one area apart ("sicredi", a printer's name, a file); `since` is when it came to be so, None
    where it was only looked at once.
    """

    area: Area
    name: str
    signs: tuple[Sign, ...]
    since: datetime | None = None

    def __post_init__(self) -> None:
        if not self.signs:
            raise ValueError(f"{self.area} {self.name} shows no sign")
        worst_first = tuple(sorted(self.signs, key=lambda sign: -sign.level))
        object.__setattr__(self, "signs", worst_first)

    @property
    def level(self) -> Level:
        return self.signs[0].level

    @property
    def key(self) -> tuple[Area, str]:
        return self.area, self.name

    def says_as(self, other: Part) -> bool:
        """Whether it tells the same, figures apart: a disk that lost a megabyte is still the disk it was."""
        return [(each.word, each.bits) for each in self.signs] == [(each.word, each.bits) for each in other.signs]


def part(area: Area, name: str, word: Word, variant: str = "", **values: Value) -> Part:
    """A part with one sign."""
    return Part(area, name, (Sign(word, values, variant),))


def worst(parts: tuple[Part, ...]) -> Level:
    return max((each.level for each in parts), default=Level.GREEN)
