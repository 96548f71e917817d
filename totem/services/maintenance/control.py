"""What maintenance screens, and the shell through the control socket, may ask of the running kiosk.

Every act is noted in the journal (`technician.*`: whose session, what, when) before it is done. Every method but those
of the door raises MaintenanceRefused while it is locked. Whatever else goes wrong is a TotemError, whose `trouble` has
its texts in the catalogues: a bank that is down (ProviderError), a journal that is full (JournalError), a terminal
that is silent (CardError). Nothing waits without a limit, and nothing holds the event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from totem.domain.cards import CardEvent
from totem.domain.errors import TotemError, Trouble
from totem.services.maintenance.sale_views import (
    AttentionView,
    Evidence,
    RefundEnd,
    ReprintResult,
    SaleRow,
    SaleStory,
)
from totem.services.maintenance.views import (
    ConfigVerdict,
    ConfigView,
    ExportEnd,
    MaintenanceState,
    Overview,
    PinAnswer,
    PrintAct,
    PrintEnd,
    PrinterView,
    Probe,
    ProviderView,
    Stick,
    TerminalView,
    VerifyStep,
    Version,
    WaitingTicket,
)
from totem.services.receipts.reports import DayReport

Listener = Callable[[MaintenanceState], None]


class Reason(StrEnum):
    """Why the kiosk itself does not do it; texts are in the catalogues under `maintenance.refused.<reason>`."""

    LOCKED = "locked"
    NOT_FOUND = "not_found"
    BUSY = "busy"
    """A customer's sale, a ticket or another act has that device now."""
    NOTHING_TO_RETURN = "nothing_to_return"
    REASON_MISSING = "reason_missing"
    CONTRADICTED = "contradicted"
    """The provider's evidence says otherwise."""
    UNDECIDED = "undecided"
    """The provider does not say yet."""
    SETTLED_BEFORE = "settled_before"
    CANNOT = "cannot"
    """This device, provider or configuration has no such function."""
    BAD_CONFIGURATION = "bad_configuration"
    NO_ROOM = "no_room"
    """The drive is full, gone, or cannot be written."""
    PIN = "pin"
    """The PIN of a money act was not right; `pin` tells."""


class MaintenanceRefused(TotemError):
    """Nothing was done. `reason` has texts in three languages; the exception's own text is for log and shell."""

    trouble = Trouble.NOT_DONE

    def __init__(self, reason: Reason, message: str = "", *, pin: PinAnswer | None = None) -> None:
        super().__init__(message or reason.value)
        self.reason = reason
        self.pin = pin


class PrinterDesk(Protocol):
    async def look(self) -> tuple[PrinterView, ...]:
        """The main printer first."""
        ...

    async def act(self, printer: str, act: PrintAct) -> PrintEnd: ...

    async def waiting(self) -> tuple[WaitingTicket, ...]:
        """Tickets that are not on paper yet, oldest first; `SaleDesk.reprint` prints one."""
        ...


class TerminalDesk(Protocol):
    async def look(self) -> tuple[TerminalView, ...]: ...

    def admin(self, terminal: str) -> AsyncIterator[CardEvent]:
        """The terminal's own menu: prompts as they come, then one CardResult. Closing the iterator early leaves it."""
        ...

    async def answer(self, terminal: str, option: int) -> None:
        """Choose that option (from 0) of the menu that `admin` showed last."""
        ...

    async def cancel(self, terminal: str) -> None:
        """Ask the menu to end; `admin`'s result is the last word."""
        ...

    async def settle(self, terminal: str) -> bool:
        """Settle what it holds open, by the journal alone. False where something is not acknowledged yet."""
        ...


class ProviderDesk(Protocol):
    async def look(self) -> tuple[ProviderView, ...]:
        """Each asked side by side, within a limit; moves no money."""
        ...

    def probe(self, provider: str) -> AsyncIterator[Probe]:
        """A smallest real charge, each stage as it is reached. Leaving early leaves the rest to the kiosk."""
        ...


