"""What can happen in a demo, as plain values: what the customer does, what the world does, what befalls the kiosk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from totem.bootstrap.checker import ExpectedEnd

# --- the customer -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choose:
    """Touch the first screen, choose a service, and go on to the ways to pay."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Until one of the screens is shown; `limit_s` seconds at most."""

    screens: tuple[str, ...]
    limit_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Touch:
    name: str


@dataclass(frozen=True, slots=True)
class ReadCode:
    """Take a picture of the screen and read its Pix code as a phone does."""


@dataclass(frozen=True, slots=True)
class Look:
    """Take a picture of the screen."""

    name: str = ""
    """Of the picture; the screen's own name where empty."""
    still_s: float = 0.1
    """For how long nothing moved before it; 0 takes the screen as it is at this moment."""


@dataclass(frozen=True, slots=True)
class Pay:
    """The customer's phone pays the code that was read, with so many centavos more (or fewer) than it asks for."""

    difference_cents: int = 0


# --- the world and the kiosk ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class World:
    """One act of the simulators, by its name in their control."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)


class Blow(StrEnum):
    """What befalls the kiosk itself."""

    DISK_FULL = "disk_full"
    """From now on the journal's disk takes nothing more, its reserve included."""
    DISK_FREE = "disk_free"
    """There is room again."""
    RESTART = "restart"
    """The kiosk is closed and started again, on the same journal."""


@dataclass(frozen=True, slots=True)
class Befall:
    blow: Blow


@dataclass(frozen=True, slots=True)
class JumpClock:
    """The kiosk's wall clock is set; the time that passes is not."""

    hours: float


Act = Choose | Wait | Touch | ReadCode | Look | Pay | World | Befall | JumpClock


# --- scenarios --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScriptedSale:
    """One customer: what happens, in order, and how the sale must end."""

    acts: tuple[Act, ...]
    end: ExpectedEnd


@dataclass(frozen=True, slots=True)
class KioskLimits:
    """Times of the kiosk that a scenario shortens, so that nobody waits ten minutes to see a charge expire. In seconds;
    None leaves what the configuration says."""

    charge_life_s: int | None = None
    screen_s: float | None = None
    read_timeout_s: int | None = None
    wrong_certificate: bool = False
    """The kiosk holds a certificate that the bank does not know."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`how_it_ends` is the sentence of `--list-faults`, in Portuguese and English."""

    name: str
    how_it_ends: tuple[str, str]
    sales: tuple[ScriptedSale, ...]
    limits: KioskLimits = field(default_factory=KioskLimits)
