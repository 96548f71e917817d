"""A day's closing for others: as JSON, and as CSV that a spreadsheet opens. No card data, no customer's data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from totem.domain.money import Money
from totem.services.journal.export import harmless
from totem.services.receipts.reports import DayReport, MoneyRow, ReportRow

Json = dict[str, Any]


def report_json(report: DayReport) -> Json:
    """Amounts in minor units of `currency`; a day without sales has the kiosk's usual one."""
    undone_count, undone = report.undone
    return {
        "day": report.day.isoformat(),
        "made_at": report.made_at.isoformat(),
        "currency": report.total.currency.name,
        "sales": report.sales,
        "total_cents": report.total.amount_cents,
        "refunds": report.refunds,
        "refunded_cents": _cents(report.refunded),
        "undone": undone_count,
        "undone_cents": _cents(undone),
        "first_number": report.first_number,
        "last_number": report.last_number,
        "void_numbers": list(report.void_numbers),
        "by_method": _rows(report.by_method),
        "by_provider": _rows(report.by_provider),
        "by_service": _rows(report.by_service),
        "money": [_money(row) for row in report.money],
        "open_attentions": report.open_attentions,
        "attentions": dict(report.attentions),
    }


def report_csv(report: DayReport) -> str:
    """One row a figure: what it is, of what, how many, and how much (decimal point, no thousands)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("day", "what", "of", "method", "count", "amount", "currency"))
    for what, of, method, count, amount in _figures(report):
        money = "" if amount is None else amount.decimal_text
        currency = (amount or report.total).currency.name
        writer.writerow([harmless(cell) for cell in (report.day.isoformat(), what, of, method, count, money, currency)])
    return out.getvalue()


def _figures(report: DayReport) -> Iterator[tuple[str, str, str, int, Money | None]]:
    undone_count, undone = report.undone
    yield "sales", "", "", report.sales, report.total
    yield "refunds", "", "", report.refunds, report.refunded
    yield "undone", "", "", undone_count, undone
    for what, rows in (
        ("by_method", report.by_method),
        ("by_provider", report.by_provider),
        ("by_service", report.by_service),
    ):
        for row in rows:
            yield what, row.label, "", row.count, row.amount
    for moved in report.money:
        yield "received", moved.label, moved.method, moved.received_count, moved.received
        yield "undone", moved.label, moved.method, moved.undone_count, moved.undone
        yield "given_back", moved.label, moved.method, moved.given_back_count, moved.given_back
    for number in report.void_numbers:
        yield "void_number", f"{number:03d}", "", 1, None
    for code, count in report.attentions:
        yield "attention", code, "", count, None


def _rows(rows: Iterable[ReportRow]) -> list[Json]:
    return [{"label": row.label, "count": row.count, "amount_cents": row.amount.amount_cents} for row in rows]


def _money(row: MoneyRow) -> Json:
    return {
        "provider": row.provider,
        "method": row.method,
        "received": row.received_count,
        "received_cents": row.received.amount_cents,
        "undone": row.undone_count,
        "undone_cents": row.undone.amount_cents,
        "given_back": row.given_back_count,
        "given_back_cents": row.given_back.amount_cents,
        "kept_cents": row.kept_cents,
    }


def _cents(amount: Money | None) -> int:
    return 0 if amount is None else amount.amount_cents
