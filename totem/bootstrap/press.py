"""Tickets from journal to bytes: the receipt's text, the encoder of the configured printer, and its picture."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hardware.printer.profile import PrinterProfile
from totem.domain.errors import TotemError
from totem.domain.ports import Printer
from totem.domain.receipt import Receipt
from totem.domain.records import Subject
from totem.domain.texts import Texts
from totem.services.ticket import TicketSettings, notice_receipt, ticket_receipt

if TYPE_CHECKING:
    from hardware.printer.encoder import ReceiptEncoder

log = logging.getLogger(__name__)

NOTICE_JOB_ID = 0
"""Tickets are numbered from 1, so that a notice is never taken for one of them."""


class TicketEncoder(Protocol):
    """What the press wants of `hardware.printer.encoder.ReceiptEncoder`."""

    @property
    def profile(self) -> PrinterProfile: ...

    def encode(self, receipt: Receipt, job_id: int) -> bytes: ...


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
                self._made = ReceiptEncoder(self._profile, self._pictures)
            return self._made

    def encode(self, receipt: Receipt, job_id: int) -> bytes:
        return self.load().encode(receipt, job_id)


class EncoderPress:
    """Implements `totem.services.press.TicketPress`; encoding and drawing run in threads."""

    def __init__(
        self, encoder: TicketEncoder, printer: Printer, settings: TicketSettings, texts: Texts, language: str
    ) -> None:
        self._encoder = encoder
        self._printer = printer
        self._settings = settings
        self._texts = texts
        self._language = language

    async def encode(self, sale: Subject, ticket: Subject, job_id: int) -> bytes:
        return await asyncio.to_thread(self._encode, sale, ticket, job_id)

    async def draw(self, sale: Subject, ticket: Subject) -> bytes:
        return await asyncio.to_thread(self._draw, sale, ticket)

    async def print_notice(self, reference: str) -> None:
        receipt = notice_receipt(reference, self._language, self._settings, self._texts)
        try:
            data = await asyncio.to_thread(self._encoder.encode, receipt, NOTICE_JOB_ID)
            outcome = await self._printer.print(NOTICE_JOB_ID, data)
        except TotemError:
            log.exception("notice %s was not printed", reference)
        else:
            log.info("notice %s: %s", reference, outcome.result)

    def _encode(self, sale: Subject, ticket: Subject, job_id: int) -> bytes:
        return self._encoder.encode(ticket_receipt(sale, ticket, self._settings, self._texts), job_id)

    def _draw(self, sale: Subject, ticket: Subject) -> bytes:
        from hardware.sim.preview import draw  # noqa: PLC0415 - with Pillow, which no first screen waits for

        return draw(self._encode(sale, ticket, ticket.number("number") % 10_000), self._encoder.profile.dots)
