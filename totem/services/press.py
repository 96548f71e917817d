"""The door to whatever turns a sale into printed bytes; bootstrap puts encoder, templates and printer behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from totem.domain.records import Subject
from totem.services.receipts.documents import Document


class TicketPress(Protocol):
    """One for each printer: bytes suit the paper and the letters of that one. Works off the event loop."""

    async def encode(self, sale: Subject, ticket: Subject, job_id: int, *, second_copy: bool = False) -> bytes:
        """The ticket's bytes for the printer; `job_id` is what the printer may confirm it by."""
        ...

    async def draw(self, sale: Subject, ticket: Subject) -> bytes:
        """The same ticket as a PNG, drawn from those bytes."""
        ...

    async def print_notice(self, reference: str) -> None:
        """Print the notice that names a sale which could not go on, if the printer can; never raises."""
        ...


class DocumentPress(TicketPress, Protocol):
    """A press that knows the other receipts too."""

    async def encode_documents(self, documents: Sequence[Document], job_id: int, *, second_copy: bool = False) -> bytes:
        """Several receipts in one job, the paper cut between them: a ticket and its card receipt, say."""
        ...

    async def draw_document(self, document: Document, *, second_copy: bool = False) -> bytes:
        """One receipt as a PNG, drawn from its bytes."""
        ...
