"""Test page, blank paper and closing, as each printer's own bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from totem.bootstrap.press import NOTICE_JOB_ID, EncoderPress
from totem.bootstrap.printing import Studio
from totem.bootstrap.samples import self_test
from totem.config.loader import Configuration
from totem.domain.errors import PrinterUnreachable
from totem.domain.ports import Clock, Printer, PrinterStatus
from totem.services.maintenance.views import PrintAct
from totem.services.receipts.documents import Document

FEED_LINES: Final = 6


class PrinterPages:
    """Implements `totem.services.maintenance.printers.Pages`. `presses` by the name of their printer."""

    def __init__(self, configuration: Configuration, presses: Mapping[str, EncoderPress], clock: Clock) -> None:
        self._configuration = configuration
        self._presses = dict(presses)
        self._clock = clock

    async def page(self, printer: Printer, status: PrinterStatus, act: PrintAct) -> bytes:
        press = self._press(printer)
        if act is PrintAct.TEST_PAGE:
            return await asyncio.to_thread(self._test_page, press, printer.name, status)
        return await press.advance(FEED_LINES if act is PrintAct.FEED else 0, cut=act is PrintAct.CUT)

    def _test_page(self, press: EncoderPress, name: str, status: PrinterStatus) -> bytes:
        """With the grey ramp, which no ticket has."""
        language = self._configuration.settings.kiosk.language
        slip = self_test(name, press.profile, self._clock.now(), status, language)
        return Studio(self._configuration, press.profile).encode(slip, NOTICE_JOB_ID)

    async def document(self, printer: Printer, document: Document) -> bytes:
        return await self._press(printer).encode_documents((document,), NOTICE_JOB_ID)

    async def picture(self, printer: Printer, document: Document) -> bytes:
        return await self._press(printer).draw_document(document)

    def _press(self, printer: Printer) -> EncoderPress:
        press = self._presses.get(printer.name)
        if press is None:
            raise PrinterUnreachable(f"nothing encodes for the printer {printer.name}")
        return press
