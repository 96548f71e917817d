"""What maintenance mode shows: plain values, made anew at each question. Texts of a code are in the catalogues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from totem.domain.errors import Trouble
from totem.domain.money import Money
from totem.domain.ports import PrinterStatus, PrintResult
from totem.services.banks import Health

# --- the door -------------------------------------------------------------------------------------------------------


class Entry(StrEnum):
    """What became of a PIN."""

    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"
    """Too many wrong ones: nothing was compared. `wait_s` says for how long."""
    NO_PIN = "no_pin"
    """None was ever set: `totem pin` on the shell sets the first one. There is no default."""
    NOT_COUNTED = "not_counted"
    """The try could not be stored, so it was not compared: disk or journal must be mended first."""


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """`tries_left` before the next pause, `wait_s` whole seconds until one may try again (0: at once)."""

    entry: Entry
    tries_left: int = 0
    wait_s: int = 0

    @property
    def is_right(self) -> bool:
        return self.entry is Entry.OK


@dataclass(frozen=True, slots=True)
class MaintenanceState:
    """`session` names the technician's visit in the journal, "" while locked."""

    session: str = ""
    ends_at_s: float = 0.0
    """When it locks by itself unless somebody touches the screen (monotonic seconds)."""
    out_of_service: bool = False
    """A technician took the kiosk out of service; it stays so over restarts until one puts it back."""
    restarting: bool = False
    """The program ends as soon as the sale at hand has ended."""

    @property
    def is_unlocked(self) -> bool:
        return bool(self.session)


# --- overview -------------------------------------------------------------------------------------------------------


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the kiosk and how it is; all but `area` in words for people; `code` is the manual's ("" for none)."""

    area: str
    """`totem.services.health.signs.Area`, by its value."""
    title: str
    name: str
    light: Light
    detail: str = ""
    remedy: str = ""
    code: str = ""
    since: datetime | None = None
    """When it came to be so."""


@dataclass(frozen=True, slots=True)
class Overview:
    parts: tuple[Part, ...]
    at: datetime
    attentions: int = 0
    """Open ones: money or goods that wait for a decision."""

    @property
    def worst(self) -> Light:
        lights = {part.light for part in self.parts}
        return next((light for light in (Light.RED, Light.YELLOW) if light in lights), Light.GREEN)


# --- printer --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrinterView:
    name: str
    status: PrinterStatus
    trouble: Trouble | None = None
    """None where it can print."""
    busy: bool = False
    """A ticket is printing there, or held by it: no test page now."""
    is_spare: bool = False


class PrintAct(StrEnum):
    TEST_PAGE = "test_page"
    FEED = "feed"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class PrintEnd:
    """What became of a piece of paper. `trouble` tells why where it was not printed."""

    result: PrintResult
    trouble: Trouble | None = None

    @property
    def is_printed(self) -> bool:
        return self.result is PrintResult.PRINTED


@dataclass(frozen=True, slots=True)
class WaitingTicket:
    """A ticket that is neither printed nor revoked; `state` is a TicketState's value."""

    sale_id: str
    reference: str
    number: int
    state: str
    since: datetime
    to_claim: bool = False
    """Late money was honoured: it waits for its customer to ask for it."""


# --- terminal -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TerminalView:
    """`held` transactions are open at the terminal; `unsettled` of ours wait for its word."""

    name: str
    ready: bool
    trouble: Trouble | None = None
    detail: str = ""
    clock_drift_s: float | None = None
    has_admin: bool = False
    held: int = 0
    unsettled: int = 0


# --- providers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProviderView:
    """One bank or gateway. `admitted`: it took our credentials just now; None where it could not be asked."""

    name: str
    admitted: bool | None
    trouble: Trouble | None = None
    """Why not, or its last failure."""
    health: Health = Health.CLOSED
    since: datetime | None = None
    certificate_until: date | None = None
    certificate_days: int | None = None
    """Days left; None for a provider without a client certificate."""
    can_probe: bool = False


class ProbeStage(StrEnum):
    """The way of a smallest real charge, in order; each but the last four is followed by another."""

    MAKING = "making"
    MADE = "made"
    REMOVING = "removing"
    REFUNDING = "refunding"
    """Somebody paid it after all."""
    REMOVED = "removed"
    """Removed, and read again as unpaid: the bank works."""
    REFUNDED = "refunded"
    FAILED = "failed"
    """No charge was made."""
    LEFT = "left"
    """The bank does not say yet: the kiosk asks on, removes it when it can, and refunds it if it was paid."""


@dataclass(frozen=True, slots=True)
class Probe:
    stage: ProbeStage
    amount: Money
    txid: str = ""
    sale_id: str = ""
    """Under which the journal tells of it."""
    trouble: Trouble | None = None

    @property
    def is_over(self) -> bool:
        return self.stage in (ProbeStage.REMOVED, ProbeStage.REFUNDED, ProbeStage.FAILED, ProbeStage.LEFT)


# --- configuration, journal, machine --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConfigLine:
    """`value` as the file has it, secrets hidden; `is_default` where the file does not say."""

    section: str
    key: str
    value: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class ConfigView:
    path: Path
    lines: tuple[ConfigLine, ...]
    last_good_at: datetime | None = None
    """When the one that `go_back` restores was last in use; None where there is none."""
    changed_on_disk: bool = False
    """The file is another than the one that runs: a restart would use it."""


@dataclass(frozen=True, slots=True)
class ConfigVerdict:
    """`faults` are Portuguese sentences `file: key: reason`; `changed` are the keys that differ from what runs."""

    path: Path
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class VerifyStep:
    """`done` of `total` entries; the last one has `faults` and `over`."""

    done: int
    total: int
    over: bool = False
    faults: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        return self.over and not self.faults


@dataclass(frozen=True, slots=True)
class Stick:
    """A removable drive that is mounted and can be written."""

    path: Path
    label: str
    free_bytes: int


@dataclass(frozen=True, slots=True)
class ExportEnd:
    files: tuple[Path, ...]
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    program: str
    python: str
    system: str
    kiosk_id: str
    simulated: bool = False
