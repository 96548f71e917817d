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
class TouchPage:
    """A thing on the acquirer's page, by its id there."""

    name: str


@dataclass(frozen=True, slots=True)
class FillPage:
    """A field of the acquirer's page, with the kiosk's own keyboard."""

    name: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadCode:
    """Take a picture of the screen and read its Pix code as a phone does."""


@dataclass(frozen=True, slots=True)
class TypeCard:
    """Type a test card on the kiosk's own keys, and touch "pay"; the screen that asks for it is waited for."""

    number: str = field(repr=False)
    expiry: str = field(repr=False)
    """MMYY."""
    code: str = field(repr=False)
    name: str = field(default="MARIA DA SILVA", repr=False)


@dataclass(frozen=True, slots=True)
class Look:
    """Take a picture of the screen."""

    name: str = ""
    """Of the picture; the screen's own name where empty."""
    still_s: float = 0.1
    """For how long nothing moved before it; 0 takes the screen as it is at this moment."""


@dataclass(frozen=True, slots=True)
class Pay:
    """The customer's phone pays the code that was read, with so many centavos more (or fewer) than it asks for.

    `late`: the money was on its way already when the charge ended. `twice`: so does another phone in the same moment.
    """

    difference_cents: int = 0
    late: bool = False
    twice: bool = False


# --- the world and the kiosk ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class World:
    """One act of the simulators, by its name in their control. `bank.` is the run's first bank, `second.` its other."""

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
    OFF = "off"
    """The kiosk is closed."""
    ON = "on"
    """It is started again."""


@dataclass(frozen=True, slots=True)
class Befall:
    blow: Blow


@dataclass(frozen=True, slots=True)
class JumpClock:
    """The kiosk's wall clock is set; the time that passes is not."""

    hours: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """Until the journal's file has so many rows of that kind and state, counted from the sale's first act, or
    from the kiosk's last start in it."""

    kind: str
    state: str = ""
    count: int = 1
    limit_s: float = 20.0


Act = (
    Choose
    | Wait
    | Touch
    | TouchPage
    | FillPage
    | TypeCard
    | ReadCode
    | Look
    | Pay
    | World
    | Befall
    | JumpClock
    | Recorded
)


# --- scenarios --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScriptedSale:
    """One customer: what happens, in order, and how the sale must end."""

    acts: tuple[Act, ...]
    end: ExpectedEnd
    at_second: bool = False
    """Its last charge is at the kiosk's second bank."""


@dataclass(frozen=True, slots=True)
class KioskLimits:
    """Times of the kiosk that a scenario shortens, so that nobody waits ten minutes to see a charge expire. In seconds;
    None leaves what the configuration says."""

    charge_life_s: int | None = None
    screen_s: float | None = None
    read_timeout_s: int | None = None
    sweep_s: float | None = None
    patience_s: float | None = None
    """How long a paid ticket may wait for its printer."""
    make_s: float | None = None
    """How long one bank is waited for."""
    close_s: float | None = None
    """What closing down may take; 0 is a power cut."""
    spare_printer: bool = False
    """The kiosk has a second printer."""
    without_paper: str = ""
    """What the owner wants while no printer can print; "" leaves what the configuration says."""
    terminal_silence_s: float | None = None
    """How long a card terminal may be silent."""
    capture_after_ticket: bool = False
    """Adiq pre-authorises, and captures once the ticket is out."""
    tef_folder: bool = False
    """PayGo is reached by its exchange folder, and not over a socket."""
    wrong_certificate: bool = False
    """The kiosk holds a certificate that the bank does not know."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`how_it_ends` is the sentence of `--list-faults`, in Portuguese and English."""

    name: str
    how_it_ends: tuple[str, str]
    sales: tuple[ScriptedSale, ...]
    limits: KioskLimits = field(default_factory=KioskLimits)
    two_banks: bool = False
    """The kiosk has a second bank, whichever is its first."""
    method: str = "pix"
    """Pix, or the card terminal that the kiosk has."""
    ticket_unknown: str = ""
    """The owner's setting, where it is not the default."""
