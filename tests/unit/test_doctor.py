"""`totem doctor` against the shipped simulators, and a technician's way from nothing to a kiosk that could sell."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hardware.sim.printer import SimulatedPrinter
from providers.http.client import Timeouts
from providers.http.material import ClientFiles
from tests.unit.test_cli_commands import keep_a_journal, tamper
from totem.bootstrap import doctor
from totem.bootstrap.doctor import bank as banking
from totem.bootstrap.doctor.check import Check, State, checks_of, within
from totem.bootstrap.doctor.examine import examine
from totem.bootstrap.endpoints import BankEndpoint, Endpoints
from totem.bootstrap.example import TomlValue, write_configuration
from totem.bootstrap.health_words import words_of_health
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.domain.errors import ChargeNotFound
from totem.domain.ports import PixProvider
from totem.services.clock import SystemClock
from totem.services.health.signs import Area, Part
from totem.services.health.vocabulary import Level, Word

Changes = dict[str, dict[str, TomlValue]]


class ShiftedClock(SystemClock):
    """The machine's clock, set wrong."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    process = SandboxProcess(tmp_path_factory.mktemp("world"), 7)
    yield asyncio.run(process.ready())
    process.stop()


@pytest.fixture
async def printer() -> AsyncIterator[SimulatedPrinter]:
    made = SimulatedPrinter()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def kiosk(tmp_path: Path, world: Endpoints, printer: SimulatedPrinter) -> Path:
    return configured(tmp_path, world, {"printer": {"port": printer.port}})


def configured(folder: Path, world: Endpoints, changes: Changes) -> Path:
    return write_configuration(folder, world, {"pix": {"providers": ["sicredi"]}, **changes})


def rewrite(kiosk: Path, old: str, new: str) -> None:
    kiosk.write_text(kiosk.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


async def look(kiosk: Path, clock: SystemClock | None = None) -> dict[str, Check]:
    """The checks by area; the worst of each."""
    order = [State.OK, State.WARN, State.FAIL]
    told = checks_of(await examine(kiosk, clock or SystemClock()), words_of_health())
    checks = sorted(told, key=lambda check: order.index(check.state))
    for check in checks:
        assert (check.remedy == "") is (check.state is State.OK), check
    return {check.area: check for check in checks}


# --- all well ---------------------------------------------------------------------------------------------------------


async def test_a_good_kiosk_is_told_so_and_nothing_is_changed(kiosk: Path, printer: SimulatedPrinter) -> None:
    before = sorted(path for path in kiosk.parent.rglob("*"))
    checks = await look(kiosk)
    assert {area: check.state for area, check in checks.items() if check.state is not State.OK} == {}
    assert list(checks) == [
        "configuração",
        "rede",
        "certificado",
        "relógio",
        "acesso",
        "impressora",
        "disco",
        "diário",
        "região",
        "tela",
        "trava",
    ]
    assert sorted(path for path in kiosk.parent.rglob("*")) == before
    assert not printer.tickets()


async def test_it_works_beside_a_running_kiosk(kiosk: Path) -> None:
    await keep_a_journal(kiosk.parent / "journal.sqlite3", kiosk.parent / "journal.key")
    with Ownership(kiosk.parent):
        checks = await look(kiosk)
    assert all(check.state is State.OK for check in checks.values()), checks
    assert checks["diário"].detail == "íntegro, 2 registros"
    assert checks["trava"].detail == "um totem está aberto"


async def test_the_bank_is_asked_for_one_charge_that_cannot_exist_and_for_nothing_else(world: Endpoints) -> None:
    class OnlyAsked:
        """Whatever else a doctor called would not be there."""

        def __init__(self) -> None:
            self.asked: list[str] = []

        async def get_charge(self, txid: str) -> object:
            self.asked.append(txid)
            raise ChargeNotFound("none")

        async def close(self) -> None:
            return

    provider = OnlyAsked()

    async def open_it() -> PixProvider:
        return provider  # type: ignore[return-value]

    bank = world.bank
    source = ClientFiles(bank.certificate, bank.key, bank.ca, public_roots=False)
    access = banking.BankAccess("sicredi", bank.base_url, source, Timeouts(), "LAVA01", open_it)
    assert [part.level for part in await banking.bank(access, SystemClock())] == [Level.GREEN] * 3
    (txid,) = provider.asked
    assert re.fullmatch(r"LAVA01DOCTOR[a-z0-9]{14,23}", txid)


# --- each fault -------------------------------------------------------------------------------------------------------


async def test_a_bank_out_of_reach(tmp_path: Path, world: Endpoints, printer: SimulatedPrinter) -> None:
    with closing(await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)) as server:
        port = server.sockets[0].getsockname()[1]
    kiosk = configured(
        tmp_path,
        world,
        {"printer": {"port": printer.port}, "pix.sicredi": {"base_url": f"https://127.0.0.1:{port}"}},
    )
    checks = await look(kiosk)
    assert (checks["acesso"].state, checks["acesso"].code) == (State.FAIL, "PIX-001")
    assert "cabo de rede" in checks["acesso"].remedy
    assert checks["relógio"].state is State.WARN
    assert (checks["rede"].state, checks["rede"].code) == (State.FAIL, "PIX-001")


