"""The day's closing: what the journal says was sold, and `totem print --closing` for it."""

from __future__ import annotations

import asyncio
import io
import random
import sys
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hardware.sim.printer import SimulatedPrinter
from tests.unit.kiosk_files import write_kiosk
from totem import __main__ as cli
from totem.bootstrap.journal_place import open_kiosk_journal
from totem.bootstrap.maintenance.wiring import pin_file
from totem.bootstrap.ownership import Ownership
from totem.config.loader import load
from totem.domain.machine import Machine
from totem.domain.money import Money
from totem.domain.ports import Journal
from totem.domain.records import Record, Step
from totem.services.clock import SystemClock
from totem.services.journal import SqliteJournal
from totem.services.maintenance.pin import PinLock
from totem.services.receipts.closing import close_day
from totem.services.receipts.reports import ReportRow

DAY = date(2026, 11, 22)
WASH = {"service": "wash", "quantity": 1, "price_cents": 4500}
WAX = {"service": "wax", "quantity": 2, "price_cents": 1000}
NAMES = {"pt": {"wash": "Lavagem", "wax": "Cera"}, "en": {"wash": "Wash", "wax": "Wax"}}


def step(machine: Machine, subject: str, sale: str, *states: str | None, **data: Any) -> list[Record]:
    """Through the states one by one; the data come with the first."""
    pairs = pairwise(states)
    return [
        Step(machine, subject, sale, before, str(after), data if index == 0 else {})
        for index, (before, after) in enumerate(pairs)
    ]


async def sell(
    journal: Journal,
    number: int,
    *lines: dict[str, Any],
    method: str = "pix",
    provider: str = "sicredi",
    language: str = "pt",
    day: date = DAY,
    ends: str = "printed",
) -> str:
    """A sale up to its ticket's end: printed, revoked, unknown, or refunded after it was printed."""
    sale = f"LAVA01-261122-{day.day:03d}{number:03d}"
    named = [{**line, "name": NAMES[language][line["service"]]} for line in lines]
    amount_cents = sum(line["quantity"] * line["price_cents"] for line in lines)
    money = {"amount_cents": amount_cents, "currency": "BRL"}
    records = step(Machine.SALE, sale, sale, None, "choosing", lines=named, language=language)
    records += step(Machine.SALE, sale, sale, "choosing", "open", **money, method="pix")
    approved = (None, "intended", "pending", "approved")
    records += step(Machine.ATTEMPT, f"{sale}/tx", sale, *approved, provider=provider, method=method, **money)
    records += step(Machine.SALE, sale, sale, "open", "paid", method=method)
    queued = {"number": number, "day": day.isoformat()}
    records += step(Machine.TICKET, f"{sale}/ticket", sale, None, "queued", **queued)
    if ends == "revoked":
        records += step(Machine.TICKET, f"{sale}/ticket", sale, "queued", "revoked")
        records += step(Machine.SALE, sale, sale, "paid", "compensating", "compensated")
    else:
        paper = "unknown" if ends == "unknown" else "printed"
        records += step(Machine.TICKET, f"{sale}/ticket", sale, "queued", "sending", paper)
        records += step(Machine.SALE, sale, sale, "paid", "delivering")
        if ends != "unknown":
            records += step(Machine.SALE, sale, sale, "delivering", "completed")
        if ends == "refunded":
            records += step(Machine.SALE, sale, sale, "completed", "compensating", "compensated")
    await journal.append(*records)
    return sale


async def test_a_day_adds_up_by_method_bank_and_service(journal: SqliteJournal) -> None:
    await sell(journal, 1, WASH)
    await sell(journal, 2, WASH, WAX, method="credit", provider="tef", language="en")
    await sell(journal, 3, WAX, provider="inter")
    await sell(journal, 4, WASH, ends="revoked")
    await sell(journal, 5, WASH, ends="refunded")
    await sell(journal, 1, WAX, day=date(2026, 11, 23))
    report = await close_day(journal, DAY, SystemClock().now())
    assert (report.sales, report.total) == (4, Money(4500 + 6500 + 2000 + 4500))
    assert report.by_method == (ReportRow("credit", 1, Money(6500)), ReportRow("pix", 3, Money(11000)))
    assert report.by_provider == (
        ReportRow("Banco Inter", 1, Money(2000)),
        ReportRow("Sicredi", 2, Money(9000)),
        ReportRow("TEF PayGo", 1, Money(6500)),
    )
    assert report.by_service == (ReportRow("Lavagem", 3, Money(13500)), ReportRow("Cera", 4, Money(4000)))
    for rows in (report.by_method, report.by_provider, report.by_service):
        assert sum(row.amount.amount_cents for row in rows) == report.total.amount_cents
    assert (report.first_number, report.last_number, report.void_numbers) == (1, 5, (4,))
    assert (report.refunds, report.refunded, report.open_attentions) == (1, Money(4500), 0)
    in_english = await close_day(journal, DAY, SystemClock().now(), "en")
    assert [row.label for row in in_english.by_service] == ["Wash", "Wax"]


