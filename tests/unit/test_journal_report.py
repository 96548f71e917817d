"""`totem journal report` and `export`: a day's figures and all entries on the shell, with the kiosk open or not."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import FakeClock
from tests.unit.kiosk_files import write_kiosk
from tests.unit.test_closing import DAY, WASH, WAX, sell, step
from totem import __main__ as cli
from totem.bootstrap.journal_place import open_kiosk_journal
from totem.config.loader import load
from totem.domain.day import DayBook, DayTicket, PaidPart
from totem.domain.machine import Machine
from totem.domain.money import Money
from totem.domain.records import JsonValue, Note
from totem.services.clock import SystemClock
from totem.services.journal import JournalSettings, SqliteJournal, open_journal, verify
from totem.services.journal.schema import SCHEMA_VERSION
from totem.services.receipts.closing import close_day, report_of, span_of
from totem.services.receipts.reports import MoneyRow
from totem.services.receipts.statement import report_csv, report_json

V1 = Path(__file__).parents[1] / "recorded" / "journal-v1"
TODAY = date(2026, 11, 30)
"""When the stored journal was written, by its own entries."""


async def paid(journal: SqliteJournal, sale: str, cents: int, method: str, provider: str, undone: bool = False) -> None:
    """A card that was received, and undone where it says so."""
    attempt = f"{sale}-A"
    born = {"amount_cents": cents, "currency": "BRL", "method": method, "provider": provider, "received_cents": cents}
    records: list[Any] = step(Machine.ATTEMPT, attempt, sale, None, "intended", "approved", **born)
    records.append(Note("card.received", sale, attempt, {"amount_cents": cents}, unique=attempt))
    ends = ("deciding", "undoing", "undone") if undone else ("deciding", "confirming", "confirmed")
    records += step(Machine.SETTLEMENT, f"{attempt}/settlement", sale, None, *ends, attempt=attempt)
    await journal.append(*records)


async def test_money_is_told_apart_from_sales(journal: SqliteJournal, clock: FakeClock) -> None:
    await sell(journal, 1, WASH)
    await paid(journal, "S1", 4500, "credit", "tef")
    await paid(journal, "S2", 2000, "credit", "tef", undone=True)
    attempt = step(
        Machine.ATTEMPT, "TX", "S3", None, "intended", "approved", provider="inter", method="pix", currency="BRL"
    )
    note = Note("pix.received", "S3", "TX", {"amount_cents": 5000}, unique="E1")
    back = step(
        Machine.COMPENSATION, "R1", "S3", None, "intended", "done", reference="E1", amount_cents=500, provider="inter"
    )
    await journal.append(*attempt, note, *back)
    today = clock.now().astimezone().date()
    report = await close_day(journal, today, clock.now())
    nothing = Money(0)
    assert report.money == (
        MoneyRow("inter", "Banco Inter", "pix", Money(5000), 1, nothing, 0, Money(500), 1),
        MoneyRow("tef", "TEF PayGo", "credit", Money(6500), 2, Money(2000), 1, nothing, 0),
    )
    assert [row.kept_cents for row in report.money] == [4500, 4500]
    assert report.undone == (1, Money(2000))
    told = report_json(report)
    assert told["undone_cents"] == 2000
    assert [row["kept_cents"] for row in told["money"]] == [4500, 4500]


@pytest.mark.parametrize(
    ("asked", "shares"),
    [
        ((3000, 1500), {"TEF PayGo": (1, 3000), "Adiq": (0, 1500)}),
        ((4500, 4500), {"TEF PayGo": (1, 4500)}),
    ],
    ids=["divided", "paid twice"],
)
def test_a_sale_counts_once_whoever_paid_it(asked: tuple[int, int], shares: dict[str, tuple[int, int]]) -> None:
    parts = (
        PaidPart("attempt", "A", "approved", "tef", "credit", asked[0]),
        PaidPart("attempt", "B", "approved", "adiq", "debit", asked[1]),
        PaidPart("settlement", "A/settlement", "confirmed", attempt="A"),
    )
    lines: list[JsonValue] = [{"service": "wash", "quantity": 1, "price_cents": 4500, "name": "Lavagem"}]
    sale: dict[str, JsonValue] = {"amount_cents": 4500, "currency": "BRL", "method": "debit", "lines": lines}
    book = DayBook((DayTicket(1, "printed", "S", "completed", sale, parts),), (), ())
    report = report_of(book, DAY, SystemClock().now())
    assert (report.sales, report.total) == (1, Money(4500))
    assert {row.label: (row.count, row.amount.amount_cents) for row in report.by_provider} == shares


# --- on the shell -----------------------------------------------------------------------------------------------------


async def kiosk_that_sold(folder: Path) -> Path:
    kiosk = write_kiosk(folder)
    kiosk.write_text(kiosk.read_text(encoding="utf-8").replace("# reserve_mb = 64", "reserve_mb = 8"), encoding="utf-8")
    journal = await open_kiosk_journal(load(kiosk).settings, SystemClock())
    await sell(journal, 1, WASH)
    await sell(journal, 2, {**WAX, "service": "wax"}, method="debit", provider="gopag")
    await sell(journal, 3, WASH, ends="revoked")
    await paid(journal, "S9", 4500, "debit", "gopag")
    odd = {"trouble": "PIX-015", "note": "x"}
    await journal.append(*step(Machine.ATTENTION, "=cmd|' /C calc'!A0", "=S9", None, "open", **odd))
    await journal.append(*step(Machine.ATTEMPT, "SEALED", "S8", None, "intended", receipts="c2VjcmV0", nsu="7"))
    await journal.close()
    return kiosk


async def test_the_report_is_a_page_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = await kiosk_that_sold(tmp_path)
    assert cli.main(["--config", str(kiosk), "journal", "report", "--day", "2026-11-22"]) == 0
    page = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")
    lines = [" ".join(line.split()) for line in page.splitlines()]
    assert lines[0] == "Fechamento de 22/11/2026"
    assert "Vendas 2 R$ 65,00" in lines
    assert "Débito 1 R$ 20,00" in lines
    assert "GoPag 1 R$ 20,00" in lines
    assert "Cera 2 R$ 20,00" in lines
    assert "Tíquetes 001 a 003; anulados: 003" in lines
    assert "Pedem atenção agora: 1, por código: PIX-015 (1)" in lines
    assert cli.main(["journal", "report", "--config", str(kiosk), "--day", "2026-11-22", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sales"], told["total_cents"], told["void_numbers"]) == (2, 6500, [3])
    assert cli.main(["journal", "report", "--config", str(kiosk), "--json"]) == 0
    (money,) = json.loads(capsys.readouterr().out)["money"]
    assert (money["provider"], money["received_cents"], money["kept_cents"]) == ("gopag", 4500, 4500)


async def test_both_read_beside_an_open_kiosk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = await kiosk_that_sold(tmp_path)
    journal = await open_kiosk_journal(load(kiosk).settings, SystemClock())
    try:
        await sell(journal, 4, WASH)
        assert cli.main(["--config", str(kiosk), "journal", "report", "--day", "2026-11-22", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["sales"] == 3
        assert cli.main(["--config", str(kiosk), "journal", "export", "--json"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == await journal.count()
    finally:
        await journal.close()


async def test_the_export_has_no_formula_no_receipt_and_every_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kiosk = await kiosk_that_sold(tmp_path)
    out = tmp_path / "diário.csv"
    assert cli.main(["--config", str(kiosk), "journal", "export", "--csv", "--out", str(out)]) == 0
    assert out.stat().st_mode & 0o077 == 0
    text = out.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert capsys.readouterr().out == f"{len(rows) - 1} registros em {out}\n"
    assert rows[0][0] == "seq"
    assert "c2VjcmV0" not in text
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r\n")]
    assert any(cell.startswith("'=cmd") for row in rows for cell in row)
    assert cli.main(["--config", str(kiosk), "journal", "export", "--json", "--day", "2001-01-01"]) == 0
    assert capsys.readouterr().out == ""


async def test_a_closing_in_csv_adds_up(journal: SqliteJournal) -> None:
    await sell(journal, 1, WASH)
    await sell(journal, 2, WAX, provider="inter", ends="refunded")
    report = await close_day(journal, DAY, SystemClock().now())
    rows = list(csv.DictReader(io.StringIO(report_csv(report), newline="")))
    by = {(row["what"], row["of"]): (row["count"], row["amount"]) for row in rows}
    assert by["sales", ""] == ("2", "65.00")
    assert by["refunds", ""] == ("1", "20.00")
    assert by["by_provider", "Banco Inter"] == ("1", "20.00")


def test_what_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = write_kiosk(tmp_path)
    assert cli.main(["--config", str(kiosk), "journal", "report"]) == 2
    assert "não existe" in capsys.readouterr().err
    spoiled = tmp_path / "other.sqlite3"
    spoiled.write_bytes(b"not a database" * 100)
    assert cli.main(["journal", "report", "--journal", str(spoiled)]) == 1
    assert "JRN-002" in capsys.readouterr().err
    assert cli.main(["journal", "export", "--csv", "--journal", str(spoiled), "--out", str(tmp_path / "no" / "x")]) == 1
    assert "não pode ser escrito" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["journal", "report", "--day", "ontem"])
    assert "AAAA-MM-DD" in capsys.readouterr().err


# --- a journal of version 1 -------------------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path: Path) -> JournalSettings:
    for file in V1.iterdir():
        shutil.copy(file, tmp_path / file.name)
        (tmp_path / file.name).chmod(0o600)
    return JournalSettings(tmp_path / "journal.sqlite3", tmp_path / "journal.key", reserve_bytes=1 << 16)


def told_of(settings: JournalSettings, capsys: pytest.CaptureFixture[str]) -> Any:
    words = ["journal", "report", "--journal", str(settings.path), "--day", TODAY.isoformat(), "--json"]
    assert cli.main(words) == 0
    return json.loads(capsys.readouterr().out)


async def test_a_stored_journal_of_version_1_is_read_verified_and_brought_up_to_date(
    stored: JournalSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two Pix, one of them with an excess that went back, a card, and a card that was undone."""
    report = verify(stored.path, stored.key_file)
    assert (report.ok, report.faults) == (True, ())
    assert report.notes == (f"the journal has version 1: the next start makes it {SCHEMA_VERSION}",)
    before = told_of(stored, capsys)
    rows = {(row["provider"], row["method"]): row for row in before["money"]}
    assert rows["scripted", "pix"]["received_cents"] == 9500
    assert rows["scripted", "pix"]["given_back_cents"] == 500
    assert (rows["tef", "credit"]["received_cents"], rows["tef", "credit"]["undone_cents"]) == (9000, 4500)
    journal = await open_journal(stored, SystemClock())
    try:
        book = await journal.day_book(span_of(TODAY))
        assert len(book.tickets) == 4
    finally:
        await journal.close()
    with closing(sqlite3.connect(stored.path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert verify(stored.path, stored.key_file).ok
    after = told_of(stored, capsys)
    assert {**after, "made_at": ""} == {**before, "made_at": ""}