class SaleDesk(Protocol):
    async def search(self, text: str = "", day: date | None = None) -> tuple[SaleRow, ...]:
        """Newest first, at most 50: by ticket number, reference or whole id, amount ("45,00"), day ("29/11"), NSU,
        txid or endToEndId; `day` narrows it to a local day. Nothing given: the latest."""
        ...

    async def story(self, sale_id: str) -> SaleStory: ...

    async def reprint(self, sale_id: str) -> ReprintResult:
        """The same number, marked as a second copy; one to be claimed is handed out for the first time, unmarked."""
        ...

    async def refund(self, sale_id: str, reason: str, pin: str, *, pix_key: str = "") -> RefundEnd:
        """Give all that is left of the sale's money back; `pix_key`: by a Pix of our own, once the bank refused.

        Waits up to a minute for bank and terminal. Asks the PIN again.
        """
        ...

    async def attentions(self) -> tuple[AttentionView, ...]:
        """Open ones, oldest first."""
        ...

    async def evidence(self, attention_id: str) -> Evidence:
        """Ask bank or terminal now what became of it; settles nothing."""
        ...

    async def settle(self, attention_id: str, reason: str = "") -> AttentionView:
        """By the provider's evidence, asked anew; by a typed reason where one is given.

        Raises MaintenanceRefused: CONTRADICTED where the evidence says otherwise and no word counts against it
        (`Evidence.word_counts`), UNDECIDED where nobody can say and no reason is given. A reason needs eight letters.
        """
        ...


class ClosingDesk(Protocol):
    async def report(self, day: date | None = None, language: str = "pt") -> DayReport:
        """None is today."""
        ...

    async def print(self, day: date | None = None, language: str = "pt") -> PrintEnd: ...

    async def export(self, stick: Path, day: date | None = None) -> ExportEnd:
        """CSV and JSON of that day's closing."""
        ...


class ConfigurationDesk(Protocol):
    async def view(self) -> ConfigView: ...

    async def candidates(self) -> tuple[Path, ...]:
        """The file in use, and every `totem.toml` found on a mounted stick."""
        ...

    async def check(self, path: Path) -> ConfigVerdict:
        """Every fault at once; changes nothing."""
        ...

    async def adopt(self, path: Path) -> ConfigVerdict:
        """Put that file in the place of the one in use, if it has no fault; a restart makes it run."""
        ...

    async def go_back(self) -> ConfigVerdict:
        """Put the last configuration with which this kiosk sold back in place; a restart makes it run."""
        ...


class JournalDesk(Protocol):
    def verify(self) -> AsyncIterator[VerifyStep]:
        """The whole chain, a step of progress at least each second."""
        ...

    async def sticks(self) -> tuple[Stick, ...]: ...

    async def export(self, stick: Path) -> ExportEnd:
        """The whole journal as CSV and as JSON lines."""
        ...


class MachineDesk(Protocol):
    async def version(self) -> Version: ...

    async def set_out_of_service(self, wanted: bool) -> None:
        """The sale at hand ends first; survives a restart."""
        ...

    async def restart(self) -> None:
        """End the program, to be started anew, as soon as the sale at hand has ended."""
        ...


class MaintenanceControl(Protocol):
    """The door, and the desks behind it."""

    @property
    def state(self) -> MaintenanceState: ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the loop's thread at every change; the returned function ends it."""
        ...

    @property
    def has_pin(self) -> bool:
        """Without one nobody gets in: the screen tells of `totem pin` instead of asking."""
        ...

    async def unlock(self, pin: str) -> PinAnswer:
        """Never raises."""
        ...

    async def lock(self) -> None:
        """Never raises."""
        ...

    def touched(self) -> None:
        """Somebody uses the screen: the time-out begins anew."""
        ...

    async def overview(self, language: str = "pt") -> Overview:
        """Everything asked anew, in the words of that language; some seconds where something does not answer."""
        ...

    @property
    def printers(self) -> PrinterDesk: ...

    @property
    def terminals(self) -> TerminalDesk: ...

    @property
    def providers(self) -> ProviderDesk: ...

    @property
    def sales(self) -> SaleDesk: ...

    @property
    def closing(self) -> ClosingDesk: ...

    @property
    def configuration(self) -> ConfigurationDesk: ...

    @property
    def journal(self) -> JournalDesk: ...

    @property
    def machine(self) -> MachineDesk: ...