async def test_a_wrong_secret_and_a_foreign_certificate(
    tmp_path: Path, world: Endpoints, printer: SimulatedPrinter
) -> None:
    secret = tmp_path / "outro.secret"
    secret.touch(mode=0o600)
    secret.write_text("não é este", encoding="utf-8")
    base: Changes = {"printer": {"port": printer.port}}
    wrong = configured(tmp_path, world, {**base, "pix.sicredi": {"client_secret_file": str(secret)}})
    check = (await look(wrong))["acesso"]
    assert (check.state, check.code, check.detail) == (
        State.FAIL,
        "PIX-003",
        "o banco recusa o client_id ou o segredo",
    )
    assert "não é este" not in repr(check)
    bank = world.bank
    foreign = {"certificate": str(bank.foreign_certificate), "key": str(bank.foreign_key)}
    checks = await look(configured(tmp_path, world, {**base, "pix.sicredi": {**foreign}}))
    assert (checks["acesso"].state, checks["acesso"].code) == (State.FAIL, "PIX-002")
    assert checks["certificado"].sign == "chain_incomplete"
    mixed = {"certificate": str(bank.certificate), "key": str(bank.foreign_key)}
    checks = await look(configured(tmp_path, world, {**base, "pix.sicredi": {**mixed}}))
    assert checks["certificado"].detail == "a chave e o certificado não são um par"
    assert "acesso" not in checks


@pytest.mark.parametrize(
    ("off", "state", "detail"),
    [(300, State.FAIL, "adiantado"), (-300, State.FAIL, "atrasado"), (30, State.WARN, "adiantado")],
)
async def test_a_wrong_clock(kiosk: Path, off: int, state: State, detail: str) -> None:
    check = (await look(kiosk, ShiftedClock(timedelta(seconds=off))))["relógio"]
    assert check.state is state
    assert detail in check.detail
    assert "NTP" in check.remedy


@pytest.mark.parametrize(("days", "state"), [(340, State.WARN), (300, State.OK), (400, State.FAIL)])
async def test_a_certificate_near_its_end(kiosk: Path, days: int, state: State) -> None:
    check = (await look(kiosk, ShiftedClock(timedelta(days=days))))["certificado"]
    assert check.state is state
    assert ("totem csr" in check.remedy) is (state is not State.OK)


async def test_printer_journal_and_disk(
    kiosk: Path, printer: SimulatedPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer.set_paper(False)
    printer.open_cover(True)
    await keep_a_journal(kiosk.parent / "journal.sqlite3", kiosk.parent / "journal.key")
    tamper(kiosk.parent / "journal.sqlite3")
    usage = shutil.disk_usage(kiosk.parent)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=1_000_000))
    checks = await look(kiosk)
    assert (checks["diário"].state, checks["diário"].code) == (State.FAIL, "JRN-002")
    assert (checks["disco"].state, checks["disco"].code) == (State.FAIL, "JRN-003")
    assert checks["impressora"].state is State.FAIL
    assert checks["impressora"].code in {"PRN-001", "PRN-002"}
    await printer.stop()
    assert (await look(kiosk))["impressora"].code == "PRN-005"


