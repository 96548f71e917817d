"""A day's closing out of a journal of a million sales, and what one more sale costs its tables then.

The tables are filled in bulk, as they stand after so many sales; the entries themselves, which a closing does not read,
are left out, and so is their chain: what appending costs is measured by the journal's own benchmark.
"""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.bench.rows import Row, middle, spread
from tests.support.journal_steps import sale_batches
from totem.domain.records import Step
from totem.services.journal.chain import Row as Entry
from totem.services.journal.days import read_day
from totem.services.journal.projections import project
from totem.services.journal.schema import scratch
from totem.services.journal.writer import draft
from totem.services.receipts.closing import report_of, span_of

_SALES, _SALES_QUICK = 1_000_000, 20_000
_A_DAY = 1_000
_FIRST = date(2024, 1, 1)
_RUNS = 15
_SAMPLE = 200
_BUDGET_MS = 100.0

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
_DAY = "date('{first}', (i / {a_day}) || ' days')"
_AT = "strftime('%Y-%m-%dT%H:%M:%fZ', julianday('{first}') + i / {a_day} + 0.25 + (i % {a_day}) * 0.0006)"
_ID = "printf('LAVA01-%09d', i)"
_SALE = (
    "json_object('amount_cents', 4500, 'currency', 'BRL', 'installments', 1, 'language', 'pt', 'lines', json_array("
    "json_object('name', 'Lavagem ' || (i % 6), 'price_cents', 4500, 'quantity', 1, 'service', 's' || (i % 6))),"
    " 'method', {method})"
)
_METHOD = "CASE i % 3 WHEN 0 THEN 'pix' WHEN 1 THEN 'credit' ELSE 'debit' END"
_PROVIDER = "CASE i % 3 WHEN 0 THEN 'sicredi' WHEN 1 THEN 'tef' ELSE 'gopag' END"
_ATTEMPT = (
    "json_object('amount_cents', 4500, 'copia_e_cola', substr(hex(zeroblob(90)), 1, 160), 'currency', 'BRL',"
    " 'method', {method}, 'provider', {provider}, 'received_cents', 4500)"
)


def run(quick: bool) -> list[Row]:
    sales = _SALES_QUICK if quick else _SALES
    with tempfile.TemporaryDirectory(prefix="totem-bench-") as folder:
        with closing(scratch(str(Path(folder) / "full.sqlite3"))) as db:
            _fill(db, sales)
            days = [_FIRST + timedelta(days=number) for number in _spread(sales // _A_DAY)]
            found = [_closing_ms(db, day) for day in days]
            after_ms = _sale_ms(db, sales)
        with closing(scratch(str(Path(folder) / "empty.sqlite3"))) as db:
            empty_ms = _sale_ms(db, 0)
    name = f"day's closing, {sales} sales, {_A_DAY} of them that day"
    return [
        Row(name, middle(found), "ms", budget=_BUDGET_MS, notes=(f"{spread(found, 'ms')}, days of every age",)),
        Row(f"tables of one sale after {sales}", after_ms, "ms", empty_ms, "in an empty journal", notes=("no fsync",)),
    ]


def _fill(db: sqlite3.Connection, sales: int) -> None:
    def words(text: str) -> str:
        text = text.replace("{method}", _METHOD).replace("{provider}", _PROVIDER)
        return text.replace("{first}", _FIRST.isoformat()).replace("{a_day}", str(_A_DAY))

    def insert(table: str, *columns: str) -> None:
        numbers = _NUMBERS.replace("{last}", str(sales - 1))
        db.execute(words(f"{numbers} INSERT INTO {table} SELECT {', '.join(columns)} FROM n"))  # noqa: S608 - our own

    db.execute("PRAGMA journal_mode = MEMORY")
    db.execute("PRAGMA cache_size = -200000")
    db.execute("BEGIN")
    for suffix, machine, state, data in (
        ("", "sale", "completed", _SALE),
        ("-A", "attempt", "approved", _ATTEMPT),
        ("-A/settlement", "settlement", "none_needed", "'{}'"),
        ("-T", "ticket", "printed", f"json_object('day', {_DAY}, 'number', i % {_A_DAY} + 1)"),
    ):
        subject = f"{_ID} || '{suffix}'"
        insert("subjects", subject, f"'{machine}'", _ID, f"'{state}'", data, _AT, _AT, "i * 4 + 1", "i * 4 + 4")
    insert("tickets", f"{_ID} || '-T'", _DAY, f"i % {_A_DAY} + 1")
    insert("movements", "i + 1", _AT, "'received'", _PROVIDER, _METHOD, "'BRL'", _ID, "4500")
    db.execute("COMMIT")


def _spread(days: int) -> list[int]:
    return sorted({number * (days - 1) // (_RUNS - 1) for number in range(_RUNS)})


def _closing_ms(db: sqlite3.Connection, day: date) -> float:
    began_s = time.perf_counter()
    report = report_of(read_day(db, span_of(day)), day, datetime.now(UTC))
    took_ms = (time.perf_counter() - began_s) * 1000
    if (report.sales, report.total.amount_cents) != (_A_DAY, _A_DAY * 4500):
        raise ValueError(f"{report.sales} sales on {day}, {report.total} in all")
    return took_ms


def _sale_ms(db: sqlite3.Connection, sales: int) -> float:
    """A whole sale's steps laid over the tables, in a transaction of its own."""
    seqs, times = itertools.count(sales * 10 + 1), []
    for number in range(1, _SAMPLE + 1):
        rows = list(_rows(f"BENCH-{sales}-{number}", number, seqs))
        began_s = time.perf_counter()
        db.execute("BEGIN")
        for row in rows:
            project(db, row)
        db.execute("COMMIT")
        times.append((time.perf_counter() - began_s) * 1000)
    return middle(times)


def _rows(sale_id: str, number: int, seqs: Iterator[int]) -> Iterator[Entry]:
    for batch in sale_batches(sale_id, number):
        for record in batch:
            made = draft(record)
            machine = made.machine if isinstance(record, Step) else ""
            yield Entry(
                next(seqs),
                1,
                "2026-11-22T12:00:00.000Z",
                made.kind,
                machine,
                made.sale_id,
                made.subject_id,
                made.expected,
                made.state,
                made.unique_key,
                made.data,
            )
