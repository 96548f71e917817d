"""Runs the demo as its user does, in a process of its own, and doctors what it leaves behind."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S = 90


@dataclass(frozen=True, slots=True)
class DemoRun:
    out: Path
    code: int
    told: str
    """stdout and stderr."""

    @property
    def summary(self) -> Mapping[str, Any]:
        summary: Mapping[str, Any] = json.loads((self.out / "summary.json").read_text(encoding="utf-8"))
        return summary


def run_demo(out: Path, *arguments: str, program: tuple[str, ...] = ("-m", "totem")) -> DemoRun:
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    done = subprocess.run(
        [sys.executable, *program, "demo", "--headless", "--out", str(out), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
        env=environment,
    )
    return DemoRun(out, done.returncode, done.stdout)


def _banks(ledgers: dict[str, Any]) -> list[dict[str, Any]]:
    """The books of banks; those of card acquirers know no Pix."""
    return [ledger for ledger in ledgers.values() if "pix" in ledger]


def doctor_ledger(out: Path) -> None:
    """A bank received one more Pix for the first charge (or for one that nobody asked for) than the kiosk knows."""
    path = out / "ledger.json"
    ledgers = json.loads(path.read_text(encoding="utf-8"))
    ledger = max(_banks(ledgers), key=lambda each: len(each["charges"]))
    pix = {"end_to_end_id": "E" + "0" * 31, "amount_cents": 1, "txid": None, "at": "", "refunds": []}
    ledger["pix"].append(pix)
    if not ledger["charges"]:
        ledger["charges"].append(
            {"txid": "STRANGER", "amount_cents": 1, "status": "CONCLUIDA", "copia_e_cola": "", "pix": []}
        )
    ledger["charges"][0]["pix"].append(pix["end_to_end_id"])
    path.write_text(json.dumps(ledgers), encoding="utf-8")


def doctor_acquirer(out: Path) -> None:
    """The acquirer behind the TEF holds a sale open that nobody here knows."""
    path = out / "ledger.json"
    ledgers = json.loads(path.read_text(encoding="utf-8"))
    strange = {"id": "X", "request": "77", "amount_cents": 1, "state": "pending", "operation": "sale"}
    ledgers["tef"]["transactions"].append(strange)
    path.write_text(json.dumps(ledgers), encoding="utf-8")


def doctor_refund(out: Path) -> None:
    """A bank gave back a centavo of its last Pix (or of one that nobody knows) that no kiosk asked for."""
    path = out / "ledger.json"
    ledgers = json.loads(path.read_text(encoding="utf-8"))
    ledger = max(_banks(ledgers), key=lambda each: len(each["pix"]))
    if not ledger["pix"]:
        ledger["pix"].append({"end_to_end_id": "E1", "amount_cents": 1, "txid": "STRANGER", "at": "", "refunds": []})
    ledger["pix"][-1]["refunds"].append({"id": "FORGED", "amount_cents": 1, "status": "DEVOLVIDO"})
    path.write_text(json.dumps(ledgers), encoding="utf-8")


def forget_refunds(out: Path) -> None:
    """Banks and acquirers know nothing of the refunds that the journal calls done."""
    path = out / "ledger.json"
    ledgers = json.loads(path.read_text(encoding="utf-8"))
    for ledger in _banks(ledgers):
        for pix in ledger["pix"]:
            pix["refunds"] = []
    for ledger in ledgers.values():
        for transaction in ledger.get("transactions", ()):
            if transaction["state"] == "cancelled":
                transaction.update(state="approved", refunded_cents=0)
    path.write_text(json.dumps(ledgers), encoding="utf-8")


def doctor_journal(out: Path) -> None:
    """Somebody with a database tool calls every sale compensated, or completed where it was that."""
    with closing(sqlite3.connect(out / "journal.sqlite3")) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute(
            "UPDATE subjects SET state = CASE state WHEN 'compensated' THEN 'completed' ELSE 'compensated' END"
            " WHERE machine = 'sale'"
        )
        database.commit()


def doctor_paper(out: Path) -> None:
    """A ticket that no sale stands behind: ESC @, a QR code by GS ( k, a cut."""
    (out / "tickets" / "forged.bin").write_bytes(_strip_with("TOTEM1:NOBODY-000000-AAAAAA:999"))


def double_ticket(out: Path) -> None:
    """The first ticket comes out twice more, and neither paper says that it is a second copy."""
    with closing(sqlite3.connect(out / "journal.sqlite3")) as database:
        sale_id, data = database.execute(
            "SELECT sale_id, data FROM subjects WHERE machine = 'ticket' ORDER BY born_seq"
        ).fetchone()
    strip = _strip_with(f"TOTEM1:{sale_id}:{json.loads(data)['number']}")
    for number in (1, 2):
        (out / "tickets" / f"double-{number}.bin").write_bytes(strip)


def lose_tickets(out: Path) -> None:
    """No paper ever came out."""
    for path in (out / "tickets").glob("*.bin"):
        path.unlink()


def _strip_with(code: str) -> bytes:
    data = code.encode("ascii")
    stored = b"\x1d(k" + (len(data) + 3).to_bytes(2, "little") + b"1P0" + data
    printed = b"\x1d(k\x03\x001Q0"
    return b"\x1b@" + stored + printed + b"\n\x1dV\x00"


def doctor_screen(out: Path) -> None:
    """The customer saw something else last than the sale's end."""
    path = out / "seen.json"
    seen = json.loads(path.read_text(encoding="utf-8"))
    seen[0]["must_end"] = "services" if seen[0]["must_end"] == "attract" else "attract"
    path.write_text(json.dumps(seen), encoding="utf-8")
