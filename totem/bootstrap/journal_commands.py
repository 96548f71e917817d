"""`totem journal report` and `export`: read-only, beside a running kiosk or without one."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from totem.bootstrap.table import table
from totem.domain.errors import JournalBroken
from totem.domain.money import Money, format_money
from totem.services.journal.days import read_day
from totem.services.journal.export import export_csv, export_json_lines
from totem.services.journal.movements import make_up
from totem.services.journal.verify import open_snapshot
from totem.services.receipts.closing import report_of, span_of
from totem.services.receipts.reports import DayReport, MoneyRow, ReportRow
from totem.services.receipts.statement import report_json

if TYPE_CHECKING:
    from collections.abc import Iterator

_METHODS: Final = {"pix": "Pix", "credit": "Crédito", "debit": "Débito", "card": "Cartão"}


def report(path: Path, day: date | None, *, as_json: bool) -> int:
    """The day's closing on standard output. Raises JournalError for what is no journal."""
    chosen = day or datetime.now().astimezone().date()
    told = _report(path, chosen)
    print(json.dumps(report_json(told), ensure_ascii=False) if as_json else _page(told))
    return 0


def export(path: Path, *, as_csv: bool, day: date | None, out: Path | None) -> int:
    """Every entry, or those of one local day. Raises JournalError, or OSError where `out` cannot be written."""
    span = None if day is None else span_of(day)
    write = export_csv if as_csv else export_json_lines
    try:
        with _written(out) as file:
            count = write(path, file, span)
    except sqlite3.Error as error:
        raise JournalBroken(f"o diário não pode ser lido: {error}") from error
    if out is not None:
        print(f"{count} registros em {out}")
    return 0


def _report(path: Path, day: date) -> DayReport:
    try:
        with open_snapshot(path) as db:
            make_up(db)
            return report_of(read_day(db, span_of(day)), day, datetime.now(UTC))
    except sqlite3.Error as error:
        raise JournalBroken(f"o diário não pode ser lido: {error}") from error


@contextmanager
def _written(out: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that only its owner reads: a journal is nobody else's business."""
    if out is None:
        yield sys.stdout
        return
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # A spreadsheet takes a file without the mark for an old code page, and spoils its accents.
    with os.fdopen(handle, "w", encoding="utf-8-sig" if out.suffix.lower() == ".csv" else "utf-8", newline="") as file:
        yield file


# --- the page ---------------------------------------------------------------------------------------------------------


def _page(told: DayReport) -> str:
    parts = [f"Fechamento de {told.day.strftime('%d/%m/%Y')}", "", table(("O quê", "Quantas", "Valor"), _summary(told))]
    for title, rows in (
        ("Por meio", [_named(row, _METHODS.get(row.label, row.label)) for row in told.by_method]),
        ("Por banco ou adquirente", [_named(row, row.label or "-") for row in told.by_provider]),
        ("Por serviço", [_named(row, row.label) for row in told.by_service]),
    ):
        if rows:
            parts += ["", table((title, "Quantas", "Valor"), rows)]
    if told.money:
        heads = ("Dinheiro que se moveu", "Meio", "Recebido", "Desfeito", "Devolvido", "Ficou")
        parts += ["", table(heads, [_moved(row) for row in told.money])]
    numbers = ", ".join(f"{number:03d}" for number in told.void_numbers)
    if told.first_number is not None:
        parts += ["", f"Tíquetes {told.first_number:03d} a {told.last_number:03d}; anulados: {numbers or 'nenhum'}"]
    if told.attentions:
        named = ", ".join(f"{code} ({count})" for code, count in told.attentions)
        parts += ["", f"Pedem atenção agora: {told.open_attentions}, por código: {named}"]
    return "\n".join(parts)


def _summary(told: DayReport) -> Sequence[Sequence[str]]:
    undone_count, undone = told.undone
    return (
        ("Vendas", str(told.sales), format_money(told.total)),
        ("Devolvidas depois do tíquete", str(told.refunds), _amount(told.refunded)),
        ("Cartões desfeitos", str(undone_count), _amount(undone)),
        ("Tíquetes anulados", str(len(told.void_numbers)), ""),
    )


def _named(row: ReportRow, label: str) -> Sequence[str]:
    return label, str(row.count), format_money(row.amount)


def _moved(row: MoneyRow) -> Sequence[str]:
    kept = format_money(Money(abs(row.kept_cents), row.received.currency))
    return (
        row.label or "-",
        _METHODS.get(row.method, row.method or "-"),
        f"{format_money(row.received)} ({row.received_count})",
        f"{format_money(row.undone)} ({row.undone_count})",
        f"{format_money(row.given_back)} ({row.given_back_count})",
        f"-{kept}" if row.kept_cents < 0 else kept,
    )


def _amount(amount: Money | None) -> str:
    return "" if amount is None else format_money(amount)
