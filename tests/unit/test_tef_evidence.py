"""The TEF messages that a kiosk keeps, and the folder that an acquirer's homologation asks for."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.demo_run import run_demo
from tests.support.manual_clock import ManualClock
from totem.__main__ import main
from totem.bootstrap.tef_record import NAME, MessageRecord, former, messages_of


def test_messages_are_kept_in_order_and_for_their_owner_alone(tmp_path: Path) -> None:
    clock = ManualClock()
    record = MessageRecord(tmp_path, clock)
    for number in range(50):
        record("out", f"001-000 = {number}\r\n999-999 = 0\r\n")
    record.flush()
    day = clock.now().date().isoformat()
    lines = [json.loads(line) for line in messages_of(tmp_path, day)]
    assert [line["message"].split()[2] for line in lines] == [str(number) for number in range(50)]
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert list(messages_of(tmp_path, "1999-01-01")) == []


def test_a_file_that_grew_is_put_aside_and_still_read(tmp_path: Path) -> None:
    record = MessageRecord(tmp_path, ManualClock(), most_bytes=200)
    for _ in range(5):
        record("in", "x" * 100)
    record.flush()
    assert former(tmp_path / NAME).exists()
    assert (tmp_path / NAME).stat().st_size < 400


def test_a_disk_that_takes_nothing_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = MessageRecord(tmp_path / "missing", ManualClock())
    record("out", "x")
    record.flush()
    assert "was not recorded" in caplog.text


def test_the_folder_of_a_day_has_messages_journal_and_receipts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_demo(tmp_path / "demo", "--method", "tef")
    assert run.code == 0, run.told
    out = tmp_path / "evidence"
    day = datetime.now(UTC).date().isoformat()
    config = str(tmp_path / "demo" / "totem.toml")
    assert main(["--config", config, "tef-evidence", "--day", day, "--out", str(out)]) == 0
    commands = [
        json.loads(line)["message"].split("\r\n")[0] for line in (out / "mensagens.jsonl").read_text().splitlines()
    ]
    assert {"000-000 = ATV", "000-000 = CRT", "000-000 = CNF"} <= set(commands)
    (slip,) = (out / "comprovantes").glob("*-cliente.txt")
    assert "NSU" in slip.read_text(encoding="utf-8")
    entries = [json.loads(line) for line in (out / "diario.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["state"] for entry in entries if entry["kind"] == "settlement"][-1] == "confirmed"
    index = (out / "index.md").read_text(encoding="utf-8")
    assert "| approved | confirmed |" in index
    everything = "".join(file.read_text(encoding="utf-8") for file in out.rglob("*") if file.is_file())
    assert "4111111111111111" not in everything
    assert main(["--config", config, "tef-evidence", "--day", "1999-01-01", "--out", str(out / "none")]) == 1
    capsys.readouterr()
