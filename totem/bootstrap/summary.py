"""What a demo leaves behind: `summary.json`, and the tickets as bytes and as pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hardware.sim.preview import draw
from totem.bootstrap.evidence import JournalSubject, JournalView, PaperTicket
from totem.bootstrap.findings import Fault
from totem.bootstrap.paper import read_ticket
from totem.ui.demo.stall import StallReport

_STALL_NOTE: Final = "max_ui_stall_ms leaves out the moments in which the demo itself took a picture of the screen"


@dataclass(frozen=True, slots=True)
class Strip:
    """One piece of paper and the bytes that made it. Its id is that of its sale, `notice-N` for one without a code."""

    paper: PaperTicket
    data: bytes


def strips_of(tickets: Sequence[bytes]) -> tuple[Strip, ...]:
    """The bytes of each strip read back, and named by the code that it bears."""
    strips: list[Strip] = []
    taken: set[str] = set()
    for number, data in enumerate(tickets, 1):
        paper = read_ticket(f"notice-{number}", data)
        sale_id = next((code.split(":")[1] for code in paper.codes if code.count(":") == 2), "")
        name = sale_id or paper.id
        if name in taken:
            name = f"{name}-{number}"
        taken.add(name)
        strips.append(Strip(replace(paper, id=name), data))
    return tuple(strips)


def write_tickets(strips: Sequence[Strip], folder: Path) -> None:
    """`ID.bin` and `ID.png` of each. Takes some 50 ms a ticket: call it in a thread."""
    folder.mkdir(parents=True, exist_ok=True)
    for strip in strips:
        (folder / f"{strip.paper.id}.bin").write_bytes(strip.data)
        (folder / f"{strip.paper.id}.png").write_bytes(draw(strip.data))


def write_summary(
    path: Path,
    journal: JournalView,
    strips: Sequence[Strip],
    screens: Sequence[str],
    stall: StallReport,
    told: Mapping[str, object],
) -> None:
    printed = {strip.paper.id for strip in strips}
    summary = {
        "sales": [_sale(journal, sale, printed) for sale in journal.of("sale")],
        "screens": list(screens),
        "max_ui_stall_ms": stall.max_ms,
        "p99_ui_stall_ms": stall.p99_ms,
        "ui_stall_note": _STALL_NOTE,
        **told,
    }
    path.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def faults_as_json(faults: Sequence[Fault]) -> list[dict[str, str]]:
    return [{"finding": each.finding.value, "subject": each.subject, "detail": each.detail} for each in faults]


def _sale(journal: JournalView, sale: JournalSubject, printed: set[str]) -> dict[str, Any]:
    attempts = journal.of("attempt", sale.id)
    paid = tuple(each for each in attempts if each.state == "approved")
    attempt = (paid or attempts)[-1] if attempts else None
    return {
        "id": sale.id,
        "method": sale.text("method"),
        "provider": attempt.text("provider") if attempt else "",
        "amount_cents": sale.cents("amount_cents"),
        "state": sale.state,
        "txid": attempt.id if attempt else None,
        "end_to_end_id": (attempt.text("end_to_end_id") or None) if attempt else None,
        "copia_e_cola": (attempt.text("copia_e_cola") or None) if attempt else None,
        "nsu": (attempt.text("nsu") or None) if attempt else None,
        "authorization": (attempt.text("authorization") or None) if attempt else None,
        "confirmed_to_printed_ms": _confirmed_to_printed_ms(journal, sale),
        "ticket": sale.id if sale.id in printed else None,
        "attempt_state": attempt.state if attempt else None,
        "refunds": [
            {
                "id": each.id,
                "end_to_end_id": each.text("reference"),
                "amount_cents": each.cents("amount_cents"),
                "state": each.state,
            }
            for each in journal.of("compensation", sale.id)
        ],
        "attentions": [each.text("trouble") for each in journal.open_attentions(sale.id)],
    }


def _confirmed_to_printed_ms(journal: JournalView, sale: JournalSubject) -> int | None:
    """From the row that says approved to the row that says printed; None where either is missing."""
    approved = _moment(journal, sale.id, "attempt", "approved")
    printed = _moment(journal, sale.id, "ticket", "printed")
    if approved is None or printed is None:
        return None
    return round((printed - approved).total_seconds() * 1000)


def _moment(journal: JournalView, sale_id: str, kind: str, state: str) -> datetime | None:
    for entry in journal.entries:
        if (entry.sale_id, entry.kind, entry.state) == (sale_id, kind, state):
            return datetime.fromisoformat(entry.at)
    return None