async def test_faults_of_the_configuration_do_not_hide_the_rest(kiosk: Path, world: Endpoints) -> None:
    rewrite(kiosk, str(world.bank.ca), "/nada.pem")
    checks = await look(kiosk)
    assert checks["configuração"].code == "CFG-001"
    assert "ca: o arquivo /nada.pem não existe" in checks["configuração"].detail
    assert checks["certificado"].detail == "o arquivo não existe"
    assert checks["impressora"].state is State.OK
    rewrite(kiosk, "[", "{")
    assert set(await look(kiosk)) == {"configuração"}


async def test_a_check_that_does_not_come_back_is_left_behind() -> None:
    never = asyncio.get_running_loop().create_future()

    async def wait() -> tuple[Part, ...]:
        await never
        return ()

    (late,) = await within(0.01, wait(), Area.PRINTER, "balcão")
    assert (late.area, late.name, late.signs[0].word, late.level) == (
        Area.PRINTER,
        "balcão",
        Word.NO_ANSWER,
        Level.RED,
    )
    never.cancel()


# --- as a command -----------------------------------------------------------------------------------------------------


def test_the_table_and_json_and_their_exit_codes(
    tmp_path: Path, world: Endpoints, capsys: pytest.CaptureFixture[str]
) -> None:
    kiosk = configured(tmp_path, world, {})
    assert doctor.run(kiosk, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert {check["state"] for check in told["checks"]} == {"ok"}
    bad_kiosk = configured(tmp_path, world, {"pix.sicredi": {"client_id": "outro"}})
    assert doctor.run(bad_kiosk, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert doctor.run(bad_kiosk, as_json=False) == 1
    shown = capsys.readouterr()
    assert "FALHA  acesso" in shown.out
    assert "FALHA PIX-003: acesso (Sicredi)" in shown.out
    assert "→ confira os dois" in shown.out
    assert "o totem não venderia assim" in shown.err


def totem(*words: str, given: bytes = b"", code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "totem", *words],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        input=given,
        capture_output=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode()


def test_from_nothing_to_a_kiosk_that_could_sell_by_commands_only(tmp_path: Path, world: Endpoints) -> None:
    """With the banks' own files gone at the end: the store alone holds what opens them."""
    banks = {"sicredi": world.bank, "inter": world.inter}
    mine = {name: brought(bank, tmp_path / f"do-{name}") for name, bank in banks.items()}
    endpoints = replace(world, bank=mine["sicredi"], inter=mine["inter"])
    kiosk = write_configuration(tmp_path, endpoints, {"pix": {"providers": ["sicredi", "inter"]}})
    config = ("--config", str(kiosk))
    said = [totem(*config, "secrets", "init")]
    hidden = []
    for name, bank in mine.items():
        secret = bank.client_secret_file.read_bytes()
        hidden += [secret.strip(), b"".join(bank.key.read_bytes().splitlines()[1:-1])[:40]]
        files = [str(path) for path in (bank.certificate, bank.key, bank.ca)]
        said += [
            totem(*config, "secrets", "set", f"{name}.client_secret", given=secret),
            totem(*config, "secrets", "import", *files, "--bank", name),
            totem(*config, "secrets", "use", "--bank", name),
        ]
        shutil.rmtree(bank.key.parent)
    (kiosk.parent / "totem.toml.anterior").unlink()
    said.append(totem(*config, "doctor"))
    assert "abre, com 8 itens" in said[-1]
    assert said[-1].count("token e consulta aceitos") == 2
    assert said[-1].endswith("Tudo pronto.\n")
    left = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] + [text.encode() for text in said]
    assert not any(secret in piece for piece in left for secret in hidden)
    (kiosk.parent / "secrets.key").chmod(0o644)
    assert "outros usuários podem ler a chave do cofre" in totem(*config, "doctor", code=1)


def brought(bank: BankEndpoint, folder: Path) -> BankEndpoint:
    """The files that a bank sends, in a technician's folder."""
    folder.mkdir()
    names = ("certificate", "key", "ca", "client_secret_file")
    copies = {name: folder / getattr(bank, name).name for name in names}
    for name, copy in copies.items():
        shutil.copy(getattr(bank, name), copy)
    return replace(bank, **copies)
