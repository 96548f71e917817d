"""Printers with what encodes for them, in the owner's order, and which of them can take a ticket now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from totem.domain.errors import Trouble
from totem.domain.ports import Condition, Printer, PrinterStatus
from totem.services.press import TicketPress


@dataclass(frozen=True, slots=True)
class Station:
    """One printer and the press that knows its paper and its commands."""

    printer: Printer
    press: TicketPress
    driver: str = ""
    """How it is reached ("usb", "network"): chooses what a technician is told to check."""
    place: str = ""
    """Where it is, as a technician knows it."""

    @property
    def name(self) -> str:
        return self.printer.name


class Work(StrEnum):
    """What a station is at."""

    NONE = "none"
    PRINTING = "printing"
    HELD = "held"
    """It has bytes of a ticket and waits for paper, cover or cutter: no other ticket may go there."""


@dataclass(slots=True)
class Desk:
    """A station at work; one worker at most."""

    station: Station
    work: Work = Work.NONE
    trouble: Trouble | None = None
    """What holds its ticket."""
    paper_is_low: bool = False

    @property
    def name(self) -> str:
        return self.station.name

    def saw(self, status: PrinterStatus) -> None:
        """Keep what a status says of the paper; one without an answer says nothing."""
        if not status.conditions & _SAYS_NOTHING:
            self.paper_is_low = Condition.PAPER_LOW in status.conditions


@dataclass(frozen=True, slots=True)
class Choice:
    """`desk` can print; without one, `trouble` tells why (None: it is only a matter of a moment)."""

    desk: Desk | None = None
    trouble: Trouble | None = None
    soon: bool = False
    """A better station prints another ticket just now."""


@dataclass(slots=True)
class Desks:
    """All stations of a kiosk, the main one first. Raises ValueError for none, or two of one name."""

    stations: Sequence[Station]
    _all: tuple[Desk, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = [station.name for station in self.stations]
        if not names or len(set(names)) != len(names):
            raise ValueError(f"printers need names of their own: {names}")
        self._all = tuple(Desk(station) for station in self.stations)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Desk]:
        return iter(self._all)

    def named(self, name: str) -> Desk:
        """Raises KeyError."""
        return {desk.name: desk for desk in self._all}[name]

    async def choose(self, refused: Collection[str] = ()) -> Choice:
        """The first station that can print now, but those named in `refused`.

        While one before it prints, it is waited for: its paper comes out where customers look.
        """
        told: Trouble | None = None
        for desk in self._all:
            if desk.work is Work.PRINTING:
                return Choice(soon=True)
            if desk.work is Work.HELD:
                told = told or desk.trouble
            elif desk.name not in refused:
                status = await desk.station.printer.status()
                desk.saw(status)
                if status.can_print:
                    return Choice(desk)
                told = told or trouble_of(status)
        return Choice(trouble=told)


_SAYS_NOTHING: Final = frozenset({Condition.NO_REPLY, Condition.UNREACHABLE})

_TROUBLES: Final = (
    (Condition.UNREACHABLE, Trouble.PRINTER_UNREACHABLE),
    (Condition.NO_REPLY, Trouble.NO_REPLY),
    (Condition.PAPER_OUT, Trouble.PAPER_OUT),
    (Condition.COVER_OPEN, Trouble.COVER_OPEN),
    (Condition.CUTTER_ERROR, Trouble.CUTTER),
    (Condition.HEAD_HOT, Trouble.PRINTER_HOT),
    (Condition.FAULT, Trouble.PRINTER_FAULT),
    (Condition.ERROR, Trouble.PRINTER_FAULT),
)


def trouble_of(status: PrinterStatus) -> Trouble:
    """The one trouble to tell of a printer that cannot print: the cause before its consequences."""
    for condition, trouble in _TROUBLES:
        if condition in status.conditions:
            return trouble
    return Trouble.PRINTER_OFFLINE
