"""`totem tef-evidence`: what an acquirer's homologation asks for, of one day, in one folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from totem.bootstrap.evidence import EvidenceUnreadable, JournalSubject, JournalView, read_journal
from totem.bootstrap.sealing import ReceiptSealer
from totem.bootstrap.tef_record import messages_of
from totem.config.loader import load
from totem.domain.errors import ConfigError
from totem.domain.money import Money, format_money

_INDEX = """\
# Evidência TEF de {day} (UTC)

- `mensagens.jsonl`: {messages} mensagens trocadas com o PayGo, na ordem, sem dados de cartão.
- `diario.jsonl`: {entries} registros do diário das {sales} vendas com cartão no TEF.
- `comprovantes/`: {receipts} comprovantes, como a adquirente os mandou, sem portador, validade nem número inteiro.

| venda | valor | NSU | autorização | fim | confirmação |
| --- | --- | --- | --- | --- | --- |
{rows}
"""


def run(config: Path, day: str, out: Path) -> int:
    """0 where there is something of that day, 1 where there is nothing. The kiosk may be open. Raises ConfigError."""
    configuration = load(config, check_files=False)
    place = configuration.settings.journal
    try:
        journal = read_journal(place.path)
        sealer = ReceiptSealer.of_file(place.key_file)
        messages = tuple(messages_of(place.directory, day))
    except (EvidenceUnreadable, OSError) as error:
        raise ConfigError((f"{config}: journal: não pode ser lido ({error})",)) from error
    attempts = tuple(_of_day(journal, day))
    (out / "comprovantes").mkdir(parents=True, exist_ok=True)
    (out / "mensagens.jsonl").write_text("".join(f"{line}\n" for line in messages), encoding="utf-8")
    sales = {attempt.sale_id for attempt in attempts}
    entries = [asdict(entry) for entry in journal.entries if entry.sale_id in sales]
    lines = (json.dumps(entry, ensure_ascii=False) for entry in entries)
    (out / "diario.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    written = sum(_write_receipts(attempt, sealer, out / "comprovantes") for attempt in attempts)
    index = _INDEX.format(
        day=day,
        messages=len(messages),
        entries=len(entries),
        sales=len(sales),
        receipts=written,
        rows="\n".join(_row(journal, attempt) for attempt in attempts),
    )
    (out / "index.md").write_text(index, encoding="utf-8")
    print(f"{len(messages)} mensagens, {len(sales)} vendas, {written} comprovantes em {out}")
    return 0 if messages or attempts else 1


def _of_day(journal: JournalView, day: str) -> Iterator[JournalSubject]:
    born = {entry.subject_id for entry in journal.entries if entry.kind == "attempt" and entry.at.startswith(day)}
    for attempt in journal.of("attempt"):
        if attempt.text("provider") == "tef" and attempt.id in born:
            yield attempt


def _write_receipts(attempt: JournalSubject, sealer: ReceiptSealer, folder: Path) -> int:
    sealed = attempt.text("receipts")
    if not sealed:
        return 0
    kept = sealer.unseal(sealed)
    copies = {"cliente": kept.customer, "loja": kept.merchant}
    for name, lines in copies.items():
        if lines:
            (folder / f"{attempt.id}-{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sum(bool(lines) for lines in copies.values())


def _row(journal: JournalView, attempt: JournalSubject) -> str:
    settlement = journal.subject(f"{attempt.id}/settlement")
    amount = format_money(Money(attempt.cents("amount_cents") or 0))
    cells = (
        attempt.sale_id,
        amount,
        attempt.text("nsu") or "-",
        attempt.text("authorization") or "-",
        attempt.state,
        settlement.state if settlement is not None else "-",
    )
    return f"| {' | '.join(cells)} |"
