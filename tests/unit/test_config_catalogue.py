"""The catalogue's file: prices without floats, names, pictures, and each fault at its service."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.kiosk_files import write_kiosk
from totem.config.loader import load, load_catalogue
from totem.domain.errors import ConfigError
from totem.domain.money import Currency, Money


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return write_kiosk(tmp_path)


def catalogue_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    return path


ENTRY = '[[service]]\nid = "a"\nprice = "10,00"\nname.pt = "A"\n'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"10,00"', '"10"', 'service[a].price: escreva o preço entre aspas como "45,00"'),
        ('"10,00"', '"10,0"', 'service[a].price: escreva o preço entre aspas como "45,00"'),
        ('"10,00"', '"R$ 10,00"', 'service[a].price: escreva o preço entre aspas como "45,00"'),
        ('"10,00"', '"1.000,00"', 'service[a].price: escreva o preço entre aspas como "45,00"'),
        ('"10,00"', '"-1,00"', 'service[a].price: escreva o preço entre aspas como "45,00"'),
        ('"10,00"', '"１0,00"', 'service[a].price: escreva o preço entre aspas como "45,00"'),
        ('"10,00"', '"0,00"', "service[a].price: o preço não pode ser zero"),
        ('"10,00"', "10.00", "service[a].price: tem de ser um texto entre aspas, e é um número com decimais"),
        ('"10,00"', "10", "service[a].price: tem de ser um texto entre aspas, e é um número inteiro"),
        ('"a"', '"Água"', "service[Água].id: use letras minúsculas sem acento"),
        ('id = "a"\n', "", "service[#1].id: falta esta chave"),
        ('name.pt = "A"', 'name.en = "A"', "service[a].name.pt: falta esta chave"),
        ('name.pt = "A"', 'name = "A"', "service[a].name: tem de ser uma seção"),
        ('name.pt = "A"', 'name.pt = "A"\npicture = "../a.svg"', "service[a].picture: tem de ser o nome de um arquivo"),
        ('name.pt = "A"', 'name.pt = "A"\nmax_quantity = 0', "service[a].max_quantity: tem de ser pelo menos 1"),
        ('name.pt = "A"', 'name.pt = "A"\nprise = 1', "service[a].prise: chave desconhecida; você quis dizer price?"),
        ("[[service]]", 'currency = "USD"\n[[service]]', 'currency: tem de ser um destes: "BRL", "CVE"'),
        ("[[service]]", "[[servico]]", "service: falta esta chave|service: falta esta seção"),
    ],
)
def test_faults_of_the_catalogue(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    path = catalogue_of(tmp_path, ENTRY.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_catalogue(path)
    assert any(part in fault for part in sentence.split("|") for fault in caught.value.faults)
    assert len(caught.value.faults) == (2 if "servico" in new else 1), caught.value.faults


def test_a_missing_picture_is_a_note_and_the_service_is_sold_without(kiosk: Path) -> None:
    (kiosk.parent / "catalogue.toml").write_text(ENTRY + 'picture = "nada.svg"\nname.en = "A"\nname.es = "A"\n')
    configuration = load(kiosk)
    assert configuration.catalogue.find("a").picture == ""
    (note,) = configuration.notes
    assert "service[a].picture: a imagem nada.svg não está ao lado do catálogo" in note


@pytest.mark.parametrize("text", ["10,00", "10.00"])
def test_a_price_has_a_comma_or_a_point(tmp_path: Path, text: str) -> None:
    catalogue = load_catalogue(catalogue_of(tmp_path, ENTRY.replace("10,00", text)))
    assert catalogue.find("a").price == Money(1000)


def test_cabo_verde_has_no_cents(tmp_path: Path) -> None:
    text = 'currency = "CVE"\n' + ENTRY.replace("10,00", "4500")
    assert load_catalogue(catalogue_of(tmp_path, text)).find("a").price == Money(4500, Currency.CVE)
    with pytest.raises(ConfigError, match=r'service\[a\]\.price: escreva o preço entre aspas como "4500"'):
        load_catalogue(catalogue_of(tmp_path, 'currency = "CVE"\n' + ENTRY))


def test_the_fullest_basket_must_be_payable(tmp_path: Path) -> None:
    entries = [
        ENTRY.replace('"a"', f'"a{number}"').replace("10,00", "99999,99") + "max_quantity = 99\n"
        for number in range(60)
    ]
    with pytest.raises(ConfigError, match="o total passa do que um Pix aceita"):
        load_catalogue(catalogue_of(tmp_path, "".join(entries)))


@given(st.integers(1, 9_999_999))
def test_every_amount_survives_the_file(tmp_path_factory: pytest.TempPathFactory, amount_cents: int) -> None:
    text = f"{amount_cents // 100},{amount_cents % 100:02d}"
    path = catalogue_of(tmp_path_factory.getbasetemp(), ENTRY.replace("10,00", text))
    assert load_catalogue(path).find("a").price == Money(amount_cents)
