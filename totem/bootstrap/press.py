"""Tickets from journal to bytes: the receipt's text, the encoder of the configured printer, and its picture."""

from __future__ import annotations

import asyncio
import logging

from hardware.printer.encoder import ReceiptEncoder
from hardware.sim.preview import draw
from totem.domain.errors import TotemError
from totem.domain.ports import Printer
from totem.domain.records import Subject
from totem.domain.texts import Texts
from totem.services.ticket import TicketSettings, notice_receipt, ticket_receipt

log = logging.getLogger(__name__)

NOTICE_JOB_ID = 0
"""Tickets are numbered from 1, so that a notice is never taken for one of them."""


class EncoderPress:
    """Implements `totem.services.press.TicketPress`; encoding and drawing run in threads."""

    def __init__(
        self, encoder: ReceiptEncoder, printer: Printer, settings: TicketSettings, texts: Texts, language: str
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
        return draw(self._encode(sale, ticket, ticket.number("number") % 10_000), self._encoder.profile.dots)
