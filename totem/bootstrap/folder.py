"""The evidence of a demo as files in its folder, so that anybody can judge it again."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from totem.bootstrap.card_books import read_card_books
from totem.bootstrap.evidence import Evidence, EvidenceUnreadable, SeenSale, read_books, read_journal
from totem.bootstrap.paper import read_ticket
from totem.bootstrap.summary import Strip, write_tickets

JOURNAL: Final = "journal.sqlite3"
LEDGER: Final = "ledger.json"
SEEN: Final = "seen.json"
CONFIGURATION: Final = "totem.toml"
TICKETS: Final = "tickets"


def save_evidence(out: Path, ledgers: Mapping[str, Any], strips: Sequence[Strip], seen: Sequence[SeenSale]) -> None:
    """Each bank's ledger as it told it, the paper, and what stood on the screen.

    Journal and configuration lie there already.
    """
    _write(out / LEDGER, ledgers)
    _write(out / SEEN, [asdict(each) for each in seen])
    write_tickets(strips, out / TICKETS)


def load_evidence(out: Path) -> Evidence:
    """Raises EvidenceUnreadable."""
    try:
        ledgers = json.loads((out / LEDGER).read_text(encoding="utf-8"))
        kiosk_id = str(tomllib.loads((out / CONFIGURATION).read_text(encoding="utf-8"))["kiosk"]["id"])
        seen = TypeAdapter(tuple[SeenSale, ...]).validate_json((out / SEEN).read_bytes())
        paper = [read_ticket(path.stem, path.read_bytes()) for path in sorted((out / TICKETS).glob("*.bin"))]
    except (OSError, ValueError, KeyError) as error:
        raise EvidenceUnreadable(str(error)) from error
    journal = read_journal(out / JOURNAL)
    books = [read_books(name, ledger) for name, ledger in ledgers.items() if "charges" in ledger]
    cards = [
        read_card_books(name, ledger, journal, kiosk_id) for name, ledger in ledgers.items() if "transactions" in ledger
    ]
    return Evidence(
        charges=[charge for each in books for charge in each.charges],
        paper=paper,
        journal=journal,
        seen=seen,
        answers=[answer for each in books for answer in each.answers],
        strays=[pix for each in books for pix in each.strays],
        kiosk_id=kiosk_id,
        cards=[money for each in cards for money in each.transactions],
        violations=[violation for each in cards for violation in each.violations],
    )


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
