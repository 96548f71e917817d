"""The command line: what it accepts, what it says, and its exit codes, as a shell sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.kiosk_files import write_kiosk
from totem import __main__ as cli
from totem import __version__
from totem.bootstrap import arguments, libraries
from totem.bootstrap.brcode_words import REASONS
from totem.bootstrap.table import table
from totem.domain.brcode import Reason

GOOD_CODE = (
    "00020101021226740014br.gov.bcb.pix2552payload.psp.com/3ec9d2f9-5f03-4e0e-820d-63a81e769e87"
    "5204000053039865802BR5914THALES OGLIARI6015SAO MIGUEL DO O62070503***63042895"
)


HIDDEN_VARIABLES = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "TOTEM_CONFIG"}


def totem(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`totem` as a process of its own, with no screen and no configuration but what is given."""
    shown = {name: value for name, value in os.environ.items() if name not in HIDDEN_VARIABLES}
    return subprocess.run(
        [sys.executable, "-m", "totem", *words],
        env={**shown, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


# --- As a process ---------------------------------------------------------------------------------------------------


def test_a_broken_configuration_is_told_whole_and_exits_2(tmp_path: Path) -> None:
    config = tmp_path / "totem.toml"
    config.write_text('[kiosk]\nid = "x"\n[screan]\n[catalogue]\nfile = "goods.toml"', encoding="utf-8")
    done = totem("--config", str(config))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert lines[0] == f"totem: CFG-001: configuração recusada, com {len(lines) - 1} erros:"
    for expected in (
        f"  {config}: kiosk.id: use de 2 a 8 letras maiúsculas",
        f"  {config}: kiosk.name: falta esta chave",
        f"  {config}: screan: chave desconhecida; você quis dizer screen?",
        f"  {config}: printer: falta esta seção",
        f"  {tmp_path / 'goods.toml'}: arquivo: não existe",
    ):
        assert any(line.startswith(expected) for line in lines), expected


def test_one_fault_is_one_error(tmp_path: Path) -> None:
    done = totem("--config", str(tmp_path / "nada.toml"))
    assert done.returncode == 2
    assert done.stderr == (
        f"totem: CFG-001: configuração recusada, com 1 erro:\n  {tmp_path / 'nada.toml'}: arquivo: não existe\n"
    )


def test_without_any_configuration_it_says_how_to_begin(tmp_path: Path) -> None:
    done = totem(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path), XDG_CONFIG_DIRS=str(tmp_path / "etc"))
    assert done.returncode == 2
    assert f"não há configuração em {tmp_path / 'totem' / 'totem.toml'}" in done.stderr
    assert "totem demo" in done.stderr


def test_a_good_configuration_without_a_screen_exits_3(tmp_path: Path) -> None:
    config = write_kiosk(tmp_path)
    done = totem("--config", str(config))
    assert (done.returncode, "não há tela nesta sessão" in done.stderr) == (3, True)
    again = totem(TOTEM_CONFIG=str(config))
    assert again.stderr == done.stderr


def test_a_good_code_is_explained_quickly_and_without_heavy_imports() -> None:
    script = (
        "import sys; from totem.__main__ import main; code = main(['brcode', sys.argv[1]]);"
        "heavy = {'PySide6', 'httpx', 'pydantic', 'PIL', 'escpos'};"
        "print(sorted({name.split('.')[0] for name in sys.modules} & heavy));"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, GOOD_CODE], capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    assert done.returncode == 0
    assert done.stdout.endswith("[]\n")
    assert "THALES OGLIARI" in done.stdout


@pytest.mark.parametrize("code", [GOOD_CODE[:-1] + "6", GOOD_CODE[:-4], "x", "", GOOD_CODE + " "])
def test_a_bad_code_exits_1_with_its_reason(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["brcode", code]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("totem: código recusado: ")


def test_every_reason_has_its_words() -> None:
    assert set(REASONS) == set(Reason)


def test_a_reader_that_leaves_early_is_no_error() -> None:
    script = f"'{sys.executable}' -m totem brcode '{GOOD_CODE}' | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("0\n", "")


# --- Grammar --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nada"], "'nada' não existe; escolha entre"),
        (["demo", "--sales", "0"], "--sales: '0' não é um número inteiro de 1 a 10000"),
        (["demo", "--sales", "٣"], "não é um número inteiro"),
        (["demo", "--sales"], "--sales: falta o valor"),
        (["demo", "--seed", "-1"], "--seed: "),
        (["demo", "--method", "pix,cheque"], "--method: meio desconhecido: 'cheque'; existem: pix"),
        (["demo", "--provider", ""], "--provider: banco desconhecido: ''"),
        (["demo", "--size", "1080"], "--size: '1080' não é portrait, landscape"),
        (["demo", "--size", "100x100"], "--size: "),
        (["demo", "--language", "de"], "--language: 'de' não existe"),
        (["demo", "--head"], "não conheço: --head"),
        (["brcode"], "falta um destes: CÓDIGO --key"),
        (["journal"], "falta: AÇÃO"),
    ],
)
def test_a_wrong_command_is_told_in_portuguese_and_exits_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("uso: totem")
    assert sentence in told
    assert not {"usage", "error", "argument", "required"} & set(told.replace(":", " ").split())