async def test_a_card_that_was_undone_leaves_its_number_void(journal: SqliteJournal) -> None:
    undone = await sell(journal, 1, WASH, method="debit", provider="tef", ends="unknown")
    kept = await sell(journal, 2, WASH, ends="unknown")
    settled = step(Machine.SETTLEMENT, f"{undone}/s", undone, None, "deciding", "undoing", "undone")
    settled += step(Machine.SETTLEMENT, f"{kept}/s", kept, None, "none_needed")
    settled += step(Machine.ATTENTION, f"{kept}/a", kept, None, "open", trouble="PRN-007")
    await journal.append(*settled)
    report = await close_day(journal, DAY, SystemClock().now())
    assert (report.sales, report.total, report.void_numbers) == (1, Money(4500), (1,))
    assert report.open_attentions == 1


async def test_a_day_without_sales_is_told_as_such(journal: SqliteJournal) -> None:
    report = await close_day(journal, DAY, SystemClock().now())
    assert (report.sales, report.total, report.first_number, report.refunded) == (0, Money(0), None, None)


# --- The command ----------------------------------------------------------------------------------------------------


async def kiosk_that_sold(folder: Path, port: int = 9100) -> Path:
    kiosk = write_kiosk(folder)
    text = kiosk.read_text(encoding="utf-8").replace('host = "192.168.0.50"', f'host = "127.0.0.1"\nport = {port}')
    kiosk.write_text(text.replace("# reserve_mb = 64", "reserve_mb = 8"), encoding="utf-8")
    configuration = load(kiosk)
    journal = await open_kiosk_journal(configuration.settings, SystemClock())
    await sell(journal, 1, WASH)
    await PinLock(journal, pin_file(configuration), SystemClock(), random.Random(1)).set("482915", "test")
    await journal.close()
    return kiosk


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def totem(kiosk: Path, *words: str) -> int:
    return cli.main(["--config", str(kiosk), "print", "--closing", *words])


async def test_the_closing_comes_out_of_the_printer(tmp_path: Path, typed: Callable[[str], None]) -> None:
    typed("482915\n")
    sim = SimulatedPrinter()
    await sim.start()
    try:
        kiosk = await kiosk_that_sold(tmp_path, sim.port)
        assert await asyncio.to_thread(totem, kiosk, "2026-11-22") == 0
        (paper,) = sim.tickets()
    finally:
        await sim.stop()
    assert "22/11/2026" in paper.lines
    assert any(line.split() == ["1", "x", "Lavagem", "R$", "45,00"] for line in paper.lines)


async def test_a_wrong_pin_prints_nothing(
    tmp_path: Path, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    typed("482916\n")
    kiosk = await kiosk_that_sold(tmp_path)
    assert await asyncio.to_thread(totem, kiosk, "--out", str(tmp_path / "f.png")) == 1
    assert "SYS-002: PIN errado" in capsys.readouterr().err
    assert not (tmp_path / "f.png").exists()


async def test_the_closing_is_drawn(
    tmp_path: Path, typed: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    typed("482915\n")
    kiosk = await kiosk_that_sold(tmp_path)
    out = tmp_path / "f.png"
    assert await asyncio.to_thread(totem, kiosk, "--out", str(out)) == 0
    with Image.open(out) as picture:
        assert picture.height > 400
    assert capsys.readouterr().out == f"{out}\n"


async def test_the_closing_of_an_open_kiosk_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = await kiosk_that_sold(tmp_path)
    with Ownership(tmp_path / "dados"):
        assert await asyncio.to_thread(totem, kiosk, "--out", str(tmp_path / "f.png")) == 3
    assert "CFG-002" in capsys.readouterr().err


def test_without_a_journal_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = write_kiosk(tmp_path)
    assert totem(kiosk) == 1
    assert "Ainda não há diário" in capsys.readouterr().out
    assert not (tmp_path / "dados").exists()


def test_a_day_is_written_as_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        totem(write_kiosk(tmp_path), "22/11/2026")
    assert left.value.code == 2
    assert "escreva AAAA-MM-DD" in capsys.readouterr().err
