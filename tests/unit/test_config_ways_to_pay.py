"""Kiosks without Pix, and kiosks in escudos: what the configuration takes, and each fault at its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.kiosk_files import write_kiosk
from totem.bootstrap.promises import promised_offers
from totem.config.loader import load
from totem.domain.errors import ConfigError
from totem.domain.money import Currency, Money
from totem.services.state import Method

READER = 'terminals = ["smartpos"]\n'
POS = "\n[cards.smartpos]\nallow_no_secret = true\n"


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return write_kiosk(tmp_path)


def change(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def without_pix(kiosk: Path) -> None:
    text = kiosk.read_text(encoding="utf-8")
    start, end = text.index("[pix]"), text.index("[polling]")
    kiosk.write_text(text[:start] + text[end:], encoding="utf-8")


def faults_of(kiosk: Path) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(kiosk)
    return [fault.removeprefix(f"{kiosk}: ") for fault in refused.value.faults]


def in_escudos(kiosk: Path) -> None:
    catalogue = kiosk.with_name("catalogue.toml")
    entry = '[[service]]\nid = "a"\nprice = "1500"\nname.pt = "A"\n'
    catalogue.write_text(f'currency = "CVE"\n{entry}', encoding="utf-8")


def test_a_kiosk_with_cards_alone_offers_no_pix(kiosk: Path) -> None:
    without_pix(kiosk)
    change(kiosk, ("terminals = []\n", READER))
    change(kiosk, ("\n[ticket]\n", f"{POS}\n[ticket]\n"))
    configuration = load(kiosk)
    assert configuration.settings.pix.providers == ()
    offers = promised_offers(configuration, Money(4500))
    assert [offer.method for offer in offers] == [Method.CREDIT, Method.DEBIT]


def test_an_empty_list_of_banks_is_the_same_as_no_section(kiosk: Path) -> None:
    change(kiosk, ('providers = ["sicredi"]', "providers = []"), ("terminals = []\n", READER))
    change(kiosk, ("\n[ticket]\n", f"{POS}\n[ticket]\n"))
    assert load(kiosk).settings.pix.providers == ()


def test_somebody_must_be_able_to_pay(kiosk: Path) -> None:
    without_pix(kiosk)
    (fault,) = faults_of(kiosk)
    assert fault.startswith("cards: sem bancos em [pix] e sem máquinas de cartão aqui")


def test_with_banks_the_receiver_is_named(kiosk: Path) -> None:
    change(kiosk, ('receiver_name = "Brilho Real Lavagens Ltda"', 'receiver_name = ""'))
    assert faults_of(kiosk) == ["pix.receiver_name: não pode ficar vazio"]


def test_pix_and_brazilian_terminals_do_not_go_with_escudos(kiosk: Path) -> None:
    in_escudos(kiosk)
    change(kiosk, ("terminals = []\n", READER), ("\n[ticket]\n", f"{POS}\n[ticket]\n"))
    assert faults_of(kiosk) == [
        "pix.providers: o Pix só existe em reais, e o catálogo está em CVE",
        "cards.terminals: smartpos só cobra em BRL, e o catálogo está em CVE",
    ]


def test_prices_in_escudos_have_no_centavos(kiosk: Path) -> None:
    in_escudos(kiosk)
    change(kiosk.with_name("catalogue.toml"), ('"1500"', '"1500,00"'))
    assert [fault for fault in faults_of(kiosk) if "service[a].price" in fault]


def test_no_currency_is_read_as_another(kiosk: Path) -> None:
    assert load(kiosk).catalogue.currency is Currency.BRL
