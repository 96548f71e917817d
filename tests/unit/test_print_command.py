"""`totem print`: pictures of receipts, and the test page on a simulated printer, with its exit codes and sentences."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

import assets
from hardware.printer.profile import PROFILES
from hardware.sim.printer import SimulatedPrinter
from tests.unit.kiosk_files import write_kiosk
from totem import __main__ as cli
from totem.bootstrap.ownership import Ownership
from totem.config.loader import load
from totem.domain.template import Paper

TICKET_CODE = "TOTEM1:LAVA01-261122-0PE8QS:7"


def codes_in(path: Path) -> set[str]:
    with Image.open(path) as picture:
        return {read.text for read in zxingcpp.read_barcodes(picture)}


@pytest.fixture(autouse=True)
def _nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "none"))
    monkeypatch.delenv("TOTEM_CONFIG", raising=False)


def kiosk_with(folder: Path, old: str, new: str) -> Path:
    kiosk = write_kiosk(folder)
    text = kiosk.read_text(encoding="utf-8")
    assert old in text
    kiosk.write_text(text.replace(old, new, 1), encoding="utf-8")
    return kiosk


# --- Preview --------------------------------------------------------------------------------------------------------


def test_all_receipts_are_drawn_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "pictures"
    assert cli.main(["print", "--preview", "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {f"{paper}.png" for paper in Paper}
    assert capsys.readouterr().out.splitlines() == [str(out / f"{paper}.png") for paper in Paper]
    assert codes_in(out / "ticket.png") == {TICKET_CODE}
    assert codes_in(out / "test.png") == {"TOTEM1:TEST:0", "TEST-000"}


@pytest.mark.parametrize(("columns", "dots"), [(32, 384), (42, 512), (48, 576)])
def test_the_ticket_is_drawn_on_the_width_that_is_asked_for(tmp_path: Path, columns: int, dots: int) -> None:
    out = tmp_path / "t.png"
    words = ["print", "--preview", "ticket", "--columns", str(columns), "--language", "es", "--out", str(out)]
    assert cli.main(words) == 0
    with Image.open(out) as picture:
        assert picture.width == (dots + 2 * 28) * 2
    assert codes_in(out) == {TICKET_CODE}


def test_the_owners_shop_template_and_profile_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = kiosk_with(tmp_path, '# directory = ""', 'directory = "recibos"')
    text = kiosk.read_text(encoding="utf-8").replace('# code = "qr"', 'code = "code128"')
    kiosk.write_text(text.replace('# profile = "epson-80"', 'profile = "generic-58"'), encoding="utf-8")
    (tmp_path / "recibos").mkdir()
    (tmp_path / "recibos" / "ticket.txt").write_text("{number}\n{code}\n", encoding="utf-8")
    (tmp_path / "recibos" / "ticke.txt").touch()
    out = tmp_path / "t.png"
    assert cli.main(["--config", str(kiosk), "print", "--preview", "ticket", "--out", str(out)]) == 0
    assert "ticke.txt: não é usado: nenhum recibo tem este nome; você quis dizer ticket.txt?" in capsys.readouterr().err
    with Image.open(out) as picture:
        assert picture.width == (PROFILES["generic-58"].dots + 2 * 28) * 2
    assert codes_in(out) == {"0PE8QS-007"}


def test_a_template_with_faults_exits_2_with_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = kiosk_with(tmp_path, '# directory = ""', 'directory = "recibos"')
    (tmp_path / "recibos").mkdir()
    ticket = tmp_path / "recibos" / "ticket.txt"
    ticket.write_text("{number}\n{code}\n{totl}\n^^^ {total}\n", encoding="utf-8")
    assert cli.main(["--config", str(kiosk), "print", "--preview", "--out", str(tmp_path / "o")]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "totem: CFG-001: configuração recusada, com 2 erros:",
        f"  {ticket}: linha 3: {{totl}} não existe neste recibo; você quis dizer {{total}}?",
        f"  {ticket}: linha 4: {{total}} pode ocupar 16 colunas, e no papel mais estreito cabem 8",
    ]
    assert not (tmp_path / "o").exists()


def test_the_templates_are_copied_and_never_over_the_owners(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "meus recibos"
    folder.mkdir()
    (folder / "notice.txt").write_text("meu {reference}", encoding="utf-8")
    assert cli.main(["print", "--copy", str(folder)]) == 0
    told = capsys.readouterr().out
    assert f"{folder / 'notice.txt'}: já existe, ficou como está" in told
    assert (folder / "notice.txt").read_text(encoding="utf-8") == "meu {reference}"
    assert {path.name for path in folder.iterdir()} == {f"{paper}.txt" for paper in Paper}
    assert (folder / "ticket.txt").read_bytes() == (assets.path("templates") / "ticket.txt").read_bytes()
    pasted = told.split("[receipts]\n")[1].strip()
    kiosk = kiosk_with(tmp_path, '# directory = ""', pasted)
    assert load(kiosk).settings.receipts.directory == folder


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--preview"], "--preview pede --out"),
        (["--preview", "ticket", "--out", "."], ". é uma pasta; para um recibo, --out é um arquivo .png"),
        (["--preview", "--out", __file__], "para todos os recibos, --out é uma pasta"),
        (
            ["--preview", "--out", "x", "--profile", "epson-8"],
            "modelo desconhecido: epson-8; você quis dizer epson-80?",
        ),
        (["--preview", "--out", "x", "--profile", "zzz"], "modelo desconhecido: zzz; existem: epson-80"),
        (["--test"], "não há configuração em"),
    ],
)
def test_words_that_do_not_go_together_exit_2(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["print", *words]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [[], ["--preview", "recibo"], ["--test", "--preview"], ["--preview", "--columns", "40"]]
)
def test_the_grammar_refuses_what_it_does_not_know(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["print", *words])
    assert left.value.code == 2
    assert "totem print: " in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert cli.main(["print", "--preview", "notice", "--out", str(tmp_path / "file" / "x.png")]) == 1
    assert "não pode ser escrito" in capsys.readouterr().err


# --- Test page ------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def printer_of(folder: Path) -> AsyncIterator[tuple[SimulatedPrinter, Path]]:
    sim = SimulatedPrinter()
    await sim.start()
    try:
        kiosk = kiosk_with(folder, 'host = "192.168.0.50"', f'host = "127.0.0.1"\nport = {sim.port}')
        yield sim, kiosk
    finally:
        await sim.stop()


async def totem_print_test(kiosk: Path) -> int:
    """In a thread: the simulated printer lives on this loop."""
    return await asyncio.to_thread(cli.main, ["--config", str(kiosk), "print", "--test"])


async def test_the_test_page_comes_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with printer_of(tmp_path) as (sim, kiosk):
        assert await totem_print_test(kiosk) == 0
        (page,) = sim.tickets()
    assert page.complete
    assert "TESTE" in page.lines
    assert any(line.split() == ["Estado", "pronta"] for line in page.lines)
    with Image.open(io.BytesIO(page.png())) as picture:
        assert {read.text for read in zxingcpp.read_barcodes(picture)} == {"TOTEM1:TEST:0", "TEST-000"}
    out = capsys.readouterr().out
    assert out.startswith("Impressora de tíquetes: pronta (bytes do estado: 12 12 12 12)\nImpresso.")


async def test_the_spare_printer_is_tested_too_on_its_own_paper(tmp_path: Path) -> None:
    async with printer_of(tmp_path) as (main, kiosk):
        spare = SimulatedPrinter()
        await spare.start()
        told = f'[printer.spare]\ndriver = "network"\nhost = "127.0.0.1"\nport = {spare.port}\n'
        text = f'{kiosk.read_text(encoding="utf-8")}\n{told}name = "Reserva"\nprofile = "generic-42"\n'
        kiosk.write_text(text, encoding="utf-8")
        try:
            assert await totem_print_test(kiosk) == 0
            spare.set_paper(present=False)
            assert await totem_print_test(kiosk) == 1
        finally:
            await spare.stop()
        assert len(main.tickets()) == 2
        (page,) = spare.tickets()
    assert "Reserva" in page.lines
    assert any(line.split()[:3] == ["Papel", "42", "col."] for line in page.lines)


async def test_without_paper_nothing_is_sent_and_a_remedy_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with printer_of(tmp_path) as (sim, kiosk):
        sim.set_paper(present=False)
        assert await totem_print_test(kiosk) == 1
        assert sim.tickets() == []
    out = capsys.readouterr().out
    assert "sem papel" in out
    assert "PRN-001: " in out


async def test_a_page_that_stops_in_its_middle_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with printer_of(tmp_path) as (sim, kiosk):
        sim.paper_ends_after(5)
        assert await totem_print_test(kiosk) == 1
    out = capsys.readouterr().out
    assert "A impressora parou no meio:\nPRN-001: " in out


async def test_paper_near_its_end_prints_and_warns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with printer_of(tmp_path) as (sim, kiosk):
        sim.set_paper(present=True, low=True)
        assert await totem_print_test(kiosk) == 0
    assert capsys.readouterr().out.endswith("O papel está no fim: tenha uma bobina à mão.\n")


async def test_a_printer_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with printer_of(tmp_path) as (sim, kiosk):
        await sim.stop()
        assert await totem_print_test(kiosk) == 1
        await sim.start()
    out = capsys.readouterr().out
    assert "não se alcança (bytes do estado: nenhum)" in out
    assert "PRN-005: " in out


async def test_the_printer_belongs_to_the_kiosk_that_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with printer_of(tmp_path) as (sim, kiosk):
        with Ownership(tmp_path / "dados"):
            assert await totem_print_test(kiosk) == 3
        assert sim.tickets() == []
    assert "CFG-002: outro totem já está aberto" in capsys.readouterr().err
