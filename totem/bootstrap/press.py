"""Receipts from journal to bytes: their templates, the encoder of one printer, and their pictures."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidTag

import assets
from hardware.printer.profile import PrinterProfile
from totem.bootstrap import logo
from totem.config.templates import load_templates
from totem.domain.cards import CardReceipts
from totem.domain.errors import TotemError
from totem.domain.ports import Printer
from totem.domain.receipt import Cut, Receipt
from totem.domain.records import Subject
from totem.domain.template import Templates
from totem.domain.texts import Texts
from totem.services.receipts.documents import Document, NoticeSlip, TicketSlip, card_slips
from totem.services.ticket import TicketSettings, receipt_of

if TYPE_CHECKING:
    from hardware.printer.encoder import ReceiptEncoder

log = logging.getLogger(__name__)

NOTICE_JOB_ID = 0
"""Tickets are numbered from 1, so that a notice is never taken for one of them."""
DRAWN_JOB_ID = 0
"""What is only drawn is confirmed by nobody."""


class TicketEncoder(Protocol):
    """What the press wants of `hardware.printer.encoder.ReceiptEncoder`."""

    @property
    def profile(self) -> PrinterProfile: ...

    def encode(self, receipt: Receipt, job_id: int) -> bytes: ...

    def advance(self, lines: int, job_id: int, *, cut: bool) -> bytes: ...


class LateEncoder:
    """A ReceiptEncoder that is made by `load`, or by the first ticket: it takes 0.2 s that no first screen waits for.

    Blocking; used from threads. Raises what making a ReceiptEncoder raises.
    """

    def __init__(self, profile: PrinterProfile, pictures: Mapping[str, Path]) -> None:
        self._profile = profile
        self._pictures = dict(pictures)
        self._lock = threading.Lock()
        self._made: ReceiptEncoder | None = None

    @property
    def profile(self) -> PrinterProfile:
        return self._profile

    def load(self) -> ReceiptEncoder:
        from hardware.printer.encoder import ReceiptEncoder  # noqa: PLC0415 - it brings Pillow and python-escpos

        with self._lock:
            if self._made is None:
                with tempfile.TemporaryDirectory(prefix="totem-logo-") as folder:
                    self._made = ReceiptEncoder(self._profile, logo.readable(self._pictures, Path(folder)))
            return self._made

    def encode(self, receipt: Receipt, job_id: int) -> bytes:
        return self.load().encode(receipt, job_id)

    def advance(self, lines: int, job_id: int, *, cut: bool) -> bytes:
        return self.load().advance(lines, job_id, cut=cut)


class EncoderPress:
    """Implements `totem.services.press.DocumentPress` for one printer; encoding and drawing run in threads.

    Without `templates`, the shipped ones are read with the first receipt. `unseal` opens the acquirer's receipts that
    a ticket carries: they are printed behind it, in the same job, the shop's own copy only with `merchant_copies`.
    """

    def __init__(
        self,
        encoder: TicketEncoder,
        printer: Printer,
        settings: TicketSettings,
        texts: Texts,
        language: str,
        templates: Templates | None = None,
        *,
        unseal: Callable[[str], CardReceipts] | None = None,
        merchant_copies: bool = False,
    ) -> None:
        self._encoder = encoder
        self._printer = printer
        self._settings = settings
        self._texts = texts
        self._language = language
        self._templates = templates
        self._unseal = unseal
        self._merchant_copies = merchant_copies

    async def encode(self, sale: Subject, ticket: Subject, job_id: int, *, second_copy: bool = False) -> bytes:
        return await asyncio.to_thread(self._encode_ticket, sale, ticket, job_id, second_copy)

    async def draw(self, sale: Subject, ticket: Subject) -> bytes:
        return await self.draw_document(TicketSlip(sale, ticket))

    async def encode_documents(self, documents: Sequence[Document], job_id: int, *, second_copy: bool = False) -> bytes:
        return await asyncio.to_thread(self._encode, documents, job_id, second_copy)

    async def draw_document(self, document: Document, *, second_copy: bool = False) -> bytes:
        return await asyncio.to_thread(self._draw, document, second_copy)

    @property
    def profile(self) -> PrinterProfile:
        return self._encoder.profile

    async def advance(self, lines: int, *, cut: bool) -> bytes:
        """Blank paper, for whoever tries the printer."""
        return await asyncio.to_thread(self._encoder.advance, lines, NOTICE_JOB_ID, cut=cut)

    async def print_notice(self, reference: str) -> None:
        try:
            data = await self.encode_documents((NoticeSlip(reference, self._language),), NOTICE_JOB_ID)
            outcome = await self._printer.print(NOTICE_JOB_ID, data)
        except TotemError:
            log.exception("notice %s was not printed", reference)
        else:
            log.info("notice %s: %s", reference, outcome.result)

    def _encode_ticket(self, sale: Subject, ticket: Subject, job_id: int, second_copy: bool) -> bytes:
        receipts = self._receipts_of(ticket)
        slips = card_slips(sale, ticket, receipts, merchant=self._merchant_copies, second_copy=second_copy)
        return self._encode((TicketSlip(sale, ticket), *slips), job_id, second_copy)

    def _receipts_of(self, ticket: Subject) -> tuple[CardReceipts, ...]:
        sealed = ticket.data.get("receipts")
        if self._unseal is None or not isinstance(sealed, list):
            return ()
        try:
            return tuple(self._unseal(each) for each in sealed if isinstance(each, str))
        except (TotemError, InvalidTag, ValueError):
            # A paid ticket without its card receipt is worth more than none; the acquirer keeps the receipt too.
            log.exception("card receipts of ticket=%s cannot be opened", ticket.id)
            return ()

    def _encode(self, documents: Sequence[Document], job_id: int, second_copy: bool) -> bytes:
        if self._templates is None:
            # Two threads may both read them: they read the same.
            self._templates = shipped_templates()
        receipts = [
            receipt_of(each, self._settings, self._templates, self._texts, second_copy=second_copy)
            for each in documents
        ]
        return self._encoder.encode(_joined(receipts), job_id)

    def _draw(self, document: Document, second_copy: bool) -> bytes:
        from hardware.sim.preview import draw  # noqa: PLC0415 - with Pillow, which no first screen waits for

        return draw(self._encode((document,), DRAWN_JOB_ID, second_copy), self._encoder.profile.dots)


def shipped_templates() -> Templates:
    templates, _ = load_templates(assets.path("templates"))
    return templates


def _joined(receipts: Sequence[Receipt]) -> Receipt:
    first, *others = receipts
    blocks = list(first.blocks)
    for each in others:
        blocks += [Cut(), *each.blocks]
    return Receipt(", ".join(each.title for each in receipts), tuple(blocks))
