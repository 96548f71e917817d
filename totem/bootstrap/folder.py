"""The evidence of a demo as files in its folder, so that anybody can judge it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from totem.bootstrap.evidence import Evidence, EvidenceUnreadable, SeenSale, read_answers, read_journal, read_ledger
from totem.bootstrap.paper import read_ticket
from totem.bootstrap.summary import Strip, write_tickets

JOURNAL: Final = "journal.sqlite3"
LEDGER: Final = "ledger.json"
SEEN: Final = "seen.json"
TICKETS: Final = "tickets"


def save_evidence(out: Path, ledger: Mapping[str, Any], strips: Sequence[Strip], seen: Sequence[SeenSale]) -> None:
    """The bank's ledger as it told it, the paper, and what stood on the screen. The journal lies there already."""
    _write(out / LEDGER, ledger)
    _write(out / SEEN, [asdict(each) for each in seen])
    write_tickets(strips, out / TICKETS)


def load_evidence(out: Path) -> Evidence:
    """Raises EvidenceUnreadable."""
    try:
        ledger = json.loads((out / LEDGER).read_text(encoding="utf-8"))
        seen = TypeAdapter(tuple[SeenSale, ...]).validate_json((out / SEEN).read_bytes())
        paper = [read_ticket(path.stem, path.read_bytes()) for path in sorted((out / TICKETS).glob("*.bin"))]
    except (OSError, ValueError) as error:
        raise EvidenceUnreadable(str(error)) from error
    return Evidence(read_ledger(ledger), paper, read_journal(out / JOURNAL), seen, read_answers(ledger))


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
