"""What every wire to a printer can do."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from totem.domain.errors import PrinterUnreachable


class LinkLost(PrinterUnreachable):
    """The wire broke while it was in use: what was accepted before may or may not have arrived."""


class Link(Protocol):
    """One way to one printer. Not safe for several threads at once."""

    @property
    def description(self) -> str:
        """For logs: `tcp 192.0.2.7:9100`."""
        ...

    def open(self, timeout_s: float) -> None:
        """Raises PrinterUnreachable."""
        ...

    def write(self, data: bytes, timeout_s: float) -> int:
        """How many bytes were accepted, from the first; 0 where none was within the time. Raises LinkLost.

        Raised only where provably no byte of `data` left: a write that breaks in its middle counts as accepted,
        and the loss is told by the next call.
        """
        ...

    def read(self, timeout_s: float) -> bytes:
        """What has come, empty where nothing came within the time. Raises LinkLost."""
        ...

    def close(self) -> None:
        """Never raises, and may be called twice."""
        ...


@runtime_checkable
class LastingLink(Link, Protocol):
    """A wire that opening does not begin anew: of a job that was cut off, the printer still awaits the rest."""

    lasting: Literal[True]
