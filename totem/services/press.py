"""The door to whatever turns a sale into printed bytes; bootstrap puts encoder, templates and printer behind it."""

from __future__ import annotations

from typing import Protocol

from totem.domain.records import Subject


class TicketPress(Protocol):
    """Encoding and drawing happen off the event loop."""

    async def encode(self, sale: Subject, ticket: Subject, job_id: int) -> bytes:
        """The ticket's bytes for the printer; `job_id` is what the printer may confirm them by."""
        ...

    async def draw(self, sale: Subject, ticket: Subject) -> bytes:
        """The same ticket as a PNG, drawn from those bytes."""
        ...

    async def print_notice(self, reference: str) -> None:
        """Print the notice that names a sale which could not go on, if the printer can; never raises."""
        ...
