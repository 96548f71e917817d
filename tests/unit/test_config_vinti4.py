"""`[cards.vinti4]`: what it takes, what it refuses, and what becomes of it for the gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.vinti4.settings import PAGE_URL, STATUS_URL, TEST_STATUS_URL
from tests.unit.kiosk_files import write_kiosk
from totem.bootstrap.promises import promised_offers
from totem.bootstrap.redaction import redact
from totem.bootstrap.tuning import is_simulated
from totem.bootstrap.vinti4 import map_vinti4
from totem.config.loader import Configuration, load
from totem.domain.errors import ConfigError
from totem.domain.money import Currency, Money
from totem.services.clock import SystemClock
from totem.services.state import Method

SECTION = """
[cards.vinti4]
environment = "production"
pos_id = "90051"
pos_auth_code_file = "pos.secret"
portal_id = "loja"
portal_password_file = "portal.secret"

[cards.vinti4.billing]
email = "pagamentos@loja.cv"
city = "Praia"
line1 = "Avenida 1"
post_code = "7600"
"""


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    """A kiosk of Cabo Verde: escudos, no Pix, and SISP."""
    path = write_kiosk(tmp_path)
    for name in ("pos", "portal"):
        (tmp_path / f"{name}.secret").touch(mode=0o600)
        (tmp_path / f"{name}.secret").write_text(f"{name}-s3gr3d0\n", encoding="utf-8")
    entry = '[[service]]\nid = "a"\nprice = "1500"\nname.pt = "A"\n'
    (tmp_path / "catalogue.toml").write_text(f'currency = "CVE"\n{entry}', encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    start, end = text.index("[pix]"), text.index("[polling]")
    text = (text[:start] + text[end:]).replace("terminals = []\n", 'terminals = ["vinti4"]\n')
    path.write_text(text.replace("\n[ticket]\n", f"{SECTION}\n[ticket]\n"), encoding="utf-8")
    return path


def changed(kiosk: Path, *pairs: tuple[str, str]) -> Path:
    text = kiosk.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    kiosk.write_text(text, encoding="utf-8")
    return kiosk


def faults_of(kiosk: Path) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(kiosk)
    return [fault.removeprefix(f"{kiosk}: ") for fault in refused.value.faults]


def mapped(configuration: Configuration) -> tuple[str, str, tuple[str, ...]]:
    section = configuration.settings.cards.vinti4
    assert section is not None
    settings = map_vinti4(section, configuration.settings.kiosk.id, section.pos_auth_code(), section.portal_password())
    assert (settings.pos_auth_code, settings.portal_password) == ("pos-s3gr3d0", "portal-s3gr3d0")
    return settings.page_url, settings.status_url, settings.faults(SystemClock())


def test_a_kiosk_of_cabo_verde_takes_the_card_and_nothing_else(kiosk: Path) -> None:
    configuration = load(kiosk)
    offers = promised_offers(configuration, Money(1500, Currency.CVE))
    assert [(offer.method, [plan.number for plan in offer.installments]) for offer in offers] == [(Method.CARD, [1])]
    assert mapped(configuration) == (PAGE_URL, STATUS_URL, ())
    assert not is_simulated(configuration)


def test_the_tests_of_sisp_have_a_portal_of_their_own_and_a_page_that_is_named(kiosk: Path) -> None:
    changed(kiosk, ('"production"\npos_id', '"test"\npos_id'))
    (fault,) = faults_of(kiosk)
    assert fault.startswith("cards.vinti4.page_url: falta o endereço da página")
    page = "https://mc.vinti4net.cv/Teste/CardPayment"
    changed(kiosk, ('environment = "test"\n', f'environment = "test"\npage_url = "{page}"\n'))
    assert mapped(load(kiosk)) == (page, TEST_STATUS_URL, ())


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://mc.vinti4net.cv.example/CardPayment", "não é um endereço da SISP"),
        ("https://notsisp.cv/CardPayment", "não é um endereço da SISP"),
        ("http://mc.vinti4net.cv/CardPayment", "só com https"),
        ("https://user@mc.vinti4net.cv/CardPayment", "só com https"),
        ("https://mc.vinti4net.cv/CardPayment?x=1", "só com https"),
    ],
)
def test_the_first_page_is_sisps_own(kiosk: Path, url: str, told: str) -> None:
    changed(kiosk, ('"production"\npos_id', f'"production"\npage_url = "{url}"\npos_id'))
    (fault,) = faults_of(kiosk)
    assert fault.startswith("cards.vinti4.page_url: ")
    assert told in fault


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://loja.cv/volta", True),
        ("http://localhost/volta", True),
        ("http://loja.cv/volta", False),
        ("https://loja.cv/volta?x=1", False),
    ],
)
def test_the_answer_comes_back_by_https_or_to_this_computer(kiosk: Path, url: str, good: bool) -> None:
    changed(kiosk, ('"production"\npos_id', f'"production"\nreturn_url = "{url}"\npos_id'))
    if good:
        assert mapped(load(kiosk))[2] == ()
    else:
        assert [fault.split(": ")[0] for fault in faults_of(kiosk)] == ["cards.vinti4.return_url"]


def test_what_is_missing_is_told_by_its_key(kiosk: Path) -> None:
    for gone in ('pos_id = "90051"', 'portal_password_file = "portal.secret"', 'city = "Praia"'):
        changed(kiosk, (f"\n{gone}\n", "\n"))
    changed(kiosk, ('\nemail = "pagamentos@loja.cv"', '\nemail = "x"'))
    keys = sorted(fault.split(": ")[0] for fault in faults_of(kiosk))
    section = "cards.vinti4"
    assert keys == [f"{section}.{key}" for key in ("billing.city", "billing.email", "portal_password_file", "pos_id")]


def test_a_long_id_of_the_kiosk_leaves_too_little_to_chance(kiosk: Path) -> None:
    changed(kiosk, ('id = "LAVA01"', 'id = "LAVAJATO"'))
    assert faults_of(kiosk) == ["cards: com vinti4, kiosk.id tem no máximo 6 caracteres"]


def test_vinti4_does_not_go_with_reais(kiosk: Path) -> None:
    changed(kiosk.with_name("catalogue.toml"), ('currency = "CVE"\n', ""), ('"1500"', '"15,00"'))
    assert faults_of(kiosk) == ["cards.terminals: vinti4 só cobra em CVE, e o catálogo está em BRL"]


def test_no_secret_of_sisp_or_of_a_page_is_logged() -> None:
    text = "{'posAuthCode': 'abc123', 'portal_password': 'abc123', 'purchaseRequest': 'abc123', 'cvc': 'abc123'}"
    assert "abc123" not in redact(text)
