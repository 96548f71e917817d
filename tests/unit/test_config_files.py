"""Files that are no TOML, no text, or not there: told with their line, and never by a traceback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.kiosk_files import keys_of, write_kiosk
from totem.config.loader import MAX_FILE_BYTES, load
from totem.config.models import Settings
from totem.config.sentences import syntax_sentence
from totem.domain.errors import ConfigError


def faults_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value.faults


def only_fault(path: Path) -> str:
    faults = faults_of(path)
    assert len(faults) == 1, faults
    return faults[0]


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return write_kiosk(tmp_path)


@pytest.mark.parametrize(
    ("bad", "where", "sentence"),
    [
        ('x = "a', "linha 2, ", "abriu aspas e não as fechou"),
        ("x = 45,00", "linha 2, coluna 7", "sobra algo depois do valor"),
        ("x = abc", "linha 2, coluna 5", "falta o valor, ou é um texto sem aspas"),
        ("x =", "linha 2, no fim do arquivo", "falta o valor, ou é um texto sem aspas"),
        ("x", "linha 2, ", "falta o sinal de igual"),
        ("x = 2026-02-30", "linha 2, coluna", "esta data ou hora não existe"),
        ('x = "C:\\dados"', "linha 2, coluna", "barra invertida solta"),
        ('x = "C:\\Users"', "linha 2, coluna", "barra invertida solta"),
        ("x = 1\nx = 2", "linha 3", "esta chave já apareceu antes"),
        ("[a]\n[a]", "linha 3", "esta seção já apareceu antes"),
        ("x = [1, 2", "linha 2, no fim do arquivo", "abriu o colchete"),
        ("[a", "linha 2, ", "falta fechar o colchete"),
        ("ç = 1", "linha 2, coluna 1", "não é uma chave"),
        ("x = {a = 1, a = 2}", "linha 2", "esta chave já apareceu antes"),
    ],
)
def test_broken_toml_is_told_with_its_line(tmp_path: Path, bad: str, where: str, sentence: str) -> None:
    path = tmp_path / "totem.toml"
    path.write_text(f"# comentário\n{bad}", encoding="utf-8")
    fault = only_fault(path)
    assert re.search(f": ({where})", fault), fault
    assert sentence in fault


def test_an_unknown_complaint_of_the_parser_is_still_told() -> None:
    assert syntax_sentence("Something new") == "erro de escrita em TOML (Something new)"


def test_broken_settings_do_not_hide_the_faults_of_the_catalogue(kiosk: Path) -> None:
    kiosk.write_text("[kiosk", encoding="utf-8")
    (kiosk.parent / "catalogue.toml").write_text("service = []", encoding="utf-8")
    first, second = faults_of(kiosk)
    assert "falta fechar o colchete" in first
    assert second.endswith("catalogue.toml: service: a lista precisa de pelo menos 1 item(ns)")


def test_a_file_of_another_encoding_is_told_with_its_line(kiosk: Path) -> None:
    kiosk.write_bytes("# um\n# dois\n# configuração".encode("latin-1"))
    assert "linha 3: há letras que não estão em UTF-8" in only_fault_of_settings(kiosk)


def only_fault_of_settings(path: Path) -> str:
    (fault,) = (fault for fault in faults_of(path) if fault.startswith(f"{path}: "))
    return fault


def test_a_folder_a_huge_file_and_a_missing_file(tmp_path: Path) -> None:
    folder, huge, nested = tmp_path / "folder", tmp_path / "huge.toml", tmp_path / "nested.toml"
    folder.mkdir()
    huge.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    nested.write_text("x = " + "[" * 100_000, encoding="ascii")
    assert only_fault(folder) == f"{folder}: arquivo: é uma pasta, e tem de ser um arquivo"
    assert "não parece uma configuração" in only_fault(huge)
    assert "há colchetes demais" in only_fault(nested)
    assert only_fault(tmp_path / "nada.toml") == f"{tmp_path / 'nada.toml'}: arquivo: não existe"


@given(st.text(max_size=300))
def test_whatever_the_text_only_config_errors_leave(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    assert faults_of(path)


_TOML_VALUES = st.sampled_from(
    ['"x"', "1", "1.5", "true", "2026-11-22", "[]", "[1]", "{}", "{a = 1}", "nan", '""', "-1"]
)


@given(st.dictionaries(st.sampled_from(sorted(keys_of(Settings))), _TOML_VALUES, max_size=20))
def test_values_of_the_wrong_type_are_told_by_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, chosen: dict[str, str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "typed.toml"
    path.write_text("\n".join(f"{key} = {value}" for key, value in chosen.items()), encoding="utf-8")
    for fault in faults_of(path):
        assert "valor recusado" not in fault
