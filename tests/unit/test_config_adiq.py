"""`[cards.adiq]`: off by default, keyed entry only by the owner's word and with a warning, and mapped key by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.adiq.requests import CaptureType, ProductType
from tests.unit.kiosk_files import write_kiosk
from totem.bootstrap.adiq import map_adiq
from totem.bootstrap.credentials import uses_store
from totem.bootstrap.promises import promised_offers
from totem.bootstrap.tuning import is_simulated
from totem.config.adiq import ADIQ_URLS, PCI_NOTE
from totem.config.loader import Configuration, load
from totem.domain.errors import ConfigError
from totem.domain.money import Money
from totem.services.state import Method

UUID = "6FBF4568-7BC3-4C7C-8D1B-71F6B7FC8BAB"
LEAST = """
[cards.adiq]
environment = "homologation"
client_id = "kiosk"
client_secret_store = "adiq.client_secret"
"""


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return write_kiosk(tmp_path)


def written(kiosk: Path, section: str, terminals: str = '["adiq"]') -> Path:
    text = kiosk.read_text(encoding="utf-8").replace("terminals = []", f"terminals = {terminals}", 1)
    kiosk.write_text(text + section, encoding="utf-8")
    return kiosk


def loaded(kiosk: Path, more: str = "keyed_entry = true\n", terminals: str = '["adiq"]') -> Configuration:
    return load(written(kiosk, LEAST + more, terminals))


def fault_of(kiosk: Path, more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(kiosk, more)
    (fault,) = caught.value.faults
    return fault.removeprefix(f"{kiosk}: ")


def test_it_is_off_unless_it_is_named(kiosk: Path) -> None:
    configuration = loaded(kiosk, terminals="[]")
    assert configuration.settings.cards.terminals == ()
    assert configuration.notes == ()
    assert not uses_store(configuration)


def test_keyed_entry_needs_the_owners_word_and_is_warned_of(kiosk: Path) -> None:
    assert fault_of(kiosk, "").startswith("cards.adiq.keyed_entry: sem digitação")
    configuration = load(written(kiosk, "keyed_entry = true\n", '["adiq"]'))
    assert configuration.notes == (f"{kiosk}: {PCI_NOTE}",)
    assert "SAQ D" in PCI_NOTE
    assert uses_store(configuration)
    assert not is_simulated(configuration)


def test_a_saved_card_is_paid_by_without_typing(kiosk: Path) -> None:
    configuration = loaded(kiosk, f'saved_card = "{UUID}"\nsaved_card_brand = "visa"\nsaved_card_digits = "1111"\n')
    assert configuration.notes == ()
    section = configuration.settings.cards.adiq
    assert section is not None
    settings = map_adiq(configuration.settings.cards, section, "s")
    assert settings.saved_card is not None
    assert (settings.saved_card.vault_id, settings.saved_card.last4, settings.keyed_entry) == (UUID, "1111", False)


@pytest.mark.parametrize(
    ("more", "key"),
    [
        (f'keyed_entry = true\nsaved_card = "{UUID}"\n', "cards.adiq.keyed_entry"),
        ('keyed_entry = true\nsaved_card = "4111111111111111"\n', "cards.adiq.saved_card"),
        ('keyed_entry = true\nsaved_card_digits = "411111"\n', "cards.adiq.saved_card_digits"),
        ('keyed_entry = true\nsoft_descriptor = "LAVA-RÁPIDO"\n', "cards.adiq.soft_descriptor"),
        ('keyed_entry = true\nsoft_descriptor = "QUATORZE LETRA"\n', "cards.adiq.soft_descriptor"),
        ('keyed_entry = true\nbase_url = "https://x.example"\n', "cards.adiq.base_url"),
        ('keyed_entry = true\nclient_secret_env = "X"\n', "cards.adiq.client_secret_file"),
        ('keyed_entry = true\ninstallments_as = "avista"\n', "cards.adiq.installments_as"),
        ("keyed_entry = true\npublic_roots = false\n", "cards.adiq.public_roots"),
        ('keyed_entry = true\n[cards.adiq.customer]\nzip_code = "04612-002"\n', "cards.adiq.customer.zip_code"),
    ],
)
def test_a_fault_is_told_at_its_key(kiosk: Path, more: str, key: str) -> None:
    assert fault_of(kiosk, more).split(": ")[0] == key


def test_every_key_reaches_adiqs_settings(kiosk: Path) -> None:
    more = f"""keyed_entry = true
capture = "after_ticket"
installments_as = "parcelado_loja"
soft_descriptor = "LAVA*TOTEM"
debit = true
approved_codes = ["0"]
antifraud_code = "{UUID}"
threeds_code = "{UUID}"
threeds_url = "https://loja.example/3ds"
threeds_protocol = "2.0.2"

[cards.adiq.customer]
document_type = "cpf"
document_number = "21434552837"
email = "accept@test.com"

[cards.adiq.device]
color_depth = 24
java_enabled = "N"
"""
    cards = loaded(kiosk, more).settings.cards
    assert cards.adiq is not None
    settings = map_adiq(cards, cards.adiq, "segredo")
    assert settings.faults() == ()
    assert settings.base_url == ADIQ_URLS["homologation"]
    assert (settings.capture, settings.by_shop) == (CaptureType.AFTER_TICKET, ProductType.BY_SHOP_SEED)
    assert (settings.takes_debit, settings.approved_codes) == (True, ("0",))
    assert (settings.antifraud_code, settings.code_3ds, settings.program_protocol) == (UUID, UUID, "2.0.2")
    assert settings.customer is not None
    assert settings.customer.body() == {
        "documentType": "cpf", "documentNumber": "21434552837", "email": "accept@test.com"
    }  # fmt: skip
    assert settings.device is not None
    assert settings.device.body() == {
        "httpBrowserColorDepth": 24, "httpBrowserJavaEnabled": "N", "httpBrowserJavaScriptEnabled": False,
        "httpBrowserTimeDifference": 180,
    }  # fmt: skip
    assert "segredo" not in repr(settings)


def test_debit_is_promised_only_where_it_is_taken(kiosk: Path) -> None:
    offers = promised_offers(loaded(kiosk), Money(4500))
    assert [offer.method for offer in offers] == [Method.PIX, Method.CREDIT]
