"""From a sale to the bytes of one printer: templates, second copies, and card receipts behind the ticket."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.profile import EPSON_80, GENERIC_58, PrinterProfile
from hardware.sim import operations as op
from hardware.sim.parser import parse
from tests.support.scripted import ScriptedPrinter
from totem.bootstrap.press import EncoderPress, TicketEncoder
from totem.bootstrap.sealing import ReceiptSealer
from totem.bootstrap.tuning import texts_of_assets
from totem.config.templates import read_template
from totem.domain.cards import CardReceipts
from totem.domain.machine import Machine, SaleState, TicketState
from totem.domain.receipt import Cut, Receipt, Text, Verbatim
from totem.domain.records import Subject
from totem.domain.template import Paper, Templates
from totem.services.press import DocumentPress
from totem.services.receipts.documents import NoticeSlip, TicketSlip
from totem.services.ticket import TicketSettings

SALE = "LAVA01-261122-0PE8QS"
AT = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)
LINES: list[Any] = [{"service": "s", "name": "Lavagem", "quantity": 1, "price_cents": 4500}]
RECEIPTS = {
    "one": CardReceipts(("VIA CLIENTE",), ("VIA LOJA",), wants_customer=True, wants_merchant=True),
    "two": CardReceipts(("SEGUNDO CARTAO",)),
}


def sale_of(language: str = "pt") -> Subject:
    data: dict[str, Any] = {
        "language": language,
        "currency": "BRL",
        "amount_cents": 4500,
        "lines": LINES,
        "method": "credit",
    }
    return Subject(Machine.SALE, SALE, SALE, SaleState.PAID, data, AT, AT)


def ticket_of(*sealed: str) -> Subject:
    data = {"number": 7, "receipts": list(sealed)} if sealed else {"number": 7}
    return Subject(Machine.TICKET, f"{SALE}/ticket", SALE, TicketState.QUEUED, data, AT, AT)  # type: ignore[arg-type]


class Kept:
    """An encoder that keeps what it is given."""

    def __init__(self, profile: PrinterProfile = EPSON_80) -> None:
        self.profile = profile
        self.receipts: list[tuple[Receipt, int]] = []

    def encode(self, receipt: Receipt, job_id: int) -> bytes:
        self.receipts.append((receipt, job_id))
        return b"bytes"

    def advance(self, lines: int, job_id: int, *, cut: bool) -> bytes:
        return b"paper"

    def said(self) -> list[str]:
        found: list[str] = []
        for block in self.receipts[-1][0].blocks:
            if isinstance(block, Text):
                found.append(block.text)
            elif isinstance(block, Verbatim):
                found.extend(block.lines)
            elif isinstance(block, Cut):
                found.append("-- cut --")
        return found


def press_of(
    encoder: TicketEncoder,
    templates: Templates | None = None,
    unseal: Callable[[str], CardReceipts] | None = RECEIPTS.__getitem__,
    *,
    merchant_copies: bool = True,
) -> DocumentPress:
    return EncoderPress(
        encoder,
        ScriptedPrinter(),
        TicketSettings("Loja"),
        texts_of_assets(),
        "pt",
        templates,
        unseal=unseal,
        merchant_copies=merchant_copies,
    )


async def test_each_printer_gets_its_own_bytes_and_its_own_picture() -> None:
    for profile in (EPSON_80, GENERIC_58):
        press = press_of(ReceiptEncoder(profile, {}))
        data = await press.encode(sale_of(), ticket_of(), 7)
        assert ESC_T_OF[profile.name] in data
        parse(data)
        with Image.open(io.BytesIO(await press.draw(sale_of(), ticket_of()))) as picture:
            assert picture.width == (profile.dots + 2 * 28) * 2
            assert [read.text for read in zxingcpp.read_barcodes(picture)] == [f"TOTEM1:{SALE}:7"]


ESC_T_OF = {"epson-80": b"\x1bt\x13", "generic-58": b"\x1bt\x10"}


async def test_a_second_copy_says_so() -> None:
    kept = Kept()
    await press_of(kept).encode(sale_of(), ticket_of(), 7, second_copy=True)
    assert kept.said()[0] == "2ª VIA"
    await press_of(kept).encode(sale_of(), ticket_of(), 7)
    assert "2ª VIA" not in kept.said()
    assert [job_id for _, job_id in kept.receipts] == [7, 7]


async def test_the_owners_template_is_the_one_that_prints() -> None:
    kept = Kept()
    templates = {Paper.TICKET: read_template("Só {number}\n{code}", Paper.TICKET)}
    await press_of(kept, templates).encode(sale_of(), ticket_of(), 7)
    assert kept.said() == ["Só 007"]


async def test_card_receipts_follow_the_ticket_in_one_job() -> None:
    kept = Kept()
    await press_of(kept).encode(sale_of(), ticket_of("one", "two"), 7)
    said = kept.said()
    slips = "\n".join(said).split("-- cut --")
    assert len(slips) == 4
    assert "007" in slips[0]
    assert [("VIA CLIENTE" in slip, "VIA LOJA" in slip, "SEGUNDO CARTAO" in slip) for slip in slips[1:]] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    await press_of(kept).encode(sale_of(), ticket_of("one", "two"), 7, second_copy=True)
    again = "\n".join(kept.said()).split("-- cut --")
    assert len(again) == 3
    assert all("2ª VIA" in slip for slip in again)
    assert not any("VIA LOJA" in slip for slip in again)


async def test_the_shops_copy_is_printed_only_where_it_is_wanted() -> None:
    kept = Kept()
    await press_of(kept, merchant_copies=False).encode(sale_of(), ticket_of("one"), 7)
    assert "VIA CLIENTE" in kept.said()
    assert "VIA LOJA" not in kept.said()


async def test_the_picture_on_the_screen_is_the_ticket_alone() -> None:
    press = press_of(ReceiptEncoder(EPSON_80, {}))
    assert await press.draw(sale_of(), ticket_of("one")) == await press.draw(sale_of(), ticket_of())


async def test_a_ticket_is_printed_even_where_its_card_receipt_cannot_be_opened(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sealer, stranger = ReceiptSealer.for_this_run(), ReceiptSealer.for_this_run()
    kept = Kept()
    sealed = sealer.seal(RECEIPTS["one"])
    await press_of(kept, unseal=sealer.unseal).encode(sale_of(), ticket_of(sealed), 7)
    assert "VIA CLIENTE" in kept.said()
    with caplog.at_level(logging.ERROR):
        await press_of(kept, unseal=stranger.unseal).encode(sale_of(), ticket_of(sealed, "no base64!"), 7)
    assert "007" in kept.said()
    assert "-- cut --" not in kept.said()
    assert "cannot be opened" in caplog.text
    await press_of(kept, unseal=None).encode(sale_of(), ticket_of("one"), 7)
    assert "-- cut --" not in kept.said()


async def test_several_documents_are_one_job_with_cuts_between() -> None:
    data = await press_of(ReceiptEncoder(EPSON_80, {})).encode_documents(
        (TicketSlip(sale_of(), ticket_of()), NoticeSlip("0PE8QS")), 7
    )
    read = [each.operation for each in parse(data)]
    assert sum(isinstance(each, op.Initialize) for each in read) == 1
    assert sum(isinstance(each, op.Cut) for each in read) == 2
    assert sum(isinstance(each, op.ProcessId) for each in read) == 1
