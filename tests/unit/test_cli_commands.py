"""What each command hands over, and the exit code that it makes of the outcome."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.kiosk_files import write_kiosk
from totem import __main__ as cli
from totem.bootstrap.options import LANDSCAPE, METHODS, PORTRAIT, DemoOptions, SandboxOptions
from totem.domain.errors import AlreadyRunning, JournalBroken
from totem.domain.records import Note
from totem.services.clock import SystemClock
from totem.services.journal import JournalSettings, open_journal

Stub = Callable[..., None]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    """Puts a function in the place of a command's module, so that no screen opens here."""
    monkeypatch.setattr(cli, "_qt_can_start", lambda *, headless: True)

    def put(name: str, **functions: object) -> None:
        module = ModuleType(f"totem.bootstrap.{name}")
        for attribute, function in functions.items():
            setattr(module, attribute, function)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(f"totem.bootstrap.{name}", module, raising=False)

    return put


def test_the_kiosk_gets_its_configuration(stub: Stub, tmp_path: Path) -> None:
    config = write_kiosk(tmp_path)
    seen: list[tuple[Path, bool]] = []

    def run(path: Path, windowed: bool) -> int:
        seen.append((path, windowed))
        return 0

    stub("kiosk", run=run)
    assert cli.main(["--config", str(config), "--windowed"]) == 0
    assert seen == [(config, True)]


def test_a_second_totem_exits_3(stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(path: Path, windowed: bool) -> int:
        raise AlreadyRunning("outro totem já está aberto (processo 42)")

    stub("kiosk", run=run)
    assert cli.main(["--config", str(write_kiosk(tmp_path))]) == 3
    assert capsys.readouterr().err == "totem: CFG-002: outro totem já está aberto (processo 42)\n"


def test_another_error_of_ours_has_its_code_and_exits_1(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(path: Path, windowed: bool) -> int:
        raise JournalBroken("cut off")

    stub("kiosk", run=run)
    assert cli.main(["--config", str(write_kiosk(tmp_path))]) == 1
    assert capsys.readouterr().err == "totem: JRN-002: cut off\n"


def test_an_interrupted_command_exits_130(stub: Stub) -> None:
    def run(options: SandboxOptions) -> int:
        raise KeyboardInterrupt

    stub("sandbox", run=run)
    assert cli.main(["sandbox"]) == 130


def test_the_demo_gets_its_options(stub: Stub) -> None:
    seen: list[DemoOptions] = []
    stub("scenarios", list_faults=lambda: (("bank_down", "sem venda"),))

    def run(options: DemoOptions) -> int:
        seen.append(options)
        return 1

    stub("demo", run=run)
    words = (
        "demo --headless --sales 3 --method pix --provider sicredi --fault bank_down --seed 7 --out d --size landscape"
    )
    assert cli.main([*words.split(), "--language", "es"]) == 1
    assert cli.main(["demo"]) == 1
    assert cli.main(["demo", "--size", "600x900", "--method", "pix,pix"]) == 1
    assert seen == [
        DemoOptions(
            headless=True,
            sales=3,
            methods=("pix",),
            providers=("sicredi",),
            fault="bank_down",
            seed=7,
            out=Path("d"),
            width_px=LANDSCAPE[0],
            height_px=LANDSCAPE[1],
            language="es",
        ),
        DemoOptions(methods=METHODS),
        DemoOptions(width_px=600, height_px=900),
    ]
    assert (seen[1].width_px, seen[1].height_px) == PORTRAIT


def test_faults_are_listed_and_unknown_ones_refused(stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    stub("scenarios", list_faults=lambda: (("bank_down", "sem venda"), ("paper_out", "espera o papel")))
    assert cli.main(["demo", "--list-faults"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].split() == ["Falha", "Como", "a", "venda", "tem", "de", "terminar"]
    assert told[2:] == ["bank_down  sem venda", "paper_out  espera o papel"]
    assert cli.main(["demo", "--fault", "bankdown"]) == 2
    assert "falha desconhecida: bankdown; você quis dizer bank_down?" in capsys.readouterr().err
    assert cli.main(["demo", "--fault", "zzz"]) == 2
    assert "veja totem demo --list-faults" in capsys.readouterr().err


def test_the_sandbox_gets_its_options(stub: Stub) -> None:
    seen: list[SandboxOptions] = []

    def run(options: SandboxOptions) -> int:
        seen.append(options)
        return 0

    stub("sandbox", run=run)
    assert cli.main(["sandbox", "--out", "d", "--seed", "9", "--json"]) == 0
    assert seen == [SandboxOptions(out=Path("d"), seed=9, as_json=True)]


# --- The journal ----------------------------------------------------------------------------------------------------


async def keep_a_journal(path: Path, key_file: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    key_file.parent.mkdir(exist_ok=True)
    journal = await open_journal(JournalSettings(path=path, key_file=key_file), SystemClock())
    await journal.append(Note("kiosk.started", data={"version": "1"}))
    await journal.append(Note("kiosk.stopped"))
    await journal.close()


def tamper(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        for (sql,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {sql}")
        db.execute("""UPDATE entries SET data = replace(data, '"1"', '"2"')""")
        db.commit()


async def test_the_journal_of_the_configuration_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, path = write_kiosk(tmp_path), tmp_path / "dados" / "journal.sqlite3"
    shutil.rmtree(tmp_path / "segredos")  # an auditor holds neither the bank's certificate nor its secret
    assert cli.main(["journal", "verify", "--config", str(config)]) == 2
    assert str(path) in capsys.readouterr().err
    await keep_a_journal(path, tmp_path / "segredos" / "diario.key")
    assert cli.main(["journal", "verify", "--config", str(config)]) == 0
    assert cli.main(["--config", str(config), "journal", "verify"]) == 0
    assert capsys.readouterr().out == "O diário está íntegro: 2 registros conferidos.\n" * 2
    tamper(path)
    assert cli.main(["journal", "verify", "--config", str(config)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("totem: JRN-002: o diário foi alterado ou está danificado")


async def test_any_journal_is_checked_with_its_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, key, moved = tmp_path / "j.sqlite3", tmp_path / "k", tmp_path / "elsewhere"
    await keep_a_journal(path, key)
    words = ["journal", "verify", "--journal", str(path), "--key-file", str(key)]
    assert cli.main(words) == 0
    path.with_suffix(".head").rename(moved)
    assert cli.main(words) == 1
    assert cli.main([*words, "--head-file", str(moved)]) == 0
    key.write_bytes(bytes(32))
    assert cli.main([*words, "--head-file", str(moved)]) == 1
    assert capsys.readouterr().err.count("JRN-002") == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--journal", "j"],
        ["--key-file", "k"],
        ["--journal", "j", "--key-file", "k", "--config", "c"],
        ["--head-file", "h"],
    ],
)
def test_half_of_the_journals_files_is_a_usage_error(words: list[str]) -> None:
    assert cli.main(["journal", "verify", *words]) == 2


def test_a_shell_of_another_user_is_told_whose_to_use(stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*_: object) -> int:
        raise PermissionError(13, "Permission denied", "/var/lib/totem/totem.lock")

    stub("technician", run=run)
    assert cli.main(["reprint", "7"]) == 1
    assert "/var/lib/totem/totem.lock: sem permissão; use o usuário do totem" in capsys.readouterr().err