@pytest.mark.parametrize(
    "words", [["-h"], ["demo", "-h"], ["brcode", "-h"], ["sandbox", "-h"], ["journal", "verify", "-h"]]
)
def test_help_is_in_portuguese(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert told.startswith("uso: totem")
    assert "opções:" in told
    assert not {"usage:", "options:", "show", "arguments:"} & set(told.split())


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"totem {__version__}\n"


def test_options_of_the_kiosk_do_not_pass_silently_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--windowed", "brcode", "x"]) == 2
    assert "--config e --windowed não valem com brcode" in capsys.readouterr().err


# --- What the system lacks ------------------------------------------------------------------------------------------


def test_missing_libraries_are_named_with_their_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(libraries, "missing_libraries", lambda environment: (("libEGL.so.1", "libegl1"),))
    assert not cli._qt_can_start(headless=True)
    told = capsys.readouterr().err
    assert "libEGL.so.1" in told
    assert "sudo apt install libegl1" in told


def test_the_libraries_of_x11_are_wanted_only_there() -> None:
    def none(library: str) -> bool:
        return False

    def names(**environment: str) -> set[str]:
        return {library for library, _ in libraries.missing_libraries(environment, "linux", none)}

    assert "libxcb-cursor.so.0" in names(DISPLAY=":0")
    assert "libxcb-cursor.so.0" in names(QT_QPA_PLATFORM="xcb")
    assert "libxcb-cursor.so.0" not in names(DISPLAY=":0", WAYLAND_DISPLAY="wayland-0")
    assert "libxcb-cursor.so.0" not in names(QT_QPA_PLATFORM="offscreen", DISPLAY=":0")
    assert "libEGL.so.1" in names()
    assert libraries.missing_libraries({}, "win32", none) == ()
    assert libraries.missing_libraries({}, "linux", lambda library: True) == ()
    assert [name for name, _ in libraries.missing_libraries({}, "linux", lambda name: name != "libGL.so.1")] == [
        "libGL.so.1"
    ]


def test_a_display_is_needed_on_linux_only() -> None:
    assert libraries.has_display({}, "win32")
    assert not libraries.has_display({}, "linux")
    assert libraries.has_display({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert libraries.has_display({"QT_QPA_PLATFORM": "eglfs"}, "linux")


def test_a_table_is_aligned() -> None:
    assert table(("A", "Bem"), [("longo", "x"), ("é", "yy")]) == "A      Bem\n─────  ───\nlongo  x\né      yy"
    assert table(("A",), []) == "A\n─"


def test_the_grammar_needs_no_screen_to_be_built() -> None:
    assert arguments.build().parse_args([]).command == ""
